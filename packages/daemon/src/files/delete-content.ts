/** Deletes what a torrent put on disk: its own files, and the folders that are empty then. Nothing else. */
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Metainfo } from '@coequal/bittorrent';
import { errnoOf } from '../errno.ts';

/**
 * `contentPath`: the file, or the folder of the files; `fileNames`: last parts of paths that are not the torrent's. Files that
 * cannot be deleted are passed over, and counted.
 */
export async function deleteContent(
  metainfo: Metainfo,
  contentPath: string,
  fileNames: Readonly<Record<number, string>> = {},
): Promise<number> {
  const paths = metainfo.isFolder
    ? metainfo.files.map(({ path }, file) =>
        join(contentPath, ...path.slice(0, -1), fileNames[file] ?? path.at(-1) ?? ''),
      )
    : [contentPath];
  let kept = 0;
  for (const path of paths) if (!(await deleteFile(path))) kept += 1;
  if (!metainfo.isFolder) return kept;
  const folders = new Set<string>([contentPath]);
  for (const path of paths) {
    for (let at = dirname(path); at.length > contentPath.length; at = dirname(at)) folders.add(at);
  }
  // the deepest first
  for (const folder of [...folders].toSorted((a, b) => b.length - a.length))
    await removeIfEmpty(folder);
  return kept;
}

/** A link, or something else that took the place of the file, stays. */
async function deleteFile(path: string): Promise<boolean> {
  try {
    const stat = await lstat(path);
    if (!stat.isFile()) return false;
    await unlink(path);
    return true;
  } catch (error) {
    return hasCode(error, ['ENOENT', 'ENOTDIR']);
  }
}

async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!hasCode(error, ['ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST', 'EACCES', 'EPERM', 'EBUSY']))
      throw error;
  }
}

function hasCode(error: unknown, codes: readonly string[]): boolean {
  return codes.includes(errnoOf(error) ?? '');
}
