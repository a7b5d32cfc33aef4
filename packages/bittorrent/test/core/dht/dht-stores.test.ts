/** What a DHT node keeps for others, and the vectors of BEP 33 and BEP 44. */
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeUtf8, formatHex, parseHex } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';
import { estimateCount, insertAddress } from '../../../src/core/dht/bloom-filter.ts';
import { decodeDhtState, encodeDhtState } from '../../../src/core/dht/dht-state.ts';
import { isItemOf, itemKey, ItemStore, signedBytes } from '../../../src/core/dht/item-store.ts';
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

function hex(text: string): Uint8Array {
  const bytes = parseHex(text);
  assert.ok(bytes);
  return bytes;
}

const VALUE = encodeUtf8('12:Hello World!');
const PUBLIC = hex('77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548');

/** The two signed items of BEP 44, without a salt and with one. */
const BEP_44 = [
  {
    salt: '',
    signed: '3:seqi1e1:v12:Hello World!',
    key: '4a533d47ec9c7d95b1ad75f576cffc641853b750',
    signature:
      '305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff' +
      '1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01',
  },
  {
    salt: 'foobar',
    signed: '4:salt6:foobar3:seqi1e1:v12:Hello World!',
    key: '411eba73b6f087ca51a3795d9c8c938d365e32c1',
    signature:
      '6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d' +
      'df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08',
  },
] as const;

function item(example: (typeof BEP_44)[number]): Extract<DhtItem, { type: 'mutable' }> {
  return {
    type: 'mutable',
    value: VALUE,
    publicKey: PUBLIC,
    salt: encodeUtf8(example.salt),
    sequence: 1,
    signature: hex(example.signature),
  };
}

test('items are named and signed as in BEP 44', () => {
  for (const example of BEP_44) {
    const mutable = item(example);
    assert.equal(new TextDecoder().decode(signedBytes(mutable)), example.signed);
    assert.equal(itemKey(mutable, crypto), example.key);
    assert.equal(isItemOf(mutable, itemKey(mutable, crypto), mutable.salt, crypto), true);
    const other = { ...mutable, value: encodeUtf8('12:Hello world!') };
    assert.equal(isItemOf(other, itemKey(mutable, crypto), mutable.salt, crypto), false);
  }
  const immutable = { type: 'immutable', value: VALUE } as const;
  const key = itemKey(immutable, crypto);
  assert.equal(key, 'e5f96f6f38320f0f33959cb4d3d656452117aadb');
  assert.equal(
    isItemOf({ type: 'immutable', value: encodeUtf8('1:a') }, key, VALUE, crypto),
    false,
  );
});

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

test('a filter of the addresses in BEP 33 begins as it says, and counts as it says', () => {
  const filter = new Uint8Array(256);
  for (let i = 0; i < 256; i++) insertAddress(filter, `192.0.2.${i}`, crypto.sha1);
  for (let i = 0; i < 1_000; i++) insertAddress(filter, `2001:db8::${i.toString(16)}`, crypto.sha1);
  assert.equal(
    formatHex(filter.subarray(0, 32)).toUpperCase(),
    'F6C3F5EAA07FFD91BDE89F777F26FB2BFF37BDB8FB2BBAA2FD3DDDE7BACFFF75',
  );
  assert.ok(Math.abs(estimateCount(filter) - 1224.9308) < 0.0002);
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
