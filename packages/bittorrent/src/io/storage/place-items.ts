/** The two things on disk that a move takes along, the content and the parts file, and the steps that are made of them. */
import { joinPath, LocalFault, parentPath, rootPath } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { swarmHash } from '../../core/resume-data.ts';
import { contentFilePath } from './content-layout.ts';
import type { Whereabouts } from './content-layout.ts';
import { partsPath } from './parts-file.ts';

export interface PlaceItem {
  readonly from: SafePath;
  readonly to: SafePath;
  /** Where a copy grows, beside `to`. */
  readonly temporary: SafePath;
}

export interface PlaceItems {
  readonly content: PlaceItem;
  /** Undefined when it stays where it is. */
  readonly parts: PlaceItem | undefined;
}

export function placeItems(metainfo: Metainfo, at: Whereabouts, goal: Whereabouts): PlaceItems {
  const infoHash = swarmHash(metainfo);
  const from = partsPath(at.directory, infoHash);
  const to = partsPath(goal.directory, infoHash);
  return {
    content: {
      from: at.contentPath,
      to: goal.contentPath,
      temporary: joinPath(parentPath(goal.contentPath), `.${infoHash}.moving`),
    },
    parts: from === to ? undefined : { from, to, temporary: rootPath(`${to}.moving`) },
  };
}

/** Durable when it resolves. Nothing happens if nothing is there. */
export async function renameDurably(from: SafePath, to: SafePath, disk: Disk): Promise<void> {
  if ((await disk.stat(from)) === undefined) return;
  await disk.rename(from, to);
  await disk.syncDirectory(parentPath(to));
  if (parentPath(from) !== parentPath(to)) await disk.syncDirectory(parentPath(from));
}

/** These files of a torrent go, durably, and the folders that are empty then; what else is in them stays. */
export async function removeContent(
  metainfo: Metainfo,
  at: Pick<Whereabouts, 'contentPath' | 'names'>,
  files: Iterable<number>,
  disk: Disk,
): Promise<void> {
  if ((await disk.stat(at.contentPath)) === undefined) return;
  const folders = new Set<SafePath>();
  for (const file of files) {
    const path = contentFilePath(metainfo, at, file);
    await disk.remove(path);
    if (!metainfo.isFolder) break;
    for (let folder = parentPath(path); folder !== at.contentPath; folder = parentPath(folder))
      folders.add(folder);
  }
  if (metainfo.isFolder) folders.add(at.contentPath);
  for (const folder of [...folders].toSorted((a, b) => b.length - a.length)) {
    try {
      await disk.remove(folder);
    } catch (error) {
      if (!(error instanceof LocalFault) || error.code !== 'DISK_FAILED') throw error;
      await disk.syncDirectory(folder); // somebody else's files are in it
    }
  }
  await disk.syncDirectory(parentPath(at.contentPath));
}

/** Copies that are whole and durable become what is there; those that have already stay. */
export async function switchCopies({ content, parts }: PlaceItems, disk: Disk): Promise<void> {
  if (parts !== undefined) await renameDurably(parts.temporary, parts.to, disk);
  await renameDurably(content.temporary, content.to, disk);
}

/** Of a copy that is of no more use. */
export async function removeCopies(
  metainfo: Metainfo,
  { content, parts }: PlaceItems,
  names: Whereabouts['names'],
  disk: Disk,
): Promise<void> {
  const all = metainfo.files.keys();
  await removeContent(metainfo, { contentPath: content.temporary, names }, all, disk);
  if (parts !== undefined) await disk.remove(parts.temporary);
}

/** Once the content is where it goes: what is left where it was. `files`: those that were at their own paths. */
export async function removeOriginals(
  metainfo: Metainfo,
  { content, parts }: PlaceItems,
  names: Whereabouts['names'],
  files: Iterable<number>,
  disk: Disk,
): Promise<void> {
  await removeContent(metainfo, { contentPath: content.from, names }, files, disk);
  if (parts === undefined) return;
  await disk.remove(parts.from);
  const folder = parentPath(parts.from);
  if ((await disk.stat(folder)) !== undefined) await disk.syncDirectory(folder);
}
