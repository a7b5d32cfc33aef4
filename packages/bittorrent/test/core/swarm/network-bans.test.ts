import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NetworkBans } from '../../../src/core/swarm/network-bans.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

test('a network is refused for ten minutes, then for twice as long each time, a day at most', () => {
  const bans = new NetworkBans();
  let now = 0;
  const lasted: number[] = [];
  for (let strike = 0; strike < 10; strike++) {
    bans.strike('a', now);
    const since = now;
    while (bans.refuses('a', now)) now += MINUTE;
    lasted.push((now - since) / MINUTE);
  }
  assert.deepEqual(lasted, [10, 20, 40, 80, 160, 320, 640, 1_280, 1_440, 1_440]);
  assert.ok(!bans.refuses('b', 0));
});

test('a network is not dialled from its third liar on, until its ban is over', () => {
  const bans = new NetworkBans();
  for (const expected of [false, false, true]) {
    bans.strike('a', 0);
    assert.equal(bans.refusesDials('a', 1), expected);
  }
  assert.ok(!bans.refusesDials('a', 40 * MINUTE));
});

test('a thousand networks are remembered, and the oldest is let go', () => {
  const bans = new NetworkBans();
  for (let index = 0; index < 5_000; index++) bans.strike(`network ${index}`, index);
  const refused = Array.from({ length: 5_000 }, (_, index) =>
    bans.refuses(`network ${index}`, 5_000),
  );
  assert.equal(refused.filter(Boolean).length, 1_000);
  assert.ok(refused.slice(4_000).every(Boolean));
  bans.strike('network 4000', 5_000); // it becomes the newest
  bans.strike('another', 5_000);
  assert.ok(bans.refuses('network 4000', DAY / 200));
  assert.ok(!bans.refuses('network 4001', 5_000));
});
