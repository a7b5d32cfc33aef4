import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashBudget } from '../../../src/core/hashes/hash-budget.ts';

test('a peer may have everything twice at once, then 512 hashes a second', () => {
  const budget = new HashBudget(51_200, 0);
  let count = 0;
  while (budget.take(512, false, 0)) count += 512;
  assert.equal(count, 102_400);
  assert.ok(!budget.take(512, false, 500));
  assert.ok(budget.take(512, false, 1_000));
  assert.ok(!budget.take(512, false, 1_000));
});

test('a small torrent still answers many requests, fewer of those that read a piece', () => {
  const within = (isWithinPiece: boolean): number => {
    const budget = new HashBudget(4, 0);
    let count = 0;
    while (budget.take(64, isWithinPiece, 0)) count += 1;
    return count;
  };
  assert.equal(within(false), 64);
  assert.equal(within(true), 12);
});

test('a budget that was not used does not grow', () => {
  const budget = new HashBudget(4, 0);
  let count = 0;
  while (budget.take(512, false, 1e9)) count += 1;
  assert.equal(count, 8);
});
