/** Copies the verified bytes of a torrent to another place, durably. */
import { LocalFault, parentPath } from '@coequal/base';
import type { Disk, DiskFile, SafePath } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { contentFilePath } from './content-layout.ts';
import type { ContentLayout } from './content-layout.ts';
import type { PlaceItems } from './place-items.ts';
import { WrittenFiles } from './written-files.ts';

/** Copied at a time: large enough for a disk, and soon done when the copy is ended. */
const COPY_LENGTH = 2 ** 20;

interface CopyJob {
  readonly metainfo: Metainfo;
  readonly layout: ContentLayout;
  readonly have: Bitfield;
  readonly items: PlaceItems;
}

/**
 * Into the temporary places. Rejects with the LocalFaults of Disk, of which `DISK_FULL` comes before anything is
 * written if it can be known, `CONTENT_MISSING`, or the signal's reason; what was copied is the caller's to remove.
 */
export async function copyContent(
  { metainfo, layout, have, items }: CopyJob,
  disk: Disk,
  signal: AbortSignal,
  onProgress: (copied: number, total: number) => void,
): Promise<void> {
  const { content, parts } = items;
  const runs = [...layout.real].map((file) => ({ file, runs: runsOf(layout, file, have) }));
  const partsLength = (await disk.stat(layout.parts.path))?.length ?? 0;
  const total = runs.flatMap((each) => each.runs).reduce((sum, [a, b]) => sum + b - a, partsLength);
  if ((await disk.freeBytes(content.temporary)) < total)
    throw new LocalFault('DISK_FULL', { path: content.to, bytesNeeded: total });
  let copied = 0;
  const onCopied = (length: number): void => {
    signal.throwIfAborted();
    copied += length;
    onProgress(copied, total);
  };
  const written = new WrittenFiles(parentPath(content.temporary), disk);
  const grown = { contentPath: content.temporary, names: layout.at.names };
  for (const { file, runs: ofFile } of runs) {
    const from = layout.pathOf(file);
    const length = (await disk.stat(from))?.length;
    if (length === undefined) continue; // not begun
    const to = contentFilePath(metainfo, grown, file);
    await copyFile(from, to, ofFile, length, disk, onCopied);
    written.add(to);
  }
  if (parts !== undefined && partsLength > 0) {
    await copyFile(parts.from, parts.temporary, [[0, partsLength]], partsLength, disk, onCopied);
    written.add(parts.temporary);
  }
  await written.sync();
}

type Run = readonly [begin: number, end: number];

/** What of a file is verified, as runs of bytes: the rest is holes, and stays so. */
function runsOf({ map }: ContentLayout, file: number, have: Bitfield): readonly Run[] {
  const runs: [number, number][] = [];
  const { first, end } = map.piecesOf(file);
  let begin = 0;
  for (let piece = first; piece < end; piece++) {
    const stop = map.endInFile(piece, file);
    const last = runs.at(-1);
    if (have.has(piece) && last?.[1] === begin) last[1] = stop;
    else if (have.has(piece)) runs.push([begin, stop]);
    begin = stop;
  }
  return runs;
}

async function copyFile(
  from: SafePath,
  to: SafePath,
  runs: readonly Run[],
  length: number,
  disk: Disk,
  onCopied: (length: number) => void,
): Promise<void> {
  await using source = await disk.open(from, 'read');
  await using target = await disk.open(to, 'update');
  for (const [begin, end] of runs) {
    for (let at = begin; at < end; at += COPY_LENGTH)
      await copyRange(source, target, at, Math.min(COPY_LENGTH, end - at), from, onCopied);
  }
  await target.truncate(length);
}

async function copyRange(
  source: DiskFile,
  target: DiskFile,
  at: number,
  length: number,
  path: SafePath,
  onCopied: (length: number) => void,
): Promise<void> {
  const bytes = new Uint8Array(length);
  if ((await source.readAt(bytes, at)) < length) throw new LocalFault('CONTENT_MISSING', { path });
  await target.writeAt([bytes], at);
  onCopied(length);
}
