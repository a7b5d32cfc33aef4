/** The content of the torrents in this folder, and how they are read. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { HashKind } from '@coequal/base';

/** Bytes of the files in the folder that was shared. */
export const CONTENT_LENGTHS: ReadonlyMap<string, number> = new Map([
  ['a/x', 20_000],
  ['a.txt', 40_000],
  ['b/empty', 0],
  ['b/ünïcode ☃.bin', 5],
  ['c/d/e/exact', 32_768],
  ['z', 17_000],
]);

export const TORRENT_NAMES: readonly string[] = [
  'v1-folder',
  'v1-single',
  'v2-folder',
  'v2-single',
  'hybrid-folder',
  'hybrid-untailed',
  'hybrid-single',
  'mktorrent',
];

/** The file of so many bytes. */
export function contentBytes(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + Math.floor(i / 256) + length) & 255);
}

export function readTorrent(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`${name}.torrent`, import.meta.url)));
}

export interface ExpectedTorrent {
  readonly infoHash: string | null;
  readonly infoHashV2: string | null;
  readonly name: string;
  readonly pieceCount: number;
  readonly pieceLength: number;
  readonly isPrivate: boolean;
  readonly comment: string;
  readonly trackers: readonly string[];
  readonly webSeeds: readonly string[];
  readonly files: readonly {
    readonly path: string;
    readonly length: number;
    readonly offset: number;
  }[];
}

/** How libtorrent reads a torrent of this folder. */
export function readExpected(name: string): ExpectedTorrent {
  const text = readFileSync(new URL('expected.json', import.meta.url), 'utf8');
  const all: Record<string, ExpectedTorrent> = JSON.parse(text);
  const expected = all[name];
  if (!expected) throw new Error(`expected.json has no ${name}`);
  return expected;
}

export function hash(bytes: Uint8Array, kind: HashKind): Uint8Array {
  return createHash(kind).update(bytes).digest();
}
