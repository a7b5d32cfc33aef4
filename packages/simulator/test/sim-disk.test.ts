import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinPath, LocalFault, rootPath } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';
import * as fc from 'fast-check';
import { World } from '../src/index.ts';
import type { SimHost } from '../src/index.ts';

const HOUR_MS = 3_600_000;
const ROOT = rootPath('/');
const A = joinPath(ROOT, 'a');
const B = joinPath(ROOT, 'b');
const SECTOR_LENGTH = 512;

async function write(disk: Disk, path: SafePath, bytes: Uint8Array, position = 0): Promise<void> {
  await using file = await disk.open(path, 'update');
  await file.writeAt([bytes], position);
}

async function writeDurably(disk: Disk, path: SafePath, bytes: Uint8Array): Promise<void> {
  await using file = await disk.open(path, 'update');
  await file.writeAt([bytes], 0);
  await file.sync();
  await disk.syncDirectory(ROOT);
}

/** A host that did `work` and then lost power. */
async function lostPower(
  seed: number,
  work: (disk: Disk, host: SimHost) => Promise<void>,
): Promise<SimHost> {
  const world = new World({ seed });
  const host = world.host();
  await world.run(() => work(host.ports.disk, host), HOUR_MS);
  host.powerLoss();
  host.restart();
  return host;
}

/** Which of the outcomes came about over many seeds. */
async function outcomes(
  work: (disk: Disk, host: SimHost) => Promise<void>,
  describe: (host: SimHost) => string,
): Promise<string[]> {
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed++) seen.add(describe(await lostPower(seed, work)));
  return [...seen].toSorted();
}

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LocalFault && error.code === code;
}

function text(host: SimHost, path: SafePath): string {
  const bytes = host.disk.content(path);
  return bytes === undefined ? '-' : new TextDecoder().decode(bytes);
}

const ascii = (letters: string): Uint8Array => new TextEncoder().encode(letters);

test('what was synced survives every power loss, whatever else was under way', async () => {
  const range = fc.record({
    position: fc.integer({ min: 0, max: 60_000 }),
    length: fc.integer({ min: 1, max: 20_000 }),
  });
  const inputs = [
    fc.integer(),
    fc.array(range, { maxLength: 8 }),
    fc.array(range, { maxLength: 8 }),
  ] as const;
  await fc.assert(
    fc.asyncProperty(...inputs, async (seed, synced, unsynced) => {
      const expected = new Uint8Array(100_000);
      const isUnsynced = new Uint8Array(100_000);
      let length = 0;
      const host = await lostPower(seed, async (disk) => {
        await using file = await disk.open(A, 'update');
        for (const [i, { position, length: count }] of synced.entries()) {
          const bytes = new Uint8Array(count).fill(i + 1);
          await file.writeAt([bytes], position);
          expected.set(bytes, position);
          length = Math.max(length, position + count);
        }
        await file.sync();
        await disk.syncDirectory(ROOT);
        for (const { position, length: count } of unsynced) {
          await file.writeAt([new Uint8Array(count).fill(0xff)], position);
          isUnsynced.fill(1, position, position + count);
        }
      });
      const found = host.disk.content(A);
      assert.ok(found && found.length >= length, 'the synced length survives');
      for (const [i, byte] of found.entries()) {
        const isRight = byte === expected[i] || (isUnsynced[i] === 1 && byte === 0xff);
        if (!isRight) assert.fail(`byte ${i} is ${byte}`);
      }
    }),
    { numRuns: 100 },
  );
});

test('an unsynced write survives, vanishes or is torn between sectors', async () => {
  const kinds = await outcomes(
    async (disk) => {
      await writeDurably(disk, A, new Uint8Array(8 * SECTOR_LENGTH));
      await write(disk, A, new Uint8Array(8 * SECTOR_LENGTH - 200).fill(1), 100);
    },
    (host) => {
      const bytes = host.disk.content(A);
      assert.equal(bytes?.length, 8 * SECTOR_LENGTH);
      const flags = Array.from({ length: 8 }, (_, i) => {
        const start = Math.max(i * SECTOR_LENGTH, 100);
        const end = Math.min((i + 1) * SECTOR_LENGTH, 8 * SECTOR_LENGTH - 100);
        const sector = new Set(bytes.subarray(start, end));
        assert.equal(sector.size, 1, 'a sector is old or new');
        return sector.has(1);
      });
      return flags.every(Boolean) ? 'whole' : flags.some(Boolean) ? 'torn' : 'none';
    },
  );
  assert.deepEqual(kinds, ['none', 'torn', 'whole']);
});

test('of several unsynced writes any may survive, whatever their order', async () => {
  const kinds = await outcomes(
    async (disk) => {
      await writeDurably(disk, A, ascii('...'));
      for (const [i, letter] of ['x', 'y', 'z'].entries()) await write(disk, A, ascii(letter), i);
    },
    (host) => text(host, A),
  );
  assert.deepEqual(kinds, ['...', '..z', '.y.', '.yz', 'x..', 'x.z', 'xy.', 'xyz']);
});

test('an unsynced length is one that the file had', async () => {
  const kinds = await outcomes(
    async (disk) => {
      await writeDurably(disk, A, new Uint8Array(100));
      await using file = await disk.open(A, 'update');
      await file.truncate(10);
      await file.writeAt([new Uint8Array(20_000)], 0);
    },
    (host) => `${host.disk.content(A)?.length}`,
  );
  assert.deepEqual(kinds, ['10', '100', '20000']);
});

test('a new name may be lost without syncDirectory, though its bytes were synced', async () => {
  const make = async (disk: Disk): Promise<void> => {
    await using file = await disk.open(A, 'update');
    await file.writeAt([ascii('new')], 0);
    await file.sync();
  };
  assert.deepEqual(await outcomes(make, (host) => text(host, A)), ['-', 'new']);
});

test('replacing a file by rename leaves the old or the new, and never neither', async () => {
  const kinds = await outcomes(
    async (disk) => {
      await writeDurably(disk, A, ascii('old'));
      await using file = await disk.open(B, 'update');
      await file.writeAt([ascii('new')], 0);
      await file.sync();
      await disk.rename(B, A);
    },
    (host) => `${text(host, A)} ${text(host, B)}`,
  );
  assert.deepEqual(kinds, ['new -', 'old -', 'old new']);
});

test('replacing a file that was not synced first may leave an empty one', async () => {
  const kinds = await outcomes(
    async (disk) => {
      await writeDurably(disk, A, ascii('old'));
      await write(disk, B, ascii('new'));
      await disk.rename(B, A);
      await disk.syncDirectory(ROOT);
    },
    (host) => text(host, A),
  );
  assert.ok(kinds.includes('') && kinds.includes('new') && !kinds.includes('old'), kinds.join());
});

test('a file moved between folders is in one of them', async () => {
  const [from, to] = [joinPath(ROOT, 'x', 'f'), joinPath(ROOT, 'y', 'f')];
  const kinds = await outcomes(
    async (disk, host) => {
      host.disk.put(from, ascii('f'));
      host.disk.put(joinPath(ROOT, 'y', 'g'), ascii('g'));
      await write(disk, joinPath(ROOT, 'x', 'n'), ascii('n'));
      await disk.rename(from, to);
      await disk.remove(joinPath(ROOT, 'y', 'g'));
    },
    (host) => `${text(host, from)}${text(host, to)}`,
  );
  assert.deepEqual(kinds, ['-f', 'f-']);
});

test('a file moved into a new folder is never lost with it', async () => {
  const [from, to] = [joinPath(ROOT, 'x', 'f'), joinPath(ROOT, 'y', 'z', 'f')];
  for (const isSynced of [false, true]) {
    const kinds = await outcomes(
      async (disk, host) => {
        host.disk.put(from, ascii('f'));
        await disk.makeDirectory(joinPath(ROOT, 'y', 'z'));
        await disk.rename(from, to);
        if (isSynced) await disk.syncDirectory(joinPath(ROOT, 'x'));
      },
      (host) => `${text(host, from)}${text(host, to)}`,
    );
    assert.deepEqual(kinds, isSynced ? ['-f'] : ['-f', 'f-']);
  }
});

test('syncing one folder of a rename makes both sides durable', async () => {
  const [from, to] = [joinPath(ROOT, 'x', 'f'), joinPath(ROOT, 'y', 'f')];
  const kinds = await outcomes(
    async (disk, host) => {
      host.disk.put(from, ascii('f'));
      host.disk.put(joinPath(ROOT, 'y', 'g'), ascii('g'));
      await disk.rename(from, to);
      await disk.syncDirectory(joinPath(ROOT, 'y'));
    },
    (host) => `${text(host, from)}${text(host, to)}`,
  );
  assert.deepEqual(kinds, ['-f']);
});

test('a removed file may come back after a power loss, until the folder is synced', async () => {
  const remove = async (disk: Disk): Promise<void> => {
    await writeDurably(disk, A, ascii('a'));
    await disk.remove(A);
  };
  assert.deepEqual(await outcomes(remove, (host) => text(host, A)), ['-', 'a']);
  const removeDurably = async (disk: Disk): Promise<void> => {
    await remove(disk);
    await disk.syncDirectory(ROOT);
  };
  assert.deepEqual(await outcomes(removeDurably, (host) => text(host, A)), ['-']);
});

test('what is written while a sync is under way is not part of it', async () => {
  const kinds = await outcomes(
    async (disk) => {
      await writeDurably(disk, A, ascii('..'));
      await using file = await disk.open(A, 'update');
      await file.writeAt([ascii('x')], 0);
      const syncing = file.sync();
      await file.writeAt([ascii('y')], 1);
      await syncing;
    },
    (host) => text(host, A),
  );
  assert.deepEqual(kinds, ['x.', 'xy']);
});

test('a crash loses nothing of what the system was given', async () => {
  const world = new World({ seed: 1 });
  const host = world.host();
  await world.run(() => write(host.ports.disk, A, ascii('kept')), HOUR_MS);
  host.crash();
  host.restart();
  assert.equal(text(host, A), 'kept');
  assert.equal(host.openFiles, 0);
});

test('a full disk says so, takes no more than it holds, and removing makes room', async () => {
  const world = new World({ seed: 1 });
  const host = world.host({ diskCapacityBytes: 100_000 });
  const { disk } = host.ports;
  await world.run(async () => {
    await write(disk, A, new Uint8Array(80_000));
    await assert.rejects(write(disk, B, new Uint8Array(40_000)), isFault('DISK_FULL'));
    assert.ok(host.disk.usedBytes <= 100_000);
    await write(disk, A, new Uint8Array(80_000)); // in place
    await disk.remove(A);
    await write(disk, B, new Uint8Array(40_000));
    assert.equal(await disk.freeBytes(B), 100_000 - 40_960);
    await using file = await disk.open(B, 'update');
    await file.truncate(1_000_000); // a hole takes no room
    assert.equal(await disk.freeBytes(B), 100_000 - 40_960);
    await file.truncate(0);
    assert.equal(await disk.freeBytes(B), 100_000);
  }, HOUR_MS);
});

test('space is counted the same after a power loss', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const host = await lostPower(seed, async (disk) => {
      await writeDurably(disk, A, new Uint8Array(50_000));
      await write(disk, A, new Uint8Array(50_000), 30_000);
      await write(disk, B, new Uint8Array(5_000));
    });
    const lengths = host.disk.paths().map((path) => host.disk.content(path)?.length ?? 0);
    const most = lengths.reduce((sum, length) => sum + Math.ceil(length / 4_096) * 4_096, 0);
    assert.ok(host.disk.usedBytes >= 50_000 && host.disk.usedBytes <= most);
  }
});

test('operations fail as often as they are told to, with that code', async () => {
  const world = new World({ seed: 1 });
  const host = world.host();
  const { disk } = host.ports;
  host.disk.failNext('writeAt', 'DISK_FAILED', 2);
  host.disk.failNext('rename', 'NOT_PERMITTED');
  await world.run(async () => {
    await using file = await disk.open(A, 'update');
    for (let i = 0; i < 2; i++)
      await assert.rejects(file.writeAt([ascii('x')], 0), isFault('DISK_FAILED'));
    await file.writeAt([ascii('y')], 0);
    await assert.rejects(disk.rename(A, B), isFault('NOT_PERMITTED'));
    await disk.rename(A, B);
    host.disk.setReadOnly(true);
    await assert.rejects(disk.remove(B), isFault('READ_ONLY_DISK'));
    await assert.rejects(file.writeAt([ascii('z')], 0), isFault('READ_ONLY_DISK'));
  }, HOUR_MS);
  assert.equal(text(host, B), 'y');
  assert.equal(host.openFiles, 0);
});
