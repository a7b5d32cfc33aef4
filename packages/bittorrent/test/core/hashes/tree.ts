/** A whole hash tree, written as plainly as possible (BEP 52), to compare with. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { concatBytes } from '@coequal/base';
import type { HashKind } from '@coequal/base';

export const BLOCK = 16_384;

export const hash = (bytes: Uint8Array, kind: HashKind): Uint8Array =>
  Uint8Array.from(createHash(kind).update(bytes).digest());

/** From the leaves to the root. */
export type Rows = readonly (readonly Uint8Array[])[];

/** Of a file. */
export function rowsOf(bytes: Uint8Array): Rows {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += BLOCK)
    leaves.push(hash(bytes.subarray(at, at + BLOCK), 'sha256'));
  return rowsAbove(leaves);
}

/** Of a file of so many blocks, each with a hash of its own, that nobody has to make. */
export function rowsOfBlocks(count: number): Rows {
  return rowsAbove(
    Array.from({ length: count }, (_, leaf) =>
      hash(Uint8Array.of(leaf & 255, leaf >> 8), 'sha256'),
    ),
  );
}

function rowsAbove(leaves: readonly Uint8Array[]): Rows {
  let row = [...leaves];
  while (!Number.isInteger(Math.log2(row.length))) row.push(new Uint8Array(32));
  const rows = [row];
  while (row.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < row.length; i += 2)
      above.push(hash(concatBytes(row.slice(i, i + 2)), 'sha256'));
    rows.push(above);
    row = above;
  }
  return rows;
}

export function nodeOf(rows: Rows, level: number, index: number): Uint8Array {
  const node = rows[level]?.[index];
  assert.ok(node, `there is a node ${index} in row ${level}`);
  return node;
}

/** What BEP 52 has a peer answer: the run, then the uncles of each further layer. */
export function answerOf(
  rows: Rows,
  range: {
    readonly baseLayer: number;
    readonly index: number;
    readonly length: number;
    readonly proofLayers: number;
  },
): Uint8Array {
  const { baseLayer, index, length, proofLayers } = range;
  const parts = Array.from({ length }, (_, at) => nodeOf(rows, baseLayer, index + at));
  for (let layer = 1; layer <= proofLayers; layer++) {
    if (2 ** layer < length) continue; // the run gives it
    parts.push(nodeOf(rows, baseLayer + layer, Math.floor(index / 2 ** layer) ^ 1));
  }
  return concatBytes(parts);
}
