import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PastTurns } from '../../../src/core/swarm/past-turns.ts';

const TEN_MINUTES_MS = 600_000;

test('who comes again is known for ten minutes, in whatever address of its network', () => {
  const past = new PastTurns();
  past.left('2001:db8::1', { unchokedAt: 5, wasFickle: true }, 100);
  const turn = past.of('2001:db8::2', 100 + TEN_MINUTES_MS - 1);
  assert.deepEqual([turn?.unchokedAt, turn?.wasFickle], [5, true]);
  assert.equal(past.of('2001:db8::2', 100 + TEN_MINUTES_MS), undefined);
  assert.equal(past.of('2001:db8:0:1::2', 100), undefined);
});

test('what was known is known when it leaves again without a turn', () => {
  const past = new PastTurns();
  past.left('10.0.0.1', { unchokedAt: 5, wasFickle: true }, 100);
  past.left('10.0.0.1', { unchokedAt: undefined, wasFickle: false }, 200);
  const turn = past.of('10.0.0.1', 100 + TEN_MINUTES_MS);
  assert.deepEqual([turn?.unchokedAt, turn?.wasFickle], [5, true]);
});

test('only so many are remembered, and nobody who had no turn', () => {
  const past = new PastTurns();
  const hostOf = (index: number): string => `10.0.${index >> 8}.${index & 255}`;
  for (let index = 0; index <= 1_000; index++)
    past.left(hostOf(index), { unchokedAt: index, wasFickle: false }, 0);
  assert.equal(past.of(hostOf(0), 1), undefined);
  assert.equal(past.of(hostOf(1), 1)?.unchokedAt, 1);
  past.left('10.1.0.1', { unchokedAt: undefined, wasFickle: false }, 0);
  assert.equal(past.of('10.1.0.1', 1), undefined);
  past.clear();
  assert.equal(past.of(hostOf(1), 1), undefined);
});
