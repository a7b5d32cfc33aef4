import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerLink } from '../../../src/io/swarm/peer-link.ts';
import { UploadOrder } from '../../../src/io/swarm/upload-order.ts';
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
  const makeLink = (key: number): PeerLink => new PeerLink(key, new FakeConn(), clock, doorkeeper);
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
  order.tick(true, clock.now());
}

test('a second copy comes after first ones, and is held back while the peers pass on much', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [, second, third] = links;
  ask(order, second, 0);
  ask(order, third, 1);
  assert.equal(order.turnOf(second, clock.now()), 'later');
  assert.equal(order.turnOf(third, clock.now()), 'first');
  pretend(order, third, clock);
  assert.equal(order.turnOf(second, clock.now()), 'held');
  assert.equal(order.turnOf(third, clock.now()), 'first');
});

test('whatever the others claim, nobody is held back for longer than ten seconds', () => {
  const clock = new FakeClock();
  const { order, links } = makeOrder(clock);
  const [first, second, third] = links;
  order.gained(first, 0, PIECE_LENGTH, clock.now());
  ask(order, second, 0);
  const turns: string[] = [];
  for (let at = 0; at <= HELD_MS; at += 1_000) {
    pretend(order, third, clock);
    turns.push(order.turnOf(second, clock.now()));
    clock.pass(1_000);
  }
  assert.deepEqual(turns, [...Array<string>(HELD_MS / 1_000).fill('held'), 'later']);
});
