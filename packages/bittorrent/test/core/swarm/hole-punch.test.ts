import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import { HolePunch, PunchRates } from '../../../src/core/swarm/hole-punch.ts';
import type { HolePunchOutput, HolePunchView } from '../../../src/core/swarm/hole-punch.ts';
import { HOLEPUNCH_ERROR } from '../../../src/core/wire/holepunch-message.ts';

const MINUTE = 60_000;

/** Peers by number; from 100 on they do not speak it. */
const at = (peer: number, net = '198.51'): Endpoint => ({
  host: `${net}.${peer >> 8}.${peer & 255}`,
  port: 6881,
});
const OWN: Endpoint = { host: '203.0.113.1', port: 6881 };

type Outputs = readonly HolePunchOutput<number>[];

/** Of a node that is linked to these peers. */
function open(
  peers: readonly number[],
  changed: Partial<HolePunchView<number>> = {},
  rates = new PunchRates(),
): HolePunch<number> {
  const view = {
    find: ({ host, port }: Endpoint) =>
      peers.find((peer) => at(peer).host === host && at(peer).port === port),
    takes: (peer: number) => peer < 100,
    placeOf: (peer: number) => at(peer),
    hostOf: (peer: number) => at(peer).host,
    isOwn: ({ host }: Endpoint) => host === OWN.host,
    ...changed,
  };
  return new HolePunch<number>(view, rates);
}

function ask(punch: HolePunch<number>, peer: number, endpoint: Endpoint, now = 0): Outputs {
  const message = { type: 'rendezvous', endpoint } as const;
  return punch.step({ type: 'received', peer, message }, now);
}

function tell(punch: HolePunch<number>, peer: number, endpoint: Endpoint, now = 0): Outputs {
  const message = { type: 'connect', endpoint } as const;
  return punch.step({ type: 'received', peer, message }, now);
}

test('a relay tells both to dial each other', () => {
  const punch = open([1, 2]);
  assert.deepEqual(ask(punch, 1, at(2)), [
    { type: 'send', peer: 2, message: { type: 'connect', endpoint: at(1) } },
    { type: 'send', peer: 1, message: { type: 'connect', endpoint: at(2) } },
  ]);
});

test('it tells where it sees them, which may be elsewhere than where they say that they listen', () => {
  const seen = { host: '198.51.0.9', port: 40_000 };
  const punch = open([1, 2], { placeOf: (peer) => (peer === 2 ? seen : at(peer)) });
  const [, toAsker] = ask(punch, 1, at(2));
  assert.deepEqual(toAsker, {
    type: 'send',
    peer: 1,
    message: { type: 'connect', endpoint: seen },
  });
});

test('a relay says why it does not', () => {
  const punch = open([1, 2, 100]);
  const cases: readonly (readonly [Endpoint, number])[] = [
    [{ ...at(2), port: 0 }, HOLEPUNCH_ERROR.noSuchPeer],
    [{ host: '224.0.0.1', port: 1 }, HOLEPUNCH_ERROR.noSuchPeer],
    [{ host: '192.168.0.1', port: 6881 }, HOLEPUNCH_ERROR.noSuchPeer],
    [{ host: '127.0.0.1', port: 6881 }, HOLEPUNCH_ERROR.noSuchPeer],
    [at(3), HOLEPUNCH_ERROR.notConnected],
    [at(100), HOLEPUNCH_ERROR.noSupport],
    [at(1), HOLEPUNCH_ERROR.noSelf],
    [OWN, HOLEPUNCH_ERROR.noSelf],
  ];
  for (const [endpoint, code] of cases) {
    const expected = { type: 'send', peer: 1, message: { type: 'error', endpoint, code } };
    assert.deepEqual(ask(punch, 1, endpoint), [expected], `${endpoint.host} ${endpoint.port}`);
  }
});

test('who cannot be dialled itself is not relayed for', () => {
  const punch = open([1, 2], { placeOf: (peer) => (peer === 1 ? undefined : at(peer)) });
  const [only, ...rest] = ask(punch, 1, at(2));
  assert.deepEqual(rest, []);
  const message = { type: 'error', endpoint: at(2), code: HOLEPUNCH_ERROR.noSuchPeer };
  assert.deepEqual(only, { type: 'send', peer: 1, message });
});

test('peers of a private network are not told to those of the internet', () => {
  const near = { host: '192.168.0.7', port: 6881 };
  const punch = open([1, 2], {
    placeOf: (peer) => (peer === 1 ? near : at(peer)),
    hostOf: (peer) => (peer === 1 ? near.host : at(peer).host),
  });
  const [only, ...rest] = ask(punch, 1, at(2));
  assert.deepEqual(rest, []);
  assert.ok(only?.type === 'send' && only.message.type === 'error' && only.peer === 1);
});

test('one that asks a thousand times a minute has twenty requests relayed', () => {
  const others = Array.from({ length: 90 }, (_, index) => index);
  const punch = open(others);
  const outputs = (from: number): Outputs =>
    Array.from({ length: 1_000 }, (_, index) =>
      ask(punch, 1, at(2 + (index % 80)), from + index * 50),
    ).flat();
  assert.equal(outputs(0).length, 40, 'twenty, each to two');
  assert.equal(outputs(MINUTE).length, 40);
});

test('many that ask for one target have it told twenty times a minute, and in all 120 are relayed', () => {
  const punch = open(Array.from({ length: 90 }, (_, index) => index));
  const sent: number[] = [];
  for (let round = 0; round < 10; round++) {
    for (let peer = 1; peer < 90; peer++)
      for (const output of ask(punch, peer, at(0), round))
        if (output.type === 'send') sent.push(output.peer);
  }
  assert.equal(sent.filter((peer) => peer === 0).length, 20);
  const spread = open(Array.from({ length: 90 }, (_, index) => index));
  let count = 0;
  for (let peer = 1; peer < 90; peer++)
    for (let other = 0; other < 10; other++)
      count += ask(spread, peer, at((peer + other + 1) % 90)).length;
  assert.equal(count, 240);
});

test('of a peer that cannot be dialled who told of it last is asked, and its answer is taken', () => {
  const punch = open([1, 2]);
  punch.step({ type: 'told', peer: 1, endpoints: [at(7)] }, 0);
  punch.step({ type: 'told', peer: 2, endpoints: [at(7)] }, 0);
  const asked = punch.step({ type: 'unanswered', endpoint: at(7) }, 1_000);
  assert.deepEqual(asked, [
    { type: 'send', peer: 2, message: { type: 'rendezvous', endpoint: at(7) } },
  ]);
  assert.deepEqual(tell(punch, 2, at(7), 1_100), [{ type: 'punch', endpoint: at(7) }]);
});

test('nobody is asked who did not tell, does not speak it, or has left', () => {
  const punch = open([1, 100]);
  const failed = (peer: number): Outputs =>
    punch.step({ type: 'unanswered', endpoint: at(peer) }, 0);
  assert.deepEqual(failed(7), []);
  punch.step({ type: 'told', peer: 100, endpoints: [at(8)] }, 0);
  assert.deepEqual(failed(8), []);
  punch.step({ type: 'told', peer: 1, endpoints: [at(9)] }, 0);
  punch.step({ type: 'peer-gone', peer: 1 }, 0);
  assert.deepEqual(failed(9), []);
});

test('a relay that answers nothing is asked ten times, and again when that is forgotten', () => {
  const punch = open([1]);
  const endpoints = Array.from({ length: 50 }, (_, index) => at(1_000 + index));
  punch.step({ type: 'told', peer: 1, endpoints }, 0);
  const fail = (now: number): number =>
    endpoints.flatMap((endpoint) => punch.step({ type: 'unanswered', endpoint }, now)).length;
  assert.equal(fail(0), 10);
  assert.equal(fail(10_000), 0);
  assert.equal(fail(20_000), 10);
  const message = { type: 'error', endpoint: at(7), code: HOLEPUNCH_ERROR.notConnected } as const;
  punch.step({ type: 'received', peer: 1, message }, 20_001);
  assert.equal(fail(20_002), 1, 'an error is an answer');
});

test('a relay may have us dial ten that we did not ask for in a minute, and all together forty', () => {
  const punch = open([1, 2, 3, 4, 5, 6]);
  const dialled = (relay: number, now: number): number =>
    Array.from({ length: 100 }, (_, index) => tell(punch, relay, at(2_000 + index), now)).flat()
      .length;
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map((relay) => dialled(relay, 0)),
    [10, 10, 10, 10, 0, 0],
  );
  assert.equal(dialled(6, MINUTE), 10);
});

test('no relay has us dial ourselves, who is connected, or what is not of its network', () => {
  const punch = open([1, 2]);
  const near = ['127.0.0.1', '192.168.0.1', '10.0.0.1', '169.254.1.1', '::1', 'fe80::1', '0.0.0.0'];
  for (const host of [...near, '224.0.0.1', '255.255.255.255', '::ffff:10.0.0.1'])
    assert.deepEqual(tell(punch, 1, { host, port: 80 }), [], host);
  assert.deepEqual(tell(punch, 1, { ...at(7), port: 0 }), []);
  assert.deepEqual(tell(punch, 1, OWN), []);
  assert.deepEqual(tell(punch, 1, at(2)), []);
});

test('what all may ask for is bounded for all torrents together', () => {
  const rates = new PunchRates();
  const numbers = Array.from({ length: 90 }, (_, index) => index);
  const torrents = Array.from({ length: 5 }, () => open(numbers, {}, rates));
  const relayed = torrents.flatMap((punch) =>
    numbers.flatMap((peer) => ask(punch, peer, at((peer + 1) % 90))),
  );
  assert.equal(relayed.length, 240, '120, each to two');
  const unasked = torrents.flatMap((punch) =>
    numbers.flatMap((peer) => tell(punch, peer, at(2_000 + peer))),
  );
  assert.equal(unasked.length, 40);
});
