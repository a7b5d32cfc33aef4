import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Transfer } from '@coequal/contract';
import { findTransfers } from '../../src/remote/find-transfers.ts';
import { transferTable } from '../../src/remote/show-transfers.ts';
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
