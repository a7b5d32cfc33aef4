/** What a link gives: the files as they were when it was made, and whether one still is. */
import { constants } from 'node:fs';
import { access, lstat, open, readdir, realpath } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LocalFault } from '@coequal/base';
import { DistinctNames, safeName } from './guest-names.ts';

/** More is a disk, not something that is handed over: each is a row, and a line of the ZIP's directory. */
const FILES_MAX = 10_000;
/** Folders in folders: deeper ones are loops of a broken file system, or made to be. */
const DEPTH_MAX = 64;

export interface GuestFile {
  /** Where it lies. */
  readonly path: string;
  /** What guests see: with the folders it is in, `/` between them, safe on any system. */
  readonly name: string;
  readonly length: number;
  /** Nanoseconds of the Unix epoch, in decimal. */
  readonly modified: string;
}

export interface GuestRoot {
  readonly path: string;
  readonly name: string;
  readonly kind: 'file' | 'folder';
  readonly size: number;
  readonly fileCount: number;
}

export interface Snapshot {
  readonly roots: readonly GuestRoot[];
  readonly files: readonly GuestFile[];
}

/**
 * Links and devices within folders are left out, and folders that hold nothing. Throws LocalFault
 * `GUEST_PATH_MISSING`, `GUEST_FILES_MAX`, or the signal's reason.
 */
export async function takeSnapshot(
  paths: readonly string[],
  signal: AbortSignal,
): Promise<Snapshot> {
  const names = new DistinctNames();
  const files: GuestFile[] = [];
  const roots: GuestRoot[] = [];
  for (const given of paths) {
    const path = await realOf(given);
    const name = names.take(safeName(basename(path)));
    const before = files.length;
    const kind = await addTree(path, name, 0, files, signal);
    const own = files.slice(before);
    const size = own.reduce((sum, { length }) => sum + length, 0);
    roots.push({ path, name, kind, size, fileCount: own.length });
  }
  const distinct = new DistinctNames();
  return { roots, files: files.map((file) => ({ ...file, name: distinct.take(file.name) })) };
}

async function realOf(given: string): Promise<string> {
  try {
    const path = await realpath(given);
    await access(path, constants.R_OK);
    return path;
  } catch (cause) {
    throw new LocalFault('GUEST_PATH_MISSING', { path: given }, { cause });
  }
}

async function addTree(
  path: string,
  name: string,
  depth: number,
  files: GuestFile[],
  signal: AbortSignal,
): Promise<'file' | 'folder'> {
  signal.throwIfAborted();
  const found = await lstat(path, { bigint: true });
  if (found.isFile()) {
    if (files.length >= FILES_MAX) throw new LocalFault('GUEST_FILES_MAX', { files: FILES_MAX });
    files.push({ path, name, length: Number(found.size), modified: String(found.mtimeNs) });
    return 'file';
  }
  if (!found.isDirectory()) {
    if (depth === 0) throw new LocalFault('GUEST_PATH_MISSING', { path });
    return 'file'; // a link or a device
  }
  if (depth > DEPTH_MAX) return 'folder';
  const entries = await readdir(path);
  for (const entry of entries.toSorted())
    await addTree(join(path, entry), `${name}/${safeName(entry)}`, depth + 1, files, signal);
  return 'folder';
}

/** Opens it if it is what it was. Throws LocalFault `GUEST_CONTENT_CHANGED`. */
export async function openUnchanged(file: GuestFile): Promise<FileHandle> {
  let handle: FileHandle;
  try {
    // what became a link since then is not followed
    handle = await open(file.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (cause) {
    throw new LocalFault('GUEST_CONTENT_CHANGED', { path: file.path }, { cause });
  }
  try {
    await requireUnchanged(handle, file);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Throws LocalFault `GUEST_CONTENT_CHANGED`. */
export async function requireUnchanged(handle: FileHandle, file: GuestFile): Promise<void> {
  const found = await handle.stat({ bigint: true });
  const isSame =
    found.isFile() && found.size === BigInt(file.length) && String(found.mtimeNs) === file.modified;
  if (!isSame) throw new LocalFault('GUEST_CONTENT_CHANGED', { path: file.path });
}
