/** Which pieces a selection of files needs: a piece is wanted when it holds a byte of a wanted file. */
import { Bitfield } from '../bitfield.ts';
import type { TorrentFile } from './metainfo.ts';

/** What a selection asks of a PieceMap. */
export interface SelectionView {
  readonly pieceCount: number;
  /** The pieces that hold bytes of a file: from `first` up to, not including, `end`. */
  piecesOf(file: number): { readonly first: number; readonly end: number };
}

export function wantedPieces(view: SelectionView, wantedFiles: ReadonlySet<number>): Bitfield {
  const wanted = new Bitfield(view.pieceCount);
  for (const file of wantedFiles) {
    const { first, end } = view.piecesOf(file);
    wanted.setRange(first, end);
  }
  return wanted;
}

export function allFiles(files: readonly TorrentFile[]): ReadonlySet<number> {
  return new Set(files.keys());
}

/** As stored: bit n is file n. */
export function filesToBits(files: ReadonlySet<number>, fileCount: number): Bitfield {
  const bits = new Bitfield(fileCount);
  for (const file of files) bits.set(file);
  return bits;
}
