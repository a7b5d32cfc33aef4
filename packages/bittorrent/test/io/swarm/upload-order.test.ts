import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerLink } from '../../../src/io/swarm/peer-link.ts';
import { TURN, UploadOrder } from '../../../src/io/swarm/upload-order.ts';
import { FakeClock, FakeConn } from './fake-conn.ts';

const PIECE_LENGTH = 65_536;
const HELD_MS = 10_000;

/** A seed with three peers, that gave piece 0 to the first of them, and is short of bandwidth. */
function makeOrder(clock: FakeClock): {
  readonly order: UploadOrder;
  readonly links: readonly [PeerLink, PeerLink, PeerLink];
} {
  const doorkeeper = {
    admit() {
      throw new Error('no handshake comes here');
    },
    unopened: () => undefined,
  };
  const makeLink = (key: number): PeerLink =>
    new PeerLink(key, new FakeConn(`10.0.0.${key}`), clock, doorkeeper);
  const links = [makeLink(0), makeLink(1), makeLink(2)] as const;
  const order = new UploadOrder(8, {
    links: () => links,
    choosesOrder: () => true,
    availability: (piece) => (piece === 0 ? 1 : 0),
    random: () => 0,
  });
  const [first] = links;
  order.asked(first, 0);
  order.sent(first, 0, PIECE_LENGTH, clock.now());
  return { order, links };
}

function ask(order: UploadOrder, link: PeerLink, piece: number): void {
  link.uploads.push({ piece, begin: 0, length: 16_384 });
  order.asked(link, piece);
}

/** Peers say that they got much more than we sent. */
function pretend(order: UploadOrder, link: PeerLink, clock: FakeClock): void {
  for (let piece = 1; piece < 8; piece++) order.gained(link, piece, PIECE_LENGTH, clock.now());
  order.tick(false, true, clock.now());
}

test('a second copy comes after first ones, and is held back while the peers pass on much', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [, second, third] = links;
  ask(order, second, 0);
  ask(order, third, 1);
  assert.equal(order.turnOf(second, clock.now()), TURN.later);
  assert.equal(order.turnOf(third, clock.now()), TURN.first);
  pretend(order, third, clock);
  assert.equal(order.turnOf(second, clock.now()), 'held');
  assert.equal(order.turnOf(third, clock.now()), TURN.first);
});

test('whatever the others claim, nobody is held back for longer than ten seconds', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [, second, third] = links;
  ask(order, second, 0);
  const turns: unknown[] = [];
  for (let at = 0; at <= HELD_MS; at += 1_000) {
    pretend(order, third, clock);
    order.gained(third, 0, PIECE_LENGTH, clock.now());
    turns.push(order.turnOf(second, clock.now()));
    clock.pass(1_000);
  }
  assert.deepEqual(turns, [...Array<string>(HELD_MS / 1_000).fill('held'), TURN.later]);
});

test('who was held back is sent one piece, and held back again', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [, second, third] = links;
  const turn = (): unknown => {
    order.tick(true, false, clock.now());
    for (const piece of [0, 1]) order.gained(third, piece, PIECE_LENGTH, clock.now());
    return order.turnOf(second, clock.now());
  };
  order.sent(third, 1, PIECE_LENGTH, clock.now());
  for (const piece of [0, 0, 1]) ask(order, second, piece);
  assert.equal(turn(), 'held');
  clock.pass(HELD_MS);
  for (let block = 0; block < 2; block++) {
    assert.equal(turn(), TURN.later);
    second.uploads.shift();
  }
  assert.equal(second.uploads.first?.piece, 1);
  assert.equal(turn(), 'held');
  clock.pass(HELD_MS - 1);
  assert.equal(turn(), 'held');
  clock.pass(1);
  assert.equal(turn(), TURN.later);
});

test('under a limit what is on its way to others is held back, whatever they pass on', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [, second, third] = links;
  ask(order, second, 0);
  order.gained(third, 0, PIECE_LENGTH, clock.now());
  order.tick(true, false, clock.now());
  assert.equal(order.turnOf(second, clock.now()), 'held');
  assert.ok(order.canSpare(second, clock.now()));
});

test('who has fewest pieces alone is served first, and what was begun before all', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [first, second] = links;
  const now = clock.now();
  for (const link of links) link.peer.isInterested = true;
  order.tick(true, false, now);
  ask(order, second, 1);
  assert.equal(order.turnOf(second, now), TURN.first);
  ask(order, first, 2);
  assert.equal(order.turnOf(first, now), TURN.next, 'it has piece 0');
  order.sent(first, 2, PIECE_LENGTH, now);
  assert.equal(order.turnOf(first, now), TURN.own);
  first.uploads.clear();
  ask(order, first, 3);
  assert.equal(order.turnOf(first, now), TURN.again, 'it has pieces 0 and 2');
  assert.ok(order.canSpare(first, now));
  order.gained(second, 0, PIECE_LENGTH, now);
  order.gained(second, 2, PIECE_LENGTH, now);
  assert.equal(order.turnOf(first, now), TURN.first);
  assert.ok(!order.canSpare(first, now));
});

test('the only one who fetches is not kept waiting for others to get what it has', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [first] = links;
  const now = clock.now();
  first.peer.isInterested = true;
  order.tick(true, false, now);
  order.sent(first, 1, PIECE_LENGTH, now);
  ask(order, first, 2);
  assert.equal(order.turnOf(first, now), TURN.first);
});

test('who went off with what nobody else had is given such pieces after others when it comes again', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [first, second] = links;
  const now = clock.now();
  first.unchokedAt = now;
  ask(order, second, 0);
  order.gone(first, now);
  assert.equal(order.turnOf(second, now), TURN.again, 'piece 0 is lost');
  ask(order, first, 3);
  assert.equal(order.turnOf(first, now), TURN.again);
  assert.equal(order.pastOf(first, now)?.wasFickle, true);
});
