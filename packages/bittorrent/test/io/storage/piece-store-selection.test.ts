import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { wantedPieces } from '../../../src/core/metainfo/file-selection.ts';
import { DOWNLOADS, makeTorrent, pathOf } from './content-maker.ts';
import {
  assertFiles,
  assertHadIsRight,
  fetchPieces,
  inWorld,
  openStore,
  range,
} from './store-frame.ts';

/** Boundaries at 40,000, 130,000 and 130,010: pieces 1, 3 and 4 are of several files. */
const TORRENT = makeTorrent({ files: { a: 40_000, b: 90_000, c: 10, d: 60_000 } });
const PARTS = `${DOWNLOADS}/.${TORRENT.metainfo.infoHash}.parts`;

describe('file selection', () => {
  test('files that are not selected are never created; their parts are kept aside', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(TORRENT, host.ports, { wantedFiles: new Set([1]) });
      const { store } = opened;
      const wanted = wantedPieces(store.map, new Set([1]));
      assert.deepEqual([...wanted], [1, 2, 3]);
      await fetchPieces(store, TORRENT, wanted);
      assert.ok(store.isComplete);
      assert.equal(store.bytesHad, 90_000);
      assert.deepEqual(store.fileProgress(), [40_000 - 32_768, 90_000, 10, 131_072 - 130_010]);
      await store.checkpoint();
      const paths = host.disk.paths().filter((path) => path.startsWith(DOWNLOADS));
      assert.deepEqual(paths, [PARTS, pathOf(TORRENT, 1)]);
      assertFiles(TORRENT, host, [1]);
      await assertHadIsRight(store, TORRENT); // boundary pieces can be shared, too
      const aside = (host.disk.content(PARTS) ?? []).length;
      assert.ok(aside < 40_000 - 32_768 + 10 + 131_072 - 130_010 + 200, 'only what is needed');
    }));

  test('parts survive a restart, clean or not', () =>
    inWorld(async (_world, host) => {
      const wantedFiles = new Set([1]);
      {
        await using opened = await openStore(TORRENT, host.ports, { wantedFiles });
        await fetchPieces(opened.store, TORRENT, [1, 3]);
      }
      host.restart();
      const again = await openStore(TORRENT, host.ports, { wantedFiles });
      assert.deepEqual([...again.store.have], [1, 3]);
      await fetchPieces(again.store, TORRENT, [2]);
      host.crash();
      host.restart();
      await using last = await openStore(TORRENT, host.ports, { wantedFiles });
      assert.deepEqual([...last.store.have], [1, 2, 3]);
      await assertHadIsRight(last.store, TORRENT);
    }));

  test('a file selected later gets its parts, and the parts file goes with the last of them', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(TORRENT, host.ports, { wantedFiles: new Set([1]) });
      const { store } = opened;
      await fetchPieces(store, TORRENT, [1, 2, 3]);
      await store.setWanted(new Set([0, 1]));
      assert.deepEqual(store.fileProgress(), [40_000 - 32_768, 90_000, 10, 131_072 - 130_010]);
      assert.ok(host.disk.content(PARTS), 'c and d are still there');
      assert.equal(store.isComplete, false);
      await fetchPieces(store, TORRENT, [0]);
      assertFiles(TORRENT, host, [0, 1]);
      await store.setWanted(new Set([0, 1, 2, 3]));
      assert.equal(host.disk.content(PARTS), undefined);
      await fetchPieces(store, TORRENT, range(TORRENT.map.pieceCount).slice(4));
      assertFiles(TORRENT, host, range(4));
      await assertHadIsRight(store, TORRENT);
    }));

  test('a file that is no longer selected stays if it was begun, and is not made if it was not', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(TORRENT, host.ports);
      const { store } = opened;
      await fetchPieces(store, TORRENT, [0, 2]);
      await store.setWanted(new Set([1]));
      await fetchPieces(store, TORRENT, [1, 3]);
      const paths = host.disk.paths().filter((path) => path.startsWith(DOWNLOADS));
      assert.deepEqual(paths, [PARTS, pathOf(TORRENT, 0), pathOf(TORRENT, 1)]);
      await assertHadIsRight(store, TORRENT);
      assertFiles(TORRENT, host, [0, 1]);
    }));

  test('without resume data, parts are found again and verified', () =>
    inWorld(async (_world, host) => {
      const options = { resumeDirectory: undefined };
      const wantedFiles = new Set([1]);
      {
        await using opened = await openStore(TORRENT, host.ports, { ...options, wantedFiles });
        await fetchPieces(opened.store, TORRENT, [1, 2, 3]);
      }
      await using again = await openStore(TORRENT, host.ports, options); // all files now
      assert.deepEqual([...again.store.have], [1, 2, 3]);
      assert.equal(host.disk.content(PARTS), undefined);
      await fetchPieces(again.store, TORRENT, [0, 4, 5]);
      assertFiles(TORRENT, host, range(4));
    }));

  test('a selection that cannot be written leaves everything as it was', () =>
    inWorld(async (_world, host) => {
      await using opened = await openStore(TORRENT, host.ports, { wantedFiles: new Set([1]) });
      const { store } = opened;
      await fetchPieces(store, TORRENT, [1, 2, 3]);
      await store.checkpoint();
      const capacity = host.disk.capacityBytes;
      host.disk.capacityBytes = host.disk.usedBytes;
      await assert.rejects(store.setWanted(new Set([0, 1])), { code: 'DISK_FULL' });
      host.disk.capacityBytes = capacity;
      assert.deepEqual([...store.wantedFiles], [1]);
      await assertHadIsRight(store, TORRENT);
      await store.setWanted(new Set([0, 1]));
      await fetchPieces(store, TORRENT, [0]);
      assertFiles(TORRENT, host, [0, 1]);
    }));

  test('a parts file of another format is set aside', () =>
    inWorld(async (_world, host) => {
      const other = new TextEncoder().encode('CQPARTS2 and something that is not known yet');
      host.disk.put(PARTS, other);
      await using opened = await openStore(TORRENT, host.ports, { wantedFiles: new Set([1]) });
      await fetchPieces(opened.store, TORRENT, [1]);
      assert.deepEqual(host.disk.content(`${PARTS}.bad`), other);
      await assertHadIsRight(opened.store, TORRENT);
    }));
});
