/**
 * Which pieces are had, and what follows from it: bytes of each file, bytes and pieces still wanted.
 * Every piece is had or not; `set` and `clear` are the only changes and keep all counts in step.
 */
import { Bitfield } from '../../core/bitfield.ts';
import { filesToBits, wantedPieces } from '../../core/metainfo/file-selection.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { PieceMap } from '../../core/metainfo/piece-map.ts';

export class HadPieces {
  readonly have: Bitfield;
  readonly #map: PieceMap;
  readonly #files: Metainfo['files'];
  readonly #bytesOfFile: number[];
  /** Undefined: all of them. */
  #wantedFiles: Bitfield | undefined;
  /** Undefined: all of them. */
  #wantedPieces: Bitfield | undefined;
  #bytesWantedHad = 0;
  #missingCount: number;

  /** All are wanted at first. */
  constructor(map: PieceMap, files: Metainfo['files']) {
    this.#map = map;
    this.have = new Bitfield(map.pieceCount);
    this.#files = files;
    this.#bytesOfFile = files.map(() => 0);
    this.#missingCount = map.pieceCount;
  }

  get wantedFiles(): Bitfield {
    return this.#wantedFiles ?? Bitfield.full(this.#files.length);
  }

  /** Bytes of wanted files in had pieces. */
  get bytesWantedHad(): number {
    return this.#bytesWantedHad;
  }

  /** Wanted pieces that are not had. */
  get missingCount(): number {
    return this.#missingCount;
  }

  bytesOf(file: number): number {
    return this.#bytesOfFile[file] ?? 0;
  }

  /** Returns whether this changed anything; so does `clear`. */
  set(piece: number): boolean {
    if (!this.have.set(piece)) return false;
    this.#count(piece, 1);
    return true;
  }

  clear(piece: number): boolean {
    if (!this.have.clear(piece)) return false;
    this.#count(piece, -1);
    return true;
  }

  /** As `set` for each of them. Nothing was had, and everything wanted. */
  setFirst(pieces: Bitfield): void {
    if (!pieces.isFull) {
      for (const piece of pieces) this.set(piece);
      return;
    }
    this.have.setAll();
    this.#missingCount = 0;
    for (const [file, { length }] of this.#files.entries()) {
      this.#bytesOfFile[file] = length;
      this.#bytesWantedHad += length;
    }
  }

  setWanted(wantedFiles: ReadonlySet<number>): void {
    const files = filesToBits(wantedFiles, this.#files.length);
    this.#wantedFiles = files.isFull ? undefined : files;
    const wanted = wantedPieces(this.#map, wantedFiles);
    this.#wantedPieces = wanted.isFull ? undefined : wanted;
    this.#bytesWantedHad = 0;
    for (const file of wantedFiles) this.#bytesWantedHad += this.bytesOf(file);
    this.#missingCount = wanted.countOutside(this.have);
  }

  #count(piece: number, sign: 1 | -1): void {
    if (this.#wantedPieces?.has(piece) ?? true) this.#missingCount -= sign;
    for (const { file, length } of this.#map.spans(piece)) {
      if (file === undefined) continue;
      this.#bytesOfFile[file] = this.bytesOf(file) + sign * length;
      if (this.#wantedFiles?.has(file) ?? true) this.#bytesWantedHad += sign * length;
    }
  }
}
