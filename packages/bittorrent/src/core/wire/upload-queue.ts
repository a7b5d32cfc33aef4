/** The blocks one peer has asked us for and not yet been sent, in order and bounded. */
import { PeerFault } from '@coequal/base';
import type { BlockRequest } from '../blocks.ts';

/**
 * Requests kept for one peer; we say so to it (`reqq`, BEP 10). 2,000 blocks are 32 MB on the way:
 * enough for 250 MB/s over 130 ms. A peer that goes far beyond it is flooding.
 */
export const UPLOAD_QUEUE_MAX = 2_000;
/** Requests beyond UPLOAD_QUEUE_MAX that are refused politely, in a row, before the peer is dropped. */
const OVERFLOW_MAX = 2_000;

/** Sent entries that stay in the array before they are cut off together. */
const SENT_KEPT_MAX = 1_024;

/** Blocks looked at for one that is to go before others: a long queue must not make each block expensive. */
const LOOK_MAX = 256;

export class UploadQueue {
  #blocks: BlockRequest[] = [];
  /** Blocks before it are sent: a shift per block would copy the queue each time. */
  #head = 0;
  #overflow = 0;

  get count(): number {
    return this.#blocks.length - this.#head;
  }

  get first(): BlockRequest | undefined {
    return this.#blocks[this.#head];
  }

  /** The block behind the first `index`, if there are so many. */
  at(index: number): BlockRequest | undefined {
    return this.#blocks[this.#head + index];
  }

  /** Moves the first block of those of the lowest rank to the head; returns that rank, 0 at once. Not empty. */
  bringForward(rankOf: (piece: number) => number): number {
    const end = Math.min(this.#blocks.length, this.#head + LOOK_MAX);
    let best = this.#head;
    let bestRank = Infinity;
    for (let index = this.#head; index < end && bestRank > 0; index++) {
      const block = this.#blocks[index];
      const rank = block === undefined ? Infinity : rankOf(block.piece);
      if (rank >= bestRank) continue;
      best = index;
      bestRank = rank;
    }
    const block = this.#blocks[best];
    if (block !== undefined && best > this.#head) {
      this.#blocks.copyWithin(this.#head + 1, this.#head, best);
      this.#blocks[this.#head] = block;
    }
    return bestRank;
  }

  /** Whether the block is among those that are next. */
  isNear({ piece, begin, length }: BlockRequest): boolean {
    const end = Math.min(this.#blocks.length, this.#head + LOOK_MAX);
    for (let index = this.#head; index < end; index++) {
      const queued = this.#blocks[index];
      if (queued?.piece === piece && queued.begin === begin && queued.length === length)
        return true;
    }
    return false;
  }

  /** False: the queue is full, refuse it. Throws PeerFault `REQUEST_FLOOD` when it goes on. */
  push(block: BlockRequest): boolean {
    if (this.count >= UPLOAD_QUEUE_MAX) {
      this.#overflow += 1;
      if (this.#overflow > OVERFLOW_MAX)
        throw new PeerFault('REQUEST_FLOOD', { queued: this.count });
      return false;
    }
    this.#overflow = 0;
    this.#blocks.push(block);
    return true;
  }

  shift(): BlockRequest | undefined {
    const block = this.#blocks[this.#head];
    if (block === undefined) return undefined;
    this.#head += 1;
    if (this.#head >= SENT_KEPT_MAX) {
      this.#blocks = this.#blocks.slice(this.#head);
      this.#head = 0;
    }
    return block;
  }

  /** Returns whether it was queued. */
  cancel(block: BlockRequest): boolean {
    const { piece, begin, length } = block;
    let at = -1;
    for (let index = this.#head; index < this.#blocks.length && at < 0; index++) {
      const queued = this.#blocks[index];
      if (queued?.piece === piece && queued.begin === begin && queued.length === length) at = index;
    }
    if (at < 0) return false;
    this.#blocks.splice(at, 1);
    return true;
  }

  /** Empties the queue but for those `keep` says stay; returns the others. */
  clear(keep: (block: BlockRequest) => boolean = () => false): readonly BlockRequest[] {
    const waiting = this.#blocks.slice(this.#head);
    this.#blocks = waiting.filter(keep);
    this.#head = 0;
    return waiting.filter((block) => !keep(block));
  }
}
