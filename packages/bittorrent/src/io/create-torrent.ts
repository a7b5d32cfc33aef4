/** Makes a .torrent of a file or a folder: walks it, has it hashed, writes metainfo (BEP 3, 47, 52). */
import { assert, encodeUtf8, joinPath, LocalFault } from '@coequal/base';
import type { FileStat, Ports, SafePath, Span } from '@coequal/base';
import { BLOCK_LENGTH } from '../core/blocks.ts';
import { safeName, safePaths } from '../core/metainfo/file-names.ts';
import { HASH_LENGTH } from '../core/metainfo/hash-tree.ts';
import { buildMetainfo, layOutContent, pickPieceLength } from '../core/metainfo/metainfo-build.ts';
import type {
  ContentHashes,
  LaidOutContent,
  MetainfoChoices,
} from '../core/metainfo/metainfo-build.ts';
import { FILE_COUNT_MAX, PATH_DEPTH_MAX } from '../core/metainfo/metainfo-files.ts';
import {
  PATH_BYTES_MAX,
  PIECE_COUNT_MAX,
  PIECE_LENGTH_MAX,
} from '../core/metainfo/metainfo-parse.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import { digestPlanOf, PIECE_HASH_LENGTH } from '../core/metainfo/piece-digests.ts';
import { PieceMap } from '../core/metainfo/piece-map.ts';

/** Four for each of four workers: none waits for its next piece while its last answer is on the way. */
const PIECES_IN_FLIGHT_MAX = 16;

export interface CreateTorrentOptions extends MetainfoChoices {
  /** The file or folder to share. */
  readonly path: SafePath;
  readonly version: Metainfo['version'];
  /** A power of two from 16 KiB; picked by the content's length when absent. */
  readonly pieceLength?: number;
  /** The torrent's name, where it is not that of the file or folder. */
  readonly name?: string;
}

export interface CreateProgress {
  readonly hashedBytes: number;
  readonly totalBytes: number;
  /** Links, devices and the like that were left out, as paths below the folder. */
  readonly skipped: readonly string[];
}

/**
 * The bytes of a .torrent file; the same content and options give the same bytes. `onProgress` is called
 * before the first piece and after each. Rejects with the LocalFaults of Disk, and `NAME_NOT_PORTABLE`
 * (a name that cannot be kept on every system, or is taken for another's there), `NAME_AMBIGUOUS` (v2
 * cannot tell a folder with one file of its own name from that file), `NOTHING_TO_SHARE`,
 * `TOO_MANY_FILES`, `TOO_MANY_PIECES`, `PATH_TOO_LONG`, `BAD_PIECE_LENGTH`, `FILE_CHANGED`.
 */
export async function createTorrent(
  options: CreateTorrentOptions,
  ports: Pick<Ports, 'disk' | 'hasher'>,
  signal: AbortSignal,
  onProgress?: (progress: CreateProgress) => void,
): Promise<Uint8Array> {
  const found = await findContent(options.path, ports.disk, signal);
  const content = layOut(options, found);
  const hashes = await hashContent(content, found, ports.hasher, signal, onProgress);
  await checkUnchanged(found, ports.disk, signal);
  return buildMetainfo(content, hashes, options, ports.hasher.hash.bind(ports.hasher));
}

interface FoundFile {
  /** Parts below the folder; empty for a single file. */
  readonly parts: readonly string[];
  readonly path: SafePath;
  readonly stat: FileStat;
}

interface FoundContent {
  readonly isFolder: boolean;
  readonly files: readonly FoundFile[];
  readonly skipped: readonly string[];
}

async function findContent(
  root: SafePath,
  disk: Ports['disk'],
  signal: AbortSignal,
): Promise<FoundContent> {
  const stat = await disk.stat(root);
  if (!stat) throw new LocalFault('NOT_FOUND', { path: root });
  if (stat.type === 'other') throw new LocalFault('NOT_A_FILE', { path: root });
  const files: FoundFile[] = [];
  const skipped: string[] = [];
  // A list of what is still to be looked at, since recursion would be as deep as the folders are.
  const waiting: FoundFile[] = [{ parts: [], path: root, stat }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    signal.throwIfAborted();
    if (next.stat.type === 'directory') {
      for (const entry of await listFolder(next, disk)) waiting.push(entry);
    } else if (next.stat.type === 'file') files.push(next);
    else skipped.push(next.parts.join('/'));
    if (files.length + waiting.length > FILE_COUNT_MAX) {
      throw new LocalFault('TOO_MANY_FILES', { path: root, max: FILE_COUNT_MAX });
    }
  }
  return { isFolder: stat.type === 'directory', files, skipped: skipped.toSorted() };
}

async function listFolder(folder: FoundFile, disk: Ports['disk']): Promise<FoundFile[]> {
  const entries: FoundFile[] = [];
  for (const name of await disk.list(folder.path, FILE_COUNT_MAX)) {
    // Before joinPath, to whom a backslash is an attempt to leave the folder.
    if (safeName(name) !== name) throw notPortable([...folder.parts, name]);
    const parts = [...folder.parts, name];
    if (parts.length > PATH_DEPTH_MAX || encodeUtf8(parts.join('/')).length > PATH_BYTES_MAX) {
      throw new LocalFault('PATH_TOO_LONG', { path: parts.join('/') });
    }
    const path = joinPath(folder.path, name);
    const stat = await disk.stat(path);
    if (!stat) throw new LocalFault('FILE_CHANGED', { path });
    entries.push({ parts, path, stat });
  }
  return entries;
}

function layOut(options: CreateTorrentOptions, found: FoundContent): LaidOutContent {
  const { version } = options;
  const name = options.name ?? options.path.slice(options.path.lastIndexOf('/') + 1);
  if (safeName(name) !== name) throw notPortable([name]);
  const { isFolder } = found;
  const files = found.files.map(({ parts, stat }) => {
    return { path: isFolder ? parts : [name], length: stat.length };
  });
  checkPaths(files.map(({ path }) => path));
  const only = files.length === 1 ? files[0]?.path : undefined;
  if (isFolder && version !== 'v1' && only?.length === 1 && only[0] === name) {
    throw new LocalFault('NAME_AMBIGUOUS', { name });
  }
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (length === 0) throw new LocalFault('NOTHING_TO_SHARE', { path: options.path });
  const pieceLength = options.pieceLength ?? pickPieceLength(length);
  checkPieceLength(pieceLength);
  const content = layOutContent(version, pieceLength, { name, isFolder, files });
  if (content.pieceCount > PIECE_COUNT_MAX) {
    throw new LocalFault('TOO_MANY_PIECES', { pieceCount: content.pieceCount, pieceLength });
  }
  return content;
}

/** Whoever fetches the torrent gets its names made safe; so would we, and not find our own files. */
function checkPaths(paths: readonly (readonly string[])[]): void {
  for (const [index, safe] of safePaths(paths).entries()) {
    const path = paths[index] ?? [];
    if (safe.join('/') !== path.join('/')) throw notPortable(path);
  }
}

function checkPieceLength(pieceLength: number): void {
  const isPower = Number.isInteger(Math.log2(pieceLength));
  if (!isPower || pieceLength < BLOCK_LENGTH || pieceLength > PIECE_LENGTH_MAX) {
    throw new LocalFault('BAD_PIECE_LENGTH', { pieceLength, max: PIECE_LENGTH_MAX });
  }
}

function notPortable(path: readonly string[]): LocalFault {
  return new LocalFault('NAME_NOT_PORTABLE', { path: path.join('/') });
}

/** Hashes piece after piece, some at a time; the first failure stops all. */
async function hashContent(
  content: LaidOutContent,
  found: FoundContent,
  hasher: Ports['hasher'],
  signal: AbortSignal,
  onProgress: ((progress: CreateProgress) => void) | undefined,
): Promise<ContentHashes> {
  const map = new PieceMap(content);
  const pathsByName = new Map(found.files.map(({ parts, path }) => [parts.join('/'), path]));
  const paths = content.files.map(({ path }) =>
    pathsByName.get(found.isFolder ? path.join('/') : ''),
  );
  const pieceHashes = new Uint8Array(
    content.version === 'v2' ? 0 : map.pieceCount * PIECE_HASH_LENGTH,
  );
  const pieceRoots = new Uint8Array(content.version === 'v1' ? 0 : map.pieceCount * HASH_LENGTH);
  const totalBytes = content.files.reduce((sum, file) => sum + file.length, 0);
  const { skipped } = found;
  let hashedBytes = 0;
  onProgress?.({ hashedBytes, totalBytes, skipped });
  await forEachPiece(map.pieceCount, signal, async (piece, stop) => {
    const spans = spansOnDisk(map, piece, paths);
    const digests = await hasher.readAndHash(
      { spans, digests: digestPlanOf(content, map, piece) },
      stop,
    );
    const lead = spans.find((span) => span.type === 'file');
    if (!digests) throw new LocalFault('FILE_CHANGED', { path: lead?.path });
    if (digests.sha1) pieceHashes.set(digests.sha1, piece * PIECE_HASH_LENGTH);
    if (digests.root) pieceRoots.set(digests.root, piece * HASH_LENGTH);
    for (const span of spans) if (span.type === 'file') hashedBytes += span.length;
    onProgress?.({ hashedBytes, totalBytes, skipped });
  });
  return { pieceHashes, pieceRoots };
}

function spansOnDisk(
  map: PieceMap,
  piece: number,
  paths: readonly (SafePath | undefined)[],
): readonly Span[] {
  return map.spans(piece).map(({ file, position, length }): Span => {
    if (file === undefined) return { type: 'zeros', length };
    const path = paths[file];
    assert(path, 'every file was found on the disk');
    return { type: 'file', path, position, length };
  });
}

async function forEachPiece(
  pieceCount: number,
  signal: AbortSignal,
  run: (piece: number, stop: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const stop = AbortSignal.any([signal, failure.signal]);
  let next = 0;
  const lane = async (): Promise<void> => {
    try {
      while (next < pieceCount && !stop.aborted) await run(next++, stop);
    } catch (error) {
      failure.abort(error); // the first reason stays; the other lanes end by it
    }
  };
  await Promise.all(Array.from({ length: PIECES_IN_FLIGHT_MAX }, lane));
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
}

/** Hashes of a file that was written meanwhile are of no state it ever had. */
async function checkUnchanged(
  found: FoundContent,
  disk: Ports['disk'],
  signal: AbortSignal,
): Promise<void> {
  for (const { path, stat } of found.files) {
    signal.throwIfAborted();
    const now = await disk.stat(path);
    const isSame =
      now?.type === stat.type && now.length === stat.length && now.modifiedMs === stat.modifiedMs;
    if (!isSame) throw new LocalFault('FILE_CHANGED', { path });
  }
}
