/**
 * The choice of blocks for one peer: unfinished pieces first, then new ones (rarest first, BEP 3), and
 * when all is asked for, what others are slow to send (endgame).
 */
import { assert } from '@coequal/base';
import { Bitfield } from '../bitfield.ts';
import type { BlockProgress } from './block-progress.ts';
import { BLOCK_LENGTH } from '../blocks.ts';
import type { BlockRequest } from '../blocks.ts';
import type { OpenPieces } from './open-pieces.ts';
import { NO_PEER } from './peer-key.ts';
import type { PeerKey } from './peer-key.ts';
import type { PeerLoads } from './peer-loads.ts';
import type { PieceBook } from './piece-book.ts';
import { NO_PIECE, PieceSearch } from './piece-search.ts';
import type { SearchLimits } from './piece-search.ts';
import { PIECE_PRIORITY, PIECE_STAGE } from './piece-table.ts';

/** Pieces picked at random before rarity counts: whoever has nothing to give needs any piece soon. */
const RANDOM_FIRST_PIECES = 4;

/**
 * Pieces with free blocks beyond which even a fast peer joins one rather than open its own: memory
 * held by pieces that do not end is lost to those that would.
 */
const PARTIALS_MIN = 4;
const PARTIALS_PER_PEER = 1.5;

/** Blocks that an idle peer is asked for a second time at once: all that come twice are waste. */
const ENDGAME_BLOCKS = 4;

/** A second request is worth its waste if the first would take that many times longer. */
const ENDGAME_GAIN = 2;

/**
 * Before the endgame an idle peer is given what another owes us only if that one would take at least so
 * long: moving it costs a cancel, an answer and a request.
 */
const MOVE_MS_MIN = 200;

/** Where answers are not timed, a slow peer counts as slower than any queue (in blocks) of a fast one. */
const SLOW_PEER_QUEUE = 1_000_000;

// How well an unfinished piece suits a peer.
/** Its hash was wrong before, and one other peer is to send it all. */
const FIT_NONE = 0;
/** Others work on it, and would be held back. */
const FIT_OTHERS = 1;
/** Slow peers work on it, as this one. */
const FIT_SHARED = 2;
const FIT_NOBODYS = 3;
const FIT_OWN = 4;

/** What a pick for one peer may do. */
export interface PickView extends SearchLimits {
  /** Slow peers share pieces; fast ones take whole pieces of their own. */
  readonly speed: 'fast' | 'slow';
  /**
   * Reserves memory for a piece not under way yet; false: there is none now. It may `abandon` other
   * pieces meanwhile, and change nothing else.
   */
  openPiece(piece: number): boolean;
  /** While choked (BEP 6): only these. Name them in `suggested` too, where they are found at once. */
  isAllowed?(piece: number): boolean;
  /** Pieces to be preferred among those of the same priority (BEP 6). */
  readonly suggested?: readonly number[];
  /**
   * How long until all that the peer owes us is here, its silence so far included; of the peer itself,
   * how long one block takes it. Without this slow peers, then long queues, count as slowest.
   */
  answerMs?(peer: PeerKey): number;
}

/** What the choice is made from. */
export interface PickSources {
  readonly book: PieceBook;
  readonly open: OpenPieces;
  readonly loads: PeerLoads;
  /** Pieces whose hash was wrong. */
  readonly failedBefore: Pick<ReadonlySet<number>, 'has'>;
  /** Bytes of a piece. */
  lengthOf(piece: number): number;
  random(): number;
}

const CLOSED: PickView = { speed: 'slow', openPiece: () => false };

/** One object serves all peers in turn, so that a pick allocates nothing but its requests. */
export class PickRound {
  readonly #sources: PickSources;
  readonly #search: PieceSearch;
  #peer: PeerKey = NO_PEER;
  #has = new Bitfield(0);
  #view: PickView = CLOSED;
  #into: BlockRequest[] = [];
  /** Length of `into` at which there is enough. */
  #end = 0;
  #hasMemory = true;

  constructor(sources: PickSources) {
    this.#sources = sources;
    this.#search = new PieceSearch(sources.book, () => sources.random());
  }

  /** Pushes at most `count` requests. */
  run(
    peer: PeerKey,
    has: Bitfield,
    count: number,
    into: BlockRequest[],
    view: PickView,
    isSequential: boolean,
  ): void {
    const before = into.length;
    this.#peer = peer;
    this.#has = has;
    this.#view = view;
    this.#into = into;
    this.#end = before + count;
    this.#hasMemory = true;
    this.#search.begin(has, view);
    const { table } = this.#sources.book;
    for (let priority: number = PIECE_PRIORITY.first; priority > 0; priority--) {
      if (table.wantedOf(priority) === 0) continue;
      if (isSequential) this.#pickInOrder(priority);
      else this.#pickByRarity(priority);
    }
    if (into.length > before || this.#sources.loads.of(peer) > 0) return;
    for (let priority: number = PIECE_PRIORITY.first; priority > 0; priority--) {
      this.#pickPartials(priority, FIT_NONE);
    }
    if (into.length > before || !this.isAllAsked) return;
    this.#pickAgain(count, 0);
  }

  /** After a `run` that found nothing: see `PiecePicker.pickMoves`. */
  runMoves(count: number, into: BlockRequest[]): PeerKey {
    this.#into = into;
    if (this.#sources.loads.of(this.#peer) > 0 || !this.#view.answerMs) return NO_PEER;
    return this.#pickAgain(count, this.#hasMemory ? MOVE_MS_MIN : 0);
  }

  get #isDone(): boolean {
    return this.#into.length >= this.#end;
  }

  get #isSlow(): boolean {
    return this.#view.speed === 'slow';
  }

  #pickByRarity(priority: number): void {
    const { open, loads } = this.#sources;
    const partialsMax = PARTIALS_MIN + PARTIALS_PER_PEER * loads.size;
    this.#pickPartials(priority, open.partialCount > partialsMax ? FIT_OTHERS : FIT_SHARED);
    this.#pickNew(priority);
    this.#pickPartials(priority, FIT_OTHERS);
  }

  /** From unfinished pieces that suit the peer at least so well, the best and rarest first. */
  #pickPartials(priority: number, fitMin: number): void {
    while (!this.#isDone) {
      const progress = this.#bestPartial(priority, fitMin);
      if (!progress) return;
      this.#take(progress);
    }
  }

  #bestPartial(priority: number, fitMin: number): BlockProgress | undefined {
    const { open, book } = this.#sources;
    let best: BlockProgress | undefined;
    let bestFit = fitMin;
    let bestAvailability = Infinity;
    for (let index = 0; index < open.partialCount; index++) {
      const progress = open.partial(index);
      if (!progress || !this.#canJoin(progress.piece, priority)) continue;
      const fit = this.#fitOf(progress);
      if (fit < bestFit) continue;
      const availability = book.availability.rankOf(progress.piece);
      if (fit === bestFit && availability >= bestAvailability) continue;
      best = progress;
      bestFit = fit;
      bestAvailability = availability;
    }
    return best;
  }

  #fitOf(progress: BlockProgress): number {
    if (progress.owner === this.#peer) return FIT_OWN;
    if (progress.owner === NO_PEER) return FIT_NOBODYS;
    if (progress.isForOne) return FIT_NONE;
    return this.#isSlow && progress.isSlow ? FIT_SHARED : FIT_OTHERS;
  }

  #canJoin(piece: number, priority: number): boolean {
    if (!this.#has.has(piece)) return false;
    if (this.#sources.book.table.priorityOf(piece) !== priority) return false;
    return this.#view.isAllowed ? this.#view.isAllowed(piece) : true;
  }

  #pickNew(priority: number): void {
    const isRandom = this.#sources.book.table.hadCount < RANDOM_FIRST_PIECES;
    while (!this.#isDone && this.#hasMemory) {
      const piece = isRandom
        ? this.#search.nextRandom(priority)
        : this.#search.nextRarest(priority);
      const progress = piece === NO_PIECE ? undefined : this.#openPiece(piece);
      if (!progress) return;
      this.#take(progress);
    }
  }

  /** The first piece with a free block, under way or not. */
  #pickInOrder(priority: number): void {
    while (!this.#isDone) {
      const partial = this.#firstPartial(priority);
      const piece = this.#hasMemory ? this.#search.nextInOrder(priority) : NO_PIECE;
      const isNewFirst = piece !== NO_PIECE && (!partial || piece < partial.piece);
      const progress = (isNewFirst ? this.#openPiece(piece) : undefined) ?? partial;
      if (!progress) return;
      this.#take(progress);
    }
  }

  #firstPartial(priority: number): BlockProgress | undefined {
    const { open } = this.#sources;
    let first: BlockProgress | undefined;
    for (let index = 0; index < open.partialCount; index++) {
      const progress = open.partial(index);
      if (!progress || (first && first.piece < progress.piece)) continue;
      if (this.#fitOf(progress) === FIT_NONE || !this.#canJoin(progress.piece, priority)) continue;
      first = progress;
    }
    return first;
  }

  #openPiece(piece: number): BlockProgress | undefined {
    const { book, open, failedBefore } = this.#sources;
    this.#hasMemory = this.#view.openPiece(piece);
    if (!this.#hasMemory) return undefined;
    assert(book.table.stateOf(piece) === 'wanted', 'a piece was opened that is not to be had');
    book.setStage(piece, PIECE_STAGE.open);
    const progress = open.open(piece, this.#sources.lengthOf(piece));
    progress.isForOne = failedBefore.has(piece);
    return progress;
  }

  #take(progress: BlockProgress): void {
    if (progress.owner === NO_PEER) progress.owner = this.#peer;
    if (progress.owner === this.#peer) progress.isSlow = this.#isSlow;
    while (!this.#isDone) {
      const index = progress.ask(this.#peer);
      if (index < 0) break;
      this.#push(progress, index);
    }
    this.#sources.open.update(progress);
  }

  #push(progress: BlockProgress, index: number): void {
    this.#into.push({
      piece: progress.piece,
      begin: index * BLOCK_LENGTH,
      length: progress.lengthOf(index),
    });
  }

  /** Every wanted block that somebody connected has is asked for. */
  get isAllAsked(): boolean {
    const { open, book } = this.#sources;
    if (this.#search.isAnyLeft) return false;
    for (let index = 0; index < open.partialCount; index++) {
      const piece = open.partial(index)?.piece ?? NO_PIECE;
      if (book.table.priorityOf(piece) > 0 && book.availability.of(piece) > 0) return false;
    }
    return true;
  }

  /** What the slowest to answer owes us; its last requests first, because those it will answer last. */
  #pickAgain(count: number, slowMin: number): PeerKey {
    const { open, book } = this.#sources;
    let slowestMs = Math.max(slowMin, ENDGAME_GAIN * (this.#view.answerMs?.(this.#peer) ?? -1));
    let slowest: PeerKey = NO_PEER;
    let from: BlockProgress | undefined;
    for (const progress of open.values()) {
      const priority = book.table.priorityOf(progress.piece);
      if (priority === 0 || !this.#canJoin(progress.piece, priority)) continue;
      for (let index = 0; index < progress.blockCount; index++) {
        const peer = progress.onlyAskedOf(index);
        if (peer === NO_PEER || peer === this.#peer) continue;
        const ms = peer === slowest ? slowestMs : this.#answerMs(peer);
        if (ms < slowestMs || (ms === slowestMs && slowest === NO_PEER)) continue;
        slowestMs = ms;
        slowest = peer;
        from = progress; // at a tie the later one
      }
    }
    if (!from) return NO_PEER;
    this.#end = this.#into.length + Math.min(count, ENDGAME_BLOCKS);
    for (let index = from.blockCount - 1; index >= 0 && !this.#isDone; index--) {
      if (from.onlyAskedOf(index) !== slowest) continue;
      from.askAgain(index, this.#peer);
      this.#push(from, index);
    }
    return slowest;
  }

  #answerMs(peer: PeerKey): number {
    if (this.#view.answerMs) return this.#view.answerMs(peer);
    const { loads } = this.#sources;
    return loads.of(peer) + (loads.isSlow(peer) ? SLOW_PEER_QUEUE : 0);
  }
}
