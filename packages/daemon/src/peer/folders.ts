/** Looks into a folder of this computer, for a person who chooses one on the page. */
import { lstat, readdir, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { LocalFault } from '@coequal/base';
import type { Folder } from '@coequal/contract';

/** More than anybody looks through. */
const ENTRIES_MAX = 2_000;

/** Throws LocalFault `NO_SUCH_FOLDER`. Hidden names are left out. */
export async function lookInto(path: string = homedir()): Promise<Folder> {
  const folder = normalize(path);
  if (!isAbsolute(folder)) throw new LocalFault('NO_SUCH_FOLDER', { path });
  let entries;
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new LocalFault('NO_SUCH_FOLDER', { path: folder }, { cause });
  }
  const shown = entries
    .filter(({ name }) => !name.startsWith('.'))
    .toSorted((one, other) => one.name.localeCompare(other.name))
    .slice(0, ENTRIES_MAX);
  const files = shown.filter((entry) => entry.isFile()).map(({ name }) => name);
  const parent = dirname(folder);
  const free = await freeBytes(folder);
  return {
    path: folder,
    ...(parent !== folder && { parent }),
    folders: shown.filter((entry) => entry.isDirectory()).map(({ name }) => name),
    files: await Promise.all(
      files.map(async (name) => ({ name, length: await lengthOf(join(folder, name)) })),
    ),
    ...(free !== undefined && { freeBytes: free }),
  };
}

/** A file or a folder. Throws LocalFault `NO_SUCH_FOLDER`. */
export async function requireThere(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (cause) {
    throw new LocalFault('NO_SUCH_FOLDER', { path }, { cause });
  }
}

/** For who may write there; undefined where the folder is not there. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined; // it is made when it is first used
  }
}

async function lengthOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch {
    return 0; // deleted a moment ago
  }
}
