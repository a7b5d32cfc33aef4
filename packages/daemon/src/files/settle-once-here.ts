/**
 * Once all of a transfer that another program began is here: its files get their names without what that program puts
 * behind those of unfinished ones, and the content goes where it was to go.
 */
import { basename } from 'node:path';
import type { ContentChange, Torrent } from '@coequal/bittorrent';
import type { Adopted, OnceHere } from '../store/transfer-records.ts';
import type { TransferEntry } from './transfer-entry.ts';

/** As ContentMoves has it. */
type ChangeContent = (change: Exclude<ContentChange, { readonly type: 'none' }>) => Promise<void>;

/** It passes on by now. Rejects as `change`; what was done by then stays, and the rest is left to do. */
export async function settleOnceHere(entry: TransferEntry, change: ChangeContent): Promise<void> {
  const { torrent } = entry;
  const onceHere = entry.record.options.adopted?.onceHere;
  if (torrent === undefined || onceHere === undefined) return;
  await settle(torrent, onceHere, change);
  // as it is by now, and not as it was when this began
  const { adopted } = entry.record.options;
  if (adopted === undefined) return;
  const { onceHere: _, fileNames: __, ...rest } = adopted;
  const fileNames = fileNamesOf(torrent);
  entry.changeOptions({ adopted: { ...rest, ...(fileNames !== undefined && { fileNames }) } });
}

async function settle(
  torrent: Torrent,
  { suffix, directory }: OnceHere,
  change: ChangeContent,
): Promise<void> {
  const files = torrent.metainfo?.files ?? [];
  const progress = torrent.fileProgress;
  for (const [file, { length }] of files.entries()) {
    const name = basename(torrent.filePath(file) ?? '');
    // one that is not wanted stays as it is
    if (suffix === undefined || progress[file] !== length || !name.endsWith(suffix)) continue;
    await change({ type: 'rename-file', file, name: name.slice(0, -suffix.length) });
  }
  if (directory !== undefined) await change({ type: 'move', directory });
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
