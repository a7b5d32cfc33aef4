import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transfer } from '@coequal/contract';
import { findTransfers } from '../../src/remote/find-transfers.ts';
import { transferLines, transferTable } from '../../src/remote/show-transfers.ts';
import { fault } from '../faults.ts';

function transfer(id: string, name: string, changes: Partial<Transfer> = {}): Transfer {
  return {
    id: id.padEnd(40, '0'),
    name,
    state: 'paused',
    size: 1_000,
    wanted: 1_000,
    have: 250,
    down: 0,
    up: 0,
    downloaded: 0,
    uploaded: 0,
    peers: 0,
    seeds: 0,
    tags: [],
    directory: '/srv',
    addedAt: 0,
    isPrivate: false,
    isSequential: false,
    queuePosition: 1,
    ...changes,
  };
}

const SEA = transfer('abcd1', 'sea');
const HILLS = transfer('abcd2', 'hills');
const BEEF = transfer('0000', 'beef');
const ALL = [SEA, HILLS, BEEF];

void test('a transfer is found by the beginning of its id, in any case, or by its name', () => {
  assert.deepEqual(findTransfers(['ABCD1'], ALL), [SEA]);
  assert.deepEqual(findTransfers(['hills', 'abcd2'], ALL), [HILLS]);
  assert.deepEqual(findTransfers(['beef'], ALL), [BEEF]);
  assert.deepEqual(findTransfers(['all'], ALL), ALL);
});

void test('what fits several, and what fits none, is refused', () => {
  assert.throws(
    () => findTransfers(['abcd'], ALL),
    fault('TRANSFER_AMBIGUOUS', { text: 'abcd', count: 2 }),
  );
  assert.throws(() => findTransfers(['abc'], ALL), fault('NO_SUCH_TRANSFER', { id: 'abc' }));
  assert.throws(() => findTransfers([''], ALL), fault('NO_SUCH_TRANSFER'));
});

void test('the table says nothing of what is not known yet', () => {
  const [, known, unknown] = transferTable([SEA, transfer('ff', 'x', { wanted: 0, have: 0 })]);
  assert.match(known ?? '', /^abcd1000 +paused +25 % +1\.00 kB +sea$/);
  assert.match(unknown ?? '', /^ff000000 +paused +x$/);
});

void test('of each way to peers the detail says how it is, and what came of it', () => {
  const counts = { given: 0, dialled: 0, links: 0, connected: 0, downloaded: 0 };
  const lines = transferLines(
    {
      transfer: SEA,
      magnet: '',
      pieceLength: 0,
      pieceCount: 0,
      piecesHad: 0,
      fileCount: 0,
      wasted: 0,
      isFirstAndLastFirst: false,
      limits: { up: null, down: null, isExempt: false },
      goals: { ratio: null, seedMinutes: null },
      trackers: [],
      sources: [
        { ...counts, source: 'lsd', state: 'off', why: 'private' },
        {
          ...counts,
          source: 'tracker',
          state: 'failed',
          problem: { code: 'TRACKER_TIMEOUT', details: {}, text: 'the tracker did not answer' },
          nextTryAt: 61_000,
        },
        {
          source: 'dht',
          state: 'working',
          nodes: 34,
          given: 12,
          dialled: 9,
          links: 4,
          connected: 3,
          downloaded: 4_000_000,
        },
      ],
    },
    1_000,
  );
  assert.deepEqual(
    lines.filter((line) => line.startsWith('  peers     ') && line.includes(':')),
    [
      '  peers     local network: off, it is private',
      '  peers     trackers: failed, the tracker did not answer, asked again in 1 min 00 s',
      '  peers     DHT: working, 34 nodes; 12 named, 3 connected now, 4.00 MB fetched',
    ],
  );
});
