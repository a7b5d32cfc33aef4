import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TorrentLimits } from '../../../src/core/swarm/rate-limits.ts';
import { OwnLimits } from '../../../src/io/swarm/own-limits.ts';
import { PeerLink } from '../../../src/io/swarm/peer-link.ts';
import { createSharedLimits, SharedRates } from '../../../src/io/swarm/shared-limits.ts';
import type { SharedLimits } from '../../../src/io/swarm/shared-limits.ts';
import { FakeClock, FakeConn } from './fake-conn.ts';

const BLOCK = 16_384;
const RATE = 10 * BLOCK;

/** A torrent whose links always have something to send. */
class Sender {
  readonly limits: OwnLimits;
  readonly links: readonly PeerLink[];
  readonly sent: number[];

  constructor(shared: SharedLimits, clock: FakeClock, own: TorrentLimits, links: number) {
    this.limits = new OwnLimits(shared, own, clock);
    const doorkeeper = { admit: () => assert.fail('nobody greets'), unopened: () => undefined };
    this.links = Array.from(
      { length: links },
      (_, key) => new PeerLink(key, new FakeConn(), clock, doorkeeper),
    );
    this.sent = this.links.map(() => 0);
  }

  get total(): number {
    return this.sent.reduce((sum, count) => sum + count, 0);
  }

  start(): void {
    for (const link of this.links) this.pump(link);
  }

  stop(): void {
    for (const link of this.links) this.limits.upload.forget(link);
  }

  pump(link: PeerLink): void {
    for (let blocks = 0; blocks < 100; blocks++) {
      if (!this.limits.upload.take(BLOCK, link, this, 0)) return;
      this.sent[link.key] = (this.sent[link.key] ?? 0) + 1;
    }
  }
}

function assertNear(blocks: number, expected: number): void {
  assert.ok(Math.abs(blocks - expected) <= expected * 0.05 + 2, `${blocks} for ${expected} blocks`);
}

test('a torrent keeps to its own limit, and its links take turns', () => {
  const clock = new FakeClock();
  const sender = new Sender(
    createSharedLimits(new SharedRates({}, clock)),
    clock,
    { uploadBytesPerSecondMax: RATE },
    4,
  );
  sender.start();
  clock.pass(10_000);
  assertNear(sender.total, 100);
  for (const count of sender.sent) assertNear(count, 25);
  sender.stop();
});

test('torrents with limits of their own share that of the engine, link by link', () => {
  const clock = new FakeClock();
  const shared = createSharedLimits(new SharedRates({ uploadBytesPerSecondMax: RATE }, clock));
  const limited = new Sender(shared, clock, { uploadBytesPerSecondMax: RATE / 5 }, 3);
  const free = new Sender(shared, clock, {}, 2);
  limited.start();
  free.start();
  clock.pass(30_000);
  assertNear(limited.total + free.total, 300);
  assertNear(limited.total, 60);
  for (const count of limited.sent) assertNear(count, 20);
  for (const count of free.sent) assertNear(count, 120);
  limited.stop();
  free.stop();
});

test('where the limit of the engine is the lower one, a limit of its own costs nobody its turn', () => {
  const clock = new FakeClock();
  const shared = createSharedLimits(new SharedRates({ uploadBytesPerSecondMax: RATE }, clock));
  const limited = new Sender(shared, clock, { uploadBytesPerSecondMax: RATE * 10 }, 2);
  const free = new Sender(shared, clock, {}, 2);
  free.start();
  limited.start();
  clock.pass(40_000);
  assertNear(limited.total + free.total, 400);
  for (const count of [...limited.sent, ...free.sent]) assertNear(count, 100);
  limited.stop();
  free.stop();
});

test('a torrent outside of the limits of the engine takes nothing of them', () => {
  const clock = new FakeClock();
  const shared = createSharedLimits(new SharedRates({ uploadBytesPerSecondMax: RATE }, clock));
  const own = { uploadBytesPerSecondMax: RATE * 3, ignoresEngineLimits: true };
  const outside = new Sender(shared, clock, own, 2);
  const inside = new Sender(shared, clock, {}, 2);
  outside.start();
  inside.start();
  clock.pass(10_000);
  assertNear(outside.total, 300);
  assertNear(inside.total, 100);
  assert.equal(outside.limits.upload.limit, RATE * 3);
  outside.stop();
  inside.stop();
});

test('limits that change let go of whoever waits', () => {
  const clock = new FakeClock();
  const shared = createSharedLimits(new SharedRates({ uploadBytesPerSecondMax: RATE }, clock));
  const sender = new Sender(shared, clock, { uploadBytesPerSecondMax: 1_000 }, 2);
  const timers = clock.timers;
  const conns = sender.links.map(({ conn }) => conn);
  const slow = { uploadBytesPerSecondMax: 1_000, downloadBytesPerSecondMax: 1_000 };
  sender.limits.set(slow, sender.links);
  sender.start();
  for (const conn of conns) sender.limits.download.spend(BLOCK, conn);
  assert.ok(conns.every((conn) => conn instanceof FakeConn && conn.isPaused));
  sender.limits.set({ ignoresEngineLimits: true }, sender.links);
  assert.ok(conns.every((conn) => conn instanceof FakeConn && !conn.isPaused));
  assert.equal(clock.timers, timers, 'nothing of the limits before is left');
  sender.start();
  assert.ok(sender.total >= 200);
});
