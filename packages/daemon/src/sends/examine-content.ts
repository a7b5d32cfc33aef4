/** What is looked at in content that came, before it is released: how files begin, and what is in archives. */
import { joinPath, PeerFault, rootPath } from '@coequal/base';
import type { DiskFile, Ports } from '@coequal/base';
import type { Metainfo } from '@coequal/bittorrent';
import type { FileWarning } from '@coequal/contract';
import { namesIn } from './archive/archive-names.ts';
import type { Archive } from './archive/archive-names.ts';
import { LookBudget } from './archive/window.ts';
import { admitsToRun, archiveFormOf, stemOf, warningsOf } from './file-kinds.ts';
import { BEGINNING_LENGTH, beginsAsProgram } from './program-bytes.ts';
import type { ListedFile } from './send-list.ts';

/** Of the file of that index. */
export type Found = readonly [index: number, warning: FileWarning];

/** Each file is opened once, and a few places of it read; of compressed archives as much as may be spent on all together. */
export async function examineContent(
  { files, isFolder }: Pick<Metainfo, 'files' | 'isFolder'>,
  contentPath: string,
  { disk, clock }: Pick<Ports, 'disk' | 'clock'>,
  signal: AbortSignal,
): Promise<Found[]> {
  const found: Found[] = [];
  const budget = new LookBudget(clock, signal);
  const root = rootPath(contentPath);
  for (const [index, { path }] of files.entries()) {
    signal.throwIfAborted();
    const name = (isFolder ? path.at(-1) : undefined) ?? contentPath;
    await using file = await disk.open(isFolder ? joinPath(root, ...path) : root, 'read');
    if (!admitsToRun(name) && (await beginsSo(file))) found.push([index, 'DISGUISED']);
    const form = archiveFormOf(name);
    if (form === undefined) continue;
    const inside = await lookInto({ file, form, stem: stemOf(name) }, budget);
    if (inside !== undefined) found.push([index, inside]);
  }
  return found;
}

/** With what their content shows. */
export function withFound<File extends Pick<ListedFile, 'warnings'>>(
  files: readonly File[],
  found: readonly Found[],
): File[] {
  const more = Map.groupBy(found, ([index]) => index);
  return files.map((file, index) => {
    const own = more.get(index)?.map(([, warning]) => warning) ?? [];
    return own.length === 0 ? file : { ...file, warnings: [...file.warnings, ...own] };
  });
}

async function beginsSo(file: DiskFile): Promise<boolean> {
  const bytes = new Uint8Array(BEGINNING_LENGTH);
  const length = await file.readAt(bytes, 0);
  return beginsAsProgram(bytes.subarray(0, length));
}

/** What cannot be looked into may hold anything, and that is said; what was seen until then counts all the same. */
async function lookInto(
  archive: Archive,
  budget: LookBudget,
): Promise<'PROGRAM_INSIDE' | 'UNSEEN_INSIDE' | undefined> {
  try {
    let isNested = false;
    for await (const names of namesIn(archive, budget)) {
      if (names.some(isRisky)) return 'PROGRAM_INSIDE';
      isNested ||= names.some((name) => archiveFormOf(name) !== undefined);
    }
    return isNested ? 'UNSEEN_INSIDE' : undefined; // those in it are not unpacked
  } catch (error) {
    if (!(error instanceof PeerFault)) throw error;
    return 'UNSEEN_INSIDE';
  }
}

function isRisky(name: string): boolean {
  const parts = name.split(/[/\\]/).filter((part) => part !== '');
  return warningsOf(parts, parts).length > 0;
}
