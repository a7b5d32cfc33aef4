/** What is wanted of the files of a torrent, and what that makes of its pieces. */
import { PIECE_PRIORITY } from '../picker/piece-table.ts';
import type { PiecePriority } from '../picker/piece-table.ts';
import type { SelectionView } from './file-selection.ts';

export type FilePriority = 'skip' | 'low' | 'normal' | 'high';

export interface FileWishes {
  /** All others are skipped. */
  readonly wanted: ReadonlySet<number>;
  /** Of those wanted, the ones that are not of normal priority. */
  readonly unusual: ReadonlyMap<number, 'low' | 'high'>;
}

export function filePriority({ wanted, unusual }: FileWishes, file: number): FilePriority {
  return wanted.has(file) ? (unusual.get(file) ?? 'normal') : 'skip';
}

/** Of the files that are named; all others stay as they are. */
export function withPriorities(
  wishes: FileWishes,
  changes: ReadonlyMap<number, FilePriority>,
): FileWishes {
  const wanted = new Set(wishes.wanted);
  const unusual = new Map(wishes.unusual);
  for (const [file, priority] of changes) {
    if (priority === 'skip') wanted.delete(file);
    else wanted.add(file);
    if (priority === 'low' || priority === 'high') unusual.set(file, priority);
    else unusual.delete(file);
  }
  return { wanted, unusual };
}

/** These files alone; those of them that had a priority keep it. */
export function withSelection(wishes: FileWishes, files: ReadonlySet<number>): FileWishes {
  const unusual = [...wishes.unusual].filter(([file]) => files.has(file));
  return { wanted: new Set(files), unusual: new Map(unusual) };
}

/**
 * Of every piece: the highest of the files that have bytes in it. `endsFirst`: the first and the last piece of
 * each file go before all else, since players look there for what the file is.
 */
export function piecePriorities(
  view: SelectionView,
  wishes: FileWishes,
  endsFirst: boolean,
): Uint8Array {
  const priorities = new Uint8Array(view.pieceCount);
  for (const file of wishes.wanted) {
    const { first, end } = view.piecesOf(file);
    const priority = PIECE_PRIORITY[wishes.unusual.get(file) ?? 'normal'];
    for (let piece = first; piece < end; piece++)
      if ((priorities[piece] ?? 0) < priority) priorities[piece] = priority;
  }
  if (!endsFirst) return priorities;
  for (const file of wishes.wanted) {
    const { first, end } = view.piecesOf(file);
    if (first === end) continue; // an empty file
    priorities[first] = PIECE_PRIORITY.first;
    priorities[end - 1] = PIECE_PRIORITY.first;
  }
  return priorities;
}

/** Of one piece, as `piecePriorities` has it. `files`: those that have bytes in it. */
export function piecePriority(
  piece: number,
  files: readonly number[],
  view: SelectionView,
  wishes: FileWishes,
  endsFirst: boolean,
): PiecePriority {
  let highest: PiecePriority = PIECE_PRIORITY.unwanted;
  for (const file of files) {
    if (!wishes.wanted.has(file)) continue;
    const { first, end } = view.piecesOf(file);
    if (endsFirst && (piece === first || piece === end - 1)) return PIECE_PRIORITY.first;
    const priority = PIECE_PRIORITY[wishes.unusual.get(file) ?? 'normal'];
    if (priority > highest) highest = priority;
  }
  return highest;
}
