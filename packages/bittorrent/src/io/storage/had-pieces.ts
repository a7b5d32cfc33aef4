/**
 * Which pieces are had, and what follows from it: bytes of each file, bytes and pieces still wanted.
 * Every piece is had or not; `set` and `clear` are the only changes and keep all counts in step.
 */
import { Bitfield } from '../../core/bitfield.ts';
import { filesToBits, wantedPieces } from '../../core/metainfo/file-selection.ts';
import type { PieceMap } from '../../core/metainfo/piece-map.ts';

export class HadPieces {
  readonly have: Bitfield;
  readonly #map: PieceMap;
  readonly #bytesOfFile: Float64Array;
  #wantedFiles: Bitfield;
  #wantedPieces: Bitfield;
  #bytesWantedHad = 0;
  #missingCount = 0;

  constructor(map: PieceMap, fileCount: number, wantedFiles: ReadonlySet<number>) {
    this.#map = map;
    this.have = new Bitfield(map.pieceCount);
    this.#bytesOfFile = new Float64Array(fileCount);
    this.#wantedFiles = filesToBits(wantedFiles, fileCount);
    this.#wantedPieces = wantedPieces(map, wantedFiles);
    this.#missingCount = this.#wantedPieces.count;
  }

  get wantedFiles(): Bitfield {
    return this.#wantedFiles;
  }

  get wantedPieces(): Bitfield {
    return this.#wantedPieces;
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

  setWanted(wantedFiles: ReadonlySet<number>): void {
    this.#wantedFiles = filesToBits(wantedFiles, this.#bytesOfFile.length);
    this.#wantedPieces = wantedPieces(this.#map, wantedFiles);
    this.#bytesWantedHad = 0;
    for (const file of wantedFiles) this.#bytesWantedHad += this.bytesOf(file);
    this.#missingCount = 0;
    for (const piece of this.#wantedPieces) if (!this.have.has(piece)) this.#missingCount += 1;
  }

  #count(piece: number, sign: 1 | -1): void {
    if (this.#wantedPieces.has(piece)) this.#missingCount -= sign;
    for (const { file, length } of this.#map.spans(piece)) {
      if (file === undefined) continue;
      this.#bytesOfFile[file] = this.bytesOf(file) + sign * length;
      if (this.#wantedFiles.has(file)) this.#bytesWantedHad += sign * length;
    }
  }
}
