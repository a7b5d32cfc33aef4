import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinPath } from '@coequal/base';
import { parseInfoHash } from '../../../src/core/ids.ts';
import { PartsFile } from '../../../src/io/storage/parts-file.ts';
import { DOWNLOADS } from './content-maker.ts';
import { inWorld } from './store-frame.ts';

const INFO_HASH = parseInfoHash('ab'.repeat(20));
const PATH = joinPath(DOWNLOADS, `.${INFO_HASH}.parts`);

describe('PartsFile', () => {
  test('a place stays where it is, over openings, and parts do not overlap', () =>
    inWorld(async (_world, host) => {
      const { disk } = host.ports;
      const parts = await PartsFile.open(DOWNLOADS, INFO_HASH, disk);
      assert.equal(parts.exists, false);
      await Promise.all([parts.add(3, 1, 100), parts.add(4, 1, 50), parts.add(3, 1, 100)]);
      assert.deepEqual([parts.positionOf(3, 1), parts.positionOf(4, 1)], [48, 164]);
      const again = await PartsFile.open(DOWNLOADS, INFO_HASH, disk);
      assert.deepEqual([again.positionOf(3, 1), again.positionOf(4, 1)], [48, 164]);
      assert.deepEqual([...again.piecesOf(1)], [3, 4]);
      assert.equal(again.isComplete(3, 1), true);
      assert.equal(again.isComplete(4, 1), false, 'its bytes were never written');
    }));

  test('version 1 stays as it is', () =>
    inWorld(async (_world, host) => {
      const parts = await PartsFile.open(DOWNLOADS, INFO_HASH, host.ports.disk);
      await parts.add(3, 258, 100);
      const hex = Buffer.from(host.disk.content(PATH) ?? []).toString('hex');
      assert.equal(
        hex,
        '4351504152545331' +
          'ab'.repeat(20) +
          '00000000' +
          'af5adbb0' +
          '00000003' +
          '00000102' +
          '00000064',
      );
    }));

  test('what a crash left behind the last whole record is never read as an index again', () =>
    inWorld(async (_world, host) => {
      const { disk } = host.ports;
      const parts = await PartsFile.open(DOWNLOADS, INFO_HASH, disk);
      await parts.add(0, 1, 100);
      await parts.add(1, 1, 50);
      const torn = Uint8Array.from(host.disk.content(PATH) ?? []);
      torn.fill(0, 32, 36);
      host.disk.put(PATH, torn);
      const reopened = await PartsFile.open(DOWNLOADS, INFO_HASH, disk);
      assert.deepEqual([...reopened.piecesOf(1)], []);
      await reopened.add(0, 1, 100); // the old second record would follow it exactly
      const again = await PartsFile.open(DOWNLOADS, INFO_HASH, disk);
      assert.deepEqual([...again.piecesOf(1)], [0]);
    }));

  test('a record that could not be written leaves no gap that hides the next', () =>
    inWorld(async (_world, host) => {
      const { disk } = host.ports;
      const parts = await PartsFile.open(DOWNLOADS, INFO_HASH, disk);
      await parts.add(0, 1, 100);
      host.disk.failNext('writeAt', 'DISK_FULL');
      const [first, second] = await Promise.allSettled([parts.add(1, 1, 50), parts.add(2, 1, 60)]);
      assert.deepEqual([first.status, second.status], ['rejected', 'fulfilled']);
      const again = await PartsFile.open(DOWNLOADS, INFO_HASH, disk);
      assert.deepEqual([...again.piecesOf(1)], [0, 2]);
    }));
});
