/** What a DHT node keeps for others, and for its next run. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeUtf8 } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';
import { estimateCount } from '../../../src/core/dht/bloom-filter.ts';
import { decodeDhtState, encodeDhtState } from '../../../src/core/dht/dht-state.ts';
import { ItemStore, signedBytes } from '../../../src/core/dht/item-store.ts';
import type { DhtCrypto } from '../../../src/core/dht/item-store.ts';
import type { DhtItem } from '../../../src/core/dht/krpc-messages.ts';
import { nodeIdOf, sharedPrefixBits } from '../../../src/core/dht/node-id.ts';
import { RoutingTable } from '../../../src/core/dht/routing-table.ts';
import { TokenSecrets } from '../../../src/core/dht/token-secrets.ts';

const ed25519 = openEd25519();
const crypto: DhtCrypto = {
  sha1: (bytes) => Uint8Array.from(hash('sha1', bytes, 'buffer')),
  verify: (publicKey, message, signature) => ed25519.verify(publicKey, message, signature),
};

test('a mutable item is replaced by a newer one alone, and by what it is compared with', () => {
  const store = new ItemStore(crypto);
  const secret = new Uint8Array(32).fill(5);
  const make = (sequence: number, text: string): DhtItem => {
    const part = { salt: new Uint8Array(0), sequence, value: encodeUtf8(text) };
    const signature = ed25519.sign(secret, signedBytes(part));
    return { type: 'mutable', ...part, publicKey: ed25519.publicKey(secret), signature };
  };
  assert.equal(store.put(make(5, '1:a'), undefined, 0), undefined);
  assert.equal(store.put(make(4, '1:b'), undefined, 0), 302);
  assert.equal(store.put(make(5, '1:b'), undefined, 0), 302);
  assert.equal(store.put(make(5, '1:a'), undefined, 0), undefined);
  assert.equal(store.put(make(6, '1:c'), 4, 0), 301);
  assert.equal(store.put(make(6, '1:c'), 5, 0), undefined);
  assert.equal(store.size, 1);
});

test('a full filter counts some number, and an empty one none', () => {
  assert.equal(estimateCount(new Uint8Array(256)), 0);
  assert.ok(Number.isFinite(estimateCount(new Uint8Array(256).fill(0xff))));
});

test('a token is good for its address, for five to ten minutes', () => {
  let seed = 0;
  const secrets = new TokenSecrets((length) => new Uint8Array(length).fill(++seed), crypto.sha1, 0);
  const token = secrets.tokenFor('192.0.2.1', 1_000);
  assert.equal(secrets.isValid(token, '192.0.2.1', 9 * 60_000), true);
  assert.equal(secrets.isValid(token, '192.0.2.2', 9 * 60_000), false);
  assert.equal(secrets.isValid(token, '192.0.2.1', 10 * 60_000), false);
});

test('what is stored for the next run comes back, and any bytes are some state', () => {
  const id = nodeIdOf(new Uint8Array(20).fill(3));
  const nodes = [{ host: '192.0.2.1', port: 1 }];
  const state = new Map([
    [4, { id, nodes }],
    [6, { id, nodes: [{ host: '2001:db8::1', port: 2 }] }],
  ] as const);
  assert.deepEqual(decodeDhtState(encodeDhtState(state)), state);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeDhtState(bytes)));
});

test('the nearest nodes are those, whatever came and went, and nobody is in the table twice', () => {
  const id = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => nodeIdOf(bytes));
  const node = fc.record({ id, host: fc.nat(200).map((n) => `20.0.${n}.1`), fails: fc.boolean() });
  fc.assert(
    fc.property(id, id, fc.array(node, { maxLength: 200 }), (own, target, all) => {
      const table = new RoutingTable(own, 0);
      for (const [now, { id, host, fails }] of all.entries()) {
        if (fails) table.failed({ host, port: 1 }, now);
        else table.answered({ id, host, port: 1 }, now);
      }
      const nodes = [...table.nodes()];
      assert.equal(new Set(nodes.map((each) => each.id)).size, nodes.length);
      assert.equal(new Set(nodes.map((each) => each.host)).size, nodes.length);
      const distance = (each: string): bigint => BigInt(`0x${each}`) ^ BigInt(`0x${target}`);
      const nearest = nodes
        .filter(({ failures }) => failures === 0)
        .toSorted((a, b) => (distance(a.id) < distance(b.id) ? -1 : 1));
      assert.deepEqual(table.closest(target, 8), nearest.slice(0, 8));
      for (let bits = 0; bits < table.bucketCount - 1; bits++) {
        assert.ok(nodes.filter((each) => sharedPrefixBits(own, each.id) === bits).length <= 8);
      }
    }),
    { numRuns: 50 },
  );
});
