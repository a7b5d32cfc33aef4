import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerLink } from '../../../src/io/swarm/peer-link.ts';
import type { Doorkeeper } from '../../../src/io/swarm/peer-link.ts';
import { UploadLimiter } from '../../../src/io/swarm/upload-limiter.ts';
import type { LimitedSender } from '../../../src/io/swarm/upload-limiter.ts';
import { FakeClock, FakeConn } from './fake-conn.ts';

const BLOCK = 16_384;
const NOBODY: Doorkeeper = {
  admit() {
    throw new Error('no handshake comes here');
  },
  unopened: () => undefined,
};

function makeLinks(clock: FakeClock, count: number): readonly PeerLink[] {
  return Array.from(
    { length: count },
    (_, key) => new PeerLink(key, new FakeConn(), clock, NOBODY),
  );
}

/** Sends blocks of each link as long as it may; a link with nothing to send takes nothing. */
class Sender implements LimitedSender {
  readonly sent = new Map<PeerLink, number>();
  readonly wanted = new Map<PeerLink, number>();
  readonly #limiter: UploadLimiter;

  constructor(limiter: UploadLimiter) {
    this.#limiter = limiter;
  }

  want(link: PeerLink, blocks: number): void {
    this.wanted.set(link, (this.wanted.get(link) ?? 0) + blocks);
    this.pump(link);
  }

  pump(link: PeerLink): void {
    for (;;) {
      const left = this.wanted.get(link) ?? 0;
      if (left === 0 || !this.#limiter.take(BLOCK, link, this)) return;
      this.wanted.set(link, left - 1);
      this.sent.set(link, this.sentTo(link) + 1);
    }
  }

  sentTo(link: PeerLink): number {
    return this.sent.get(link) ?? 0;
  }

  get total(): number {
    return [...this.sent.values()].reduce((sum, count) => sum + count, 0);
  }
}

test('without a limit everything goes at once', () => {
  const clock = new FakeClock();
  const limiter = new UploadLimiter(undefined, clock);
  const sender = new Sender(limiter);
  const [link] = makeLinks(clock, 1);
  assert.ok(link);
  sender.want(link, 10_000);
  assert.equal(sender.total, 10_000);
  assert.equal(limiter.limit, undefined);
});

test('a limit is shared in turns by all who have something to send', () => {
  const clock = new FakeClock();
  const sender = new Sender(new UploadLimiter(100 * BLOCK, clock));
  const links = makeLinks(clock, 4);
  for (const link of links) sender.want(link, 1_000);
  clock.pass(10_000);
  const counts = links.map((link) => sender.sentTo(link));
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 2, counts.join(' '));
  assert.ok(Math.abs(sender.total - 1_000) <= 5, `${sender.total} blocks in ten seconds`);
});

test('what one does not use, others have', () => {
  const clock = new FakeClock();
  const sender = new Sender(new UploadLimiter(100 * BLOCK, clock));
  const [busy, idle, gone] = makeLinks(clock, 3);
  assert.ok(busy && idle && gone);
  sender.want(busy, 10_000);
  sender.want(idle, 3);
  clock.pass(10_000);
  assert.equal(sender.sentTo(idle), 3);
  assert.ok(sender.sentTo(busy) >= 990, `${sender.sentTo(busy)} blocks`);
});

test('who has gone is passed over, and no timer stays when nobody waits', () => {
  const clock = new FakeClock();
  const limiter = new UploadLimiter(100 * BLOCK, clock);
  const sender = new Sender(limiter);
  const [first, second] = makeLinks(clock, 2);
  assert.ok(first && second);
  const before = clock.timers;
  sender.want(first, 1_000);
  sender.want(second, 10);
  const sent = sender.sentTo(first);
  limiter.forget(first);
  clock.pass(9_000); // less than the handshakes of these links have
  assert.deepEqual([sender.sentTo(first), sender.sentTo(second)], [sent, 10]);
  assert.equal(clock.timers, before);
});

test('what was given back can be taken again', () => {
  const clock = new FakeClock();
  const limiter = new UploadLimiter(10 * BLOCK, clock);
  const [link] = makeLinks(clock, 1);
  assert.ok(link);
  const sender: LimitedSender = { pump: () => undefined };
  for (let round = 0; round < 100; round++) {
    assert.ok(limiter.take(BLOCK, link, sender));
    limiter.giveBack(BLOCK);
  }
});

test('who can wait is served when nobody waits who can wait less, and not before', () => {
  const clock = new FakeClock();
  const limiter = new UploadLimiter(BLOCK * 100, clock);
  const links = makeLinks(clock, 3);
  const left = new Map(links.map((link, index) => [link, [30, 30, 1_000][index] ?? 0]));
  const order: number[] = [];
  const sender: LimitedSender = {
    pump(link) {
      const patience = link.key === 0 ? 0 : link.key === 1 ? 1 : 2;
      for (;;) {
        const blocks = left.get(link) ?? 0;
        if (blocks === 0 || !limiter.take(BLOCK, link, sender, patience)) return;
        order.push(link.key);
        left.set(link, blocks - 1);
      }
    },
  };
  const [first, second, third] = links;
  assert.ok(first && second && third);
  while (limiter.take(BLOCK, third, sender, 2)); // what may go at once
  for (const link of [third, second, first]) sender.pump(link);
  clock.pass(1_000);
  assert.deepEqual([order.indexOf(1), order.indexOf(2)], [30, 60]);
  assert.ok(order.length > 90);
});

test('a limit that changes holds for links that wait already', () => {
  const clock = new FakeClock();
  const limiter = new UploadLimiter(1_000, clock);
  const sender = new Sender(limiter);
  for (const link of makeLinks(clock, 3)) sender.want(link, 1_000);
  clock.pass(1_000);
  const before = sender.total;
  limiter.setLimit(10 * BLOCK);
  clock.pass(10_000);
  assert.ok(Math.abs(sender.total - before - 100) <= 2, `${sender.total - before} blocks`);
  limiter.setLimit(undefined);
  clock.pass(1);
  assert.equal(sender.total, 3_000);
});

test('a link that waits alone and ends takes the timer with it', () => {
  const clock = new FakeClock();
  const limiter = new UploadLimiter(1, clock);
  const links = makeLinks(clock, 1);
  const timers = clock.timers;
  const sender = new Sender(limiter);
  for (const link of links) sender.want(link, 2);
  assert.equal(clock.timers, timers + 1);
  for (const link of links) limiter.forget(link);
  assert.equal(clock.timers, timers);
});
