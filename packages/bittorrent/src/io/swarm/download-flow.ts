/**
 * Fetching: which blocks are asked of which peer, where arriving blocks go, and what becomes of a
 * finished piece. Part of the data path: nothing here allocates per block but the request itself.
 */
import { assert, LeanMap, LeanSet, PeerFault } from '@coequal/base';
import type { Cancel, Millis } from '@coequal/base';
import { BLOCK_LENGTH } from '../../core/blocks.ts';
import type { Bitfield } from '../../core/bitfield.ts';
import type { BlockRequest } from '../../core/blocks.ts';
import { encodeCancels, encodePeerMessage, encodeRequests } from '../../core/wire/peer-wire.ts';
import type { PiecePicker, PickView } from '../../core/picker/piece-picker.ts';
import { setInterest, updateInterest } from './interest.ts';
import type { PeerLink } from './peer-link.ts';
import { PieceCommits } from './piece-commits.ts';
import type { CommitView } from './piece-commits.ts';
import { RequestMoves } from './request-moves.ts';
import type { RequestMove } from './request-moves.ts';
import type { PieceStore } from '../storage/piece-store.ts';
import type { PieceBuffer } from '../storage/slot-pool.ts';

/**
 * Requests that an unchoking peer may refuse in a row: half of the deepest queue. One that refuses
 * everything would be asked again each round trip.
 */
const REJECTS_MAX = 1_000;

/** In the endgame idle peers are looked at so often: what others owe gets later by the moment. */
const ENDGAME_LOOK_MS = 100;

/** What fetching needs of the swarm. */
export interface DownloadView extends CommitView {
  links(): Iterable<PeerLink>;
  linkOf(key: number): PeerLink | undefined;
}

export class DownloadFlow {
  /** Payload bytes that were thrown away: late, doubled, or of a piece that failed. */
  wasted = 0;
  /** Payload bytes that were kept. */
  downloaded = 0;
  readonly #picker: PiecePicker;
  readonly #store: PieceStore;
  readonly #view: DownloadView;
  readonly #buffers = new LeanMap<number, PieceBuffer>();
  readonly #commits: PieceCommits;
  /** Links that could have asked for more had there been memory. */
  readonly #starved = new LeanSet<PeerLink>();
  readonly #moves = new RequestMoves();
  /** Links that lost a piece in this read, if only for a moment. */
  readonly #losing = new LeanSet<PeerLink>();
  #endgameTimer: Cancel | undefined;
  #isPicking = false;
  /** Memory came free during a pick. */
  #isFeedingDue = false;
  #isPaused = false;

  constructor(picker: PiecePicker, store: PieceStore, view: DownloadView) {
    this.#picker = picker;
    this.#store = store;
    this.#view = view;
    this.#commits = new PieceCommits(picker, store, view, {
      wasted: (length) => this.#waste(length),
      reopened: (buffer) => this.#reopened(buffer),
      missing: () => this.#fillAll(),
    });
    store.onSlotsFree = () => this.#feedStarved();
  }

  /** The selection changed: what nobody wants any more makes room. */
  dropUnwanted(): void {
    const unwanted = Array.from(this.#picker.openPieces()).filter(
      (piece) => !this.#picker.isWanted(piece),
    );
    for (const piece of unwanted) this.#abandon(piece);
  }

  /** Stops asking, for instance while the disk is full; what is on its way is still taken. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(now: Millis): void {
    this.#isPaused = false;
    for (const link of this.#view.links()) this.fill(link, now);
  }

  /** Asks the peer for as many blocks as its rate and distance call for. */
  fill(link: PeerLink, now: Millis): void {
    const pieces = link.peer.pieces;
    if (pieces === undefined || this.#isPaused || !link.isInterested || !link.isOpen) return;
    const { isChoking, allowedFast, suggested } = link.peer;
    if (isChoking && allowedFast.size === 0) return;
    const outstanding = link.outstanding.count;
    const room = link.depth.room(outstanding);
    if (room <= 0) return;
    let lacksMemory = false;
    const view: PickView = {
      speed: link.depth.speed(this.#store.map.lengthOf(0)),
      openPiece: (piece) => {
        const isOpen = this.#open(piece);
        lacksMemory ||= !isOpen;
        return isOpen;
      },
      answerMs: (key) => this.#answerMs(key, link, now),
      ...(isChoking && { isAllowed: (piece: number) => allowedFast.has(piece) }),
      ...(suggested.length > 0 && { suggested }),
    };
    const requests = this.#pick(link, pieces, room, view);
    if (lacksMemory) this.#starved.add(link);
    if (requests.length > 0) this.#ask(link, requests, now);
    else if (outstanding === 0 && !this.#takeOver(link, room, view, now)) this.#lookAgain(link);
    if (this.#isFeedingDue) this.#feedStarved();
  }

  #pick(link: PeerLink, pieces: Bitfield, count: number, view: PickView): readonly BlockRequest[] {
    const requests: BlockRequest[] = [];
    this.#isPicking = true;
    this.#picker.pick(link.key, pieces, count, requests, view);
    this.#isPicking = false;
    return requests;
  }

  blockTarget(
    link: PeerLink,
    piece: number,
    begin: number,
    length: number,
  ): Uint8Array | undefined {
    const buffer = this.#buffers.get(piece);
    if (buffer === undefined || !this.#isExpected(link, piece, begin, length)) return undefined;
    // two senders must never write one place: the newest wins
    if (this.#picker.isContested(link.key, piece, begin)) {
      for (const other of this.#view.links()) if (other !== link) other.abandonBlock(piece, begin);
    }
    return buffer.block(begin, length);
  }

  blockDone(
    link: PeerLink,
    piece: number,
    begin: number,
    length: number,
    wasStored: boolean,
  ): void {
    const now = link.clock.now();
    const askedAt = link.outstanding.remove(piece, begin);
    link.lastBlockAt = now;
    link.downMeter.add(length, now);
    if (!wasStored) {
      this.wasted += length;
      if (askedAt !== undefined) this.#release(link, piece, begin);
      return;
    }
    link.rejectsInRow = 0;
    if (askedAt !== undefined) link.depth.received(length, askedAt, now);
    const verdict = this.#picker.received(link.key, piece, begin);
    if (verdict === 'duplicate' || verdict === 'unexpected') {
      this.wasted += length;
      return;
    }
    link.downloaded += length;
    this.downloaded += length;
    this.#moves.take(piece, begin, link);
    this.#cancelElsewhere(link, { piece, begin, length });
    if (verdict === 'completed') this.#commit(piece);
  }

  /** The peer will not send this block (BEP 6 `reject`). */
  rejected(link: PeerLink, block: BlockRequest): void {
    if (link.outstanding.remove(block.piece, block.begin) === undefined) return;
    if (this.#release(link, block.piece, block.begin)) return; // it answers our cancel
    if (link.peer.isChoking) {
      link.peer.allowedFast.delete(block.piece);
      return;
    }
    link.rejectsInRow += 1;
    if (link.rejectsInRow > REJECTS_MAX) throw new PeerFault('REJECTS_ALL');
  }

  /** The peer has got a piece. */
  gained(link: PeerLink, piece: number): void {
    this.#picker.addHave(piece);
    // to compare all that it has with all that we want would make each piece cost as much
    if (this.#picker.isWanted(piece)) setInterest(link, true);
  }

  /** The peer has lost a piece (BEP 54). `tick` drops interest that has passed, `readDone` requests. */
  lost(link: PeerLink, left: Bitfield, piece: number): void {
    this.#picker.removeHave(link.key, left, piece);
    this.#losing.add(link);
  }

  /** What the peer lost and has not got again in the same read is asked of others. */
  readDone(link: PeerLink, now: Millis): void {
    const { pieces } = link.peer;
    if (this.#losing.delete(link) && pieces !== undefined) this.#releaseLost(link, pieces);
    this.fill(link, now);
  }

  /** The peer choked us. Without BEP 6 that drops all requests; with it each one is rejected. */
  choked(link: PeerLink): void {
    if (!link.peer.supports.fast) this.#releaseAll(link);
  }

  gone(link: PeerLink): void {
    this.#starved.delete(link);
    this.#losing.delete(link);
    this.#releaseAll(link);
    if (link.peer.pieces !== undefined) this.#picker.removePeer(link.peer.pieces);
  }

  /** Takes back what a peer has left unanswered for too long, and drops interest that has passed. */
  tick(now: Millis): void {
    for (const { from, block } of this.#moves.unanswered(now)) {
      from.outstanding.remove(block.piece, block.begin);
      this.#release(from, block.piece, block.begin);
    }
    for (const link of this.#view.links()) {
      if (link.outstanding.count > 0) {
        if (now - link.lastBlockAt > link.depth.timeoutMs) this.#timeOut(link);
      } else if (link.isInterested) {
        updateInterest(link, this.#picker);
        this.fill(link, now);
      }
    }
  }

  /** Settles when no piece is being hashed or written. */
  idle(): Promise<void> {
    return this.#commits.idle();
  }

  /** Gives back the memory of unfinished pieces; the links are closed by then. */
  dispose(): void {
    this.#endgameTimer?.();
    this.#store.onSlotsFree = undefined;
    for (const buffer of this.#buffers.values()) this.#store.discard(buffer);
    this.#buffers.clear();
  }

  /** Asked for, be it late, and not here yet: what is here already must never be written over. */
  #isExpected(link: PeerLink, piece: number, begin: number, length: number): boolean {
    const isWhole = length === Math.min(BLOCK_LENGTH, this.#store.map.lengthOf(piece) - begin);
    return isWhole && this.#picker.isWelcome(link.key, piece, begin);
  }

  /** How long a peer will take for what it owes; for the one that is to be asked, for one block more. */
  #answerMs(key: number, asking: PeerLink, now: Millis): number {
    if (key === asking.key) return asking.depth.idleAnswerMs;
    const other = this.#view.linkOf(key);
    if (other === undefined) return Infinity;
    return other.depth.answerMs(other.outstanding.count) + (now - other.lastBlockAt);
  }

  #open(piece: number): boolean {
    let buffer = this.#store.reserve(piece);
    while (buffer === undefined) {
      const stalled = this.#picker.stalledPiece();
      if (stalled === undefined) return false;
      this.#abandon(stalled);
      buffer = this.#store.reserve(piece);
    }
    this.#buffers.set(piece, buffer);
    return true;
  }

  /** Gives up a piece under way, with what it has: its memory is worth more elsewhere. */
  #abandon(piece: number): void {
    const buffer = this.#buffers.get(piece);
    assert(buffer, 'a piece that is open has memory');
    for (const link of this.#view.links()) link.abandonPiece(piece);
    this.#picker.abandon(piece);
    this.#buffers.delete(piece);
    this.#store.discard(buffer);
  }

  #ask(link: PeerLink, requests: readonly BlockRequest[], now: Millis): void {
    if (link.outstanding.count === 0) link.lastBlockAt = now; // time-outs count from here
    link.outstanding.add(requests, now);
    link.sendBytes(encodeRequests(requests));
  }

  /** What a slow peer owes us is taken from it for one that has nothing to do. */
  #takeOver(link: PeerLink, room: number, view: PickView, now: Millis): boolean {
    const blocks: BlockRequest[] = [];
    const slow = this.#picker.pickMoves(link.key, room, blocks, view);
    const from = slow === undefined ? undefined : this.#view.linkOf(slow);
    if (blocks.length === 0) return false;
    if (from?.peer.supports.fast === true) {
      this.#moves.begin(blocks, from, link, now);
      from.sendBytes(encodeCancels(blocks));
    } else {
      this.#ask(link, blocks, now); // its cancels are not answered
    }
    return true;
  }

  #lookAgain(link: PeerLink): void {
    if (this.#endgameTimer !== undefined || !this.#picker.isEndgame) return;
    this.#endgameTimer = link.clock.at(link.clock.now() + ENDGAME_LOOK_MS, () => {
      this.#endgameTimer = undefined;
      for (const other of this.#view.links()) {
        if (other.outstanding.count === 0) this.fill(other, other.clock.now());
      }
    });
  }

  /** The peer does not owe us the block any more. Returns whether it was to be taken from it. */
  #release(link: PeerLink, piece: number, begin: number): boolean {
    this.#picker.released(link.key, piece, begin);
    const move = this.#moves.take(piece, begin, link);
    if (move !== undefined) this.#finishMoves([move], link.clock.now());
    return move !== undefined;
  }

  /** The slow peer does not owe these any more, but the one that they were to be asked of. */
  #finishMoves(moves: readonly RequestMove[], now: Millis): void {
    for (const { block, to } of moves) {
      if (this.#picker.owes(to.key, block.piece, block.begin)) this.#ask(to, [block], now);
    }
  }

  #cancelElsewhere(link: PeerLink, block: BlockRequest): void {
    for (const key of this.#picker.duplicatesOf(block.piece, block.begin)) {
      const other = key === link.key ? undefined : this.#view.linkOf(key);
      if (other?.outstanding.remove(block.piece, block.begin) === undefined) continue;
      other.abandonBlock(block.piece, block.begin);
      other.sendBytes(encodePeerMessage({ type: 'cancel', ...block }));
    }
  }

  #commit(piece: number): void {
    const buffer = this.#buffers.get(piece);
    if (buffer === undefined) return;
    this.#buffers.delete(piece);
    // a late sender whose request was released must not write while the piece is hashed and written
    for (const link of this.#view.links()) link.abandonPiece(piece);
    this.#commits.begin(buffer);
  }

  #reopened(buffer: PieceBuffer): void {
    this.#buffers.set(buffer.piece, buffer);
    if (!this.#picker.isWanted(buffer.piece)) this.#abandon(buffer.piece);
  }

  #fillAll(): void {
    for (const link of this.#view.links()) this.fill(link, link.clock.now());
  }

  #waste(length: number): void {
    this.wasted += length;
    this.downloaded -= length;
  }

  #timeOut(link: PeerLink): void {
    link.depth.timedOut();
    link.abandonArriving(); // others are asked for it now, and would write the same place
    this.#releaseAll(link);
    const now = link.clock.now();
    for (const other of this.#view.links()) if (other !== link) this.fill(other, now);
    this.fill(link, now);
  }

  #releaseLost(link: PeerLink, left: Bitfield): void {
    for (const { block } of this.#moves.takeOutside(left, link)) {
      this.#picker.released(link.key, block.piece, block.begin);
    }
    const lost = link.outstanding.removeOutside(left);
    if (lost.length === 0) return;
    for (const { piece, begin } of lost) {
      link.abandonBlock(piece, begin); // others are asked for it now, and would write the same place
      this.#release(link, piece, begin);
    }
    // to be asked and to lose the piece instead, over and over, is to refuse
    link.rejectsInRow += 1;
    if (link.rejectsInRow > REJECTS_MAX) link.close(new PeerFault('REJECTS_ALL'));
  }

  #releaseAll(link: PeerLink): void {
    link.outstanding.removeAll();
    this.#picker.releasePeer(link.key);
    this.#moves.forget(link);
    this.#finishMoves(this.#moves.takeAll(link), link.clock.now());
  }

  #feedStarved(): void {
    // a pick that gives up a stalled piece frees memory for itself: nobody else may pick meanwhile
    this.#isFeedingDue = this.#isPicking;
    if (this.#isPicking) return;
    const starved = [...this.#starved];
    this.#starved.clear();
    for (const link of starved) this.fill(link, link.clock.now());
  }
}
