/** Reads files of another program: those that are files, and not too long. Nothing is ever written. */
import { open, readdir, stat } from 'node:fs/promises';
import { LocalFault } from '@coequal/base';
import { errnoOf } from '../errno.ts';

/** Names of one folder: more transfers than any program runs. */
export const STATE_FILES_MAX = 50_000;

/** Undefined when there is none. Rejects with LocalFault `IMPORT_UNREADABLE`. */
export async function readBounded(
  path: string,
  lengthMax: number,
): Promise<Uint8Array | undefined> {
  try {
    const about = await stat(path);
    // opening a pipe or a device could wait for ever
    if (!about.isFile()) throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is no file' });
    if (about.size > lengthMax)
      throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is too long' });
    await using file = await open(path);
    const bytes = Buffer.alloc(about.size);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw unreadable(error);
  }
}

/** The names in it that end so, without that ending; none where there is no such folder. */
export async function namesIn(folder: string, ending: string): Promise<readonly string[]> {
  let names;
  try {
    names = await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
    throw unreadable(error);
  }
  return names
    .filter((name) => name.toLowerCase().endsWith(ending))
    .map((name) => name.slice(0, -ending.length))
    .toSorted();
}

function unreadable(error: unknown): unknown {
  if (error instanceof LocalFault || !(error instanceof Error) || !('code' in error)) return error;
  return new LocalFault('IMPORT_UNREADABLE', { why: String(error.code) }, { cause: error });
}
