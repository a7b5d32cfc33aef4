import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import fc from 'fast-check';
import { PeerExchange } from '../../../src/core/swarm/peer-exchange.ts';
import type { PeerExchangeOutput } from '../../../src/core/swarm/peer-exchange.ts';
import type { PexMessage } from '../../../src/core/wire/pex-message.ts';

const MINUTE = 60_000;
type Exchange = PeerExchange<number>;

/** The address of a peer by its number. */
const at = (peer: number, net = '198.51'): Endpoint => ({
  host: `${net}.${peer >> 8}.${peer & 255}`,
  port: 6881,
});

function join(exchange: Exchange, peer: number, now: number, endpoint?: Endpoint): void {
  const known = { endpoint: endpoint ?? at(peer), flags: 0 };
  const { host } = known.endpoint;
  exchange.step({ type: 'peer', peer, host, known, takesPex: true }, now);
}

function sentTo(
  peer: number,
  outputs: readonly PeerExchangeOutput<number>[],
): { readonly added: readonly Endpoint[]; readonly dropped: readonly Endpoint[] } | undefined {
  for (const output of outputs) {
    if (output.type !== 'send' || output.peer !== peer) continue;
    const { added, dropped } = output.message;
    return { added: added.map(({ endpoint }) => endpoint), dropped };
  }
  return undefined;
}

function telling(...added: readonly Endpoint[]): PexMessage {
  return { added: added.map((endpoint) => ({ endpoint, flags: 0 })), dropped: [] };
}

test('each is told of the others soon, of itself never, and then once a minute what has changed', () => {
  const exchange: Exchange = new PeerExchange();
  join(exchange, 1, 0);
  join(exchange, 2, 0);
  assert.equal(exchange.deadline, 1_000);
  const first = exchange.step({ type: 'timeout' }, 1_000);
  assert.deepEqual(sentTo(1, first), { added: [at(2)], dropped: [] });
  assert.deepEqual(sentTo(2, first), { added: [at(1)], dropped: [] });
  assert.equal(exchange.deadline, undefined, 'there is no news');
  join(exchange, 3, 5_000);
  exchange.step({ type: 'peer-gone', peer: 2 }, 6_000);
  assert.equal(exchange.deadline, 6_000, 'the newcomer');
  assert.deepEqual(sentTo(3, exchange.step({ type: 'timeout' }, 6_000))?.added, [at(1)]);
  assert.equal(exchange.deadline, 1_000 + MINUTE);
  const second = exchange.step({ type: 'timeout' }, 1_000 + MINUTE);
  assert.deepEqual(sentTo(1, second), { added: [at(3)], dropped: [at(2)] });
});

test('who went and came back is no news, and who cannot be dialled is told to nobody', () => {
  const exchange: Exchange = new PeerExchange();
  join(exchange, 1, 0);
  join(exchange, 2, 0);
  exchange.step({ type: 'peer', peer: 3, host: at(3).host, known: undefined, takesPex: true }, 0);
  const first = exchange.step({ type: 'timeout' }, 1_000);
  assert.deepEqual(sentTo(1, first)?.added, [at(2)]);
  assert.deepEqual(sentTo(3, first)?.added, [at(1), at(2)]);
  exchange.step({ type: 'peer-gone', peer: 2 }, 2_000);
  join(exchange, 2, 3_000);
  assert.equal(sentTo(1, exchange.step({ type: 'timeout' }, 2 * MINUTE)), undefined);
});

test('no message names more than fifty, and the rest follows a minute later', () => {
  const exchange: Exchange = new PeerExchange();
  for (let peer = 1; peer <= 121; peer++) join(exchange, peer, 0);
  const counts = [1_000, 1_000 + MINUTE, 1_000 + 2 * MINUTE].map(
    (now) => sentTo(1, exchange.step({ type: 'timeout' }, now))?.added.length,
  );
  assert.deepEqual(counts, [50, 50, 20]);
});

test('nobody of the internet is told of private addresses, and theirs are not believed', () => {
  const exchange: Exchange = new PeerExchange();
  const near = at(1, '10.0');
  const own = { host: '127.0.0.1', port: 6881 };
  join(exchange, 1, 0, near);
  join(exchange, 2, 0, at(2));
  join(exchange, 3, 0, own);
  const outputs = exchange.step({ type: 'timeout' }, 1_000);
  assert.deepEqual(sentTo(1, outputs)?.added, [at(2)]);
  assert.equal(sentTo(2, outputs), undefined);
  assert.deepEqual(sentTo(3, outputs)?.added, [near, at(2)]);
  const message = telling(at(9, '192.168'), own, { host: '::1', port: 1 }, at(7));
  const heard = exchange.step({ type: 'received', peer: 2, message }, 2_000);
  assert.deepEqual(heard, [{ type: 'found', peer: 2, peers: telling(at(7)).added }]);
});

test('what comes too soon is ignored, and a flood is a fault', () => {
  const exchange: Exchange = new PeerExchange();
  join(exchange, 1, 0);
  const hear = (now: number): string | undefined =>
    exchange.step({ type: 'received', peer: 1, message: telling(at(now)) }, now)[0]?.type;
  assert.deepEqual([0, 10, 20, 30].map(hear), ['found', undefined, undefined, undefined]);
  assert.equal(hear(50_000), 'found');
  assert.equal(hear(50_001), 'fault');
});

test('a first message may be long, later ones not', () => {
  const exchange: Exchange = new PeerExchange();
  join(exchange, 1, 0);
  const message = telling(...Array.from({ length: 120 }, (_, index) => at(1_000 + index)));
  const taken = [0, MINUTE].map((now) => {
    const [output] = exchange.step({ type: 'received', peer: 1, message }, now);
    return output?.type === 'found' ? output.peers.length : 0;
  });
  assert.deepEqual(taken, [120, 50]);
});

test('of many ports of one address one is taken, unless it is around us', () => {
  const exchange: Exchange = new PeerExchange();
  join(exchange, 1, 0, at(1, '10.0'));
  const ports = (net: string): Endpoint[] => [1, 2, 3].map((port) => ({ ...at(9, net), port }));
  const message = telling(...ports('198.51'), ...ports('10.0'));
  const [output] = exchange.step({ type: 'received', peer: 1, message }, 0);
  assert.ok(output?.type === 'found');
  assert.deepEqual(
    output.peers.map(({ endpoint }) => endpoint),
    [...ports('198.51').slice(0, 1), ...ports('10.0')],
  );
});

test('whoever comes and goes, what a peer was told becomes what there is, within the limits', () => {
  const step = fc.record({ peer: fc.nat(70), isThere: fc.boolean(), waitMs: fc.nat(40_000) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const exchange: Exchange = new PeerExchange();
      const present = new Set<number>();
      const told = new Set<string>();
      let now = 0;
      let sentAt = -Infinity;
      const look = (): void => {
        const sent = sentTo(-1, exchange.step({ type: 'timeout' }, now));
        if (sent === undefined) return;
        assert.ok(now - sentAt >= MINUTE && sent.added.length <= 50 && sent.dropped.length <= 50);
        sentAt = now;
        for (const { host } of sent.added) told.add(host);
        for (const { host } of sent.dropped) assert.ok(told.delete(host));
      };
      exchange.step(
        { type: 'peer', peer: -1, host: '192.0.2.1', known: undefined, takesPex: true },
        0,
      );
      for (const { peer, isThere, waitMs } of steps) {
        now += waitMs;
        if (isThere && !present.has(peer)) join(exchange, peer, now);
        if (!isThere) exchange.step({ type: 'peer-gone', peer }, now);
        if (isThere) present.add(peer);
        else present.delete(peer);
        look();
      }
      for (let round = 0; round < 4; round++) {
        now += MINUTE;
        look();
      }
      assert.deepEqual([...told].toSorted(), [...present].map((peer) => at(peer).host).toSorted());
    }),
    { numRuns: 50 },
  );
});
