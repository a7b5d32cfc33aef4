/**
 * Super-seeding (BEP 16): a seed that claims no piece, reveals a few to each peer, and the next ones
 * when others have got those. So the first copy costs little more than one upload of the content.
 *
 * Invariant, while it is not over: each peer that told its pieces waits for `REVEALED_AHEAD` of those
 * revealed to it, for fewer only when no other that it lacks is near; no piece is revealed to a peer
 * twice; and what it may be sent is what was revealed to it.
 */
import { assert } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { Bitfield } from '../bitfield.ts';
import type { PeerKey } from '../picker/peer-key.ts';

/**
 * Pieces that a peer was shown and that are not passed on yet. With one it stands idle meanwhile, and is
 * choked, since it wants nothing. On the simulator, 5 MB in 80 pieces to eight peers over 20-200 ms took 10.0 s
 * with one, 6.6 s with two and 5.3 s with three, to one peer 54, 24 and 17 s; three cost 1.02 copies, the
 * others 1.00. libtorrent reveals two.
 */
const REVEALED_AHEAD = 2;

/**
 * A peer that has its piece, or does not want it, gets another after this, though nobody took it over; and
 * others are revealed the piece, too. By then an optimistic unchoke, which lasts 30 s (BEP 3), gave it an
 * occasion to pass it on.
 */
export const KEPT_MS = 30_000;

/** Pieces looked at for one that is least spread, so that no `have` makes us walk through a large torrent. */
const LOOK_MAX = 1_024;

/** What a peer said of itself; it may change between calls. */
export interface SuperSeedPeer {
  /** Undefined until the piece count is known. */
  readonly pieces: Bitfield | undefined;
  readonly isInterested: boolean;
  readonly isUploadOnly: boolean;
}

export interface SuperSeedView {
  /** Connected peers that say they have the piece. */
  availability(piece: number): number;
  /** Uniform in [0, 1). Seeds of one torrent begin at different pieces. */
  random(): number;
}

/** To be told by `have`. */
export interface Reveal {
  readonly peer: PeerKey;
  readonly piece: number;
}

interface Waiting {
  readonly piece: number;
  /** When it was revealed, or later the peer said that it had got it. */
  since: Millis;
}

interface Member {
  readonly peer: SuperSeedPeer;
  /** It told which pieces it has, or had the time to. */
  hasTold: boolean;
  readonly revealed: Bitfield;
  waiting: readonly Waiting[];
}

/** Each method is called after the view shows the change, and returns what follows from it. */
export class SuperSeed {
  readonly #pieceCount: number;
  readonly #view: SuperSeedView;
  readonly #members = new Map<PeerKey, Member>();
  /** How many peers wait for the piece without having it: it will be theirs. */
  readonly #coming: Uint16Array;
  /** Pieces that two peers had at once: these are out. */
  readonly #out: Bitfield;
  /** When the piece was last revealed, or the first peer that has it came. */
  readonly #shownAt: Float64Array;
  /** Where the next look for a piece begins: behind the last one revealed. */
  #next: number;
  #hasSeed = false;

  constructor(pieceCount: number, view: SuperSeedView) {
    this.#pieceCount = pieceCount;
    this.#view = view;
    this.#coming = new Uint16Array(pieceCount);
    this.#out = new Bitfield(pieceCount);
    this.#shownAt = new Float64Array(pieceCount).fill(Number.NEGATIVE_INFINITY);
    this.#next = Math.floor(view.random() * pieceCount);
  }

  /** Each piece was at two peers, or one peer has all: what others lack they get from each other. */
  get isOver(): boolean {
    return this.#hasSeed || this.#out.isFull;
  }

  isRevealed(peer: PeerKey, piece: number): boolean {
    return this.#members.get(peer)?.revealed.has(piece) === true;
  }

  /** A peer whose pieces, if it has any, are not all known yet: `update` follows. */
  opened(key: PeerKey, peer: SuperSeedPeer): void {
    assert(!this.#members.has(key), 'a peer is opened once');
    const revealed = new Bitfield(this.#pieceCount);
    this.#members.set(key, { peer, hasTold: false, revealed, waiting: [] });
  }

  /** The peer told anew which pieces it has. */
  update(key: PeerKey, now: Millis): readonly Reveal[] {
    const member = this.#members.get(key);
    if (member === undefined) return [];
    this.#learn(member, now);
    this.#recount();
    return this.#settle(now);
  }

  /** The peer said all that it says at first: what it has not told by then, it does not have. */
  introduced(key: PeerKey, now: Millis): readonly Reveal[] {
    return this.#members.get(key)?.hasTold === false ? this.update(key, now) : [];
  }

  /** The peer lost a piece that it had (BEP 54). What was revealed to it may come to it again. */
  lost(key: PeerKey, piece: number): void {
    const member = this.#members.get(key);
    if (member?.waiting.some((waiting) => waiting.piece === piece) === true)
      this.#addComing(piece, 1);
  }

  /** The peer says that it got a piece. */
  had(key: PeerKey, piece: number, now: Millis): readonly Reveal[] {
    const member = this.#members.get(key);
    if (member === undefined) return [];
    for (const waiting of member.waiting) {
      if (waiting.piece !== piece) continue;
      waiting.since = now;
      this.#addComing(piece, -1);
    }
    this.#gained(piece);
    this.#hasSeed ||= member.peer.pieces?.isFull === true;
    const holders = [...this.#members].filter(([, { waiting }]) =>
      waiting.some((each) => each.piece === piece),
    );
    return this.#settle(now, holders);
  }

  gone(key: PeerKey, now: Millis): readonly Reveal[] {
    if (!this.#members.delete(key)) return [];
    this.#recount();
    return this.#settle(now);
  }

  /** Once a second or so: nobody waits for ever for a peer that passes nothing on, or says nothing. */
  tick(now: Millis): readonly Reveal[] {
    for (const member of this.#members.values()) if (!member.hasTold) this.#learn(member, now);
    return this.#settle(now);
  }

  #learn(member: Member, now: Millis): void {
    const { pieces } = member.peer;
    if (pieces === undefined) return;
    member.hasTold = true;
    for (const piece of pieces) {
      this.#gained(piece);
      if (this.#shownAt[piece] === Number.NEGATIVE_INFINITY) this.#shownAt[piece] = now;
    }
    this.#hasSeed ||= pieces.isFull;
  }

  #gained(piece: number): void {
    if (this.#view.availability(piece) >= 2) this.#out.set(piece);
  }

  #settle(now: Millis, members: Iterable<[PeerKey, Member]> = this.#members): readonly Reveal[] {
    const reveals: Reveal[] = [];
    if (this.isOver) return reveals;
    for (const [key, member] of members) {
      const { pieces } = member.peer;
      if (pieces === undefined || !member.hasTold) continue;
      this.#drop(member, pieces, now);
      while (member.waiting.length < REVEALED_AHEAD) {
        const piece = this.#pick(member, pieces, now);
        if (piece === undefined) break;
        member.revealed.set(piece);
        this.#shownAt[piece] = now;
        member.waiting = [...member.waiting, { piece, since: now }];
        this.#addComing(piece, 1);
        reveals.push({ peer: key, piece });
      }
    }
    return reveals;
  }

  /** Forgets the pieces for which there is no need to wait any more. */
  #drop(member: Member, pieces: Bitfield, now: Millis): void {
    const isDone = (waiting: Waiting): boolean => this.#isDone(member, pieces, waiting, now);
    if (!member.waiting.some(isDone)) return;
    const done = member.waiting.filter(isDone);
    member.waiting = member.waiting.filter((waiting) => !done.includes(waiting));
    for (const { piece } of done) if (!pieces.has(piece)) this.#addComing(piece, -1);
  }

  #isDone(member: Member, pieces: Bitfield, { piece, since }: Waiting, now: Millis): boolean {
    const isHad = pieces.has(piece);
    const others = this.#view.availability(piece) - (isHad ? 1 : 0);
    if (others > 0) return true; // passed on, by it or by whoever else
    if (now - since >= KEPT_MS && (isHad || !member.peer.isInterested)) return true;
    return isHad && !this.#isLackedByOthers(member, piece);
  }

  #isLackedByOthers(member: Member, piece: number): boolean {
    for (const other of this.#members.values()) {
      if (other === member || other.peer.isUploadOnly) continue;
      if (other.peer.pieces?.has(piece) !== true) return true;
    }
    return false;
  }

  /**
   * What fewest peers have or are about to have; of those that are near, the next one. What one of them has
   * comes to the others from there, if it comes in time.
   */
  #pick(member: Member, pieces: Bitfield, now: Millis): number | undefined {
    const looks = Math.min(LOOK_MAX, this.#pieceCount);
    let best: number | undefined;
    let bestSpread = Number.POSITIVE_INFINITY;
    for (let look = 0; look < looks && bestSpread > 0; look++) {
      const piece = (this.#next + look) % this.#pieceCount;
      if (pieces.has(piece) || member.revealed.has(piece)) continue;
      const spread = this.#view.availability(piece) + (this.#coming[piece] ?? 0);
      if (spread >= bestSpread) continue;
      if (spread > 0 && now - (this.#shownAt[piece] ?? 0) < KEPT_MS) continue;
      best = piece;
      bestSpread = spread;
    }
    // a part in which there is nothing for this peer is not looked at again and again
    this.#next = best === undefined ? this.#next + looks : best + 1;
    this.#next %= this.#pieceCount;
    return best;
  }

  #recount(): void {
    this.#coming.fill(0);
    for (const { peer, waiting } of this.#members.values()) {
      for (const { piece } of waiting) {
        if (peer.pieces?.has(piece) !== true) this.#addComing(piece, 1);
      }
    }
  }

  #addComing(piece: number, change: 1 | -1): void {
    this.#coming[piece] = (this.#coming[piece] ?? 0) + change;
  }
}
