import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { concatBytes, equalBytes, formatHex } from '@coequal/base';
import * as fc from 'fast-check';
import { LayerTree } from '../../../src/core/hashes/layer-tree.ts';
import {
  HASH_LENGTH,
  leafCountOf,
  merkleRoot,
  padHash,
  pieceLevelOf,
  rootOfPieceLayer,
  verifyProof,
} from '../../../src/core/metainfo/hash-tree.ts';
import type { HashProof } from '../../../src/core/metainfo/hash-tree.ts';
import { hash } from '../../vectors/torrents/content.ts';

/** A row of `count` different hashes. */
function row(count: number): Uint8Array {
  return concatBytes(
    Array.from({ length: count }, (_, i) => hash(Uint8Array.of(i & 255, i >> 8), 'sha256')),
  );
}

/** The definition, written as a recursion over all leaves. */
function plainRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0] ?? new Uint8Array();
  const middle = leaves.length / 2;
  const pair = concatBytes([plainRoot(leaves.slice(0, middle)), plainRoot(leaves.slice(middle))]);
  return hash(pair, 'sha256');
}

function leavesOf(hashes: Uint8Array, count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const leaf = new Uint8Array(HASH_LENGTH);
    leaf.set(hashes.subarray(i * HASH_LENGTH, (i + 1) * HASH_LENGTH));
    return leaf;
  });
}

function proofOf(
  hashes: Uint8Array,
  { index, count }: { readonly index: number; readonly count: number },
  level: number,
): HashProof {
  const height = Math.log2(leafCountOf((hashes.length / 32) * 16_384));
  const tree = new LayerTree(hashes, level, height, hash);
  tree.build(Infinity);
  const layers = Math.log2(count);
  const uncles = tree.uncles(layers, index / count, height - layers);
  return { index, nodes: tree.nodes(0, index, count), uncles };
}

describe('hash tree', () => {
  it('has known pad hashes', () => {
    assert.equal(formatHex(padHash(0, hash)), '00'.repeat(32));
    // SHA-256 of 64 zero bytes
    assert.equal(
      formatHex(padHash(1, hash)),
      'f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b',
    );
  });

  it('has as many leaves as blocks, rounded up to a power of two', () => {
    const cases = [
      [1, 1],
      [16_384, 1],
      [16_385, 2],
      [40_000, 4],
      [65_536, 4],
      [65_537, 8],
    ] as const;
    for (const [length, leaves] of cases) assert.equal(leafCountOf(length), leaves);
    assert.equal(pieceLevelOf(16_384), 0);
    assert.equal(pieceLevelOf(1_048_576), 6);
  });

  it('has the root that the definition gives', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(2), (count, extra) => {
        const leaves = leafCountOf(count * 16_384) * 2 ** extra;
        const hashes = row(count);
        assert.deepEqual(
          formatHex(merkleRoot(hashes, leaves, hash)),
          formatHex(plainRoot(leavesOf(hashes, leaves))),
        );
      }),
      { numRuns: 40 },
    );
  });

  it('has the same root over pieces as over blocks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 5, max: 70 }), (blocks) => {
        const hashes = row(blocks);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < blocks; at += 4) {
          pieces.push(merkleRoot(hashes.subarray(at * 32, (at + 4) * 32), 4, hash));
        }
        const root = merkleRoot(hashes, leafCountOf(blocks * 16_384), hash);
        assert.deepEqual(rootOfPieceLayer(concatBytes(pieces), 4 * 16_384, hash), root);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves the row as it was', () => {
    const hashes = row(5);
    const copy = hashes.slice();
    merkleRoot(hashes, 8, hash);
    assert.deepEqual(hashes, copy);
  });

  it('proves every run of a row, and no other', () => {
    const runs = fc.tuple(fc.integer({ min: 1, max: 33 }), fc.nat(5), fc.nat(), fc.nat(3));
    fc.assert(
      fc.property(runs, ([total, power, pick, level]) => {
        const hashes = row(total);
        const width = leafCountOf(total * 16_384);
        const count = Math.min(2 ** power, width);
        const index = (pick % (width / count)) * count;
        const root = merkleRoot(hashes, width, hash, level);
        const proof = proofOf(hashes, { index, count }, level);
        assert.equal(proof.uncles.length, Math.log2(width / count));
        assert.ok(verifyProof(proof, root, hash));
        if (count < width) {
          const there = proofOf(hashes, { index: index ^ count, count }, level);
          const isSame = equalBytes(proof.nodes, there.nodes); // padding next to padding
          assert.equal(verifyProof({ ...proof, index: there.index }, root, hash), isSame);
        }
        const nodes = proof.nodes.slice();
        nodes[pick % nodes.length] = (nodes[pick % nodes.length] ?? 0) ^ 1;
        assert.ok(!verifyProof({ ...proof, nodes }, root, hash));
        if (proof.uncles.length > 0) {
          assert.ok(!verifyProof({ ...proof, uncles: proof.uncles.slice(1) }, root, hash));
        }
      }),
    );
  });

  it('refuses proofs that are no whole hashes or no subtree', () => {
    const root = merkleRoot(row(4), 4, hash);
    const refused = [
      { index: 0, nodes: new Uint8Array(0), uncles: [] },
      { index: 0, nodes: new Uint8Array(33), uncles: [] },
      { index: 0, nodes: row(3), uncles: [] },
      { index: 1, nodes: row(2), uncles: [row(1)] },
      { index: 0, nodes: row(2), uncles: [new Uint8Array(31)] },
      { index: 0.5, nodes: row(2), uncles: [row(1)] },
    ];
    for (const proof of refused) assert.equal(verifyProof(proof, root, hash), false);
  });
});
