import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { formatHex } from '../../src/index.ts';
import { LeafRow, rootOf } from '../../src/node/merkle.ts';
import { merkleRoot } from '../contract/hasher.ts';
import { content } from '../contract/world.ts';

function rootOfBytes(bytes: Uint8Array, leaves: number): string {
  const row = new LeafRow(bytes.length);
  row.add(bytes);
  return formatHex(rootOf(row.bytes, leaves));
}

void test('the root of nothing is that of missing leaves', () => {
  for (const leaves of [1, 2, 8]) {
    assert.equal(
      rootOfBytes(new Uint8Array(0), leaves),
      formatHex(merkleRoot(new Uint8Array(0), leaves)),
    );
  }
  assert.equal(rootOfBytes(new Uint8Array(0), 1), '00'.repeat(32));
});

void test('the root is that of the tree written out', () => {
  fc.assert(
    fc.property(fc.nat(200_000), fc.nat(3), (length, more) => {
      const leaves = 2 ** (Math.ceil(Math.log2(Math.max(1, Math.ceil(length / 16_384)))) + more);
      assert.equal(
        rootOfBytes(content(length), leaves),
        formatHex(merkleRoot(content(length), leaves)),
      );
    }),
    { numRuns: 50 },
  );
});

void test('bytes may come in parts of whole blocks', () => {
  const bytes = content(100_000);
  const row = new LeafRow(bytes.length);
  for (let at = 0; at < bytes.length; at += 32_768) row.add(bytes.subarray(at, at + 32_768));
  assert.equal(formatHex(rootOf(row.bytes, 8)), rootOfBytes(bytes, 8));
});

void test('a tree that cannot be is a bug', () => {
  for (const [leaves, length] of [
    [3, 1],
    [0, 0],
    [1, 16_385],
  ] as const) {
    const { bytes } = new LeafRow(length);
    assert.throws(() => rootOf(bytes, leaves), { name: 'AssertionError' });
  }
});
