/** Content made from a seed, its torrent, and the bytes that every piece must have: for storage tests. */
import { createHash, hash } from 'node:crypto';
import assert from 'node:assert/strict';
import { joinPath, rootPath } from '@coequal/base';
import type { SafePath } from '@coequal/base';
import { SimRandom } from '@coequal/simulator';
import { buildMetainfo, layOutContent } from '../../../src/core/metainfo/metainfo-build.ts';
import { parseMetainfo } from '../../../src/core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../../src/core/metainfo/metainfo.ts';
import { digestPlanOf } from '../../../src/core/metainfo/piece-digests.ts';
import { PieceMap } from '../../../src/core/metainfo/piece-map.ts';

export const DOWNLOADS: SafePath = rootPath('/downloads');
export const RESUME: SafePath = rootPath('/data/resume');

export interface MadeTorrent {
  readonly metainfo: Metainfo;
  readonly map: PieceMap;
  /** By file number. */
  readonly files: readonly Uint8Array[];
  /** What is on the wire, padding included. */
  piece(piece: number): Uint8Array;
}

export interface MakeOptions {
  readonly version?: Metainfo['version'];
  readonly pieceLength?: number;
  /** Lengths by path; a single path without a folder is a torrent of one file. */
  readonly files: Readonly<Record<string, number>>;
  readonly isFolder?: boolean;
  readonly seed?: number;
}

export function hashBytes(bytes: Uint8Array, kind: 'sha1' | 'sha256'): Uint8Array {
  return Uint8Array.from(hash(kind, bytes, 'buffer'));
}

export function makeTorrent(options: MakeOptions): MadeTorrent {
  const { version = 'v1', pieceLength = 32_768, isFolder = true, seed = 1 } = options;
  const content = layOutContent(version, pieceLength, {
    name: isFolder ? 'content' : (Object.keys(options.files)[0] ?? ''),
    isFolder,
    files: Object.entries(options.files).map(([path, length]) => ({
      path: path.split('/'),
      length,
    })),
  });
  const random = new SimRandom(`content ${seed}`);
  const files = content.files.map((file) => random.bytes(file.length));
  const map = new PieceMap(content);
  const piece = (index: number): Uint8Array => pieceOf(map, files, index);
  const pieceHashes: Uint8Array[] = [];
  const pieceRoots: Uint8Array[] = [];
  for (let index = 0; index < map.pieceCount; index++) {
    const bytes = piece(index);
    pieceHashes.push(hashBytes(bytes, 'sha1'));
    const { merkle } = digestPlanOf(content, map, index);
    if (merkle) pieceRoots.push(rootOf(bytes.subarray(0, merkle.length), merkle.leaves));
  }
  const hashes = { pieceHashes: Buffer.concat(pieceHashes), pieceRoots: Buffer.concat(pieceRoots) };
  const torrent = buildMetainfo(content, hashes, {}, hashBytes);
  const metainfo = parseMetainfo(torrent, hashBytes);
  return { metainfo, map: new PieceMap(metainfo), files, piece };
}

function pieceOf(map: PieceMap, files: readonly Uint8Array[], piece: number): Uint8Array {
  const bytes = new Uint8Array(map.lengthOf(piece));
  let at = 0;
  for (const { file, position, length } of map.spans(piece)) {
    if (file !== undefined) bytes.set(files[file]?.subarray(position, position + length) ?? [], at);
    at += length;
  }
  return bytes;
}

function rootOf(bytes: Uint8Array, leaves: number): Uint8Array {
  let row = Array.from({ length: leaves }, (_, leaf) => {
    const block = bytes.subarray(leaf * 16_384, (leaf + 1) * 16_384);
    return block.length === 0 ? new Uint8Array(32) : hashBytes(block, 'sha256');
  });
  while (row.length > 1) {
    row = Array.from({ length: row.length / 2 }, (_, at) => {
      const pair = createHash('sha256');
      for (const node of row.slice(at * 2, at * 2 + 2)) pair.update(node);
      return Uint8Array.from(pair.digest());
    });
  }
  assert(row[0]);
  return row[0];
}

export function pathOf(torrent: MadeTorrent, file: number): SafePath {
  const { metainfo } = torrent;
  const folder = joinPath(DOWNLOADS, metainfo.name);
  return metainfo.isFolder ? joinPath(folder, ...(metainfo.files[file]?.path ?? [])) : folder;
}
