/** Disk over the file system of this machine. */
import { constants } from 'node:fs';
import { lstat, mkdir, open, opendir, rename, rmdir, statfs, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { LocalFault } from '../fault.ts';
import type { Disk, DiskFile, FileStat, OpenMode } from '../ports.ts';
import { parentPath } from '../safe-path.ts';
import type { SafePath } from '../safe-path.ts';
import { diskFault, errnoOf } from './disk-fault.ts';

/**
 * Not to wait for the other end of a named pipe that stands where a file should be: it would hold
 * one of the few threads of the file system for ever. Windows has neither.
 */
export const OPEN_FLAGS: Readonly<Record<OpenMode, number>> = {
  read: constants.O_RDONLY | (constants.O_NONBLOCK ?? 0),
  update: constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0),
};

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

async function openFile(path: SafePath, mode: OpenMode): Promise<DiskFile> {
  const handle = await openHandle(path, mode);
  try {
    if (!(await handle.stat()).isFile()) throw new LocalFault('NOT_A_FILE', { path });
  } catch (error) {
    await handle.close();
    throw error;
  }
  return new NodeFile(handle, path);
}

async function openHandle(path: SafePath, mode: OpenMode): Promise<FileHandle> {
  try {
    return await open(path, OPEN_FLAGS[mode]);
  } catch (error) {
    if (mode === 'read' || errnoOf(error) !== 'ENOENT') throw error;
    await mkdir(parentPath(path), { recursive: true });
    return open(path, OPEN_FLAGS[mode]);
  }
}

class NodeFile implements DiskFile {
  readonly #handle: FileHandle;
  readonly #path: SafePath;

  constructor(handle: FileHandle, path: SafePath) {
    this.#handle = handle;
    this.#path = path;
  }

  readAt(into: Uint8Array, position: number): Promise<number> {
    return guard(this.#path, async () => {
      let count = 0;
      while (count < into.length) {
        const left = into.length - count;
        const { bytesRead } = await this.#handle.read(into, count, left, position + count);
        if (bytesRead === 0) break;
        count += bytesRead;
      }
      return count;
    });
  }

  writeAt(chunks: readonly Uint8Array[], position: number): Promise<void> {
    return guard(this.#path, async () => {
      let left = chunks.filter((chunk) => chunk.length > 0);
      let at = position;
      while (left.length > 0) {
        const { bytesWritten } = await this.#handle.writev(left, at);
        at += bytesWritten;
        left = withoutFirst(left, bytesWritten);
      }
    });
  }

  sync(): Promise<void> {
    return guard(this.#path, () => this.#handle.datasync()); // writes out the length too
  }

  truncate(length: number): Promise<void> {
    return guard(this.#path, () => this.#handle.truncate(length));
  }

  length(): Promise<number> {
    return guard(this.#path, async () => (await this.#handle.stat()).size);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return guard(this.#path, () => this.#handle.close());
  }
}

/** What is left to write after a write that took `count` bytes. */
export function withoutFirst(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  let skipped = 0;
  let index = 0;
  for (const chunk of chunks) {
    if (skipped + chunk.length > count) break;
    skipped += chunk.length;
    index += 1;
  }
  const left = chunks.slice(index);
  const [first] = left;
  if (first !== undefined && count > skipped) left[0] = first.subarray(count - skipped);
  return left;
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
