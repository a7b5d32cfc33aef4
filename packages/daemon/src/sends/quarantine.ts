/** Where what others hand over lies until it is released. */
import { joinPath, LocalFault, rootPath } from '@coequal/base';
import type { Disk, Ports, SafePath } from '@coequal/base';
import { relocateContent } from '@coequal/bittorrent';
import type { Metainfo } from '@coequal/bittorrent';

/** In the folder that things go to, so that releasing is a rename; hidden, so that no program indexes it. */
const QUARANTINE = '.coequal-quarantine';
/** Of an info hash as peers name it. */
const WIRE_HASH_DIGITS = 40;
/** Names tried for one that is taken. */
const NAMES_MAX = 1_000;
/** Entries of a folder that is deleted. */
const ENTRIES_MAX = 1_000_000;

export function quarantineOf(directory: string, id: string): SafePath {
  return joinPath(rootPath(directory), QUARANTINE, id);
}

export interface Quarantined {
  readonly id: string;
  /** The folder that it goes to, and in which its quarantine is. */
  readonly directory: string;
  readonly metainfo: Metainfo;
}

/**
 * Moves it to its folder, once `prepare` has had it where it is: nothing is to be seen outside that is not as it should
 * be. After a crash at any moment it is at one of both places, and this goes on from there.
 */
export async function moveOut(
  { id, directory, metainfo }: Quarantined,
  resumeDirectory: string,
  ports: Pick<Ports, 'clock' | 'disk' | 'hasher'>,
  prepare: (path: string) => Promise<void>,
  signal: AbortSignal,
): Promise<string> {
  const quarantine = quarantineOf(directory, id);
  const content = { metainfo, directory: quarantine, resumeDirectory, isWhole: true };
  const goal = rootPath(directory);
  const at = await relocateContent(content, { type: 'none' }, ports, signal);
  if (!at.startsWith(`${quarantine}/`)) return at;
  await prepare(at);
  const own = at.slice(at.lastIndexOf('/') + 1);
  const name = await freeName(goal, metainfo.name, metainfo.isFolder, ports.disk);
  if (name !== own) await relocateContent(content, { type: 'rename', name }, ports, signal);
  return await relocateContent(content, { type: 'move', directory: goal }, ports, signal);
}

/** Deletes what is left there, or all of it. */
export async function deleteQuarantine(
  directory: string,
  id: string,
  { disk, hasher }: Pick<Ports, 'disk' | 'hasher'>,
): Promise<void> {
  const quarantine = quarantineOf(directory, id);
  try {
    await hasher.release(quarantine);
    await deleteTree(quarantine, disk);
    await tidyQuarantine(directory, disk);
  } catch (error) {
    if (!(error instanceof LocalFault)) throw error;
    // what cannot be deleted now stays in a hidden folder, and harms nothing
  }
}

/** Resume data of a torrent that is gone, at whatever places it was. */
export async function deleteResumeData(
  { infoHash, infoHashV2 }: Pick<Metainfo, 'infoHash' | 'infoHashV2'>,
  resumeDirectory: string,
  disk: Disk,
): Promise<void> {
  const folder = rootPath(resumeDirectory);
  if ((await disk.stat(folder))?.type !== 'directory') return;
  // named by the hash on the wire, to which that of v2 is cut
  const hashes = [infoHash, infoHashV2].flatMap((hash) => hash?.slice(0, WIRE_HASH_DIGITS) ?? []);
  for (const name of await disk.list(folder, ENTRIES_MAX))
    if (hashes.some((hash) => name.startsWith(hash))) await disk.remove(joinPath(folder, name));
}

/** One that is free in a folder: `name`, or `name (2)` and so on; an extension stays at the end. */
async function freeName(
  directory: string,
  name: string,
  isFolder: boolean,
  disk: Disk,
): Promise<string> {
  const dot = isFolder ? -1 : name.lastIndexOf('.');
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 1; number <= NAMES_MAX; number++) {
    const candidate = number === 1 ? name : `${stem} (${number})${extension}`;
    if ((await disk.stat(joinPath(rootPath(directory), candidate))) === undefined) return candidate;
  }
  throw new LocalFault('FILE_EXISTS', { path: joinPath(rootPath(directory), name) });
}

/** Deletes a folder with all that is in it; links are not followed. Nothing there is not an error. */
async function deleteTree(path: SafePath, disk: Disk): Promise<void> {
  const stat = await disk.stat(path);
  if (stat === undefined) return;
  if (stat.type === 'directory')
    for (const name of await disk.list(path, ENTRIES_MAX))
      await deleteTree(joinPath(path, name), disk);
  await disk.remove(path);
}

/** Deletes the folder of all quarantines if this was the last. */
async function tidyQuarantine(directory: string, disk: Disk): Promise<void> {
  const path = joinPath(rootPath(directory), QUARANTINE);
  const stat = await disk.stat(path);
  if (stat?.type !== 'directory') return;
  if ((await disk.list(path, ENTRIES_MAX)).length === 0) await disk.remove(path);
}
