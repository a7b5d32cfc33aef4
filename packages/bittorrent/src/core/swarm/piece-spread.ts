/**
 * How a seed puts each piece into the swarm once before it puts any there twice: it knows to whom it gave
 * a piece first, and who that is will pass it on. BEP 6 names this use of `suggest`: "super-seeding
 * without throughput reduction".
 */
import type { Millis } from '@coequal/base';
import { Bitfield } from '../bitfield.ts';
import type { PeerKey } from '../picker/peer-key.ts';

/**
 * A second copy may be put off until so long after the first was begun: by then who has that one has
 * passed it on, or cannot.
 */
export const HOLD_MS = 10_000;

/** First copies remembered; a seed that begins more in HOLD_MS is not short of bandwidth. */
const GIVEN_MAX = 4_096;

/** Pieces looked at for one suggestion, so that no request makes us walk through a large torrent. */
const LOOK_MAX = 1_024;

interface Given {
  readonly to: PeerKey;
  readonly at: Millis;
}

export class PieceSpread {
  readonly #pieceCount: number;
  /** Pieces begun in the last HOLD_MS, oldest first. */
  readonly #given = new Map<number, Given>();
  /** Pieces that a peer confirmed which we had given them to: the swarm has a copy, if that one is still there. */
  readonly #confirmed: Bitfield;
  /** Pieces suggested to a peer, which has not asked for them. */
  readonly #suggested = new Map<PeerKey, Set<number>>();
  /** The piece to be suggested next, if it is needed. */
  #next: number;
  /** Pieces in a row that were not needed: after a whole round there is no more to suggest. */
  #idle = 0;

  /** `random`: uniform in [0, 1). Seeds of one torrent begin at different pieces. */
  constructor(pieceCount: number, random: () => number) {
    this.#pieceCount = pieceCount;
    this.#confirmed = new Bitfield(pieceCount);
    this.#next = Math.floor(random() * pieceCount);
  }

  /** A block of the piece is sent to the peer. */
  sent(peer: PeerKey, piece: number, now: Millis): void {
    for (const [oldest, { at }] of this.#given) {
      if (now - at < HOLD_MS && this.#given.size < GIVEN_MAX) break;
      this.#given.delete(oldest);
    }
    if (!this.#given.has(piece)) this.#given.set(piece, { to: peer, at: now });
  }

  /** The peer says that it got the piece. It counts of whom we gave it to: anyone could say it. */
  got(peer: PeerKey, piece: number): void {
    if (this.#given.get(piece)?.to === peer) this.#confirmed.set(piece);
  }

  /**
   * Whether a block of the piece would belong to a second copy, so that it can wait. `isElsewhere`: another
   * peer that is connected has the piece.
   */
  isSecond(peer: PeerKey, piece: number, isElsewhere: boolean, now: Millis): boolean {
    if (isElsewhere && this.#confirmed.has(piece)) return true;
    const given = this.#given.get(piece);
    return given !== undefined && given.to !== peer && now - given.at < HOLD_MS;
  }

  /** The peer asks for the piece: it needs no suggestion any more. */
  asked(peer: PeerKey, piece: number): void {
    this.#suggested.get(peer)?.delete(piece);
  }

  /** Pieces to be suggested to the peer, so that it has `count` that it has not asked for. */
  suggest(peer: PeerKey, count: number, isNeeded: (piece: number) => boolean): readonly number[] {
    const suggested = this.#suggested.get(peer) ?? new Set();
    this.#suggested.set(peer, suggested);
    const found: number[] = [];
    for (let looks = 0; looks < LOOK_MAX && suggested.size < count; looks++) {
      if (this.#idle >= this.#pieceCount) break;
      const piece = this.#next;
      this.#next = (piece + 1) % this.#pieceCount;
      this.#idle += 1;
      if (this.#given.has(piece) || !isNeeded(piece)) continue;
      this.#idle = 0;
      suggested.add(piece);
      found.push(piece);
    }
    return found;
  }

  /** The peer left, or is choked: what it has of unfinished pieces will not be passed on soon. */
  gone(peer: PeerKey): void {
    this.#suggested.delete(peer);
    for (const [piece, { to }] of this.#given) if (to === peer) this.#given.delete(piece);
    this.#idle = 0;
  }
}
