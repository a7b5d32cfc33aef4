/** Finds the next piece to open for a peer: the rarest, a random one, or the first in order. */
import { Bitfield } from '../bitfield.ts';
import type { PieceBook } from './piece-book.ts';
import { PIECE_PRIORITY } from './piece-table.ts';

/**
 * Pieces looked at in order of rarity in one search. A peer that has none of so many has few that we
 * want; its bitfield is then read instead, so that no peer can make a pick cost more than that.
 */
const WALK_MAX = 1_024;

/** No piece was found. */
export const NO_PIECE = -1;

/** What may be asked of the peer, apart from what it has. */
export interface SearchLimits {
  isAllowed?(piece: number): boolean;
  readonly suggested?: readonly number[];
}

/** One object searches for all peers in turn: `begin` for a peer, then the `next…` of one kind. */
export class PieceSearch {
  readonly #book: PieceBook;
  readonly #random: () => number;
  #has = new Bitfield(0);
  #limits: SearchLimits = {};
  #walkLeft = 0;
  /** The scan of the peer's bitfield: for which priority, where, and how many bytes are left. */
  #scanPriority = 0;
  #scanByte = 0;
  #scanLeft = 0;

  /** `random`: uniform in [0, 1). */
  constructor(book: PieceBook, random: () => number) {
    this.#book = book;
    this.#random = random;
  }

  begin(has: Bitfield, limits: SearchLimits): void {
    this.#has = has;
    this.#limits = limits;
    this.#walkLeft = WALK_MAX;
    this.#scanPriority = 0;
  }

  /** A piece of that priority: a suggested one, else one of the rarest, any of those alike. */
  nextRarest(priority: number): number {
    const { order } = this.#book;
    const suggested = this.#nextSuggested(priority);
    if (suggested !== NO_PIECE) return suggested;
    for (let rank = this.#rankMin(); rank < order.ranks && this.#walkLeft > 0; rank++) {
      const found = this.#walk(order.start(priority, rank), order.start(priority, rank + 1));
      if (found !== NO_PIECE) return found;
    }
    return this.#walkLeft > 0 ? NO_PIECE : this.#scanFromAnywhere(priority);
  }

  /** A piece of that priority, whichever, for peers who have nothing to give yet. */
  nextRandom(priority: number): number {
    const { order } = this.#book;
    const suggested = this.#nextSuggested(priority);
    if (suggested !== NO_PIECE) return suggested;
    const found = this.#walk(
      order.start(priority, this.#rankMin()),
      order.start(priority, order.ranks),
    );
    if (found !== NO_PIECE || this.#walkLeft > 0) return found;
    return this.#scanFromAnywhere(priority);
  }

  /** The first piece of that priority. */
  nextInOrder(priority: number): number {
    if (this.#scanPriority !== priority) {
      const { table } = this.#book;
      this.#scanPriority = priority;
      this.#scanByte = table.firstWantedByte;
      this.#scanLeft = table.wantedBytes.length - this.#scanByte;
    }
    return this.#scan(priority);
  }

  /** Whether a connected peer has a piece that could be opened. */
  get isAnyLeft(): boolean {
    const { order, availability } = this.#book;
    const rankMin = availability.seeds > 0 ? 0 : 1;
    for (let priority = PIECE_PRIORITY.first; priority > 0; priority--) {
      if (order.start(priority, rankMin) < order.start(priority, order.ranks)) return true;
    }
    return false;
  }

  /** A peer without all pieces is counted itself in the rank of each that it has. */
  #rankMin(): number {
    return this.#has.isFull ? 0 : 1;
  }

  #nextSuggested(priority: number): number {
    for (const piece of this.#limits.suggested ?? []) {
      if (this.#book.table.pickablePriority(piece) === priority && this.#canAsk(piece)) {
        return piece;
      }
    }
    return NO_PIECE;
  }

  /** A piece of the peer's at a position in that range, searched from a random one. */
  #walk(start: number, end: number): number {
    const { order } = this.#book;
    const size = end - start;
    if (size <= 0) return NO_PIECE;
    let position = size === 1 ? start : start + Math.floor(this.#random() * size);
    const steps = Math.min(size, this.#walkLeft);
    this.#walkLeft -= steps;
    for (let step = 0; step < steps; step++) {
      const piece = order.at(position);
      if (this.#canAsk(piece)) {
        this.#walkLeft += steps - step;
        return piece;
      }
      position = position + 1 === end ? start : position + 1;
    }
    return NO_PIECE;
  }

  /** Rarity says little about a peer with so few pieces: any of them will do. */
  #scanFromAnywhere(priority: number): number {
    if (this.#limits.isAllowed) return NO_PIECE; // the few allowed are among those suggested
    if (this.#scanPriority !== priority) {
      const bytes = this.#book.table.wantedBytes;
      this.#scanPriority = priority;
      this.#scanByte = Math.floor(this.#random() * bytes.length);
      this.#scanLeft = bytes.length;
    }
    return this.#scan(priority);
  }

  #scan(priority: number): number {
    const { table } = this.#book;
    const ours = table.wantedBytes;
    const theirs = this.#has.bytes;
    while (this.#scanLeft > 0) {
      const both = (ours[this.#scanByte] ?? 0) & (theirs[this.#scanByte] ?? 0);
      if (both !== 0) {
        const found = this.#firstOf(both, priority);
        if (found !== NO_PIECE) return found;
      }
      this.#scanByte = this.#scanByte + 1 === ours.length ? 0 : this.#scanByte + 1;
      this.#scanLeft -= 1;
    }
    return NO_PIECE;
  }

  /** Of the pieces in the byte of the bitfields where the scan is. */
  #firstOf(both: number, priority: number): number {
    const { table } = this.#book;
    for (let bit = 0; bit < 8; bit++) {
      const piece = this.#scanByte * 8 + bit;
      if ((both & (0x80 >> bit)) === 0 || table.pickablePriority(piece) !== priority) continue;
      if (this.#canAsk(piece)) return piece;
    }
    return NO_PIECE;
  }

  #canAsk(piece: number): boolean {
    if (!this.#has.has(piece)) return false;
    return this.#limits.isAllowed ? this.#limits.isAllowed(piece) : true;
  }
}
