/** Answers are to fit into 1,024 bytes (BEP 32), whatever is known and asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import { addressFamily, formatAddress } from '../../../src/core/compact-peers.ts';
import { encodeKrpc } from '../../../src/core/dht/krpc-encode.ts';
import type { KrpcAnswer, KrpcQuery, NodeContact } from '../../../src/core/dht/krpc-messages.ts';
import { keyOf, nodeIdOf } from '../../../src/core/dht/node-id.ts';
import { Responder } from '../../../src/core/dht/responder.ts';
import { infoHashOf } from '../../../src/core/ids.ts';
import { crypto } from '../../dht/dht-network.ts';
import { seededRandom } from '../seeded-random.ts';

const LENGTH_MAX = 1_024;
/** What is no list is not counted byte by byte, and a peer of IPv6 takes 21. */
const SPARE_MAX = 130;
/** Peers of a family that are given at most. */
const GIVEN_MAX = { 4: 80, 6: 30 } as const;
const INFO_HASH = infoHashOf(new Uint8Array(20).fill(0xaa));
const ASKING = [
  { host: '8.8.8.8', port: 6_881 },
  { host: '2a01:4f8::1', port: 6_881 },
] as const;

const random = seededRandom(1);
const randomBytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => Math.floor(random() * 256));

function endpointOf(family: 4 | 6): Endpoint {
  const bytes = randomBytes(family === 4 ? 4 : 16);
  bytes[0] = 0x2a; // global in both
  return { host: formatAddress(bytes), port: 6_881 };
}

/** Knows more of everything than fits. */
function full(): Responder {
  const closest = (family: 4 | 6, _target: string, count: number): NodeContact[] =>
    Array.from({ length: count }, () => ({ id: nodeIdOf(randomBytes(20)), ...endpointOf(family) }));
  const options = { view: { closest }, crypto, randomBytes, randomNumber: random };
  const responder = new Responder({ ...options, acceptsPrivate: false }, 0);
  for (let i = 0; i < 200; i++) {
    for (const family of [4, 6] as const) {
      responder.peers.add(INFO_HASH, endpointOf(family), i % 2 === 0, 0);
      responder.peers.add(infoHashOf(randomBytes(20)), endpointOf(family), false, 0);
    }
  }
  return responder;
}

function lengthOf(answer: KrpcAnswer, seenAs: Endpoint): number {
  const id = nodeIdOf(randomBytes(20));
  return encodeKrpc({ type: 'response', transactionId: randomBytes(32), id, answer, seenAs })
    .length;
}

test('answers fit into 1,024 bytes, and have as many peers as fit', () => {
  const responder = full();
  const target = keyOf(randomBytes(20));
  for (const from of ASKING) {
    for (const want of [[], [4], [6], [4, 6]] as const) {
      const queries: KrpcQuery[] = [
        { method: 'find_node', target, want },
        { method: 'sample_infohashes', target, want },
        { method: 'get_peers', infoHash: INFO_HASH, noSeeds: false, scrape: false, want },
        { method: 'get_peers', infoHash: INFO_HASH, noSeeds: false, scrape: true, want },
      ];
      for (const query of queries) {
        const answer = responder.answer(query, from, 0);
        assert.ok(typeof answer !== 'number');
        const length = lengthOf(answer, from);
        assert.ok(length <= LENGTH_MAX, `${query.method} from ${from.host}: ${length}`);
        if (query.method !== 'get_peers' || want.length === 0) continue;
        const { peers = [] } = answer;
        assert.ok(peers.every(({ host }) => addressFamily(host) === addressFamily(from.host)));
        assert.ok(peers.length > 0);
        const isAll = peers.length === GIVEN_MAX[addressFamily(from.host) ?? 4];
        assert.ok(isAll || length > LENGTH_MAX - SPARE_MAX, `${length}`);
      }
    }
  }
});
