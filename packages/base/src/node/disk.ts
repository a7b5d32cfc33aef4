/** Disk over the file system of this machine. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, opendir, rename, rmdir, statfs, unlink } from 'node:fs/promises';
import { LocalFault } from '../fault.ts';
import type { Disk, FileStat } from '../ports.ts';
import { parentPath } from '../safe-path.ts';
import type { SafePath } from '../safe-path.ts';
import { diskFault, errnoOf } from './disk-fault.ts';
import { openFile } from './disk-file.ts';

/** Nothing is held open but what `open` gives. */
export function openDisk(): Disk {
  return {
    open: (path, mode) => guard(path, () => openFile(path, mode)),
    stat: (path) => guard(path, () => statPath(path)),
    list: (path, max) => guard(path, () => listNames(path, max)),
    makeDirectory: (path) => guard(path, async () => void (await mkdir(path, { recursive: true }))),
    rename: (from, to) => guard(from, () => rename(from, to)),
    remove: (path) => guard(path, () => removePath(path)),
    syncDirectory: (path) => guard(path, () => syncDirectory(path)),
    freeBytes: (path) => guard(path, () => freeBytes(path)),
  };
}

/** Turns what the system throws into LocalFaults. */
async function guard<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFault(error, path);
  }
}

async function statPath(path: SafePath): Promise<FileStat | undefined> {
  try {
    const stat = await lstat(path);
    const type = stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
    return { type, length: stat.size, modifiedMs: stat.mtimeMs };
  } catch (error) {
    if (isNothingThere(error)) return undefined;
    throw error;
  }
}

function isNothingThere(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

async function listNames(path: SafePath, max: number): Promise<readonly string[]> {
  const names: string[] = [];
  await using directory = await opendir(path);
  for await (const entry of directory) {
    if (names.length === max) throw new LocalFault('TOO_MANY_FILES', { path, max });
    names.push(entry.name);
  }
  return names.toSorted();
}

async function removePath(path: SafePath): Promise<void> {
  try {
    const stat = await lstat(path);
    await (stat.isDirectory() ? rmdir(path) : unlink(path));
  } catch (error) {
    if (!isNothingThere(error)) throw error;
  }
}

async function syncDirectory(path: SafePath): Promise<void> {
  if (process.platform === 'win32') return; // has no way to ask for it, and opens no directories
  await using handle = await open(path, constants.O_RDONLY);
  await handle.sync();
}

async function freeBytes(path: SafePath): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const above = parentPath(path);
    if (!isNothingThere(error) || above === path) throw error;
    return freeBytes(above);
  }
}
