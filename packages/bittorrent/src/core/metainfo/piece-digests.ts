/** What a piece's hashes must be: SHA-1 (BEP 3), the root of its own tree (BEP 52), or both. */
import { assert } from '@coequal/base';
import type { DigestPlan, Digests } from '@coequal/base';
import type { PieceOfFile } from '../hashes/hash-range.ts';
import { HASH_LENGTH, leafCountOf } from './hash-tree.ts';
import type { Metainfo } from './metainfo.ts';
import type { MappedContent, PieceMap } from './piece-map.ts';

/** Bytes of a SHA-1 in `pieces` (BEP 3). */
export const PIECE_HASH_LENGTH = 20;

/** False for a v2 torrent that came without its piece layers, as a magnet's does (BEP 52). */
export function hasPieceHashes({ version, pieceRoots }: Metainfo): boolean {
  return version !== 'v2' || pieceRoots !== undefined;
}

/**
 * The digests to make of a piece, and what they must be. A hybrid whose piece layers are not known yet
 * is checked by its SHA-1s alone; those of v2 alone must be known (`hasPieceHashes`).
 */
export function digestsOf(
  metainfo: Metainfo,
  map: PieceMap,
  piece: number,
): { readonly digests: DigestPlan; readonly expected: Digests } {
  const sha1 = metainfo.pieceHashes && hashAt(metainfo.pieceHashes, piece, PIECE_HASH_LENGTH);
  const root = metainfo.version === 'v1' ? undefined : rootOf(metainfo, map, piece);
  assert(sha1 ?? root, 'a piece is opened when its hash is known');
  return {
    digests: {
      sha1: sha1 !== undefined,
      ...(root && { merkle: merklePlanOf(metainfo, map, piece) }),
    },
    expected: { ...(sha1 && { sha1 }), ...(root && { root }) },
  };
}

/** Where a piece lies in the tree of its file; undefined in v1, and while its root is not known. */
export function pieceOfFile(
  metainfo: Metainfo,
  map: PieceMap,
  piece: number,
): PieceOfFile | undefined {
  const root = metainfo.version === 'v1' ? undefined : rootOf(metainfo, map, piece);
  const number = map.filesOf(piece)[0];
  const file = metainfo.files[number ?? -1];
  if (root === undefined || number === undefined || file === undefined) return undefined;
  return { file, index: piece - map.piecesOf(number).first, root };
}

/** All digests that a torrent of this version has of a piece: for creating one. */
export function digestPlanOf(content: MappedContent, map: PieceMap, piece: number): DigestPlan {
  if (content.version === 'v1') return { sha1: true };
  return { sha1: content.version === 'hybrid', merkle: merklePlanOf(content, map, piece) };
}

function merklePlanOf(
  content: MappedContent,
  map: PieceMap,
  piece: number,
): { readonly length: number; readonly leaves: number } {
  const file = content.files[map.filesOf(piece)[0] ?? -1];
  assert(file, 'a piece of v2 is of one file');
  // The tree of a file no longer than a piece is as wide as the file; all other pieces are full width.
  return {
    length: map.contentLengthOf(piece),
    leaves: leafCountOf(Math.min(file.length, content.pieceLength)),
  };
}

function rootOf(metainfo: Metainfo, map: PieceMap, piece: number): Uint8Array | undefined {
  if (metainfo.pieceRoots) return hashAt(metainfo.pieceRoots, piece, HASH_LENGTH);
  const file = metainfo.files[map.filesOf(piece)[0] ?? -1];
  return file && file.length <= metainfo.pieceLength ? file.piecesRoot : undefined;
}

function hashAt(hashes: Uint8Array, piece: number, length: number): Uint8Array {
  const hash = hashes.subarray(piece * length, (piece + 1) * length);
  assert(hash.length === length, 'every piece has a hash');
  return hash;
}
