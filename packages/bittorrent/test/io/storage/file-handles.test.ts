import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinPath, rootPath } from '@coequal/base';
import type { SafePath } from '@coequal/base';
import { FileHandles } from '../../../src/io/storage/file-handles.ts';
import { inWorld, range } from './store-frame.ts';

const ROOT = rootPath('/files');

function path(n: number): SafePath {
  return joinPath(ROOT, `${n % 5}`, `${n}`);
}

async function firstByte(handles: FileHandles, at: SafePath): Promise<number | undefined> {
  const into = new Uint8Array(1);
  await handles.use(at, (file) => file.readAt(into, 0));
  return into[0];
}

describe('FileHandles', () => {
  test('opens no more than its bound, however many are used at a time', () =>
    inWorld(async (_world, host) => {
      for (const n of range(40)) host.disk.put(path(n), Uint8Array.of(n));
      await using handles = new FileHandles(host.ports.disk, 3);
      let openMax = 0;
      const reads = range(200).map(async (n) => {
        assert.equal(await firstByte(handles, path(n % 40)), n % 40);
        openMax = Math.max(openMax, host.openFiles);
      });
      await Promise.all(reads);
      assert.equal(openMax, 3);
    }));

  test('keeps a file open between uses, and closes the one unused for longest', () =>
    inWorld(async (_world, host) => {
      for (const n of range(3)) host.disk.put(path(n), Uint8Array.of(n));
      await using handles = new FileHandles(host.ports.disk, 2);
      await firstByte(handles, path(0));
      await firstByte(handles, path(1));
      await firstByte(handles, path(0));
      await firstByte(handles, path(2)); // closes 1
      host.disk.failNext('open', 'DISK_FAILED');
      assert.equal(await firstByte(handles, path(0)), 0);
      await assert.rejects(firstByte(handles, path(1)), { code: 'DISK_FAILED' });
    }));

  test('a file that could not be opened is tried again, and leaves nothing open', () =>
    inWorld(async (_world, host) => {
      await using handles = new FileHandles(host.ports.disk, 1);
      await assert.rejects(firstByte(handles, path(1)), { code: 'NOT_FOUND' });
      host.disk.put(path(1), Uint8Array.of(1));
      assert.equal(await firstByte(handles, path(1)), 1);
    }));

  test('lets go of what is below a path, once its users are done', () =>
    inWorld(async (_world, host) => {
      for (const n of range(10)) host.disk.put(path(n), Uint8Array.of(n));
      const handles = new FileHandles(host.ports.disk);
      await Promise.all(range(10).map((n) => firstByte(handles, path(n))));
      assert.equal(host.openFiles, 10);
      const reading = firstByte(handles, path(3));
      await handles.release(joinPath(ROOT, '3'));
      assert.equal(host.openFiles, 8);
      assert.equal(await reading, 3);
      await handles[Symbol.asyncDispose]();
      assert.equal(host.openFiles, 0);
    }));
});
