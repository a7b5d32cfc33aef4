/** The contract of Disk: what every implementation does, real or simulated. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { concatBytes, joinPath } from '../../src/index.ts';
import type { Disk, SafePath } from '../../src/index.ts';
import { assertSameBytes, content, localFault } from './world.ts';
import type { World } from './world.ts';

export interface DiskWorld extends World {
  readonly disk: Disk;
  /** An empty folder that exists. */
  readonly root: SafePath;
}

async function write(disk: Disk, path: SafePath, bytes: Uint8Array): Promise<void> {
  await using file = await disk.open(path, 'update');
  await file.writeAt([bytes], 0);
}

async function read(disk: Disk, path: SafePath): Promise<Uint8Array> {
  await using file = await disk.open(path, 'read');
  const bytes = new Uint8Array(await file.length());
  assert.equal(await file.readAt(bytes, 0), bytes.length);
  return bytes;
}

type Scenario = (title: string, run: (world: DiskWorld) => Promise<void>) => void;

export function describeDisk(name: string, open: () => Promise<DiskWorld>): void {
  const scenario: Scenario = (title, run) => {
    void test(title, async () => {
      await using world = await open();
      await world.pump(run(world));
    });
  };
  void describe(`Disk: ${name}`, () => {
    describeFiles(scenario);
    describeFolders(scenario);
  });
}

function describeFiles(scenario: Scenario): void {
  scenario('what was written is read, wherever it was put', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    const parts = [content(70_000, 1), new Uint8Array(0), content(1, 2), content(400_000, 3)];
    await using file = await disk.open(path, 'update');
    await file.writeAt(parts, 5);
    await file.writeAt([content(5, 4)], 0);
    await file.sync();
    assertSameBytes(await read(disk, path), concatBytes([content(5, 4), ...parts]));
  });

  scenario('a write of very many chunks is whole', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    const parts = Array.from({ length: 3_000 }, (_, i) => content(1 + (i % 7), i));
    await using file = await disk.open(path, 'update');
    await file.writeAt(parts, 0);
    assertSameBytes(await read(disk, path), concatBytes(parts));
  });

  scenario('a read stops at the end of the file', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    await write(disk, path, content(100));
    await using file = await disk.open(path, 'read');
    const into = new Uint8Array(60).fill(0xee);
    assert.equal(await file.readAt(into, 90), 10);
    assertSameBytes(into.subarray(0, 10), content(100).subarray(90));
    assertSameBytes(into.subarray(10), new Uint8Array(50).fill(0xee));
    assert.equal(await file.readAt(into, 100), 0);
    assert.equal(await file.readAt(into, 1_000), 0);
    assert.equal(await file.readAt(new Uint8Array(0), 0), 0);
  });

  scenario('a hole reads as zeros', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    await using file = await disk.open(path, 'update');
    await file.writeAt([content(10)], 50);
    assert.equal(await file.length(), 60);
    assertSameBytes(await read(disk, path), concatBytes([new Uint8Array(50), content(10)]));
  });

  scenario('secret makes the folders and the file, as update does', async ({ disk, root }) => {
    const path = joinPath(root, 'a', 'b', 'secret');
    {
      await using file = await disk.open(path, 'secret');
      await file.writeAt([Uint8Array.of(1, 2)], 0);
    }
    await using file = await disk.open(path, 'secret');
    assert.equal(await file.length(), 2);
  });

  scenario('update makes the folders, and keeps what is in the file', async ({ disk, root }) => {
    const path = joinPath(root, 'x', 'y', 'z');
    await write(disk, path, content(100));
    await using file = await disk.open(path, 'update');
    assert.equal(await file.length(), 100);
  });

  scenario('modify makes nothing, and keeps what is in the file', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    await assert.rejects(disk.open(path, 'modify'), localFault('NOT_FOUND'));
    assert.equal(await disk.stat(path), undefined);
    await write(disk, path, content(100, 1));
    await using file = await disk.open(path, 'modify');
    await file.writeAt([content(10, 2)], 90);
    await file.sync();
    const expected = concatBytes([content(100, 1).subarray(0, 90), content(10, 2)]);
    assertSameBytes(await read(disk, path), expected);
  });

  scenario('a file that is closed finishes what is under way', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    await write(disk, path, content(300_000, 1));
    const file = await disk.open(path, 'update');
    const into = new Uint8Array(300_000);
    const calls = [file.readAt(into, 0), file.writeAt([content(1_000, 2)], 300_000)];
    await file[Symbol.asyncDispose]();
    await Promise.all(calls);
    assertSameBytes(into, content(300_000, 1));
    assertSameBytes((await read(disk, path)).subarray(300_000), content(1_000, 2));
  });

  scenario('truncate cuts, and extends with zeros', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    await using file = await disk.open(path, 'update');
    await file.writeAt([content(100)], 0);
    await file.truncate(40);
    await file.truncate(50);
    assert.equal(await file.length(), 50);
    const expected = concatBytes([content(100).subarray(0, 40), new Uint8Array(10)]);
    assertSameBytes(await read(disk, path), expected);
  });

  scenario('reading what is not there rejects', async ({ disk, root }) => {
    await assert.rejects(disk.open(joinPath(root, 'a'), 'read'), localFault('NOT_FOUND'));
    await assert.rejects(disk.open(joinPath(root, 'b', 'a'), 'read'), localFault('NOT_FOUND'));
  });

  scenario('a folder is no file, and a file no folder', async ({ disk, root }) => {
    await disk.makeDirectory(joinPath(root, 'folder'));
    await write(disk, joinPath(root, 'file'), content(1));
    const isNoFile = localFault('NOT_A_FILE');
    await assert.rejects(disk.open(joinPath(root, 'folder'), 'read'), isNoFile);
    await assert.rejects(disk.open(joinPath(root, 'folder'), 'modify'), isNoFile);
    await assert.rejects(disk.open(joinPath(root, 'folder'), 'update'), isNoFile);
    await assert.rejects(disk.open(joinPath(root, 'file', 'x'), 'read'), isNoFile);
    await assert.rejects(disk.open(joinPath(root, 'file', 'x'), 'modify'), isNoFile);
    await assert.rejects(disk.open(joinPath(root, 'file', 'x'), 'update'), isNoFile);
    await assert.rejects(disk.list(joinPath(root, 'file'), 10), isNoFile);
  });

  scenario('writing to a file opened for reading rejects', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    await write(disk, path, content(10));
    await using file = await disk.open(path, 'read');
    await assert.rejects(file.writeAt([content(5, 2)], 0), { name: 'LocalFault' });
    assertSameBytes(await read(disk, path), content(10));
  });

  scenario('reads and writes at once do not disturb each other', async ({ disk, root }) => {
    const path = joinPath(root, 'a');
    await using file = await disk.open(path, 'update');
    const parts = Array.from({ length: 20 }, (_, i) => content(10_000, i + 1));
    await Promise.all(parts.map((part, i) => file.writeAt([part], i * 10_000)));
    const back = await Promise.all(
      parts.map(async (_, i) => {
        const into = new Uint8Array(10_000);
        await file.readAt(into, i * 10_000);
        return into;
      }),
    );
    assertSameBytes(concatBytes(back), concatBytes(parts));
  });
}

function describeFolders(scenario: Scenario): void {
  scenario('stat tells files, folders and nothing apart', async ({ disk, root }) => {
    await write(disk, joinPath(root, 'a'), content(123));
    await disk.makeDirectory(joinPath(root, 'b', 'c'));
    await disk.makeDirectory(joinPath(root, 'b', 'c'));
    const stat = await disk.stat(joinPath(root, 'a'));
    assert.equal(stat?.type, 'file');
    assert.equal(stat.length, 123);
    assert.ok(Number.isFinite(stat.modifiedMs));
    assert.equal((await disk.stat(joinPath(root, 'b', 'c')))?.type, 'directory');
    assert.equal(await disk.stat(joinPath(root, 'd')), undefined);
    assert.equal(await disk.stat(joinPath(root, 'd', 'e')), undefined);
    assert.equal(await disk.stat(joinPath(root, 'a', 'e')), undefined);
  });

  scenario('list gives the names in order, up to a bound', async ({ disk, root }) => {
    for (const name of ['b', 'a', 'C']) await write(disk, joinPath(root, name), content(1));
    await write(disk, joinPath(root, 'd', 'inside'), content(1));
    assert.deepEqual(await disk.list(root, 4), ['C', 'a', 'b', 'd']);
    await assert.rejects(disk.list(root, 3), localFault('TOO_MANY_FILES'));
    await assert.rejects(disk.list(joinPath(root, 'none'), 3), localFault('NOT_FOUND'));
  });

  scenario('rename moves, and replaces what was there', async ({ disk, root }) => {
    await write(disk, joinPath(root, 'a'), content(10, 1));
    await write(disk, joinPath(root, 'b'), content(20, 2));
    await disk.rename(joinPath(root, 'a'), joinPath(root, 'b'));
    await disk.syncDirectory(root);
    assert.deepEqual(await disk.list(root, 10), ['b']);
    assertSameBytes(await read(disk, joinPath(root, 'b')), content(10, 1));
    await assert.rejects(
      disk.rename(joinPath(root, 'a'), joinPath(root, 'c')),
      localFault('NOT_FOUND'),
    );
  });

  scenario('rename moves a folder with what is in it', async ({ disk, root }) => {
    await write(disk, joinPath(root, 'a', 'x', 'y'), content(10));
    await disk.rename(joinPath(root, 'a'), joinPath(root, 'b'));
    assertSameBytes(await read(disk, joinPath(root, 'b', 'x', 'y')), content(10));
    assert.deepEqual(await disk.list(root, 10), ['b']);
  });

  scenario('remove takes files and empty folders, and no others', async ({ disk, root }) => {
    await write(disk, joinPath(root, 'a', 'b'), content(10));
    await assert.rejects(disk.remove(joinPath(root, 'a')), { name: 'LocalFault' });
    await disk.remove(joinPath(root, 'a', 'b'));
    await disk.remove(joinPath(root, 'a', 'b'));
    await disk.remove(joinPath(root, 'a'));
    await disk.remove(joinPath(root, 'a'));
    await disk.remove(joinPath(root, 'a', 'b'));
    assert.deepEqual(await disk.list(root, 10), []);
  });

  scenario('free space is known where nothing is yet', async ({ disk, root }) => {
    const free = await disk.freeBytes(joinPath(root, 'not', 'yet'));
    assert.ok(Number.isSafeInteger(free) && free > 0, `${free} bytes`);
  });
}
