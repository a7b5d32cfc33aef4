import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinPath } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { SimHost } from '@coequal/simulator';
import { wantedPieces } from '../../../src/core/metainfo/file-selection.ts';
import type { PieceStore } from '../../../src/io/storage/piece-store.ts';
import { DOWNLOADS, makeTorrent, pathOf, RESUME } from './content-maker.ts';
import type { MadeTorrent } from './content-maker.ts';
import {
  assertFiles,
  assertHadIsRight,
  fetchPiece,
  fetchPieces,
  inWorld,
  openStore,
  range,
} from './store-frame.ts';

const TORRENT = makeTorrent({
  files: { a: 50_000, 'b/c': 150_000, 'b/empty': 0, d: 10, e: 170_000 },
});
const PIECE_COUNT = TORRENT.map.pieceCount;

/** The place of a store's files in the resume folder. */
async function resumeFile(host: SimHost, ending: string): Promise<string | undefined> {
  const names = await host.ports.disk.list(RESUME, 100);
  return names.find((name) => name.endsWith(ending));
}

describe('resume data', () => {
  test('a clean stop is trusted at the next start, and nothing is hashed', () =>
    inWorld(async (_world, host) => {
      const totals = { uploaded: 1_000, downloaded: 2_000, activeSeconds: 30, seedingSeconds: 4 };
      {
        await using opened = await openStore(TORRENT, host.ports);
        await fetchPieces(opened.store, TORRENT, [0, 3, 5, 7]);
        opened.store.session = () => totals;
      }
      assert.equal(await resumeFile(host, '.journal'), undefined);
      host.restart();
      let hashed = 0;
      await using again = await openStore(TORRENT, host.ports, { onProgress: () => hashed++ });
      assert.deepEqual([...again.store.have], [0, 3, 5, 7]);
      assert.equal(hashed, 0);
      assert.equal(again.store.whyChecked, undefined);
      assert.deepEqual(again.store.totals, totals);
    }));

  test('kill -9 loses no written piece, though there was no checkpoint', () =>
    inWorld(async (_world, host) => {
      const opened = await openStore(TORRENT, host.ports);
      await fetchPieces(opened.store, TORRENT, [1, 2, 6]);
      host.crash();
      host.restart();
      await using again = await openStore(TORRENT, host.ports);
      assert.deepEqual([...again.store.have], [1, 2, 6]);
      assert.equal(again.store.whyChecked, 'NO_RESUME_DATA');
    }));

  test('files that another program gave other names are found, and keep them', () =>
    inWorld(async (_world, host) => {
      const { disk } = host.ports;
      const fileNames = new Map([[4, 'e.part']]);
      {
        await using opened = await openStore(TORRENT, host.ports);
        await fetchPieces(opened.store, TORRENT, range(PIECE_COUNT));
      }
      for (const name of await disk.list(RESUME, 100)) await disk.remove(joinPath(RESUME, name));
      await disk.rename(pathOf(TORRENT, 4), joinPath(DOWNLOADS, TORRENT.metainfo.name, 'e.part'));
      {
        await using again = await openStore(TORRENT, host.ports, { fileNames });
        assert.equal(again.store.have.count, PIECE_COUNT);
        await again.store.relocate((mover) => mover.renameFile(4, 'other'));
      }
      await using third = await openStore(TORRENT, host.ports, { fileNames });
      assert.equal(third.store.have.count, PIECE_COUNT);
      assert.match(third.store.filePath(4), /other$/);
    }));

  test('kill -9 after a checkpoint: what is durable is trusted, only the rest is hashed', () =>
    inWorld(async (_world, host) => {
      const opened = await openStore(TORRENT, host.ports);
      await fetchPieces(opened.store, TORRENT, [1, 2, 6]);
      await opened.store.checkpoint();
      await fetchPieces(opened.store, TORRENT, [3, 8]);
      host.crash();
      host.restart();
      let hashed = 0;
      await using again = await openStore(TORRENT, host.ports, { onProgress: () => hashed++ });
      assert.deepEqual([...again.store.have], [1, 2, 3, 6, 8]);
      assert.equal(again.store.whyChecked, 'NOT_STOPPED_CLEANLY');
      assert.equal(hashed, 2);
    }));

  test('pieces of two runs that were killed are all kept', () =>
    inWorld(async (_world, host) => {
      const first = await openStore(TORRENT, host.ports);
      await first.store.checkpoint();
      for (const piece of [1, 4, 7]) {
        const opened = await openStore(TORRENT, host.ports);
        await fetchPieces(opened.store, TORRENT, [piece]);
        host.crash();
        host.restart();
      }
      await using again = await openStore(TORRENT, host.ports);
      assert.deepEqual([...again.store.have], [1, 4, 7]);
    }));

  test('a file that was changed after a clean stop is hashed, and only that one', () =>
    inWorld(async (_world, host) => {
      {
        await using opened = await openStore(TORRENT, host.ports);
        await fetchPieces(opened.store, TORRENT, range(PIECE_COUNT));
      }
      const file = TORRENT.metainfo.files.findIndex(({ path }) => path.join('/') === 'e');
      const { first, end } = TORRENT.map.piecesOf(file);
      {
        await using changed = await host.ports.disk.open(pathOf(TORRENT, file), 'update');
        await changed.writeAt([Uint8Array.of(1, 2, 3)], 100_000);
      }
      let hashed = 0;
      await using again = await openStore(TORRENT, host.ports, { onProgress: () => hashed++ });
      assert.equal(again.store.whyChecked, 'FILES_CHANGED');
      assert.equal(hashed, end - first);
      assert.equal(again.store.have.count, PIECE_COUNT - 1);
      await assertHadIsRight(again.store, TORRENT);
    }));

  test('a file that was removed after a clean stop costs its pieces', () =>
    inWorld(async (_world, host) => {
      {
        await using opened = await openStore(TORRENT, host.ports);
        await fetchPieces(opened.store, TORRENT, range(PIECE_COUNT));
      }
      await host.ports.disk.remove(pathOf(TORRENT, 0));
      await using again = await openStore(TORRENT, host.ports);
      const { end } = TORRENT.map.piecesOf(0);
      assert.deepEqual([...again.store.have], range(PIECE_COUNT).slice(end));
    }));

  test('what was lost is not claimed any more before the first byte is written over it', () =>
    inWorld(async (_world, host) => {
      {
        await using opened = await openStore(TORRENT, host.ports);
        await fetchPieces(opened.store, TORRENT, range(PIECE_COUNT));
      }
      const file = TORRENT.metainfo.files.findIndex(({ path }) => path.join('/') === 'e');
      const { end } = TORRENT.map.piecesOf(file);
      await host.ports.disk.remove(pathOf(TORRENT, file));
      const opened = await openStore(TORRENT, host.ports);
      await fetchPiece(opened.store, TORRENT, end - 1); // the file has its full length now
      host.crash();
      host.restart();
      await using again = await openStore(TORRENT, host.ports);
      assert.ok(again.store.have.has(end - 1));
      await assertHadIsRight(again.store, TORRENT);
    }));

  test('damaged resume data is set aside with the reason, and everything hashed', () =>
    inWorld(async (_world, host) => {
      {
        await using opened = await openStore(TORRENT, host.ports);
        await fetchPieces(opened.store, TORRENT, [0, 1, 2]);
      }
      const name = await resumeFile(host, '.resume');
      assert.ok(name);
      const path = joinPath(RESUME, name);
      const bytes = host.disk.content(path) ?? new Uint8Array();
      const at = Math.floor(bytes.length / 2);
      const length = bytes.length;
      host.disk.put(path, bytes.subarray(0, at));
      await using again = await openStore(TORRENT, host.ports);
      assert.equal(again.store.whyChecked, 'RESUME_DATA_BAD');
      assert.deepEqual([...again.store.have], [0, 1, 2]);
      assert.equal(host.disk.content(joinPath(RESUME, `${name}.bad`))?.length, at);
      assert.ok(length > at);
    }));

  test('the selection is remembered, unless another is given', () =>
    inWorld(async (_world, host) => {
      {
        await using opened = await openStore(TORRENT, host.ports, { wantedFiles: new Set([1]) });
        assert.deepEqual([...opened.store.wantedFiles], [1]);
      }
      {
        await using again = await openStore(TORRENT, host.ports);
        assert.deepEqual([...again.store.wantedFiles], [1]);
      }
      await using other = await openStore(TORRENT, host.ports, { wantedFiles: new Set([2, 3]) });
      assert.deepEqual([...other.store.wantedFiles], [2, 3]);
    }));

  test('what was only trusted is not remembered', () =>
    inWorld(async (_world, host) => {
      for (const [file, bytes] of TORRENT.files.entries()) {
        host.disk.put(pathOf(TORRENT, file), new Uint8Array(bytes.length));
      }
      {
        await using opened = await openStore(TORRENT, host.ports, { trust: true });
        assert.ok(opened.store.have.isFull);
      }
      await using again = await openStore(TORRENT, host.ports);
      assert.equal(again.store.have.count, 0);
    }));

  test('read-only content is trusted after a crash as long as its files are as they were', () =>
    inWorld(async (_world, host) => {
      for (const [file, bytes] of TORRENT.files.entries()) {
        host.disk.put(pathOf(TORRENT, file), bytes);
      }
      const opened = await openStore(TORRENT, host.ports, { readOnly: true });
      assert.ok(opened.store.have.isFull);
      host.crash();
      host.restart();
      await using again = await openStore(TORRENT, host.ports, { readOnly: true });
      assert.ok(again.store.have.isFull);
      assert.equal(again.store.whyChecked, undefined);
    }));

  test('a checkpoint that failed is tried again in time, and said', () =>
    inWorld(async (world, host) => {
      const opened = await openStore(TORRENT, host.ports);
      const { store } = opened;
      const faults: string[] = [];
      store.onFault = (fault) => faults.push(fault.code);
      host.disk.failNext('sync', 'DISK_FAILED');
      await fetchPieces(store, TORRENT, [0, 1]);
      const { clock } = host.ports;
      await new Promise<void>((resolve) => void clock.at(clock.now() + 65_000, resolve));
      assert.deepEqual(faults, ['DISK_FAILED']);
      host.powerLoss();
      host.restart();
      await using again = await openStore(TORRENT, host.ports);
      assert.deepEqual([...again.store.have], [0, 1]);
      assert.ok(world.now > 0);
    }));
});

/** One life of a torrent; returns what it was told it would still have after such an end. */
async function liveUntilTheEnd(
  world: World,
  host: SimHost,
  torrent: MadeTorrent,
  how: 'crash' | 'powerLoss',
): Promise<ReadonlySet<number>> {
  const random = world.random;
  const acknowledged = new Set<number>();
  const wantedFiles = new Set(
    range(torrent.metainfo.files.length).filter(() => random.number() < 0.7),
  );
  const live = async (): Promise<void> => {
    const { store } = await openStore(torrent, host.ports, { wantedFiles });
    const order = [...wantedPieces(store.map, wantedFiles)]
      .filter((piece) => !store.have.has(piece))
      .map((piece) => ({ piece, rank: random.number() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ piece }) => piece);
    const fetching = order.map(async (piece, at) => {
      await pause(host, at * 3);
      if (store.have.has(piece)) return;
      await fetchPiece(store, torrent, piece);
      if (how === 'crash') acknowledged.add(piece);
    });
    const saving = range(6).map(async (at) => {
      await pause(host, 2 + at * 11 * random.number());
      const had = [...store.have];
      await store.checkpoint();
      for (const piece of had) acknowledged.add(piece);
    });
    const changing = (async () => {
      await pause(host, random.number() * 60);
      await store.setWanted(
        new Set(range(torrent.metainfo.files.length).filter(() => random.number() < 0.5)),
      );
    })();
    await Promise.all([...fetching, ...saving, changing]);
  };
  void live();
  const { promise: isOver, resolve } = Promise.withResolvers<void>();
  const lengthMs = 5 + random.number() * 140;
  world.after(lengthMs, resolve);
  await world.run(() => isOver, lengthMs + 1);
  return acknowledged;
}

function pause(host: SimHost, ms: number): Promise<void> {
  const { clock } = host.ports;
  return new Promise((resolve) => void clock.at(clock.now() + ms, resolve));
}

/** Every piece that is claimed is right, by the files themselves; returns the pieces. */
async function reopen(world: World, host: SimHost, torrent: MadeTorrent): Promise<Set<number>> {
  return world.run(async () => {
    await using opened = await openStore(torrent, host.ports);
    const { store } = opened;
    assert.notEqual(store.whyChecked, 'RESUME_DATA_BAD');
    await assertHadIsRight(store, torrent);
    return new Set(store.have);
  }, 1_000_000);
}

function finishAndCheck(world: World, host: SimHost, torrent: MadeTorrent): Promise<void> {
  return world.run(async () => {
    const all = new Set(torrent.metainfo.files.keys());
    {
      await using opened = await openStore(torrent, host.ports, { wantedFiles: all });
      const { store }: { store: PieceStore } = opened;
      const missing = range(torrent.map.pieceCount).filter((piece) => !store.have.has(piece));
      await fetchPieces(store, torrent, missing);
    }
    assertFiles(torrent, host, torrent.files.keys());
    const left = host.disk.paths().filter((path) => path.startsWith(DOWNLOADS));
    assert.deepEqual(left, [...all].map((file) => pathOf(torrent, file)).toSorted());
  }, 1_000_000);
}

describe('loss of power at any moment', () => {
  for (const [how, seeds] of [
    ['powerLoss', 100],
    ['crash', 100],
  ] as const) {
    test(`${how}: whatever is claimed is right, and nothing acknowledged is lost, for ${seeds} seeds`, async () => {
      for (let seed = 1; seed <= seeds; seed++) {
        const torrent = makeTorrent({
          version: (['v1', 'v2', 'hybrid'] as const)[seed % 3] ?? 'v1',
          files: { a: 40_000, 'b/c': 90_000, 'b/empty': 0, d: 10, e: 5_000, f: 120_000 },
          pieceLength: 16_384,
          seed,
        });
        const world = new World({ seed });
        const host = world.host('disk');
        try {
          for (let life = 0; life < 2; life++) {
            const acknowledged = await liveUntilTheEnd(world, host, torrent, how);
            host[how]();
            host.restart();
            const had = await reopen(world, host, torrent);
            for (const piece of acknowledged)
              assert.ok(had.has(piece), `piece ${piece} was durable`);
          }
          await finishAndCheck(world, host, torrent);
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error });
        }
      }
    });
  }
});
