/** What a piece's hashes must be: SHA-1 (BEP 3), the root of its own tree (BEP 52), or both. */
import { assert, LocalFault } from '@coequal/base';
import type { DigestPlan, Digests } from '@coequal/base';
import { HASH_LENGTH, leafCountOf } from './hash-tree.ts';
import type { Metainfo } from './metainfo.ts';
import type { MappedContent, PieceMap } from './piece-map.ts';

/** Bytes of a SHA-1 in `pieces` (BEP 3). */
export const PIECE_HASH_LENGTH = 20;

/**
 * The digests to make of a piece, and what they must be. A hybrid whose piece layers are not known yet
 * is checked by its SHA-1s alone. Throws LocalFault `PIECE_LAYERS_UNKNOWN` for a v2-only torrent of
 * which the layers were not fetched yet and this piece's file is longer than a piece.
 */
export function digestsOf(
  metainfo: Metainfo,
  map: PieceMap,
  piece: number,
): { readonly digests: DigestPlan; readonly expected: Digests } {
  const sha1 = metainfo.pieceHashes && hashAt(metainfo.pieceHashes, piece, PIECE_HASH_LENGTH);
  const root = metainfo.version === 'v1' ? undefined : rootOf(metainfo, map, piece);
  if (!sha1 && !root) throw new LocalFault('PIECE_LAYERS_UNKNOWN', { piece });
  return {
    digests: {
      sha1: sha1 !== undefined,
      ...(root && { merkle: merklePlanOf(metainfo, map, piece) }),
    },
    expected: { ...(sha1 && { sha1 }), ...(root && { root }) },
  };
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
