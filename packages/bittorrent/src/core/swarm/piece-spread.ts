/**
 * How a seed puts each piece into the swarm once before it puts any there twice: it knows to whom it gave
 * a piece first, and who that is will pass it on. BEP 6 names this use of `suggest`: "super-seeding
 * without throughput reduction".
 */
import type { Millis } from '@coequal/base';
import { Bitfield } from '../bitfield.ts';
import type { PeerKey } from '../picker/peer-key.ts';

/** As long as peers take to pass on what they got; before it is known, and at most, so long. */
export const HOLD_MS = 10_000;
/** Less is not worth holding anything back: a round trip, and some blocks. */
const HOLD_MS_MIN = 250;
/** Pieces come to others in very different times: half of them take longer than usual. */
const HOLD_FACTOR = 2;
/** How much of the usual time is of the last piece. */
const LATEST_SHARE = 1 / 8;

/**
 * A peer that was given a piece which no other has by then, after so long, is not going to pass it on: as with
 * super-seeding, an optimistic unchoke (30 s, BEP 3) gave it an occasion.
 */
const ALONE_MS = 30_000;

/** First copies remembered; a seed that begins more in HOLD_MS is not short of bandwidth. */
const GIVEN_MAX = 4_096;

/** Pieces looked at for one suggestion, so that no request makes us walk through a large torrent. */
const LOOK_MAX = 1_024;

/**
 * What a block is to whoever asks for it, in the order in which they are served: of a piece that nobody else was given;
 * of one that was given to somebody who did not pass it on; of one that others have; of one that is on its way to others.
 */
export const COPY = { first: 0, lost: 1, second: 2, spreading: 3 } as const;
export type Copy = (typeof COPY)[keyof typeof COPY];

interface Given {
  readonly to: PeerKey;
  /** When it was sent a block of it last. */
  sentAt: Millis;
  /** Another peer got it since. */
  isSpread: boolean;
  /** Others were sent blocks of it, too: that they get it does not show that peers pass it on. */
  isShared: boolean;
  /** When a peer last said that it got the piece. */
  hadAt: Millis;
}

export class PieceSpread {
  readonly #pieceCount: number;
  /** Pieces and whom they were given to, oldest first. */
  readonly #given = new Map<number, Given>();
  /** Pieces of which somebody was given a block. */
  readonly #begun: Bitfield;
  /** By peer, the pieces that it was given first and nobody else has got since, with when; oldest first. */
  readonly #alone = new Map<PeerKey, Map<number, Millis>>();
  /** Pieces suggested to a peer, which has not asked for them. */
  readonly #suggested = new Map<PeerKey, Set<number>>();
  /** The piece to be suggested next, if it is needed. */
  #next: number;
  /** How long it usually takes from the last block of a piece until another peer has it; undefined: not known. */
  #spreadMs: Millis | undefined;
  /** Pieces in a row that were not needed: after a whole round there is no more to suggest. */
  #idle = 0;

  /** `random`: uniform in [0, 1). Seeds of one torrent begin at different pieces. */
  constructor(pieceCount: number, random: () => number) {
    this.#pieceCount = pieceCount;
    this.#begun = new Bitfield(pieceCount);
    this.#next = Math.floor(random() * pieceCount);
  }

  /** A block of the piece is sent to the peer. */
  sent(peer: PeerKey, piece: number, now: Millis): void {
    this.#begun.set(piece);
    const given = this.#given.get(piece);
    if (given?.to === peer) given.sentAt = now;
    else if (given !== undefined) given.isShared = true;
    if (given !== undefined && (given.to === peer || this.#isMoving(given, now))) return;
    this.#forget(piece);
    const [oldest] = this.#given.keys();
    if (oldest !== undefined && this.#given.size >= GIVEN_MAX) this.#forget(oldest);
    const isSpread = given?.isSpread === true;
    const isShared = given !== undefined;
    const hadAt = Number.NEGATIVE_INFINITY;
    this.#given.set(piece, { to: peer, sentAt: now, isSpread, isShared, hadAt });
    if (isSpread) return;
    const alone = this.#alone.get(peer) ?? new Map<number, Millis>();
    this.#alone.set(peer, alone.set(piece, now));
  }

  /** The peer says that it got the piece. */
  got(peer: PeerKey, piece: number, now: Millis): void {
    const given = this.#given.get(piece);
    if (given === undefined) return;
    given.hadAt = now;
    if (given.to === peer || given.isSpread) return;
    given.isSpread = true;
    this.#alone.get(given.to)?.delete(piece);
    if (given.isShared) return;
    const spreadMs = Math.min(now - given.sentAt, HOLD_MS);
    this.#spreadMs ??= spreadMs;
    this.#spreadMs += (spreadMs - this.#spreadMs) * LATEST_SHARE;
  }

  /** The peer has come with pieces, perhaps those that it had left with. */
  came(has: Bitfield, now: Millis): void {
    for (const [piece, given] of this.#given) {
      if (given.isSpread || this.#isMoving(given, now) || !has.has(piece)) continue;
      given.isSpread = true;
      given.hadAt = now;
      this.#alone.get(given.to)?.delete(piece);
    }
  }

  /** What a block of the piece would be to the peer. `isElsewhere`: another peer that is connected has the piece. */
  copyOf(peer: PeerKey, piece: number, isElsewhere: boolean, now: Millis): Copy {
    const given = this.#given.get(piece);
    if (given === undefined) {
      if (!this.#begun.has(piece)) return COPY.first;
      return isElsewhere ? COPY.second : COPY.lost;
    }
    if (given.to === peer) return COPY.first;
    // while nobody has passed on anything, peers may not know each other
    if (this.#isMoving(given, now))
      return this.#spreadMs === undefined ? COPY.second : COPY.spreading;
    return given.isSpread && isElsewhere ? COPY.second : COPY.lost;
  }

  /** Whether the piece was begun for the peer, before others. */
  isGivenTo(peer: PeerKey, piece: number): boolean {
    return this.#given.get(piece)?.to === peer;
  }

  /** Pieces that the peer was given and that nobody else has got yet. */
  aloneWith(peer: PeerKey, now: Millis): number {
    const alone = this.#alone.get(peer);
    if (alone === undefined) return 0;
    for (const [piece, at] of alone) {
      if (now - at < ALONE_MS) break;
      alone.delete(piece);
    }
    return alone.size;
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

  /** The peer is choked: it will not ask. */
  choked(peer: PeerKey): void {
    this.#suggested.delete(peer);
    this.#idle = 0;
  }

  /** The peer left, and what nobody else got of it is gone with it, whoever claims to have it. */
  gone(peer: PeerKey): void {
    this.choked(peer);
    for (const piece of this.#alone.get(peer)?.keys() ?? []) {
      const given = this.#given.get(piece);
      if (given === undefined) continue;
      given.sentAt = Number.NEGATIVE_INFINITY;
      given.hadAt = Number.NEGATIVE_INFINITY;
    }
    this.#alone.delete(peer);
  }

  /** On its way to others: it was sent, or somebody got it, not long ago. */
  #isMoving({ sentAt, hadAt }: Given, now: Millis): boolean {
    return now - Math.max(sentAt, hadAt) < this.#holdMs;
  }

  get #holdMs(): Millis {
    const usualMs = this.#spreadMs ?? HOLD_MS;
    return Math.min(HOLD_MS, Math.max(HOLD_MS_MIN, usualMs * HOLD_FACTOR));
  }

  #forget(piece: number): void {
    const given = this.#given.get(piece);
    if (given === undefined) return;
    this.#given.delete(piece);
    this.#alone.get(given.to)?.delete(piece);
  }
}
