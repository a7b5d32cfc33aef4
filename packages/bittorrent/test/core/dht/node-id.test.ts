import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
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
