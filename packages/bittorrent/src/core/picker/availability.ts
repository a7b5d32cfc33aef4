/** How many connected peers have each piece. Peers that have all are only counted. */
import { assert } from '@coequal/base';
import type { Bitfield } from '../bitfield.ts';

/** Holds no array while no peer with a part of the pieces is connected. */
export class Availability {
  readonly #pieceCount: number;
  #seeds = 0;
  /** Peers counted piece by piece. */
  #partialPeers = 0;
  #counts: Uint16Array | undefined;

  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount;
  }

  /** Peers that have all pieces and are in no piece's `rankOf`. */
  get seeds(): number {
    return this.#seeds;
  }

  /** Connected peers that have the piece. */
  of(piece: number): number {
    return this.#seeds + this.rankOf(piece);
  }

  /** As `of`, without the seeds, which make no piece rarer than another. */
  rankOf(piece: number): number {
    return this.#counts ? (this.#counts[piece] ?? 0) : 0;
  }

  /**
   * Whether a peer that comes (1) or goes (-1) is merely counted. One that came with a part and has
   * all now is taken from the seeds if there are any: the sums are the same.
   */
  isSeed(has: Bitfield, difference: 1 | -1): boolean {
    return has.isFull && (difference === 1 || this.#seeds > 0);
  }

  add(has: Bitfield): void {
    if (this.isSeed(has, 1)) {
      this.#seeds += 1;
      return;
    }
    this.#partialPeers += 1;
    this.#addToAll(has, 1);
  }

  remove(has: Bitfield): void {
    if (this.isSeed(has, -1)) {
      this.#seeds -= 1;
      return;
    }
    assert(this.#partialPeers > 0, 'removed a peer that was not added');
    this.#partialPeers -= 1;
    if (this.#partialPeers === 0) this.#counts = undefined;
    else this.#addToAll(has, -1);
  }

  /** One more of the peers added has the piece. */
  addOne(piece: number): void {
    const counts = this.#materialize();
    counts[piece] = (counts[piece] ?? 0) + 1;
  }

  /**
   * Whether a peer that had all until now, and has these left, was merely counted. As in `isSeed`, it is
   * taken to have been while any is.
   */
  wasSeed(left: Bitfield): boolean {
    return left.count === this.#pieceCount - 1 && this.#seeds > 0;
  }

  /**
   * One of the peers added has lost the piece, and has these left. Looks at every piece only when a seed
   * is counted piece by piece from here on, so at most once for each seed that was added.
   */
  removeOne(left: Bitfield, piece: number): void {
    if (this.wasSeed(left)) {
      this.#seeds -= 1;
      this.#partialPeers += 1;
      this.#addToAll(left, 1);
      return;
    }
    const counts = this.#materialize();
    const count = counts[piece] ?? 0;
    assert(count > 0, 'a piece was lost that nobody had');
    counts[piece] = count - 1;
  }

  #addToAll(has: Bitfield, difference: number): void {
    if (has.count === 0) return;
    const counts = this.#materialize();
    for (let at = 0; at < has.bytes.length; at++) {
      const byte = has.bytes[at] ?? 0;
      for (let bit = 0; bit < 8; bit++) {
        if ((byte & (0x80 >> bit)) === 0) continue;
        const piece = at * 8 + bit;
        counts[piece] = (counts[piece] ?? 0) + difference;
      }
    }
  }

  #materialize(): Uint16Array {
    this.#counts ??= new Uint16Array(this.#pieceCount);
    return this.#counts;
  }
}
