/**
 * What is had of a torrent when it is opened: what resume data and the files themselves say together,
 * and which pieces must be hashed to know.
 */
import { equalBytes, LocalFault } from '@coequal/base';
import type { Disk, FileStat } from '@coequal/base';
import { Bitfield } from '../../core/bitfield.ts';
import { filesToBits } from '../../core/metainfo/file-selection.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { PieceMap } from '../../core/metainfo/piece-map.ts';
import type { FileMark, ResumeData } from '../../core/resume-data.ts';
import { contentFilePath, ContentLayout } from './content-layout.ts';
import type { Whereabouts } from './content-layout.ts';
import { inParallel } from './parallel.ts';
import type { PartsFile } from './parts-file.ts';
import type { StoredResume } from './resume-store.ts';

/** Calls for a file's length under way at a time: more only wait for each other in the system's threads. */
export const STATS_AT_ONCE = 16;

/** Why pieces had to be hashed at opening. */
export type CheckReason =
  | 'NO_RESUME_DATA'
  | 'RESUME_DATA_BAD'
  | 'FILES_CHANGED'
  | 'NOT_STOPPED_CLEANLY';

/** Of every file of the torrent, what is at its own path. */
export type FileStats = readonly (FileStat | undefined)[];

export interface ContentState {
  readonly layout: ContentLayout;
  /** Pieces that count as had without being hashed. */
  readonly trusted: Bitfield;
  /** Pieces that may be had: to be hashed. */
  readonly doubtful: Bitfield;
  readonly why: CheckReason | undefined;
}

interface ContentPlace {
  readonly metainfo: Metainfo;
  readonly map: PieceMap;
  readonly at: Whereabouts;
  readonly parts: PartsFile;
}

/** What a `--trust` takes for granted: a file that has the right length is right. */
export function trustedState(place: ContentPlace, stats: FileStats): ContentState {
  const { metainfo, map } = place;
  const real = Bitfield.full(metainfo.files.length);
  const layout = new ContentLayout(metainfo, map, place.at, { parts: place.parts, real });
  const trusted = Bitfield.full(map.pieceCount);
  for (const [file, { length }] of metainfo.files.entries()) {
    const stat = stats[file];
    if (stat?.type !== 'file' || stat.length !== length) clearFile(trusted, map, file);
  }
  return { layout, trusted, doubtful: new Bitfield(map.pieceCount), why: undefined };
}

export function findState(
  place: ContentPlace,
  stored: StoredResume,
  wantedFiles: ReadonlySet<number>,
  stats: FileStats,
): ContentState {
  const { metainfo, map, parts } = place;
  const real = findPlacement(place, stored, wantedFiles, stats);
  for (const file of real) {
    const type = stats[file]?.type ?? 'file';
    const path = contentFilePath(metainfo, place.at, file);
    if (type !== 'file') throw new LocalFault('NOT_A_FILE', { path, type });
  }
  const layout = new ContentLayout(metainfo, map, place.at, { parts, real });
  const possible = possiblePieces(layout, metainfo, stats);
  if (stored.type !== 'found') {
    const why = stored.type === 'bad' ? 'RESUME_DATA_BAD' : 'NO_RESUME_DATA';
    const isNothing = possible.count === 0;
    const trusted = new Bitfield(map.pieceCount);
    return { layout, trusted, doubtful: possible, why: isNothing ? undefined : why };
  }
  return resumedState(layout, stored, possible, stats);
}

function resumedState(
  layout: ContentLayout,
  stored: StoredResume & { readonly type: 'found' },
  possible: Bitfield,
  stats: FileStats,
): ContentState {
  const { map, real } = layout;
  const trusted = intersection(stored.data.pieces, possible);
  const doubtful = new Bitfield(map.pieceCount);
  for (const piece of stored.journal) {
    if (possible.has(piece) && !trusted.has(piece)) doubtful.set(piece);
  }
  if (!stored.isClean) {
    return {
      layout,
      trusted,
      doubtful,
      why: doubtful.count > 0 ? 'NOT_STOPPED_CLEANLY' : undefined,
    };
  }
  for (const file of real) {
    if (isAsMarked(stats[file], stored.data.marks?.[file])) continue;
    const { first, end } = map.piecesOf(file);
    for (let piece = first; piece < end; piece++) {
      trusted.clear(piece);
      if (possible.has(piece)) doubtful.set(piece);
    }
  }
  return { layout, trusted, doubtful, why: doubtful.count > 0 ? 'FILES_CHANGED' : undefined };
}

/** Whether the stored data claim nothing but what was found: else they are replaced before a write. */
export function isAsStored({ trusted, layout }: ContentState, data: ResumeData): boolean {
  if (data.change !== undefined || layout.contentPath !== data.contentPath) return false;
  const isPlaced = equalBytes(layout.real.bytes, data.real.bytes);
  return isPlaced && equalBytes(trusted.bytes, data.pieces.bytes);
}

/** Files whose bytes are at their own path, and not in the parts file. */
function findPlacement(
  { metainfo, parts }: ContentPlace,
  stored: StoredResume,
  wantedFiles: ReadonlySet<number>,
  stats: FileStats,
): Bitfield {
  const fileCount = metainfo.files.length;
  const wanted = filesToBits(wantedFiles, fileCount);
  const real = stored.type === 'found' ? stored.data.real.copy() : new Bitfield(fileCount);
  for (let file = 0; file < fileCount; file++) {
    const isThere = stats[file] !== undefined;
    // Without resume data: bytes of a file that was not selected then, and may be now, are in the parts file.
    if (stored.type !== 'found' && (isThere || (wanted.has(file) && !parts.hasFile(file)))) {
      real.set(file);
    }
    // It was selected, and not one of its pieces came.
    if (!isThere && !wanted.has(file)) real.clear(file);
  }
  return real;
}

/** Pieces whose bytes can be there, by the lengths of the files. */
export function possiblePieces(
  layout: ContentLayout,
  metainfo: Metainfo,
  stats: FileStats,
): Bitfield {
  const { map, parts, real } = layout;
  const possible = Bitfield.full(map.pieceCount);
  for (const [file, { length }] of metainfo.files.entries()) {
    const { first, end } = map.piecesOf(file);
    const lengthThere = stats[file]?.type === 'file' ? stats[file].length : 0;
    if (real.has(file) && lengthThere >= length) continue;
    if (real.has(file)) {
      let there = first; // up to where the file ends
      while (there < end && map.endInFile(there, file) <= lengthThere) there += 1;
      possible.clearRange(there, end);
      continue;
    }
    for (let piece = first; piece < end; piece++) {
      if (!parts.isComplete(piece, file)) possible.clear(piece);
    }
  }
  return possible;
}

/** Undefined for a file that is not there. Rejects with the LocalFaults of Disk. */
export async function statFiles(
  metainfo: Metainfo,
  at: Pick<Whereabouts, 'contentPath' | 'names'>,
  disk: Pick<Disk, 'stat'>,
): Promise<FileStats> {
  const stats: (FileStat | undefined)[] = metainfo.files.map(() => undefined);
  if ((await disk.stat(at.contentPath)) === undefined) return stats; // spares one call for each file
  await inParallel(metainfo.files.keys(), STATS_AT_ONCE, async (file) => {
    stats[file] = await disk.stat(contentFilePath(metainfo, at, file));
  });
  return stats;
}

export function markOf(stat: FileStat | undefined): FileMark | undefined {
  if (stat?.type !== 'file') return undefined;
  return { length: stat.length, modifiedMs: Math.floor(stat.modifiedMs) };
}

function isAsMarked(stat: FileStat | undefined, mark: FileMark | undefined): boolean {
  const found = markOf(stat);
  return found?.length === mark?.length && found?.modifiedMs === mark?.modifiedMs;
}

function clearFile(pieces: Bitfield, map: PieceMap, file: number): void {
  const { first, end } = map.piecesOf(file);
  pieces.clearRange(first, end);
}

function intersection(a: Bitfield, b: Bitfield): Bitfield {
  const both = new Bitfield(a.length);
  for (const piece of a) if (b.has(piece)) both.set(piece);
  return both;
}
