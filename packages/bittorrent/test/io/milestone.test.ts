import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Milestone } from '../../src/io/milestone.ts';

const NEVER = new AbortController().signal;

test('whoever waits is told when it is reached, and later at once', async () => {
  const milestone = new Milestone();
  const waiting = milestone.wait(NEVER);
  milestone.reach();
  milestone.reach();
  await waiting;
  await milestone.wait(NEVER);
  assert.ok(milestone.isReached);
});

test('once left, it is waited for anew', async () => {
  const milestone = new Milestone();
  milestone.leave(); // it was not reached: nothing happens
  milestone.reach();
  milestone.leave();
  assert.ok(!milestone.isReached);
  const abort = new AbortController();
  const waiting = assert.rejects(milestone.wait(abort.signal), { name: 'AbortError' });
  abort.abort();
  await waiting;
  const next = milestone.wait(NEVER);
  milestone.reach();
  await next;
});

test('once missed, it is missed for good, even after it was reached', async () => {
  const reason = new Error('closed');
  for (const isReached of [false, true]) {
    const milestone = new Milestone();
    if (isReached) milestone.reach();
    milestone.miss(reason); // nobody waits: that is no unhandled rejection
    milestone.reach();
    assert.ok(!milestone.isReached);
    await assert.rejects(milestone.wait(NEVER), reason);
  }
});
