/**
 * The memory for pieces under way: the hasher's slots, shared by all torrents. Part of the data path
 * (a block is copied once, from the socket's buffer into a slot, and hashed and written from there).
 */
import { assert, LocalFault } from '@coequal/base';
import type { Hasher } from '@coequal/base';

/** A piece may take this part of the pool: two pieces at a time are the least that keeps disk and network busy. */
const PIECE_POOL_PART_MAX = 0.5;

/**
 * Pieces under way take no more of the pool than this, unless they are so long that two would not fit. Where
 * the network is faster than hashing and writing, any amount is filled, and brings nothing more: 1 GiB from a
 * peer on the same machine takes as long with 32 MiB as with 64. It is 1 Gbit/s for a quarter of a second, too: what is under way to a far peer.
 */
const WORKING_LENGTH: number = 32 * 2 ** 20;

type SlotMemory = Pick<Hasher, 'slotCount' | 'slotLength' | 'slot'>;

/** A piece that is being received. */
export interface PieceBuffer {
  readonly piece: number;
  readonly length: number;
  readonly slots: readonly number[];
  /**
   * Where a block goes: a view into a slot. `begin` is a multiple of 16 KiB and `length` at most
   * that, so a block never straddles slots.
   */
  block(begin: number, length: number): Uint8Array;
}

/** Free slots are kept as a stack: the slot used last is used next, so idle memory is never touched. */
export class SlotPool {
  readonly slotLength: number;
  readonly slotCount: number;
  readonly #memory: SlotMemory;
  readonly #views: (Uint8Array | undefined)[] = [];
  readonly #free: number[] = [];
  /** Those who hold slots. */
  readonly #holders = new Set<SlotShare>();
  /** Those who were refused, in the order in which they asked. */
  readonly #waiting = new Set<SlotShare>();

  constructor(memory: SlotMemory) {
    this.#memory = memory;
    this.slotLength = memory.slotLength;
    this.slotCount = memory.slotCount;
    for (let slot = memory.slotCount - 1; slot >= 0; slot--) this.#free.push(slot);
  }

  /** The longest piece that can be fetched, in bytes. */
  get pieceLengthMax(): number {
    return Math.floor(this.slotCount * PIECE_POOL_PART_MAX) * this.slotLength;
  }

  get freeCount(): number {
    return this.#free.length;
  }

  /** Whether no slot is in use; views that were made are forgotten then. */
  rest(): boolean {
    if (this.#free.length < this.slotCount) return false;
    this.#views.length = 0;
    return true;
  }

  /** One torrent's access to the pool. */
  join(): SlotShare {
    return new SlotShare(this);
  }

  /** A view of a slot, made once. */
  view(slot: number): Uint8Array {
    return (this.#views[slot] ??= this.#memory.slot(slot));
  }

  /** For SlotShare: slots for one piece, or undefined; `share.onFree` is called when it is worth asking again. */
  take(share: SlotShare, count: number): number[] | undefined {
    const mayTake = count <= this.#freeFor(count) - this.#reservedForOthers(share);
    if (!mayTake || !this.#isWithinLimit(share, count)) {
      share.needed = count;
      share.isAsking = true;
      this.#waiting.add(share);
      return undefined;
    }
    this.#waiting.delete(share);
    this.#holders.add(share);
    share.held += count;
    return this.#free.splice(-count).toReversed();
  }

  /** For SlotShare: takes slots back and wakes those who wait, first come first served. */
  give(share: SlotShare, slots: readonly number[]): void {
    this.#free.push(...slots.toReversed());
    share.held -= slots.length;
    assert(share.held >= 0 && this.#free.length <= this.slotCount, 'a slot was freed twice');
    if (share.held === 0) this.#holders.delete(share);
    this.#wake();
  }

  /** For SlotShare: it no longer waits. */
  leave(share: SlotShare): void {
    assert(share.held === 0, 'a torrent left the pool while it held slots');
    if (this.#waiting.delete(share)) this.#wake();
  }

  #wake(): void {
    for (const share of Array.from(this.#waiting)) {
      if (!this.#waiting.has(share) || !this.#isWithinLimit(share, share.needed)) continue;
      if (this.#freeFor(share.needed) < share.needed) return;
      share.isAsking = false;
      share.onFree?.(); // keeps its turn meanwhile
      if (!share.isAsking) this.#waiting.delete(share); // it took what it needs, or needs nothing any more
    }
  }

  /**
   * Slots a torrent may hold: all while it is alone, 2/(n+1) of them beside others, so that a
   * newcomer finds room as soon as a few pieces are done; in any case one piece.
   */
  #isWithinLimit(share: SlotShare, count: number): boolean {
    if (share.held === 0) return true;
    const active = this.#holders.union(this.#waiting).add(share).size;
    return share.held + count <= Math.floor((this.#usable(count) * 2) / (active + 1));
  }

  /** Slots that may be in use when some are asked for by a torrent whose pieces have `count`. */
  #usable(count: number): number {
    const working = Math.floor(WORKING_LENGTH / this.slotLength);
    return Math.min(this.slotCount, Math.max(working, count / PIECE_POOL_PART_MAX));
  }

  #freeFor(count: number): number {
    return this.#free.length - (this.slotCount - this.#usable(count));
  }

  /** The first who waits for memory and not for its own limit gets what comes free: long pieces would starve. */
  #reservedForOthers(share: SlotShare): number {
    for (const first of this.#waiting) {
      if (first === share) return 0;
      if (this.#isWithinLimit(first, first.needed)) return first.needed;
    }
    return 0;
  }
}

/** One torrent's part of the pool. */
export class SlotShare {
  readonly #pool: SlotPool;
  /** Slots held now, and asked for when refused; kept by the pool. */
  held = 0;
  needed = 0;
  isAsking = false;
  /** Called, in the turn in which slots came free, after a refused `reserve`. */
  onFree: (() => void) | undefined;

  constructor(pool: SlotPool) {
    this.#pool = pool;
  }

  /** Throws LocalFault `PIECE_TOO_LONG_FOR_MEMORY` for a piece that can never be reserved. */
  assertFits(pieceLength: number): void {
    const { pieceLengthMax } = this.#pool;
    if (pieceLength <= pieceLengthMax) return;
    throw new LocalFault('PIECE_TOO_LONG_FOR_MEMORY', { pieceLength, pieceLengthMax });
  }

  reserve(piece: number, length: number): PieceBuffer | undefined {
    const slots = this.#pool.take(this, Math.ceil(length / this.#pool.slotLength));
    return slots && new SlotBuffer(piece, length, slots, this.#pool);
  }

  free(buffer: PieceBuffer): void {
    this.#pool.give(this, buffer.slots);
  }

  leave(): void {
    this.onFree = undefined;
    this.#pool.leave(this);
  }
}

class SlotBuffer implements PieceBuffer {
  readonly piece: number;
  readonly length: number;
  readonly slots: readonly number[];
  readonly #pool: SlotPool;

  constructor(piece: number, length: number, slots: readonly number[], pool: SlotPool) {
    this.piece = piece;
    this.length = length;
    this.slots = slots;
    this.#pool = pool;
  }

  block(begin: number, length: number): Uint8Array {
    const { slotLength } = this.#pool;
    const slot = this.slots[Math.floor(begin / slotLength)];
    const start = begin % slotLength;
    assert(slot !== undefined && begin + length <= this.length, 'a block outside its piece');
    assert(start + length <= slotLength, 'a block straddles slots');
    return this.#pool.view(slot).subarray(start, start + length);
  }
}
