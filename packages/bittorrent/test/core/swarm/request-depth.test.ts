import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK_LENGTH } from '../../../src/core/blocks.ts';
import { RequestDepth } from '../../../src/core/swarm/request-depth.ts';

interface FakePeer {
  readonly bytesPerSecond: number;
  readonly roundTripMs: number;
  /** It answers only at multiples of this. */
  readonly batchMs?: number;
}

/** A peer that answers in order, at its rate. Returns what came in the last half of the time. */
function fetchFrom(depth: RequestDepth, peer: FakePeer, durationMs: number): number {
  const owed: { askedAt: number; dueAt: number }[] = [];
  let busyUntil = 0;
  let lateBytes = 0;
  const ask = (now: number): void => {
    for (let room = depth.room(owed.length); room > 0; room--) {
      const startAt = Math.max(busyUntil, now + peer.roundTripMs);
      busyUntil = startAt + (BLOCK_LENGTH * 1_000) / peer.bytesPerSecond;
      const { batchMs } = peer;
      const dueAt = batchMs === undefined ? busyUntil : Math.ceil(busyUntil / batchMs) * batchMs;
      owed.push({ askedAt: now, dueAt });
    }
  };
  ask(0);
  for (let next = owed.shift(); next && next.dueAt < durationMs; next = owed.shift()) {
    depth.received(BLOCK_LENGTH, next.askedAt, next.dueAt);
    if (next.dueAt > durationMs / 2) lateBytes += BLOCK_LENGTH;
    ask(next.dueAt);
  }
  return (lateBytes * 2_000) / durationMs;
}

const LINKS: readonly FakePeer[] = [
  { bytesPerSecond: 500e6, roundTripMs: 0.2 },
  { bytesPerSecond: 20e6, roundTripMs: 1 },
  { bytesPerSecond: 10e6, roundTripMs: 100 },
  { bytesPerSecond: 2.5e6, roundTripMs: 30 },
  { bytesPerSecond: 100e3, roundTripMs: 300 },
];

for (const link of LINKS) {
  test(`a peer of ${link.bytesPerSecond} B/s, ${link.roundTripMs} ms away, is kept busy with no more than it needs`, () => {
    const depth = new RequestDepth({ peerMax: 2_000 });
    const rate = fetchFrom(depth, link, 20_000);
    assert.ok(rate > link.bytesPerSecond * 0.95, `${rate} B/s`);
    const inFlight = (link.bytesPerSecond * Math.max(link.roundTripMs, 20)) / 1_000 / BLOCK_LENGTH;
    assert.ok(depth.depth <= inFlight * 3 + 8, `${depth.depth} for ${inFlight} in flight`);
  });
}

test('a peer that answers once a second is kept busy too', () => {
  const link = { bytesPerSecond: 5e6, roundTripMs: 10, batchMs: 1_000 };
  const rate = fetchFrom(new RequestDepth({ peerMax: 2_000 }), link, 30_000);
  assert.ok(rate > 4.5e6, `${rate} B/s`);
});

test('a far and fast peer is reached by slow start within a second', () => {
  const depth = new RequestDepth({ peerMax: 2_000 });
  fetchFrom(depth, { bytesPerSecond: 100e6, roundTripMs: 100 }, 1_000);
  assert.ok(depth.depth >= 610, `${depth.depth}`);
});

test('a peer of one block in three seconds falls to one or two requests', () => {
  const depth = new RequestDepth();
  fetchFrom(depth, { bytesPerSecond: BLOCK_LENGTH / 3, roundTripMs: 100 }, 30_000);
  assert.ok(depth.depth <= 2, `${depth.depth}`);
  assert.equal(depth.speed(2 ** 20), 'slow');
});

test('the depth never exceeds what the peer queues, nor our own bound', () => {
  const depth = new RequestDepth({ peerMax: 10, ownMax: 50 });
  assert.equal(depth.room(0), 10);
  depth.setPeerMax(1_000_000);
  fetchFrom(depth, { bytesPerSecond: 1e9, roundTripMs: 50 }, 2_000);
  assert.equal(depth.depth, 50);
});

test('requests are made when a quarter is answered, not one by one', () => {
  const depth = new RequestDepth();
  assert.equal(depth.room(0), 64);
  assert.equal(depth.room(49), 0);
  assert.equal(depth.room(48), 16);
});

test('after a time-out one request is made, and a peer that sends again gains depth again', () => {
  const depth = new RequestDepth({ peerMax: 2_000 });
  fetchFrom(depth, { bytesPerSecond: 5e6, roundTripMs: 50 }, 5_000);
  depth.timedOut();
  assert.equal(depth.room(0), 1);
  const rate = fetchFrom(depth, { bytesPerSecond: 5e6, roundTripMs: 50 }, 10_000);
  assert.ok(rate > 4.5e6, `${rate} B/s`);
});

test('time-outs are long before the first block, and follow the rate then', () => {
  const depth = new RequestDepth();
  assert.equal(depth.timeoutMs, 20_000);
  const slow = new RequestDepth();
  fetchFrom(depth, { bytesPerSecond: 5e6, roundTripMs: 50 }, 5_000);
  fetchFrom(slow, { bytesPerSecond: 5_000, roundTripMs: 50 }, 60_000);
  assert.equal(depth.timeoutMs, 5_000);
  assert.ok(slow.timeoutMs > 20_000 && slow.timeoutMs <= 60_000, `${slow.timeoutMs}`);
});

test('a time without requests does not count as slowness', () => {
  const depth = new RequestDepth();
  fetchFrom(depth, { bytesPerSecond: 5e6, roundTripMs: 50 }, 5_000);
  const before = depth.rate ?? 0;
  for (let block = 1; block <= 200; block++) {
    depth.received(BLOCK_LENGTH, 100_000, 100_050 + (block * BLOCK_LENGTH) / 5_000);
  }
  assert.ok((depth.rate ?? 0) > before * 0.8, `${depth.rate} after ${before}`);
});

test('who let one time pass gets five seconds from then on, until something comes', () => {
  const depth = new RequestDepth();
  assert.equal(depth.timeoutMs, 20_000);
  depth.timedOut();
  assert.equal(depth.timeoutMs, 5_000);
  depth.timedOut();
  assert.equal(depth.timeoutMs, 5_000);
  depth.received(16_384, 0, 15_000); // a peer that is slow, and not silent
  assert.notEqual(depth.timeoutMs, 5_000);
});
