import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allowance, PeerFault } from '@coequal/base';

const tooMany = (error: unknown): boolean =>
  error instanceof PeerFault && error.code === 'TOO_MANY_MESSAGES';

test('so many may come at once, and then one in so long', () => {
  const allowance = new Allowance(10, 50, 1_000);
  for (let count = 0; count < 10; count += 1) allowance.take(1_000);
  assert.throws(() => allowance.take(1_000), tooMany);
  const steady = new Allowance(10, 50, 0);
  for (let now = 0; now < 10_000; now += 50) steady.take(now);
  for (let count = 0; count < 10; count += 1) steady.take(10_000);
  assert.throws(() => steady.take(10_000), tooMany);
});

test('after however long a silence it is no more than that at once', () => {
  const allowance = new Allowance(3, 10, 0);
  for (let count = 0; count < 3; count += 1) allowance.take(1_000_000);
  assert.throws(() => allowance.take(1_000_000), tooMany);
});
