/** `coequal create`: makes a .torrent of a file or folder. */
import { open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { LocalFault, rootPath } from '@coequal/base';
import type { Hasher } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { createTorrent } from '@coequal/bittorrent/content';
import type { CreateProgress, CreateTorrentOptions, Metainfo } from '@coequal/bittorrent';
import { magnetOf } from '../files/magnet-of.ts';
import { EXIT } from './exit-codes.ts';
import { count, formatBytes, formatPieceLength } from './format.ts';
import { parseTorrentFile } from './parse-torrent.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';
import { openWorkView } from './work-view.ts';

export interface CreateOptions {
  readonly version: Metainfo['version'];
  /** Undefined: `NAME.torrent` in the current folder. */
  readonly output?: string;
  readonly tracker: readonly string[];
  readonly webSeed: readonly string[];
  readonly private: boolean;
  readonly pieceLength?: number;
  readonly comment?: string;
  /** Replaces a file that is there. */
  readonly force: boolean;
  readonly json: boolean;
}

/** Left-out entries that are named; the rest are counted. */
const SKIPPED_SHOWN_MAX = 5;

export async function create(
  path: string,
  options: CreateOptions,
  hasher?: Hasher,
): Promise<number> {
  return await inShell({ isJson: options.json }, async (shell) => {
    const name = basename(resolve(path));
    const output = resolve(options.output ?? `${name}.torrent`);
    if (!options.force && (await isThere(output)))
      throw new LocalFault('FILE_EXISTS', { path: output });
    const bytes = await makeTorrent(path, name, options, shell, hasher);
    await writeWhole(output, bytes, options.force);
    tellMade(parseTorrentFile(bytes), output, shell);
    return EXIT.done;
  });
}

async function makeTorrent(
  path: string,
  name: string,
  options: CreateOptions,
  shell: Shell,
  hasher: Hasher | undefined,
): Promise<Uint8Array> {
  await using ports = openPorts({ hasher });
  using view = await openWorkView(shell, 'hashing');
  let skipped: CreateProgress['skipped'] = [];
  const bytes = await createTorrent(
    torrentOptions(await contentPath(path), name, options),
    ports,
    shell.stop,
    (progress) => {
      skipped = progress.skipped;
      view.progress(progress.hashedBytes, progress.totalBytes, formatBytes);
    },
  );
  tellSkipped(skipped, shell);
  return bytes;
}

/** A link that is given is followed; those inside the folder are not. */
async function contentPath(path: string): Promise<string> {
  try {
    return await realpath(resolve(path));
  } catch (cause) {
    throw new LocalFault('CONTENT_PATH_MISSING', { path: resolve(path) }, { cause });
  }
}

function torrentOptions(path: string, name: string, options: CreateOptions): CreateTorrentOptions {
  const { version, tracker, webSeed, pieceLength, comment } = options;
  return {
    path: rootPath(path),
    name,
    version,
    createdAt: Math.floor(Date.now() / 1_000),
    ...(pieceLength !== undefined && { pieceLength }),
    // each tracker is a tier of its own: the next is asked when the one before fails
    ...(tracker.length > 0 && { trackers: tracker.map((url) => [url]) }),
    ...(webSeed.length > 0 && { webSeeds: webSeed }),
    ...(options.private && { isPrivate: true }),
    ...(comment !== undefined && { comment }),
  };
}

function tellSkipped(skipped: readonly string[], shell: Shell): void {
  if (skipped.length === 0) return;
  const shown = skipped.slice(0, SKIPPED_SHOWN_MAX).join(', ');
  const more = skipped.length > SKIPPED_SHOWN_MAX ? ', …' : '';
  shell.note(`Left out ${skipped.length} that are no files (links, devices): ${shown}${more}`);
}

function tellMade(metainfo: Metainfo, output: string, shell: Shell): void {
  const { name, version, length, files, pieceCount, pieceLength, infoHash, infoHashV2 } = metainfo;
  const magnet = magnetOf(metainfo);
  shell.emit({
    event: 'created',
    path: output,
    name,
    version,
    length,
    files: files.length,
    pieceLength,
    pieces: pieceCount,
    infoHash,
    infoHashV2,
    magnet,
  });
  shell.print(`Wrote ${output}`);
  shell.print(`  name          ${name}`);
  shell.print(`  content       ${formatBytes(length)} in ${count(files.length, 'file')}`);
  shell.print(`  pieces        ${pieceCount} of ${formatPieceLength(pieceLength)} (${version})`);
  if (infoHash !== undefined) shell.print(`  info hash     ${infoHash}`);
  if (infoHashV2 !== undefined) shell.print(`  info hash v2  ${infoHashV2}`);
  shell.print(`  magnet        ${magnet}`);
}

/** The whole file or none of it, whatever happens meanwhile. */
async function writeWhole(path: string, bytes: Uint8Array, mayReplace: boolean): Promise<void> {
  const draft = `${path}.${process.pid}.part`;
  try {
    await using file = await open(draft, 'wx');
    await file.writeFile(bytes);
    await file.sync();
    if (!mayReplace && (await isThere(path))) throw new LocalFault('FILE_EXISTS', { path });
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    if (cause instanceof LocalFault) throw cause;
    throw writeFault(cause, path);
  }
}

function writeFault(cause: unknown, path: string): LocalFault {
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  const code =
    { ENOSPC: 'DISK_FULL', ENOENT: 'NOT_FOUND', EROFS: 'READ_ONLY_DISK', EACCES: 'NOT_PERMITTED' }[
      errno ?? ''
    ] ?? 'DISK_FAILED';
  return new LocalFault(code, { path, errno }, { cause });
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
