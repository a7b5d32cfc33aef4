import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import fc from 'fast-check';
import { PeerPool } from '../../../src/core/swarm/peer-pool.ts';
import { PEER_SOURCES } from '../../../src/core/swarm/peer-source.ts';
import { seededRandom } from '../seeded-random.ts';

const at = (port: number, host = '10.0.0.1'): Endpoint => ({ host, port });
const pool = (dialsMax = 2): PeerPool => new PeerPool({ random: seededRandom(1), dialsMax });

test('an address is dialled at once, once', () => {
  const peers = pool();
  assert.equal(peers.add(at(1), 'tracker', 5), true);
  assert.equal(peers.add(at(1), 'dht', 5), false);
  assert.equal(peers.deadline, 5);
  assert.deepEqual(peers.next(5), at(1));
  assert.equal(peers.next(5), undefined);
  assert.equal(peers.deadline, undefined);
});

test('only so many are dialled at once', () => {
  const peers = pool(2);
  for (let port = 1; port <= 3; port++) peers.add(at(port), 'tracker', 0);
  assert.ok(peers.next(0) && peers.next(0));
  assert.equal(peers.next(0), undefined);
  assert.equal(peers.deadline, undefined);
  peers.connected(at(1));
  peers.connected(at(2));
  peers.connected(at(3));
  assert.equal(peers.dialing, 0);
  assert.equal(peers.connectedCount, 3);
});

test('a failed dial is retried soon, then after twice as long each time, and is given up', () => {
  const peers = pool();
  peers.add(at(1), 'tracker', 0);
  const waits: number[] = [];
  let now = 0;
  while (peers.size > 0) {
    assert.deepEqual(peers.next(now), at(1));
    peers.failed(at(1), now);
    const due = peers.deadline;
    if (due === undefined) break;
    assert.equal(peers.next(due - 1), undefined);
    waits.push(due - now);
    now = due;
  }
  assert.deepEqual(waits, [5_000, 15_000, 30_000, 60_000, 120_000, 240_000, 480_000, 960_000]);
});

test('a connection that ended is tried again later, as if it had never failed', () => {
  const peers = pool();
  peers.add(at(1), 'tracker', 0);
  peers.next(0);
  peers.connected(at(1));
  assert.equal(peers.connected(at(1)), false, 'twice');
  peers.closed(at(1), 100);
  assert.equal(peers.deadline, 30_100);
  assert.deepEqual(peers.next(30_100), at(1));
  peers.connected(at(1));
  peers.closed(at(1), 40_000, 1);
  assert.equal(peers.deadline, 40_001);
});

test('those of trusted sources and without failures go first, then by rank', () => {
  const peers = new PeerPool({
    random: seededRandom(1),
    dialsMax: 9,
    rank: ({ port }) => port,
  });
  peers.add(at(1), 'given', 0);
  peers.next(0);
  peers.failed(at(1), 0);
  for (const port of [9, 8, 7]) peers.add(at(port), 'pex', 0);
  peers.add(at(6), 'tracker', 0);
  const order = Array.from({ length: 5 }, () => peers.next(5_000)?.port);
  assert.deepEqual(order, [6, 7, 8, 9, 1]);
});

test('banned addresses and our own are neither dialled nor welcome', () => {
  const peers = pool();
  peers.add(at(1), 'tracker', 0);
  peers.ban(at(1));
  peers.addOwn(at(2));
  for (const port of [0, 1, 2]) assert.equal(peers.add(at(port), 'given', 0), false);
  assert.equal(peers.next(0), undefined);
  assert.equal(peers.connected(at(1)), false);
  assert.equal(peers.connected(at(2)), false);
  assert.equal(peers.isBanned(at(1)), true);
  assert.equal(peers.isBanned(at(3)), false);
});

test('an address that others say is ours is left for ten minutes, however often they say so', () => {
  const peers = new PeerPool({ random: seededRandom(1) });
  const told = at(1);
  peers.toldOwn(told, 0);
  peers.add(told, 'tracker', 1);
  peers.add(at(2), 'tracker', 1);
  peers.toldOwn(at(2), 1);
  peers.toldOwn(told, 300_000);
  assert.equal(peers.next(599_999), undefined);
  assert.deepEqual(peers.next(600_000), told);
  assert.deepEqual(peers.next(600_001), at(2));
  peers.toldOwn(at(3), 0);
  peers.add(at(3), 'given', 0);
  assert.deepEqual(peers.next(0), at(3), 'a person knows better');
});

test('trackers can hide no more than four peers by saying that they are ours', () => {
  const peers = new PeerPool({ random: seededRandom(1) });
  for (let port = 1; port <= 10; port++) peers.toldOwn(at(port), 0);
  for (let port = 1; port <= 10; port++) peers.add(at(port), 'tracker', 0);
  const dialled = Array.from({ length: 10 }, () => peers.next(0)?.port);
  assert.deepEqual(new Set(dialled), new Set([1, 2, 3, 4, 5, 6, undefined]));
});

test('addresses at which no peer can be are not kept', () => {
  const peers = pool();
  for (const host of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1', 'a.example']) {
    assert.equal(peers.add({ host, port: 6881 }, 'given', 0), false, host);
  }
  assert.equal(peers.size, 0);
});

test('the pool is bounded: who failed goes first, and less trusted addresses push nobody out', () => {
  const peers = new PeerPool({ random: seededRandom(1), dialsMax: 1 });
  for (let index = 0; index < 2_000; index++) {
    peers.add(at(1 + index), 'tracker', index);
  }
  assert.equal(peers.add(at(5_000), 'pex', 1), false);
  assert.equal(peers.add(at(5_001), 'tracker', 1), true, 'it replaces the oldest');
  const failed = peers.next(2_000);
  assert.ok(failed);
  peers.failed(failed, 2_000);
  assert.equal(peers.add(at(5_002), 'pex', 1), true);
  assert.equal(peers.size, 2_000);
  assert.equal(peers.add(failed, 'pex', 1), true, 'it was the one that went');
});

test('whatever happens, counts are right, bounds hold, and a due deadline means an address', () => {
  const port = fc.integer({ min: 0, max: 12 });
  const step = fc.record({
    type: fc.constantFrom('add', 'next', 'connected', 'failed', 'closed', 'ban', 'own', 'wait'),
    port,
    source: fc.constantFrom(...PEER_SOURCES),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const peers = pool(3);
      const dialing = new Set<number>();
      let now = 0;
      for (const { type, port: number, source } of steps) {
        if (type === 'add') peers.add(at(number), source, now);
        if (type === 'next') {
          const isDue = peers.deadline !== undefined && peers.deadline <= now;
          const next = peers.next(now);
          assert.equal(next !== undefined, isDue);
          if (next) assert.ok(!dialing.has(next.port) && !peers.isBanned(next));
          if (next) dialing.add(next.port);
        }
        if (type === 'connected') peers.connected(at(number));
        if (type === 'failed') peers.failed(at(number), now);
        if (type === 'closed') peers.closed(at(number), now);
        if (type === 'ban') peers.ban(at(number));
        if (type === 'own') peers.addOwn(at(number));
        if (['connected', 'failed', 'ban', 'own'].includes(type)) dialing.delete(number);
        if (type === 'wait') now += 7_000;
        assert.equal(peers.dialing, dialing.size);
        assert.ok(peers.dialing <= 3 && peers.dialing + peers.connectedCount <= peers.size);
      }
    }),
  );
});

test('a peer that a person named is tried again within seconds, however often it failed', () => {
  const pool = new PeerPool({ random: () => 0 });
  const named = { host: '192.0.2.7', port: 6881 };
  pool.add(named, 'given', 0);
  let now = 0;
  for (let failure = 0; failure < 40; failure++) {
    assert.deepEqual(pool.next(now), named);
    pool.failed(named, now);
    const { deadline } = pool;
    assert.ok(deadline !== undefined && deadline - now <= 15_000);
    now = deadline;
  }
});

test('what one network tells of is bounded, whatever its peers, until it proves true or is forgotten', () => {
  const peers = new PeerPool({ random: () => 0 });
  const tell = (count: number, from: number, giver: string): number =>
    Array.from({ length: count }, (_, index) => at(1 + from + index)).filter((endpoint) =>
      peers.add(endpoint, 'pex', 0, giver),
    ).length;
  assert.equal(tell(500, 0, '198.51.100.1'), 100);
  assert.equal(tell(100, 1_000, '198.51.100.2'), 100);
  assert.equal(tell(200, 2_000, '2001:db8::1') + tell(200, 3_000, '2001:db8::2'), 100, 'one /64');
  const proven = peers.next(0);
  assert.ok(proven);
  peers.connected(proven);
  peers.opened(proven);
  assert.equal(tell(5, 4_000, '198.51.100.1'), 1, 'one of its addresses was a peer');
  const wrong = peers.next(0);
  assert.ok(wrong);
  for (let now = 0; peers.deadline !== undefined && peers.size === 301; now += 60_000) {
    for (let next = peers.next(now); next; next = peers.next(now)) peers.failed(next, now);
    peers.failed(wrong, now);
  }
  assert.ok(tell(5, 5_000, '198.51.100.1') > 0, 'some were forgotten after three failures');
});

test('hearsay takes no more than half of the pool, wherever it is from', () => {
  const peers = new PeerPool({ random: () => 0 });
  let taken = 0;
  for (let giver = 0; giver < 50; giver++) {
    for (let port = 1; port <= 100; port++)
      if (peers.add(at(port, `10.0.1.${giver}`), 'pex', 0, `198.51.100.${giver}`)) taken += 1;
  }
  assert.equal(taken, 1_000);
  assert.equal(peers.add(at(1, '10.0.2.1'), 'dht', 0), true);
});

test('each source has its counts: new addresses, and those of them that were dialled and became links', () => {
  const peers = new PeerPool({ random: () => 0 });
  peers.add(at(1), 'tracker', 0);
  peers.add(at(1), 'pex', 0, '10.0.0.9');
  peers.add(at(2), 'pex', 0, '10.0.0.9');
  for (const endpoint of [at(1), at(2)]) {
    assert.ok(peers.next(0));
    peers.connected(endpoint);
    peers.opened(endpoint);
  }
  peers.closed(at(1), 0);
  peers.opened(at(1)); // again: it is one address
  peers.opened(undefined);
  peers.add(at(3), 'pex', 0, '10.0.0.9');
  assert.ok(peers.next(0));
  peers.failed(at(3), 0);
  assert.ok(peers.next(3_600_000));
  const none = { given: 0, dialled: 0, links: 0, downloaded: 0 };
  assert.deepEqual(peers.sources.of('incoming'), { ...none, given: 1, links: 1 });
  assert.deepEqual(peers.sources.of('tracker'), { ...none, given: 1, dialled: 1, links: 1 });
  assert.deepEqual(peers.sources.of('lsd'), none);
  assert.deepEqual(peers.sources.of('pex'), { ...none, given: 2, dialled: 2, links: 1 });
});

test('a torrent that turns out to be private forgets what was found in public', () => {
  const peers = new PeerPool({ random: () => 0 });
  for (const [index, source] of PEER_SOURCES.entries()) peers.add(at(1 + index), source, 0);
  peers.forgetPublic();
  const left = Array.from({ length: 7 }, () => peers.next(0)?.port).filter(Boolean);
  assert.deepEqual(left, [1, 2, 3, 4], 'given, magnet, incoming, tracker');
});

test('candidates that are alike are tried by rank, also when it changes', () => {
  let sign = 1;
  const peers = new PeerPool({ random: () => 0, rank: ({ port }) => sign * port });
  for (const port of [2, 1, 3]) peers.add(at(port), 'tracker', 0);
  assert.equal(peers.next(0)?.port, 1);
  sign = -1;
  peers.rankAgain();
  assert.equal(peers.next(0)?.port, 3);
});
