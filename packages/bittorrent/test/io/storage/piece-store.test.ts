import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinPath, LocalFault } from '@coequal/base';
import type { Disk } from '@coequal/base';
import {
  assertFiles,
  assertHadIsRight,
  fetchPiece,
  fetchPieces,
  fill,
  inWorld,
  NEVER,
  openStore,
  range,
  readPiece,
} from './store-frame.ts';
import { DOWNLOADS, makeTorrent, pathOf, RESUME } from './content-maker.ts';
import type { MadeTorrent } from './content-maker.ts';

const SINGLE = makeTorrent({ files: { 'one file': 300_000 }, isFolder: false });
const FOLDER = makeTorrent({
  files: { a: 50_000, 'b/c': 100_000, 'b/empty': 0, d: 10, e: 70_000 },
});

function isFault(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LocalFault && error.code === code;
}

function allPieces(torrent: MadeTorrent): number[] {
  return range(torrent.map.pieceCount);
}

describe('PieceStore', () => {
  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    test(`lays out and reads back a folder of ${version}`, () =>
      inWorld(async (_world, host) => {
        const files = { a: 50_000, 'b/c': 100_000, 'b/empty': 0, d: 10, 'é/ü 漢': 70_000 };
        const torrent = makeTorrent({ version, files, seed: 3 });
        await using opened = await openStore(torrent, host.ports);
        const { store } = opened;
        assert.equal(store.whyChecked, undefined);
        assert.equal(store.isComplete, false);
        await fetchPieces(store, torrent, allPieces(torrent).toReversed());
        assert.ok(store.have.isFull && store.isComplete);
        assert.equal(store.bytesHad, torrent.metainfo.length);
        assert.deepEqual(
          store.fileProgress(),
          torrent.files.map((file) => file.length),
        );
        await assertHadIsRight(store, torrent);
        assertFiles(torrent, host, torrent.files.keys());
      }));
  }

  test('writes nothing of a piece whose hash is wrong, and takes it when it comes right', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(SINGLE, host.ports);
      const { store, shared } = opened;
      const buffer = store.reserve(1);
      assert.ok(buffer);
      fill(buffer, SINGLE.piece(2));
      assert.equal((await store.commit(buffer, false)).isWritten, false);
      store.discard(buffer);
      assert.equal(store.have.count, 0);
      assert.equal(host.disk.content(pathOf(SINGLE, 0)), undefined);
      assert.equal(shared.slots.freeCount, shared.slots.slotCount);
      assert.equal(await fetchPiece(store, SINGLE, 1), 'written');
    }));

  test('creates empty files at once, and no others', () =>
    inWorld(async (_world, host) => {
      await using _opened = await openStore(FOLDER, host.ports);
      const empty = FOLDER.metainfo.files.findIndex((file) => file.length === 0);
      assert.deepEqual(host.disk.paths(), [pathOf(FOLDER, empty)]);
    }));

  test('refuses a piece on a full disk, keeps what it has, and goes on when there is room', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(SINGLE, host.ports);
      const { store, shared } = opened;
      await fetchPieces(store, SINGLE, [0, 1]);
      const capacity = host.disk.capacityBytes;
      host.disk.capacityBytes = host.disk.usedBytes + 10;
      await assert.rejects(fetchPiece(store, SINGLE, 2), isFault('DISK_FULL'));
      assert.deepEqual([...store.have], [0, 1]);
      assert.equal(shared.slots.freeCount, shared.slots.slotCount);
      host.disk.capacityBytes = capacity;
      await fetchPieces(store, SINGLE, allPieces(SINGLE).slice(2));
      assertFiles(SINGLE, host, [0]);
    }));

  test('does not count a piece that could not be noted in the journal', () =>
    inWorld(async (_world, host) => {
      const { ports } = host;
      const disk: Disk = {
        open: (path, mode) => ports.disk.open(path, mode),
        stat: (path) => ports.disk.stat(path),
        list: (path, max) => ports.disk.list(path, max),
        makeDirectory: (path) => ports.disk.makeDirectory(path),
        rename: (from, to) => ports.disk.rename(from, to),
        remove: (path) => ports.disk.remove(path),
        syncDirectory: (path) => ports.disk.syncDirectory(path),
        freeBytes: (path) => ports.disk.freeBytes(path),
      };
      let isFull = true;
      const open: Disk['open'] = (path, mode) => {
        if (isFull && path.endsWith('.journal')) {
          return Promise.reject(new LocalFault('DISK_FULL', { path }));
        }
        return disk.open(path, mode);
      };
      await using opened = await openStore(SINGLE, { ...ports, disk: { ...disk, open } });
      await assert.rejects(fetchPiece(opened.store, SINGLE, 1), isFault('DISK_FULL'));
      assert.equal(opened.store.have.count, 0);
      isFull = false;
      await fetchPieces(opened.store, SINGLE, [1, 2]);
      assert.deepEqual([...opened.store.have], [1, 2]);
    }));

  test('finds a file that was removed while it is shared, and loses its pieces', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(FOLDER, host.ports);
      const { store } = opened;
      await fetchPieces(store, FOLDER, allPieces(FOLDER));
      const lost: number[] = [];
      store.onLost = (piece) => lost.push(piece);
      const file = FOLDER.metainfo.files.findIndex(({ path }) => path.join('/') === 'b/c');
      await host.ports.disk.remove(pathOf(FOLDER, file));
      const { first, end } = FOLDER.map.piecesOf(file);
      await assert.rejects(async () => store.read(first + 1, 0, 100), isFault('CONTENT_MISSING'));
      assert.deepEqual(lost, range(end).slice(first));
      assert.equal(store.have.count, FOLDER.map.pieceCount - lost.length);
      await fetchPieces(store, FOLDER, lost);
      await assertHadIsRight(store, FOLDER);
      assertFiles(FOLDER, host, FOLDER.files.keys());
    }));

  test('loses just the pieces beyond the end of a file that shrank', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(SINGLE, host.ports);
      const { store } = opened;
      await fetchPieces(store, SINGLE, allPieces(SINGLE));
      await using file = await host.ports.disk.open(pathOf(SINGLE, 0), 'update');
      await file.truncate(32_768 * 3 + 5);
      await assert.rejects(async () => store.read(5, 0, 100), isFault('CONTENT_MISSING'));
      assert.deepEqual([...store.have], [0, 1, 2]);
    }));

  test('cuts a file that was longer, once it is complete', () =>
    inWorld(async (_world, host) => {
      const old = new Uint8Array(400_000).fill(7);
      host.disk.put(pathOf(SINGLE, 0), old);
      await using opened = await openStore(SINGLE, host.ports);
      const { store } = opened;
      assert.equal(store.whyChecked, 'NO_RESUME_DATA');
      await fetchPieces(store, SINGLE, allPieces(SINGLE));
      assertFiles(SINGLE, host, [0]);
    }));

  test('writes nothing at all when it is read-only', () =>
    inWorld(async (_world, host) => {
      const options = { readOnly: true, resumeDirectory: undefined };
      {
        await using opened = await openStore(FOLDER, host.ports, options);
        assert.equal(opened.store.have.count, 0);
      }
      assert.deepEqual(host.disk.paths(), []);
    }));

  test('finds content under another name, and hashes it unless it is trusted', () =>
    inWorld(async (_world, host) => {
      const contentPath = joinPath(DOWNLOADS, 'my copy');
      const right = SINGLE.files[0] ?? new Uint8Array();
      const wrong = Uint8Array.from(right);
      wrong[100_000] = (wrong[100_000] ?? 0) ^ 1;
      host.disk.put(contentPath, wrong);
      {
        const progress: number[] = [];
        await using opened = await openStore(SINGLE, host.ports, {
          contentPath,
          readOnly: true,
          onProgress: (checked, total) => progress.push(checked / total),
        });
        assert.equal(opened.store.have.count, SINGLE.map.pieceCount - 1);
        assert.equal(opened.store.have.has(3), false);
        assert.equal(progress.length, SINGLE.map.pieceCount);
        assert.equal(progress.at(-1), 1);
      }
      await using trusted = await openStore(SINGLE, host.ports, { contentPath, trust: true });
      assert.ok(trusted.store.have.isFull);
    }));

  test('a trusted file of another length counts as missing', () =>
    inWorld(async (_world, host) => {
      for (const [file, bytes] of FOLDER.files.entries()) {
        host.disk.put(pathOf(FOLDER, file), bytes);
      }
      const file = FOLDER.metainfo.files.findIndex(({ path }) => path.join('/') === 'e');
      host.disk.put(pathOf(FOLDER, file), new Uint8Array(70_001));
      await using opened = await openStore(FOLDER, host.ports, { trust: true });
      const { first, end } = FOLDER.map.piecesOf(file);
      const missing = allPieces(FOLDER).filter((piece) => !opened.store.have.has(piece));
      assert.deepEqual(missing, range(end).slice(first));
    }));

  test('refuses a directory where a file should be', () =>
    inWorld(async (_world, host) => {
      await host.ports.disk.makeDirectory(pathOf(SINGLE, 0));
      await assert.rejects(openStore(SINGLE, host.ports), isFault('NOT_A_FILE'));
    }));

  test('refuses a torrent whose pieces do not fit into memory, unless there is nothing to fetch', () =>
    inWorld(async (_world, host) => {
      const pieceLength = 4 * 2 ** 20;
      const torrent = makeTorrent({ files: { x: pieceLength }, isFolder: false, pieceLength });
      await assert.rejects(openStore(torrent, host.ports), isFault('PIECE_TOO_LONG_FOR_MEMORY'));
      host.disk.put(pathOf(torrent, 0), torrent.files[0] ?? new Uint8Array());
      await using opened = await openStore(torrent, host.ports);
      assert.ok(opened.store.isComplete);
    }));

  test('keeps two thousand small files with few of them open', () =>
    inWorld(async (_world, host) => {
      const files = Object.fromEntries(range(2_000).map((n) => [`dir ${n % 37}/${n}`, n % 300]));
      const torrent = makeTorrent({ files, pieceLength: 16_384 });
      {
        await using opened = await openStore(torrent, host.ports);
        await fetchPieces(opened.store, torrent, allPieces(torrent));
        await assertHadIsRight(opened.store, torrent);
        assertFiles(torrent, host, torrent.files.keys());
      }
      await using again = await openStore(torrent, host.ports);
      assert.ok(again.store.have.isFull);
      assert.equal(again.store.whyChecked, undefined);
    }));

  test('leaves nothing open and nothing waiting when it is closed', () =>
    inWorld(async (_world, host) => {
      const opened = await openStore(FOLDER, host.ports);
      await fetchPieces(opened.store, FOLDER, [0, 1, 2]);
      await readPiece(opened.store, 1);
      opened.store.reserve(3); // given up by whoever closes
      await opened[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
      assert.equal(host.openFiles, 0);
      assert.equal(opened.shared.slots.freeCount, opened.shared.slots.slotCount);
      await assert.rejects(async () => opened.store.read(0, 0, 1), isFault('TORRENT_CLOSED'));
    }));

  test('a torrent is used by one living process at a time', () =>
    inWorld(async (_world, host) => {
      const alive = new Set([7]);
      const isAlive = ({ pid }: { readonly pid: number }): boolean => alive.has(pid);
      const first = { owner: { pid: 7, startedAt: 1 }, isAlive };
      const second = { owner: { pid: 8, startedAt: 2 }, isAlive };
      const opened = await openStore(SINGLE, host.ports, { lock: first });
      await assert.rejects(
        openStore(SINGLE, host.ports, { lock: second }),
        (error) => isFault('TORRENT_IN_USE')(error) && String(error).includes('pid=7'),
      );
      await opened[Symbol.asyncDispose]();
      await using _again = await openStore(SINGLE, host.ports, { lock: second });
      assert.deepEqual(
        (await host.ports.disk.list(RESUME, 10)).filter((name) => name.endsWith('.lock')).length,
        1,
      );
    }));

  test('rechecks what is there: damage is lost, and what came by other ways is found', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(FOLDER, host.ports);
      const { store } = opened;
      await fetchPieces(store, FOLDER, [0, 1, 2]);
      for (const [file, bytes] of FOLDER.files.entries()) {
        const changed = Uint8Array.from(bytes);
        if (file === 0) changed[0] = (changed[0] ?? 0) ^ 1;
        host.disk.put(pathOf(FOLDER, file), changed);
      }
      const lost: number[] = [];
      store.onLost = (piece) => lost.push(piece);
      const progress: number[] = [];
      await store.recheck(NEVER, (checked, total) => progress.push(checked / total));
      assert.deepEqual(lost, [0]);
      assert.equal(store.have.count, FOLDER.map.pieceCount - 1);
      assert.equal(progress.at(-1), 1);
      await assertHadIsRight(store, FOLDER);
    }));

  test('a recheck ends when it is aborted', () =>
    inWorld(async (_world, host) => {
      host.disk.put(pathOf(SINGLE, 0), SINGLE.files[0] ?? new Uint8Array());
      await using opened = await openStore(SINGLE, host.ports);
      const abort = new AbortController();
      const checking = opened.store.recheck(abort.signal, (checked) => {
        if (checked === 2) abort.abort(new Error('enough'));
      });
      await assert.rejects(checking, /enough/);
      assert.ok(opened.store.have.isFull, 'what was not looked at again still counts');
    }));
});
