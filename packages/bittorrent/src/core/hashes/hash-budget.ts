/** How many hashes a peer may ask of us: a request has 53 bytes, and its answer up to 18 KiB. */
import type { Millis } from '@coequal/base';

/** How often a peer may have all hashes of a torrent at once: it may lose some, and start anew. */
const SERVE_COPIES = 2;

/** Hashes that even the smallest torrent allows at once: clients ask for proofs again and again. */
const SERVE_BURST_MIN = 4_096;

/** A spent budget grows by so many hashes a second: 16 KiB/s. */
const SERVE_HASHES_PER_SECOND = 512;

/** A run of hashes within a piece counts as so many more: the piece is read and hashed for it. */
const LEAVES_COST = 256;

/** The budget of one peer, which grows back. */
export class HashBudget {
  readonly #max: number;
  #left: number;
  #filledAt: Millis;

  /** `hashCount`: hashes of all piece layers. */
  constructor(hashCount: number, now: Millis) {
    this.#max = Math.max(SERVE_BURST_MIN, hashCount * SERVE_COPIES);
    this.#left = this.#max;
    this.#filledAt = now;
  }

  /** Whether so many hashes may go now; then they count as gone. */
  take(count: number, isWithinPiece: boolean, now: Millis): boolean {
    const cost = count + (isWithinPiece ? LEAVES_COST : 0);
    const grown = this.#left + ((now - this.#filledAt) * SERVE_HASHES_PER_SECOND) / 1_000;
    this.#left = Math.min(this.#max, grown);
    this.#filledAt = now;
    if (this.#left < cost) return false;
    this.#left -= cost;
    return true;
  }
}
