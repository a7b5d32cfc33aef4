/**
 * The pieces that may be opened, by priority and then by rarity. One array holds them bucket after
 * bucket, so that a piece goes to the next bucket by one swap; within a bucket the order means nothing.
 */
import { PIECE_PRIORITY } from './piece-table.ts';

/** Copies beyond which pieces count as equally common: who has that many peers need not tell. */
const RANKS_MAX = 256;

/** Ranks at first; doubled when a piece has more copies. Few, because opening a piece visits all buckets. */
const RANKS_MIN = 4;

const NOWHERE = 0xffff_ffff;

/** Shared by all who rest: even an array without items takes 100 bytes. */
const NO_ITEMS = new Uint32Array(0);

/** What the order is built from. */
export interface OrderSource {
  readonly pieceCount: number;
  /** 0: not in the order. */
  priorityOf(piece: number): number;
  rankOf(piece: number): number;
}

/**
 * Empty and stale at first: a stale order ignores every change until `rebuild`, which is the cheap
 * way when many pieces change at once.
 */
export class PieceOrder {
  #isStale = true;
  #ranks = RANKS_MIN;
  /** Ends (exclusive) of the buckets: high priority before low, then few copies before many. */
  #ends: Uint32Array = NO_ITEMS;
  #order: Uint32Array = NO_ITEMS;
  #positions: Uint32Array = NO_ITEMS;

  get isStale(): boolean {
    return this.#isStale;
  }

  /** Buckets in each priority. */
  get ranks(): number {
    return this.#ranks;
  }

  get length(): number {
    return this.#ends.at(-1) ?? 0;
  }

  at(position: number): number {
    return this.#order[position] ?? 0;
  }

  /** First position of a bucket; `rank` = `ranks` gives the end of the last one of that priority. */
  start(priority: number, rank: number): number {
    const bucket = (PIECE_PRIORITY.first - priority) * this.#ranks + rank;
    return bucket === 0 ? 0 : (this.#ends[bucket - 1] ?? 0);
  }

  /** To be called when much changed at once. */
  invalidate(): void {
    this.#isStale = true;
  }

  /** Lets go of the arrays. */
  clear(): void {
    this.#isStale = true;
    this.#ends = NO_ITEMS;
    this.#order = NO_ITEMS;
    this.#positions = NO_ITEMS;
  }

  insert(piece: number, priority: number, rank: number): void {
    if (this.#isStale) return;
    const target = this.#bucketOf(priority, rank);
    let hole = this.length;
    for (let bucket = this.#ends.length - 1; bucket > target; bucket--) {
      const first = this.#ends[bucket - 1] ?? 0;
      // each bucket after the target gives up its first place for one after its last
      if (first !== hole) this.#place(this.at(first), hole);
      this.#ends[bucket] = (this.#ends[bucket] ?? 0) + 1;
      hole = first;
    }
    this.#place(piece, hole);
    this.#ends[target] = (this.#ends[target] ?? 0) + 1;
  }

  remove(piece: number, priority: number, rank: number): void {
    if (this.#isStale) return;
    let hole = this.#positions[piece] ?? 0;
    for (let bucket = this.#bucketOf(priority, rank); bucket < this.#ends.length; bucket++) {
      const last = (this.#ends[bucket] ?? 0) - 1;
      if (last !== hole) this.#place(this.at(last), hole);
      this.#ends[bucket] = last;
      hole = last;
    }
    this.#positions[piece] = NOWHERE;
  }

  /** One more peer has the piece, which had `rank` before. */
  raise(piece: number, priority: number, rank: number): void {
    if (this.#isStale) return;
    if (rank + 1 >= this.#ranks && this.#ranks < RANKS_MAX) {
      // rebuilt with more ranks, even if the piece is lost again by then: else a peer that has it and has
      // it not in turn would cost a sort each time
      this.#ranks *= 2;
      this.#isStale = true;
      return;
    }
    const bucket = this.#bucketOf(priority, rank);
    if (bucket === this.#bucketOf(priority, rank + 1)) return;
    const last = (this.#ends[bucket] ?? 0) - 1;
    this.#swap(this.#positions[piece] ?? 0, last);
    this.#ends[bucket] = last;
  }

  /** One peer less has the piece, which had `rank` before. */
  lower(piece: number, priority: number, rank: number): void {
    if (this.#isStale) return;
    const bucket = this.#bucketOf(priority, rank);
    if (bucket === this.#bucketOf(priority, rank - 1)) return;
    const first = this.#ends[bucket - 1] ?? 0;
    this.#swap(this.#positions[piece] ?? 0, first);
    this.#ends[bucket - 1] = first + 1;
  }

  /** A counting sort of all pieces. */
  rebuild(source: OrderSource): void {
    const { pieceCount } = source;
    let rankMax = 0;
    for (let piece = 0; piece < pieceCount; piece++) {
      const rank = source.rankOf(piece);
      if (rank > rankMax) rankMax = rank;
    }
    while (this.#ranks <= rankMax && this.#ranks < RANKS_MAX) this.#ranks *= 2;
    if (this.#order.length !== pieceCount) {
      this.#order = new Uint32Array(pieceCount);
      this.#positions = new Uint32Array(pieceCount);
    }
    const ends = new Uint32Array(PIECE_PRIORITY.first * this.#ranks);
    for (let piece = 0; piece < pieceCount; piece++) {
      const priority = source.priorityOf(piece);
      if (priority === 0) continue;
      const bucket = this.#bucketOf(priority, source.rankOf(piece));
      ends[bucket] = (ends[bucket] ?? 0) + 1;
    }
    let sum = 0;
    for (let bucket = 0; bucket < ends.length; bucket++) {
      const count = ends[bucket] ?? 0;
      ends[bucket] = sum; // the start for now; placing its pieces makes it the end
      sum += count;
    }
    this.#ends = ends;
    for (let piece = 0; piece < pieceCount; piece++) {
      const priority = source.priorityOf(piece);
      if (priority === 0) {
        this.#positions[piece] = NOWHERE;
        continue;
      }
      const bucket = this.#bucketOf(priority, source.rankOf(piece));
      const position = ends[bucket] ?? 0;
      this.#place(piece, position);
      ends[bucket] = position + 1;
    }
    this.#isStale = false;
  }

  #bucketOf(priority: number, rank: number): number {
    return (PIECE_PRIORITY.first - priority) * this.#ranks + Math.min(rank, this.#ranks - 1);
  }

  #place(piece: number, position: number): void {
    this.#order[position] = piece;
    this.#positions[piece] = position;
  }

  #swap(a: number, b: number): void {
    const pieceA = this.at(a);
    const pieceB = this.at(b);
    this.#place(pieceA, b);
    this.#place(pieceB, a);
  }
}
