/** Where the content of a transfer is, and what its files are called: changed on disk, and then in what is kept of it. */
import { basename, dirname } from 'node:path';
import { LocalFault } from '@coequal/base';
import type { Torrent } from '@coequal/bittorrent';
import type { Adopted, OnceHere } from '../store/transfer-records.ts';
import type { TransferEntry } from './transfer-entry.ts';

/** Rejects with LocalFault `NOT_POSSIBLE_NOW` for one that rests, or as `change`; then it is where it was. */
export async function relocate(
  entry: TransferEntry,
  change: (torrent: Torrent) => Promise<void>,
): Promise<void> {
  const { torrent } = entry;
  if (torrent === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'move' });
  entry.isMoving = true;
  try {
    await change(torrent);
  } finally {
    entry.isMoving = false;
    note(entry, torrent);
  }
}

/** Where it is now, also when only a part of what was asked for was done. */
function note(entry: TransferEntry, torrent: Torrent): void {
  const { contentPath, metainfo } = torrent;
  const { record } = entry;
  if (contentPath === undefined || metainfo === undefined) return;
  const isRenamed = basename(contentPath) !== metainfo.name || record.contentPath !== undefined;
  entry.change({
    directory: dirname(contentPath),
    contentPath: isRenamed ? contentPath : undefined,
  });
}

/**
 * Once all is here: the names without what other programs put behind those of unfinished files, and the folder where
 * the content was to go. Resolves to whether anything was done. Rejects as `relocate`; what was done stays.
 */
export async function settleOnceHere(entry: TransferEntry, signal: AbortSignal): Promise<boolean> {
  const { torrent } = entry;
  const onceHere = entry.record.options.adopted?.onceHere;
  if (torrent === undefined || onceHere === undefined) return false;
  const isClosed = (): boolean => torrent.state.type === 'closed';
  try {
    await torrent.whenCompleted(signal);
    if (entry.torrent !== torrent) return false;
    await relocate(entry, () => settle(torrent, onceHere, signal));
  } catch (error) {
    if (isClosed()) return false; // it was stopped first: the next run looks again
    throw error;
  }
  // as it is by now, and not as it was when this began to wait
  const { adopted } = entry.record.options;
  if (adopted === undefined) return true;
  const { onceHere: _, fileNames: __, ...rest } = adopted;
  const fileNames = fileNamesOf(torrent);
  entry.changeOptions({ adopted: { ...rest, ...(fileNames !== undefined && { fileNames }) } });
  return true;
}

async function settle(
  torrent: Torrent,
  { suffix, directory }: OnceHere,
  signal: AbortSignal,
): Promise<void> {
  const files = torrent.metainfo?.files ?? [];
  const progress = torrent.fileProgress;
  for (const [file, { length }] of files.entries()) {
    const name = basename(torrent.filePath(file) ?? '');
    // one that is not wanted stays as it is
    if (suffix === undefined || progress[file] !== length || !name.endsWith(suffix)) continue;
    await torrent.renameFile(file, name.slice(0, -suffix.length), signal);
  }
  if (directory !== undefined) await torrent.move(directory, signal);
}

/** Those that are not the torrent's; undefined when all are. */
function fileNamesOf(torrent: Torrent): Adopted['fileNames'] {
  if (torrent.metainfo?.isFolder !== true) return undefined;
  const names = torrent.metainfo.files.flatMap(({ path }, file): [number, string][] => {
    const name = basename(torrent.filePath(file) ?? '');
    return name === path.at(-1) ? [] : [[file, name]];
  });
  return names.length === 0 ? undefined : Object.fromEntries(names);
}
