/** The blocks we have asked one peer for and not yet got (BEP 3 "pipelining"). */
import type { Millis } from '@coequal/base';
import { BLOCK_LENGTH } from './blocks.ts';
import type { BlockRequest } from './blocks.ts';

/** Blocks of a piece of at most 2^27 bytes number fewer than this, so piece and block fit one number. */
const BLOCKS_PER_PIECE_MAX = 8_192;

interface Asked {
  readonly length: number;
  readonly at: Millis;
}

export class OutstandingRequests {
  readonly #asked = new Map<number, Asked>();

  get count(): number {
    return this.#asked.size;
  }

  add(requests: readonly BlockRequest[], now: Millis): void {
    for (const { piece, begin, length } of requests) {
      this.#asked.set(keyOf(piece, begin), { length, at: now });
    }
  }

  isExpected(piece: number, begin: number, length: number): boolean {
    // a begin between blocks would alias the block it falls in
    return begin % BLOCK_LENGTH === 0 && this.#asked.get(keyOf(piece, begin))?.length === length;
  }

  /** Takes a request off the list; returns when it was made, or undefined if it was not on it. */
  remove(piece: number, begin: number): Millis | undefined {
    const key = keyOf(piece, begin);
    const asked = this.#asked.get(key);
    if (asked === undefined || begin % BLOCK_LENGTH !== 0) return undefined;
    this.#asked.delete(key);
    return asked.at;
  }

  /** Takes all requests off the list. */
  removeAll(): readonly BlockRequest[] {
    const all = Array.from(this.#asked, ([key, { length }]) => ({
      piece: Math.floor(key / BLOCKS_PER_PIECE_MAX),
      begin: (key % BLOCKS_PER_PIECE_MAX) * BLOCK_LENGTH,
      length,
    }));
    this.#asked.clear();
    return all;
  }
}

function keyOf(piece: number, begin: number): number {
  return piece * BLOCKS_PER_PIECE_MAX + Math.floor(begin / BLOCK_LENGTH);
}
