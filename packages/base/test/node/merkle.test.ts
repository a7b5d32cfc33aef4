import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatHex } from '../../src/index.ts';
import { MerkleTree } from '../../src/node/merkle.ts';
import { merkleRoot } from '../contract/hasher.ts';
import { content } from '../contract/world.ts';

function rootOf(bytes: Uint8Array, leaves: number): string {
  const tree = new MerkleTree(leaves, bytes.length);
  tree.add(bytes);
  return formatHex(tree.root());
}

void test('the root of nothing is that of missing leaves', () => {
  for (const leaves of [1, 2, 8]) {
    assert.equal(
      rootOf(new Uint8Array(0), leaves),
      formatHex(merkleRoot(new Uint8Array(0), leaves)),
    );
  }
  assert.equal(rootOf(new Uint8Array(0), 1), '00'.repeat(32));
});

void test('the root is that of the tree written out', () => {
  fc.assert(
    fc.property(fc.nat(200_000), fc.nat(3), (length, more) => {
      const leaves = 2 ** (Math.ceil(Math.log2(Math.max(1, Math.ceil(length / 16_384)))) + more);
      assert.equal(rootOf(content(length), leaves), formatHex(merkleRoot(content(length), leaves)));
    }),
    { numRuns: 50 },
  );
});

void test('bytes may come in parts of whole blocks', () => {
  const bytes = content(100_000);
  const tree = new MerkleTree(8, bytes.length);
  for (let at = 0; at < bytes.length; at += 32_768) tree.add(bytes.subarray(at, at + 32_768));
  assert.equal(formatHex(tree.root()), rootOf(bytes, 8));
});

void test('a tree that cannot be is a bug', () => {
  for (const [leaves, length] of [
    [3, 1],
    [0, 0],
    [1, 16_385],
  ] as const) {
    assert.throws(() => new MerkleTree(leaves, length), { name: 'AssertionError' });
  }
});
