import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { concatBytes } from '@coequal/base';
import { LayerTree } from '../../../src/core/hashes/layer-tree.ts';
import { hash, nodeOf, rowsOfBlocks } from './tree.ts';
import type { Rows } from './tree.ts';

/** A tree over a row of `count` nodes, `level` layers above the leaves. */
function treeOf(count: number, level: number): { readonly rows: Rows; readonly tree: LayerTree } {
  const rows = rowsOfBlocks(count * 2 ** level);
  const row = concatBytes((rows[level] ?? []).slice(0, count));
  return { rows, tree: new LayerTree(row, level, rows.length - 1 - level, hash) };
}

test('nodes and uncles are those of the tree written out', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 90 }), fc.nat(2), fc.nat(), (count, level, pick) => {
      const { rows, tree } = treeOf(count, level);
      assert.ok(tree.build(Infinity));
      for (let layer = 0; layer <= tree.height; layer++) {
        const width = 2 ** (tree.height - layer);
        const index = pick % width;
        assert.deepEqual(tree.nodes(layer, index, 1), nodeOf(rows, level + layer, index));
        const uncles = tree.uncles(layer, index, tree.height - layer);
        const expected = Array.from({ length: tree.height - layer }, (_, up) =>
          nodeOf(rows, level + layer + up, Math.floor(index / 2 ** up) ^ 1),
        );
        assert.deepEqual(uncles, expected);
      }
    }),
    { numRuns: 25 },
  );
});

test('it is built in parts, each as long as asked', () => {
  const row = new Uint8Array(1_000 * 32).fill(1);
  const tree = new LayerTree(row, 0, 10, hash);
  let turns = 1;
  while (!tree.build(10)) turns += 1;
  // 1,000 nodes make 63 groups, those make 4, those make 1
  assert.equal(turns, 7);
  const whole = new LayerTree(row, 0, 10, hash);
  whole.build(Infinity);
  assert.deepEqual(tree.nodes(10, 0, 1), whole.nodes(10, 0, 1));
});

test('what is beyond the row is padding', () => {
  const tree = new LayerTree(new Uint8Array(5 * 32).fill(1), 0, 6, hash);
  tree.build(Infinity);
  assert.deepEqual(tree.nodes(0, 5, 3), new Uint8Array(96));
  const pad = hash(new Uint8Array(64), 'sha256');
  assert.deepEqual(tree.nodes(1, 20, 1), pad);
});
