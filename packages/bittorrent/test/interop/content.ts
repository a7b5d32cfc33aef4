/** Content made from a seed, its torrent, and how two trees are compared. */
import assert from 'node:assert/strict';
import { createCipheriv, createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { rootPath } from '@coequal/base';
import { openDisk, openHasher } from '@coequal/base/node';
import { formatMagnet } from '../../src/core/metainfo/magnet.ts';
import { parseMetainfo } from '../../src/core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../../src/core/metainfo/metainfo.ts';
import { createTorrent } from '../../src/io/create-torrent.ts';

/** Read and written at once. */
const CHUNK_LENGTH = 1 << 20;

/** Content in a folder that goes with it, and its torrent. */
export interface Content extends AsyncDisposable {
  /** The path of the .torrent file. */
  readonly torrent: string;
  /** The path of another one, which names these trackers. */
  torrentWith(trackers: readonly string[]): Promise<string>;
  /** Names no source. */
  readonly magnet: string;
  readonly metainfo: Metainfo;
  /** The folder in which the content is, under its name. */
  readonly directory: string;
  /** A new empty folder. */
  folder(): Promise<string>;
}

export interface ContentOptions {
  /** Lengths by path; one path without a folder is a torrent of one file. */
  readonly files: ReadonlyMap<string, number>;
  readonly name?: string;
  readonly version?: Metainfo['version'];
  readonly pieceLength?: number;
  /** Where all of it is put. */
  readonly store?: string;
}

export async function makeContent(options: ContentOptions): Promise<Content> {
  await using resources = new AsyncDisposableStack();
  const root = await mkdtemp(join(options.store ?? tmpdir(), 'coequal-content-'));
  resources.defer(() => rm(root, { recursive: true, force: true }));
  const directory = join(root, 'content');
  const [single] = options.files.keys();
  const name = options.name ?? single ?? '';
  const top = options.name === undefined ? directory : join(directory, options.name);
  for (const [path, length] of options.files) writeRandomFile(join(top, path), length, path);
  const hasher = resources.use(openHasher({ workers: 1 }));
  const torrentWith = async (trackers: readonly string[]): Promise<string> => {
    const { version = 'v1', pieceLength = 65_536 } = options;
    const bytes = await createTorrent(
      { path: rootPath(join(directory, name)), version, pieceLength, trackers: [trackers] },
      { disk: openDisk(), hasher },
      new AbortController().signal,
    );
    const path = join(root, `${randomUUID()}.torrent`);
    writeFileSync(path, bytes);
    return path;
  };
  const torrent = await torrentWith([]);
  const metainfo = parseMetainfo(readFileSync(torrent), (part, kind) => hasher.hash(part, kind));
  const owned = resources.move();
  return {
    torrent,
    torrentWith,
    magnet: magnetOf(metainfo),
    metainfo,
    directory,
    folder: () => mkdtemp(join(root, 'folder-')),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function magnetOf({ infoHash, infoHashV2, name }: Metainfo): string {
  return formatMagnet({
    ...(infoHash !== undefined && { infoHash }),
    ...(infoHashV2 !== undefined && { infoHashV2 }),
    name,
    trackers: [],
    webSeeds: [],
    peers: [],
  });
}

/** Its bytes follow from its length and `seed`. */
function writeRandomFile(path: string, length: number, seed: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const key = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const file = openSync(path, 'w');
  try {
    const zeros = Buffer.alloc(Math.min(length, CHUNK_LENGTH));
    for (let at = 0; at < length; at += zeros.length) {
      writeSync(file, stream.update(zeros.subarray(0, length - at)));
    }
  } finally {
    closeSync(file);
  }
}

/** SHA-256 of each file below a folder, by path, in order. */
export function digestsOf(directory: string): ReadonlyMap<string, string> {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => relative(directory, join(parentPath, name)));
  return new Map(paths.toSorted().map((path) => [path, digestOf(join(directory, path))]));
}

/** Throws unless both folders hold the same files; `withoutEmpty` those with bytes. */
export function assertSameContent(actual: string, expected: string, withoutEmpty = false): void {
  const found = digestsOf(actual);
  const wanted = digestsOf(expected);
  const empty = createHash('sha256').digest('hex');
  const differing = [...new Set([...found.keys(), ...wanted.keys()])].filter((path) => {
    const isLeftOut = withoutEmpty && wanted.get(path) === empty && !found.has(path);
    return found.get(path) !== wanted.get(path) && !isLeftOut;
  });
  assert.deepEqual(differing, [], 'these files differ');
}

function digestOf(path: string): string {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafe(CHUNK_LENGTH);
  const file = openSync(path, 'r');
  try {
    for (let got = readSync(file, chunk); got > 0; got = readSync(file, chunk)) {
      hash.update(chunk.subarray(0, got));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}

/** Small files as people have them: nested, with names of all kinds, some of them empty. */
export function smallFiles(count: number): ReadonlyMap<string, number> {
  const folders = [
    '',
    'ü/日本語/',
    'with spaces/and more of them/',
    `long/${'n'.repeat(120)}/`,
    'emoji 🦭/👩‍👩‍👧/',
    'a/b/c/d/e/f/g/h/',
    'Ελληνικά/العربية/',
  ];
  const names = ['é', 'file', '名前', 'x'.repeat(100), 'two words', '🎈'];
  const files = new Map<string, number>();
  for (let index = 0; index < count; index++) {
    const folder = folders[index % folders.length] ?? '';
    const name = names[index % names.length] ?? '';
    const length = index % 50 === 0 ? 0 : ((index * 2_039) % 4_096) + 1;
    files.set(`${folder}${name} ${index}.txt`, length);
  }
  return files;
}
