/** Small files read and replaced as a whole. */
import { assert, LocalFault, parentPath } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';

/** Undefined when there is no file. Rejects with LocalFault `FILE_TOO_LONG`, and those of Disk. */
export async function readWhole(
  disk: Disk,
  path: SafePath,
  lengthMax: number,
): Promise<Uint8Array | undefined> {
  const stat = await disk.stat(path);
  if (stat?.type !== 'file') return undefined;
  if (stat.length > lengthMax) throw new LocalFault('FILE_TOO_LONG', { path, length: stat.length });
  await using file = await disk.open(path, 'read');
  const bytes = new Uint8Array(stat.length);
  return bytes.subarray(0, await file.readAt(bytes, 0));
}

/** After a crash or loss of power at any moment, the old content or the new is there; the new once this resolves. */
export async function replaceWhole(
  disk: Disk,
  path: SafePath,
  temporary: SafePath,
  bytes: Uint8Array,
): Promise<void> {
  assert(parentPath(path) === parentPath(temporary), 'a rename inside one folder');
  {
    await using file = await disk.open(temporary, 'update');
    await file.truncate(0); // of a try that failed
    await file.writeAt([bytes], 0);
    await file.sync();
  }
  await disk.rename(temporary, path);
  await disk.syncDirectory(parentPath(path));
}

/**
 * Makes a folder and those above it, durably. Those that are there may be the work of a run that was
 * killed before it synced them, so the names of all are synced, up to the root.
 */
export async function makeDurableDirectory(disk: Disk, path: SafePath): Promise<void> {
  if ((await disk.stat(path)) === undefined) await disk.makeDirectory(path);
  for (let at = path; parentPath(at) !== at; at = parentPath(at)) {
    try {
      await disk.syncDirectory(parentPath(at));
    } catch (error) {
      // a folder that we may not even read is not one in which we made another
      if (!(error instanceof LocalFault) || error.code !== 'NOT_PERMITTED') throw error;
    }
  }
}
