import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  blockJobs,
  isValidRange,
  keyOfRange,
  layerJobs,
  provenNodes,
  treeShapeOf,
  uncleCountOf,
} from '../../../src/core/hashes/hash-range.ts';
import type { HashJob } from '../../../src/core/hashes/hash-range.ts';
import { answerOf, BLOCK, hash, nodeOf, rowsOfBlocks } from './tree.ts';
import type { Rows } from './tree.ts';

const root = new Uint8Array(32).fill(7);
const range = { piecesRoot: root, baseLayer: 0, index: 0, length: 2, proofLayers: 0 };

test('the shape of a tree follows from the length of its file', () => {
  assert.deepEqual(treeShapeOf(1), { height: 0, blockCount: 1 });
  assert.deepEqual(treeShapeOf(BLOCK), { height: 0, blockCount: 1 });
  assert.deepEqual(treeShapeOf(BLOCK + 1), { height: 1, blockCount: 2 });
  assert.deepEqual(treeShapeOf(5 * BLOCK), { height: 3, blockCount: 5 });
});

test('requests outside the rules are not valid', () => {
  const shape = treeShapeOf(100 * BLOCK); // seven layers above the leaves
  assert.ok(isValidRange(range, shape));
  assert.ok(isValidRange({ ...range, length: 64, index: 64, proofLayers: 6 }, shape));
  assert.ok(isValidRange({ ...range, baseLayer: 6 }, shape));
  for (const wrong of [
    { length: 0 },
    { length: 1 },
    { length: 3 },
    { length: 1_024 },
    { length: 0xffff_ffff },
    { index: 1 },
    { index: 100, length: 4 }, // all of it is padding
    { index: 128 },
    { index: 0xffff_fffe },
    { baseLayer: 7 },
    { baseLayer: 0xffff_ffff },
    { proofLayers: 7 },
    { proofLayers: 0xffff_ffff },
    { length: 256 },
    { baseLayer: 6, proofLayers: 1 },
  ]) {
    assert.ok(!isValidRange({ ...range, ...wrong }, shape), JSON.stringify(wrong));
  }
  assert.ok(!isValidRange(range, treeShapeOf(9)), 'a tree of one leaf has nothing to ask for');
});

test('uncles that the run itself gives are not sent', () => {
  assert.equal(uncleCountOf(range), 0);
  assert.equal(uncleCountOf({ ...range, proofLayers: 3 }), 3);
  assert.equal(uncleCountOf({ ...range, length: 8, proofLayers: 3 }), 1);
  assert.equal(uncleCountOf({ ...range, length: 512, proofLayers: 3 }), 0);
});

const places = fc.record({
  blocks: fc.integer({ min: 2, max: 1_400 }),
  rest: fc.nat(BLOCK - 1),
  level: fc.nat(3),
});

/** All that can be asked of a file: its piece layer, and the blocks of each piece. */
function jobsOf(
  length: number,
  pieceLength: number,
): { readonly jobs: readonly HashJob[]; readonly rows: Rows } {
  const rows = rowsOfBlocks(Math.ceil(length / BLOCK));
  const top = rows.length - 1;
  const file = { length, piecesRoot: nodeOf(rows, top, 0) };
  const isLong = length > pieceLength;
  const level = isLong ? Math.log2(pieceLength / BLOCK) : top;
  const blocks = Array.from({ length: Math.ceil(length / pieceLength) }, (_, index) =>
    blockJobs({ file, index, root: nodeOf(rows, level, index) }, pieceLength),
  );
  return { jobs: [...(isLong ? layerJobs(file, pieceLength) : []), ...blocks.flat()], rows };
}

test('what we ask for is valid, and the true answer is proven by the root', () => {
  fc.assert(
    fc.property(places, ({ blocks, rest, level }) => {
      const length = blocks * BLOCK - rest;
      const { jobs, rows } = jobsOf(length, BLOCK * 2 ** level);
      for (const job of jobs) {
        assert.ok(isValidRange(job.range, treeShapeOf(length)), keyOfRange(job.range));
        const answer = answerOf(rows, job.range);
        const nodes = provenNodes(job, answer, hash);
        assert.deepEqual(nodes, answer.subarray(0, job.range.length * 32));
      }
    }),
    { numRuns: 40 },
  );
});

test('an answer with one bit changed, cut or grown proves nothing', () => {
  fc.assert(
    fc.property(places, fc.nat(), fc.nat(7), ({ blocks, rest, level }, at, bit) => {
      const { jobs, rows } = jobsOf(blocks * BLOCK - rest, BLOCK * 2 ** level);
      const job = jobs[at % jobs.length];
      if (job === undefined) return; // pieces of one block: nothing to ask for
      const answer = answerOf(rows, job.range);
      const changed = Uint8Array.from(answer);
      changed[at % answer.length] = (changed[at % answer.length] ?? 0) ^ (1 << bit);
      for (const lie of [
        changed,
        answer.subarray(32),
        new Uint8Array([...answer, ...answer.subarray(0, 32)]),
      ])
        assert.equal(provenNodes(job, lie, hash), undefined);
    }),
    { numRuns: 60 },
  );
});

test('blocks of a piece of one block need no hashes', () => {
  const file = { length: 3 * BLOCK, piecesRoot: root };
  assert.deepEqual(blockJobs({ file, index: 1, root }, BLOCK), []);
  assert.deepEqual(
    blockJobs({ file: { length: 9, piecesRoot: root }, index: 0, root }, 4 * BLOCK),
    [],
  );
});

test('a long piece is asked for in runs of 512', () => {
  const pieceLength = 2_048 * BLOCK;
  const jobs = blockJobs(
    { file: { length: 2 * pieceLength, piecesRoot: root }, index: 1, root },
    pieceLength,
  );
  assert.deepEqual(
    jobs.map(({ range: { index, length, proofLayers } }) => [index, length, proofLayers]),
    [2_048, 2_560, 3_072, 3_584].map((index) => [index, 512, 10]),
  );
});
