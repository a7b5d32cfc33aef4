/** SHA-256 hash trees over 16 KiB blocks, and over the piece layers above them (BEP 52). */
import { assert, equalBytes } from '@coequal/base';
import type { Hasher } from '@coequal/base';
import { BLOCK_LENGTH } from '../blocks.ts';

/** How hashes are made; short inputs only. `Hasher.hash` is one. */
export type HashFunction = Hasher['hash'];

/** Bytes of a node of the tree. Rows of nodes are kept one after another in one array. */
export const HASH_LENGTH = 32;

/** Leaves that a tree over so many bytes has: its blocks, rounded up to a power of two. */
export function leafCountOf(length: number): number {
  return ceilPowerOfTwo(Math.ceil(length / BLOCK_LENGTH));
}

/** How far above the leaves the nodes lie that stand for whole pieces. */
export function pieceLevelOf(pieceLength: number): number {
  return Math.log2(pieceLength / BLOCK_LENGTH);
}

/** The node at a level above the leaves when nothing but missing blocks (zero hashes) is below it. */
export function padHash(level: number, hash: HashFunction): Uint8Array {
  let node: Uint8Array = new Uint8Array(HASH_LENGTH);
  for (let i = 0; i < level; i++) node = hashPair(node, node, hash);
  return node;
}

/**
 * Root over a row of nodes, filled up to `count` (a power of two) with the pad hash of `level`, the
 * height of the row above the leaves: level 0 for hashes of blocks.
 */
export function merkleRoot(
  row: Uint8Array,
  count: number,
  hash: HashFunction,
  level = 0,
): Uint8Array<ArrayBuffer> {
  assert(row.length % HASH_LENGTH === 0, 'a row holds whole hashes');
  assert(ceilPowerOfTwo(count) === count, 'a row is filled up to a power of two');
  const filled = row.length / HASH_LENGTH;
  assert(filled >= 1 && filled <= count, 'a row has no more hashes than the tree has room for');
  let nodes = Uint8Array.from(row);
  let pad = padHash(level, hash);
  for (let width = count; width > 1; width /= 2) {
    nodes = foldRow(nodes, pad, hash);
    pad = hashPair(pad, pad, hash);
  }
  return nodes;
}

/** Root of a file longer than a piece, from its piece layer: to be compared with its "pieces root". */
export function rootOfPieceLayer(
  layer: Uint8Array,
  pieceLength: number,
  hash: HashFunction,
): Uint8Array<ArrayBuffer> {
  const count = ceilPowerOfTwo(layer.length / HASH_LENGTH);
  return merkleRoot(layer, count, hash, pieceLevelOf(pieceLength));
}

/** What proves that a run of nodes belongs to a tree: the run's neighbours, from below to the top. */
export interface HashProof {
  /** Index of the run's first node in its row; a multiple of the run's count. */
  readonly index: number;
  /** The nodes of the run; their count is a power of two. */
  readonly nodes: Uint8Array;
  /** The "uncle hashes", one for each level from the run's own root up to below the tree's root. */
  readonly uncles: readonly Uint8Array[];
}

/** Whether the run and its uncles lead to `root`. The caller bounds the count of both. */
export function verifyProof(proof: HashProof, root: Uint8Array, hash: HashFunction): boolean {
  const count = proof.nodes.length / HASH_LENGTH;
  const isSubtree = count >= 1 && ceilPowerOfTwo(count) === count && proof.index % count === 0;
  if (!isSubtree || proof.uncles.some((uncle) => uncle.length !== HASH_LENGTH)) return false;
  let node: Uint8Array = merkleRoot(proof.nodes, count, hash);
  let at = proof.index / count;
  for (const uncle of proof.uncles) {
    node = at % 2 === 0 ? hashPair(node, uncle, hash) : hashPair(uncle, node, hash);
    at = Math.floor(at / 2);
  }
  return at === 0 && equalBytes(node, root);
}

/** The next row up, made in place of the given one; a node without a neighbour takes `pad` for it. */
function foldRow(
  row: Uint8Array<ArrayBuffer>,
  pad: Uint8Array,
  hash: HashFunction,
): Uint8Array<ArrayBuffer> {
  const pairLength = HASH_LENGTH * 2;
  const pairs = Math.ceil(row.length / pairLength);
  for (let pair = 0; pair < pairs; pair++) {
    const children = row.subarray(pair * pairLength, (pair + 1) * pairLength);
    const parent =
      children.length === pairLength ? hash(children, 'sha256') : hashPair(children, pad, hash);
    row.set(parent, pair * HASH_LENGTH);
  }
  return row.subarray(0, pairs * HASH_LENGTH);
}

function hashPair(left: Uint8Array, right: Uint8Array, hash: HashFunction): Uint8Array {
  const pair = new Uint8Array(HASH_LENGTH * 2);
  pair.set(left);
  pair.set(right, HASH_LENGTH);
  return hash(pair, 'sha256');
}

function ceilPowerOfTwo(count: number): number {
  let power = 1;
  while (power < count) power *= 2;
  return power;
}
