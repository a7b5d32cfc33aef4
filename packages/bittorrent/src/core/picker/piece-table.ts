/**
 * The state and priority of each piece, a byte a piece. A piece is exactly one of had, hashing, open,
 * wanted and unwanted: the last two are told apart by the priority alone.
 */
import { Bitfield } from '../bitfield.ts';

/** `first`: before all else, whatever the priority of the rest. */
export const PIECE_PRIORITY = { unwanted: 0, low: 1, normal: 2, high: 3, first: 4 } as const;

export type PiecePriority = (typeof PIECE_PRIORITY)[keyof typeof PIECE_PRIORITY];

/** Open: memory is held for it, and its blocks are asked for or received. Hashing: all are there. */
export type PieceState = 'had' | 'hashing' | 'open' | 'wanted' | 'unwanted';

/** What a piece is apart from its priority: the two bits above those of the priority. */
export const PIECE_STAGE = { missing: 0, open: 8, hashing: 16, had: 24 } as const;

export type PieceStage = (typeof PIECE_STAGE)[keyof typeof PIECE_STAGE];

const PRIORITY_BITS = 7;
const STAGE_BITS = 24;

interface Arrays {
  readonly status: Uint8Array;
  readonly wanted: Bitfield;
  /** Wanted pieces of each priority. */
  readonly counts: number[];
}

/** Holds no arrays while all pieces are alike: none touched yet, or all had. */
export class PieceTable {
  readonly pieceCount: number;
  #hadCount = 0;
  #arrays: Arrays | undefined;
  /** No wanted piece lies in a byte of the bitfield before this one. */
  #firstWantedByte = 0;

  constructor(pieceCount: number) {
    this.pieceCount = pieceCount;
  }

  get hadCount(): number {
    return this.#hadCount;
  }

  /** All pieces are alike, and of normal priority. */
  get isUntouched(): boolean {
    return this.#arrays === undefined;
  }

  /** Pieces that are missing (open and hashing ones too) and not unwanted. */
  get wantedCount(): number {
    return this.#arrays ? this.#arrays.wanted.count : this.pieceCount - this.#hadCount;
  }

  /** Those of them that are of that priority. */
  wantedOf(priority: number): number {
    if (this.#arrays) return this.#arrays.counts[priority] ?? 0;
    return priority === PIECE_PRIORITY.normal ? this.wantedCount : 0;
  }

  stateOf(piece: number): PieceState {
    const status = this.#statusOf(piece);
    switch (status & STAGE_BITS) {
      case PIECE_STAGE.had:
        return 'had';
      case PIECE_STAGE.hashing:
        return 'hashing';
      case PIECE_STAGE.open:
        return 'open';
      default:
        return (status & PRIORITY_BITS) === PIECE_PRIORITY.unwanted ? 'unwanted' : 'wanted';
    }
  }

  stageOf(piece: number): number {
    return this.#statusOf(piece) & STAGE_BITS;
  }

  priorityOf(piece: number): number {
    return this.#statusOf(piece) & PRIORITY_BITS;
  }

  /** The priority of a piece that may be opened now; 0 for any other. */
  pickablePriority(piece: number): number {
    const status = this.#statusOf(piece);
    return (status & STAGE_BITS) === PIECE_STAGE.missing ? status & PRIORITY_BITS : 0;
  }

  /** Missing, and not unwanted. */
  isWanted(piece: number): boolean {
    return this.#arrays ? this.#arrays.wanted.has(piece) : this.#hadCount === 0;
  }

  /** Whether the set holds a piece that is wanted. */
  intersects(has: Bitfield): boolean {
    if (this.wantedCount === 0 || has.count === 0) return false;
    if (!this.#arrays || has.isFull) return true;
    const ours = this.#arrays.wanted.bytes;
    const theirs = has.bytes;
    for (let at = this.firstWantedByte; at < ours.length; at++) {
      if (((ours[at] ?? 0) & (theirs[at] ?? 0)) !== 0) return true;
    }
    return false;
  }

  /** Where a search for wanted pieces, in order, begins: a byte of `wantedBytes`. */
  get firstWantedByte(): number {
    const bytes = this.#arrays?.wanted.bytes;
    if (!bytes) return 0;
    while (this.#firstWantedByte < bytes.length && bytes[this.#firstWantedByte] === 0) {
      this.#firstWantedByte += 1;
    }
    return this.#firstWantedByte;
  }

  /** The wanted pieces, laid out as on the wire; not to be kept. */
  get wantedBytes(): Uint8Array {
    return this.#materialize().wanted.bytes;
  }

  /** All pieces are there. */
  setAllHad(): void {
    this.#hadCount = this.pieceCount;
    this.#arrays = undefined;
  }

  setStage(piece: number, stage: PieceStage): void {
    const before = this.stageOf(piece);
    if (before === stage) return;
    this.#materialize(); // by the count as it is before this change
    if (stage === PIECE_STAGE.had) this.#hadCount += 1;
    if (before === PIECE_STAGE.had) this.#hadCount -= 1;
    this.#write(piece, this.priorityOf(piece), stage);
    if (this.#hadCount === this.pieceCount) this.#arrays = undefined;
  }

  setPriority(piece: number, priority: number): void {
    if (this.#hadCount < this.pieceCount) this.#write(piece, priority, this.stageOf(piece));
  }

  #write(piece: number, priority: number, stage: number): void {
    const { status, wanted, counts } = this.#materialize();
    const before = this.priorityOf(piece);
    const wasWanted = wanted.has(piece);
    const isWanted = priority !== PIECE_PRIORITY.unwanted && stage !== PIECE_STAGE.had;
    status[piece] = priority | stage;
    if (isWanted === wasWanted && priority === before) return;
    if (wasWanted) counts[before] = (counts[before] ?? 0) - 1;
    if (isWanted) {
      counts[priority] = (counts[priority] ?? 0) + 1;
      wanted.set(piece);
      this.#firstWantedByte = Math.min(this.#firstWantedByte, piece >> 3);
    } else {
      wanted.clear(piece);
    }
  }

  #statusOf(piece: number): number {
    if (this.#arrays) return this.#arrays.status[piece] ?? 0;
    return PIECE_PRIORITY.normal | (this.#hadCount > 0 ? PIECE_STAGE.had : PIECE_STAGE.missing);
  }

  #materialize(): Arrays {
    if (!this.#arrays) {
      const isComplete = this.#hadCount === this.pieceCount;
      const stage = isComplete ? PIECE_STAGE.had : PIECE_STAGE.missing;
      const status = new Uint8Array(this.pieceCount).fill(PIECE_PRIORITY.normal | stage);
      const wanted = isComplete ? new Bitfield(this.pieceCount) : Bitfield.full(this.pieceCount);
      const counts = [0, 0, isComplete ? 0 : this.pieceCount, 0, 0];
      this.#arrays = { status, wanted, counts };
    }
    return this.#arrays;
  }
}
