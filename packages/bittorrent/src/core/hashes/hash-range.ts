/** The parts of a file's hash tree that peers ask each other for (BEP 52, "hash request"). */
import { assert, formatHex } from '@coequal/base';
import { BLOCK_LENGTH } from '../blocks.ts';
import { HASH_LENGTH, leafCountOf, pieceLevelOf, verifyProof } from '../metainfo/hash-tree.ts';
import type { HashFunction } from '../metainfo/hash-tree.ts';
import type { TorrentFile } from '../metainfo/metainfo.ts';
import type { HashRange } from '../wire/peer-wire.ts';

/** BEP 52: "length SHOULD NOT be greater than 512": 16 KiB of hashes, as much as a block. */
const HASH_RANGE_MAX = 512;

/** A run of hashes to be fetched, and what proves it. */
export interface HashJob {
  readonly range: HashRange;
  /** A node that is known: the root of the file, or of a piece. */
  readonly root: Uint8Array;
  /** Of the run's first hash, counted from the first one below `root`. */
  readonly index: number;
}

/** The part of a file's tree that is asked for is within these bounds. */
export interface TreeShape {
  /** Layers above the leaves: 0 for a file of one block. */
  readonly height: number;
  /** Blocks of 16 KiB; beyond them everything is padding. */
  readonly blockCount: number;
}

/** `length`: of the file, in bytes, 1 or more. */
export function treeShapeOf(length: number): TreeShape {
  return { height: Math.log2(leafCountOf(length)), blockCount: Math.ceil(length / BLOCK_LENGTH) };
}

/** Whether a request follows the rules of BEP 52 for such a tree. */
export function isValidRange(range: HashRange, { height, blockCount }: TreeShape): boolean {
  const { baseLayer, index, length, proofLayers } = range;
  const isRun = length >= 2 && length <= HASH_RANGE_MAX && Number.isInteger(Math.log2(length));
  if (!isRun || baseLayer >= height || index % length !== 0) return false;
  const nodeCount = Math.ceil(blockCount / 2 ** baseLayer);
  return (
    index < nodeCount &&
    index + length <= 2 ** (height - baseLayer) &&
    proofLayers < height - baseLayer
  );
}

/**
 * Uncle hashes that follow the run: `proofLayers` counts from the layer above the base layer, and those
 * that the run itself gives are left out.
 */
export function uncleCountOf({ length, proofLayers }: HashRange): number {
  return Math.max(0, proofLayers - Math.log2(length) + 1);
}

/** The piece layer of a file longer than a piece, in runs that each prove themselves by the file's root. */
export function layerJobs(
  file: Pick<TorrentFile, 'length' | 'piecesRoot'>,
  pieceLength: number,
): readonly HashJob[] {
  const { length, piecesRoot } = file;
  assert(piecesRoot && length > pieceLength, 'a file longer than a piece has a piece layer');
  const baseLayer = pieceLevelOf(pieceLength);
  const count = Math.ceil(length / pieceLength);
  const layers = treeShapeOf(length).height - baseLayer;
  return runsOf(count, layers).map(({ index, ...run }) => {
    return { range: { piecesRoot, baseLayer, index, ...run }, root: piecesRoot, index };
  });
}

/** A piece of a file, whose blocks are to be told apart. */
export interface PieceOfFile {
  readonly file: Pick<TorrentFile, 'length' | 'piecesRoot'>;
  /** 0 for the file's first piece. */
  readonly index: number;
  /** Of the piece's own tree. */
  readonly root: Uint8Array;
}

/** The hashes of a piece's blocks; none for a piece of one block, which its root tells. */
export function blockJobs(piece: PieceOfFile, pieceLength: number): readonly HashJob[] {
  const { file, root } = piece;
  const { piecesRoot, length } = file;
  assert(piecesRoot, 'a file of v2 that has bytes has a root');
  const width = leafCountOf(Math.min(length, pieceLength));
  if (width === 1) return [];
  const first = piece.index * width;
  const blockCount = Math.min(treeShapeOf(length).blockCount - first, width);
  return runsOf(blockCount, Math.log2(width)).map(({ index, ...run }) => {
    return { range: { piecesRoot, baseLayer: 0, index: first + index, ...run }, root, index };
  });
}

/** Runs over the first `count` nodes of a layer that lies `layers` below the root. */
function runsOf(
  count: number,
  layers: number,
): readonly { readonly index: number; readonly length: number; readonly proofLayers: number }[] {
  const length = Math.min(2 ** layers, HASH_RANGE_MAX);
  // a run that is the whole layer proves itself
  const proofLayers = length === 2 ** layers ? 0 : layers - 1;
  return Array.from({ length: Math.ceil(count / length) }, (_, run) => {
    return { index: run * length, length, proofLayers };
  });
}

/** The run of an answer, if it and its uncles lead to the root that is known. */
export function provenNodes(
  { range, root, index }: HashJob,
  hashes: Uint8Array,
  hash: HashFunction,
): Uint8Array | undefined {
  const uncleCount = uncleCountOf(range);
  if (hashes.length !== (range.length + uncleCount) * HASH_LENGTH) return undefined;
  const nodes = hashes.subarray(0, range.length * HASH_LENGTH);
  const uncles = Array.from({ length: uncleCount }, (_, at) => {
    const begin = (range.length + at) * HASH_LENGTH;
    return hashes.subarray(begin, begin + HASH_LENGTH);
  });
  return verifyProof({ index, nodes, uncles }, root, hash) ? nodes : undefined;
}

/** A request and its answers name the same range: this says whether they do. */
export function keyOfRange({
  piecesRoot,
  baseLayer,
  index,
  length,
  proofLayers,
}: HashRange): string {
  return `${formatHex(piecesRoot)} ${baseLayer} ${index} ${length} ${proofLayers}`;
}
