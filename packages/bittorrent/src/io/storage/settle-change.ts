/** A move or a new name that a crash left half made: how far it came, by what is on the disk, and the rest of it. */
import { rootPath } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { PlaceChange } from '../../core/place-change.ts';
import type { ResumeData } from '../../core/resume-data.ts';
import { contentFilePath } from './content-layout.ts';
import type { Whereabouts } from './content-layout.ts';
import {
  placeItems,
  removeCopies,
  removeOriginals,
  renameDurably,
  switchCopies,
} from './place-items.ts';

/** Where the content is. `directory`: where the parts file is if the data do not say. */
export async function settlePlace(
  data: Pick<ResumeData, 'contentPath' | 'directory' | 'names' | 'change' | 'real'>,
  directory: SafePath,
  metainfo: Metainfo,
  disk: Disk,
): Promise<Whereabouts> {
  const at: Whereabouts = {
    contentPath: rootPath(data.contentPath),
    directory: data.directory === undefined ? directory : rootPath(data.directory),
    names: data.names,
  };
  const { change } = data;
  if (change === undefined) return at;
  switch (change.type) {
    case 'rename':
      return await settleRename(change, at, metainfo, disk);
    case 'move':
      return await settleMove(change, at, metainfo, disk);
    case 'copy':
      return await settleCopy(change, at, metainfo, data.real, disk);
  }
}

async function settleRename(
  { file, name }: PlaceChange & { readonly type: 'rename' },
  at: Whereabouts,
  metainfo: Metainfo,
  disk: Disk,
): Promise<Whereabouts> {
  const isHere = (await disk.stat(contentFilePath(metainfo, at, file))) !== undefined;
  return isHere ? at : { ...at, names: new Map(at.names).set(file, name) };
}

/** If both places have something, it is somebody else's at the new one: there was nothing when this began. */
async function settleMove(
  change: PlaceChange & { readonly type: 'move' },
  at: Whereabouts,
  metainfo: Metainfo,
  disk: Disk,
): Promise<Whereabouts> {
  const goal = goalOf(change, at);
  const { content, parts } = placeItems(metainfo, at, goal);
  if ((await disk.stat(content.from)) !== undefined) return at;
  if (parts !== undefined) await renameDurably(parts.from, parts.to, disk);
  return goal;
}

async function settleCopy(
  change: PlaceChange & { readonly type: 'copy' },
  at: Whereabouts,
  metainfo: Metainfo,
  real: Iterable<number>,
  disk: Disk,
): Promise<Whereabouts> {
  const goal = goalOf(change, at);
  const items = placeItems(metainfo, at, goal);
  const { content } = items;
  const isThere = async (path: SafePath): Promise<boolean> => (await disk.stat(path)) !== undefined;
  const [grown, there] = [await isThere(content.temporary), await isThere(content.to)];
  const isLost = !grown && !there && (await isThere(content.from));
  if (!change.isCopied || isLost || (grown && there)) {
    await removeCopies(metainfo, items, at.names, disk);
    return at;
  }
  await switchCopies(items, disk);
  await removeOriginals(metainfo, items, at.names, real, disk);
  return goal;
}

function goalOf(
  { to, directory }: { readonly to: string; readonly directory: string },
  { names }: Whereabouts,
): Whereabouts {
  return { contentPath: rootPath(to), directory: rootPath(directory), names };
}
