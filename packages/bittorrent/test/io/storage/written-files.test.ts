import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinPath, LocalFault, rootPath } from '@coequal/base';
import type { DiskFile } from '@coequal/base';
import { WrittenFiles } from '../../../src/io/storage/written-files.ts';
import { makeWorld } from './store-frame.ts';

const TOP = rootPath('/top');
const A = joinPath(TOP, 'a');
const B = joinPath(TOP, 'b');

/** Files a and b, what was synced, and a fault for the next sync. */
class Frame {
  readonly synced: string[] = [];
  fault: LocalFault | undefined;
  /** Syncs wait for it. */
  gate: Promise<void> | undefined;
  readonly #made = makeWorld();
  readonly #disk = this.#made.host.ports.disk;
  readonly written = new WrittenFiles(TOP, {
    ...this.#made.host.ports.disk,
    stat: (path) => this.#disk.stat(path),
    syncDirectory: (path) => this.#disk.syncDirectory(path),
    open: async (path, mode) => this.#wrap(path, await this.#disk.open(path, mode)),
  });

  async run(steps: (frame: Frame) => Promise<void>): Promise<void> {
    await this.#made.world.run(async () => {
      for (const path of [A, B])
        await (await this.#disk.open(path, 'update'))[Symbol.asyncDispose]();
      await steps(this);
    }, 1_000_000);
  }

  #wrap(path: string, file: DiskFile): DiskFile {
    return {
      readAt: (into, position) => file.readAt(into, position),
      writeAt: (chunks, position) => file.writeAt(chunks, position),
      truncate: (length) => file.truncate(length),
      length: () => file.length(),
      sync: async () => {
        this.synced.push(path);
        await this.gate;
        const fault = this.fault;
        this.fault = undefined;
        if (fault !== undefined) throw fault;
        await file.sync();
      },
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    };
  }
}

describe('files synced ahead', () => {
  test('are left out of the next sync, and not of the one after they were written again', () =>
    new Frame().run(async ({ written, synced }) => {
      written.add(A);
      written.add(B);
      await written.syncAhead(A);
      assert.deepEqual(await written.sync(), []);
      assert.deepEqual(synced, [A, B]);
      written.add(A);
      await written.sync();
      assert.deepEqual(synced, [A, B, A]);
    }));

  test('are synced again when they are written to meanwhile', () =>
    new Frame().run(async (frame) => {
      const { written, synced } = frame;
      const gate = Promise.withResolvers<void>();
      frame.gate = gate.promise;
      written.add(A);
      const ahead = written.syncAhead(A);
      written.add(A);
      gate.resolve();
      await ahead;
      await written.sync();
      assert.deepEqual(synced, [A, A]);
    }));

  test('fail the next sync when the system could not write them, even one under way', () =>
    new Frame().run(async (frame) => {
      const { written, synced } = frame;
      written.add(A);
      frame.fault = new LocalFault('DISK_FAILED');
      const ahead = written.syncAhead(A);
      await assert.rejects(written.sync(), { code: 'DISK_FAILED' });
      await ahead;
      synced.length = 0;
      assert.deepEqual(await written.sync(), []);
      assert.deepEqual(synced, [A], 'tried again');
    }));

  test('may be gone, which the next sync tells', () =>
    new Frame().run(async ({ written }) => {
      const none = joinPath(TOP, 'none');
      written.add(none);
      await written.syncAhead(none);
      assert.deepEqual(await written.sync(), [none]);
    }));
});
