import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LayerAssembly } from '../../../src/core/hashes/layer-assembly.ts';
import type { TorrentFile } from '../../../src/core/metainfo/metainfo.ts';
import { answerOf, BLOCK, nodeOf, rowsOfBlocks } from './tree.ts';
import type { Rows } from './tree.ts';

const PIECE = 2 * BLOCK;
const LONG = rowsOfBlocks(1_301);
const SHORT = rowsOfBlocks(2);

function fileOf(rows: Rows, length: number, piece: number): TorrentFile {
  const piecesRoot = nodeOf(rows, rows.length - 1, 0);
  return { path: [`${piece}`], length, offset: piece * PIECE, isExecutable: false, piecesRoot };
}

test('layers are put together, once for files that are alike, and short files need none', () => {
  const files = [
    fileOf(LONG, 1_301 * BLOCK, 0),
    fileOf(SHORT, PIECE, 651),
    { path: ['empty'], length: 0, offset: 652 * PIECE, isExecutable: false },
    fileOf(LONG, 1_301 * BLOCK, 652),
  ];
  const assembly = new LayerAssembly({ files, pieceLength: PIECE, pieceCount: 1_303 });
  assert.deepEqual(
    assembly.jobs.map(({ range: { index, length, proofLayers } }) => [index, length, proofLayers]),
    [
      [0, 512, 9],
      [512, 512, 9],
    ],
  );
  for (const job of assembly.jobs) {
    assembly.add(job, answerOf(LONG, job.range).subarray(0, job.range.length * 32));
  }
  const rootAt = (piece: number): Uint8Array =>
    assembly.pieceRoots.slice(piece * 32, piece * 32 + 32);
  for (const piece of [0, 511, 512, 650]) {
    assert.deepEqual(rootAt(piece), nodeOf(LONG, 1, piece));
    assert.deepEqual(rootAt(652 + piece), nodeOf(LONG, 1, piece));
  }
  assert.deepEqual(rootAt(651), nodeOf(SHORT, 1, 0));
});

test('of two lengths under one root only the first is asked for', () => {
  const files = [fileOf(LONG, 1_301 * BLOCK, 0), fileOf(LONG, 1_200 * BLOCK, 651)];
  const assembly = new LayerAssembly({ files, pieceLength: PIECE, pieceCount: 1_251 });
  for (const job of assembly.jobs) {
    assembly.add(job, answerOf(LONG, job.range).subarray(0, job.range.length * 32));
  }
  assert.ok(assembly.pieceRoots.subarray(651 * 32).every((byte) => byte === 0));
});
