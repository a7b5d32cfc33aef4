/** The blocks we have asked one peer for and not yet got (BEP 3 "pipelining"). */
import type { Millis } from '@coequal/base';
import type { Bitfield } from '../bitfield.ts';
import { BLOCK_LENGTH } from '../blocks.ts';
import type { BlockRequest } from '../blocks.ts';

/** Blocks of a piece of 2^27 bytes, above the longest that metainfo may have: piece and block fit one number. */
const BLOCKS_PER_PIECE_MAX = 8_192;
const BEGIN_END = BLOCKS_PER_PIECE_MAX * BLOCK_LENGTH;

interface Asked {
  readonly length: number;
  readonly at: Millis;
}

export class OutstandingRequests {
  readonly #asked = new Map<number, Asked>();
  #askedCount = 0;

  get count(): number {
    return this.#asked.size;
  }

  /** All that were ever added. */
  get askedCount(): number {
    return this.#askedCount;
  }

  add(requests: readonly BlockRequest[], now: Millis): void {
    this.#askedCount += requests.length;
    for (const { piece, begin, length } of requests) {
      this.#asked.set(blockKeyOf(piece, begin), { length, at: now });
    }
  }

  /** Takes a request off the list; returns when it was made, or undefined if it was not on it. */
  remove(piece: number, begin: number): Millis | undefined {
    const key = blockKeyOf(piece, begin);
    const asked = this.#asked.get(key);
    if (asked === undefined || !isBlock(begin)) return undefined;
    this.#asked.delete(key);
    return asked.at;
  }

  /** Takes all requests off the list. */
  removeAll(): readonly BlockRequest[] {
    const all = Array.from(this.#asked, ([key, { length }]) => blockOf(key, length));
    this.#asked.clear();
    return all;
  }

  /** Takes those for pieces that are not in the set off the list. */
  removeOutside(pieces: Bitfield): readonly BlockRequest[] {
    const removed: BlockRequest[] = [];
    for (const [key, { length }] of this.#asked) {
      const block = blockOf(key, length);
      if (pieces.has(block.piece)) continue;
      this.#asked.delete(key);
      removed.push(block);
    }
    return removed;
  }
}

/** A begin between blocks, or past all of a piece, would alias another block. */
function isBlock(begin: number): boolean {
  return begin % BLOCK_LENGTH === 0 && begin < BEGIN_END;
}

function blockOf(key: number, length: number): BlockRequest {
  const piece = Math.floor(key / BLOCKS_PER_PIECE_MAX);
  return { piece, begin: (key % BLOCKS_PER_PIECE_MAX) * BLOCK_LENGTH, length };
}

/** A number for a block of a piece. */
export function blockKeyOf(piece: number, begin: number): number {
  return piece * BLOCKS_PER_PIECE_MAX + Math.floor(begin / BLOCK_LENGTH);
}
