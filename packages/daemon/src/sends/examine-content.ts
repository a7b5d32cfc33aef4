/** What is looked at in content that came, before it is released: how files begin, and what is in archives. */
import { joinPath, PeerFault, rootPath } from '@coequal/base';
import type { Disk, DiskFile } from '@coequal/base';
import type { Metainfo } from '@coequal/bittorrent';
import type { FileWarning } from '@coequal/contract';
import { namesIn } from './archive-names.ts';
import { admitsToRun, archiveFormOf, warningsOf } from './file-kinds.ts';
import { BEGINNING_LENGTH, beginsAsProgram } from './program-bytes.ts';
import type { ListedFile } from './send-list.ts';

/** Of the file of that index. */
export type Found = readonly [index: number, warning: FileWarning];

/** Each file is opened once, and a few places of it read. */
export async function examineContent(
  { files, isFolder }: Pick<Metainfo, 'files' | 'isFolder'>,
  contentPath: string,
  disk: Disk,
  signal: AbortSignal,
): Promise<Found[]> {
  const found: Found[] = [];
  const root = rootPath(contentPath);
  for (const [index, { path }] of files.entries()) {
    signal.throwIfAborted();
    const name = (isFolder ? path.at(-1) : undefined) ?? contentPath;
    await using file = await disk.open(isFolder ? joinPath(root, ...path) : root, 'read');
    if (!admitsToRun(name) && (await beginsSo(file))) found.push([index, 'DISGUISED']);
    const form = archiveFormOf(name);
    if (form !== undefined && (await mayHoldPrograms(file, form, signal)))
      found.push([index, 'PROGRAM_INSIDE']);
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

/** What cannot be looked into may hold anything. */
async function mayHoldPrograms(
  file: DiskFile,
  form: 'zip' | 'tar',
  signal: AbortSignal,
): Promise<boolean> {
  try {
    for await (const names of namesIn(file, form)) {
      signal.throwIfAborted();
      if (names.some(isRisky)) return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof PeerFault)) throw error;
    return true;
  }
}

function isRisky(name: string): boolean {
  const parts = name.split(/[/\\]/).filter((part) => part !== '');
  return warningsOf(parts, parts).length > 0;
}
