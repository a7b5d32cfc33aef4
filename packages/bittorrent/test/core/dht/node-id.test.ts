import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseHex } from '@coequal/base';
import {
  compareDistance,
  isIdOfAddress,
  keyBytes,
  nodeIdFor,
  nodeIdOf,
  randomKeyAt,
  sharedPrefixBits,
} from '../../../src/core/dht/node-id.ts';

const id = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => nodeIdOf(bytes));

/** The table of BEP 42: an address, the last byte, and the first 21 bits and last byte of the id. */
const BEP_42 = [
  ['124.31.75.21', 1, '5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401'],
  ['21.75.31.124', 86, '5a3ce9c14e7a08645677bbd1cfe7d8f956d53256'],
  ['65.23.51.170', 22, 'a5d43220bc8f112a3d426c84764f8c2a1150e616'],
  ['84.124.73.14', 65, '1b0321dd1bb1fe518101ceef99462b947a01ff41'],
  ['43.213.53.83', 90, 'e56f6cbf5b7c4be0237986d5243b87aa6d51305a'],
] as const;

test('ids of addresses are those of BEP 42', () => {
  for (const [host, last, example] of BEP_42) {
    const bytes = parseHex(example);
    assert.ok(bytes);
    assert.equal(isIdOfAddress(nodeIdOf(bytes), host), true, host);
    const made = nodeIdFor(host, new Uint8Array(20).fill(last));
    assert.equal(sharedPrefixBits(made, nodeIdOf(bytes)) >= 21, true, host);
    assert.equal(isIdOfAddress(made, host), true);
    assert.equal(isIdOfAddress(nodeIdOf(bytes.with(0, (bytes[0] ?? 0) ^ 1)), host), false);
  }
});

test('an id of an IPv6 address is found to be of it and of no other network', () => {
  const made = nodeIdFor('2001:db8:1:2:3::4', new Uint8Array(20).fill(77));
  assert.equal(isIdOfAddress(made, '2001:db8:1:2:3::4'), true);
  assert.equal(isIdOfAddress(made, '2001:db8:ffff:2:3::4'), false);
});

test('private addresses may have any id', () => {
  assert.equal(isIdOfAddress(nodeIdOf(new Uint8Array(20)), '192.168.1.1'), true);
  assert.equal(isIdOfAddress(nodeIdOf(new Uint8Array(20)), '::1'), true);
});

test('distance is XOR', () => {
  fc.assert(
    fc.property(id, id, id, (target, a, b) => {
      const distance = (each: string): bigint => BigInt(`0x${each}`) ^ BigInt(`0x${target}`);
      const expected = distance(a) < distance(b) ? -1 : distance(a) > distance(b) ? 1 : 0;
      assert.equal(Math.sign(compareDistance(target, a, b)), expected);
    }),
  );
});

test('a random key shares as many bits as it is asked to', () => {
  fc.assert(
    fc.property(id, fc.nat(159), id, (own, bits, random) => {
      assert.equal(sharedPrefixBits(own, randomKeyAt(own, bits, keyBytes(random))), bits);
    }),
  );
});
