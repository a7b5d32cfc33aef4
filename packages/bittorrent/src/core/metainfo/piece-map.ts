/**
 * Where pieces lie in files, and files in pieces. The piece space is all files one after another with
 * padding between (BEP 47; in v2-only torrents the padding is implied, BEP 52, and no piece covers it).
 */
import { assert } from '@coequal/base';
import type { Metainfo } from './metainfo.ts';

/** A run of a piece: in file number `file`, or padding (`file` undefined), which is zeros. */
export interface PieceSpan {
  readonly file: number | undefined;
  /** Bytes from the start of the file. */
  readonly position: number;
  readonly length: number;
}

/** The parts of a Metainfo that the map needs. */
export type MappedContent = Pick<
  Metainfo,
  'version' | 'pieceLength' | 'pieceCount' | 'files' | 'trailingPadding'
>;

/** Numbers kept of each file, all in one array: most torrents have few files, and a small array has its price. */
const FIELDS = 3;

/** Answers by binary search over the files that have bytes: no object is kept per piece. */
export class PieceMap {
  readonly pieceCount: number;
  readonly pieceLength: number;
  readonly #version: MappedContent['version'];
  /** Of the files that have bytes, in order: the index, and begin and end in the piece space. */
  readonly #filled: readonly number[];
  /** For every file of the torrent: where it begins, and its length. */
  readonly #content: MappedContent['files'];
  /** Where the piece space ends. */
  readonly #end: number;

  constructor(content: MappedContent) {
    this.pieceCount = content.pieceCount;
    this.pieceLength = content.pieceLength;
    this.#version = content.version;
    this.#content = content.files;
    this.#filled = content.files.flatMap(({ offset, length }, file) =>
      length > 0 ? [file, offset, offset + length] : [],
    );
    this.#end = (this.#filled.at(-1) ?? 0) + (content.trailingPadding ?? 0);
  }

  /** Bytes of a piece on the wire: with padding in v1 and hybrid, up to its file's end in v2. */
  lengthOf(piece: number): number {
    assert(piece >= 0 && piece < this.pieceCount, 'a piece of this torrent');
    const begin = piece * this.pieceLength;
    const end = this.#version === 'v2' ? this.#endOf(this.#slotAt(begin)) : this.#end;
    return Math.min(this.pieceLength, end - begin);
  }

  /**
   * Bytes of a piece that may be asked of us. libtorrent 2.0 asks for whole blocks of v2 pieces, into the
   * implied padding after a file, and expects zeros there; 2.1 no longer does.
   */
  paddedLengthOf(piece: number): number {
    return this.#version === 'v2' ? this.pieceLength : this.lengthOf(piece);
  }

  /** Bytes of the piece that are a file's, where a piece is of one file only (v2 and hybrid). */
  contentLengthOf(piece: number): number {
    const begin = piece * this.pieceLength;
    return Math.min(this.pieceLength, this.#endOf(this.#slotAt(begin)) - begin);
  }

  /** All of a piece, in order. */
  spans(piece: number): readonly PieceSpan[] {
    return this.spansOf(piece, 0, this.lengthOf(piece));
  }

  /** A run of a piece, in order; it lies inside the piece. */
  spansOf(piece: number, begin: number, length: number): readonly PieceSpan[] {
    assert(begin >= 0 && begin + length <= this.lengthOf(piece), 'a run inside its piece');
    const spans: PieceSpan[] = [];
    let at = piece * this.pieceLength + begin;
    const end = at + length;
    for (let slot = this.#slotAt(at); at < end; slot++) {
      const fileBegin = this.#beginOf(slot);
      if (at < fileBegin) {
        const padding = Math.min(end, fileBegin) - at;
        spans.push({ file: undefined, position: 0, length: padding });
        at += padding;
      }
      const inFile = Math.min(end, this.#endOf(slot)) - at;
      if (inFile > 0) {
        spans.push({ file: this.#filled[slot * FIELDS], position: at - fileBegin, length: inFile });
        at += inFile;
      }
    }
    return spans;
  }

  /** The pieces that hold a file's bytes, `end` not included; an empty file has none. */
  piecesOf(file: number): { readonly first: number; readonly end: number } {
    const { offset, length } = this.#content[file] ?? { offset: 0, length: 0 };
    const first = Math.floor(offset / this.pieceLength);
    return { first, end: length === 0 ? first : Math.ceil((offset + length) / this.pieceLength) };
  }

  /** The files that have bytes in a piece, in order. */
  filesOf(piece: number): readonly number[] {
    const begin = piece * this.pieceLength;
    const files: number[] = [];
    for (let slot = this.#slotAt(begin); this.#beginOf(slot) < begin + this.pieceLength; slot++) {
      files.push(this.#filled[slot * FIELDS] ?? 0);
    }
    return files;
  }

  /** Where in the file its last byte of this piece ends; 0 when the piece holds none of it. */
  endInFile(piece: number, file: number): number {
    const { offset, length } = this.#content[file] ?? { offset: 0, length: 0 };
    const begin = piece * this.pieceLength - offset;
    const end = begin + this.pieceLength;
    return begin < length && end > 0 ? Math.min(end, length) : 0;
  }

  /** The first file, of those with bytes, that ends after `position`. */
  #slotAt(position: number): number {
    let low = 0;
    let high = this.#filled.length / FIELDS;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#endOf(middle) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #beginOf(slot: number): number {
    return this.#filled[slot * FIELDS + 1] ?? Number.POSITIVE_INFINITY;
  }

  #endOf(slot: number): number {
    return this.#filled[slot * FIELDS + 2] ?? 0;
  }
}
