/**
 * Which blocks to ask of whom (BEP 3: rarest first, random first pieces, endgame). A piece is exactly
 * one of had, hashing, open, wanted and unwanted; the methods here are the transitions:
 *
 *   wanted --pick--> open --received--> hashing --verified--> had
 *     ^<---abandon----'^                  |--failed--> wanted
 *                      '------reopened----'
 *
 * and a wish (`setPriority`) turns wanted into unwanted and back; it never closes a piece under way.
 */
import { assert, LeanMap, LeanSet } from '@coequal/base';
import type { Bitfield } from '../bitfield.ts';
import type { BlockProgress, BlockVerdict } from './block-progress.ts';
import type { BlockRequest } from '../blocks.ts';
import { OpenPieces } from './open-pieces.ts';
import { NO_PEER } from './peer-key.ts';
import type { PeerKey } from './peer-key.ts';
import { PeerLoads } from './peer-loads.ts';
import { PickRound } from './pick-round.ts';
import type { PickView } from './pick-round.ts';
import { PieceBook } from './piece-book.ts';
import { PIECE_PRIORITY, PIECE_STAGE } from './piece-table.ts';
import type { PiecePriority, PieceState } from './piece-table.ts';

export { PIECE_PRIORITY } from './piece-table.ts';
export type { PiecePriority, PieceState } from './piece-table.ts';
export type { PeerKey } from './peer-key.ts';
export type { PickView } from './pick-round.ts';

export interface PickerOptions {
  readonly pieceCount: number;
  /** Bytes of a piece, 1 or more. */
  lengthOf(piece: number): number;
  /** Uniform in [0, 1). */
  random(): number;
}

/** 'completed': the last block of the piece came, which is 'hashing' now. */
export type Received = BlockVerdict | 'completed';

export class PiecePicker {
  readonly #book: PieceBook;
  readonly #open = new OpenPieces();
  readonly #hashing = new LeanMap<number, BlockProgress>();
  readonly #loads = new PeerLoads();
  /** Pieces whose hash was wrong, until they are had. */
  readonly #failedBefore = new LeanSet<number>();
  readonly #options: PickerOptions;
  /** Made by the first pick: most torrents have no peer to ask. */
  #round: PickRound | undefined;
  #isSequential = false;

  constructor(options: PickerOptions) {
    this.#options = options;
    this.#book = new PieceBook(options.pieceCount);
  }

  // What we have and want

  /** Something wanted is still missing. */
  get hasWanted(): boolean {
    return this.#book.table.wantedCount > 0;
  }

  get hadCount(): number {
    return this.#book.table.hadCount;
  }

  stateOf(piece: number): PieceState {
    return this.#book.table.stateOf(piece);
  }

  /** Missing, open and hashing ones included, and not unwanted. */
  isWanted(piece: number): boolean {
    return this.#book.table.isWanted(piece);
  }

  /** Whether a peer with these pieces has one that is wanted. */
  isInteresting(has: Bitfield): boolean {
    return this.#book.table.intersects(has);
  }

  /** The piece is there and verified, without having been picked here. Had already: nothing happens. */
  markHad(piece: number): void {
    const state = this.#book.table.stateOf(piece);
    if (state === 'had') return;
    assert(state === 'wanted' || state === 'unwanted', 'a piece under way was marked as had');
    this.#setHad(piece);
  }

  /** As `markHad` for each of them, before anything was picked. */
  setHad(pieces: Bitfield): void {
    if (pieces.isFull && this.#book.table.isUntouched) this.#book.table.setAllHad();
    else for (const piece of pieces) this.markHad(piece);
  }

  /** A piece that was had is found gone or damaged: it is missing again. */
  lost(piece: number): void {
    if (this.#book.table.stateOf(piece) === 'had') this.#book.setStage(piece, PIECE_STAGE.missing);
  }

  /** A piece under way that becomes unwanted is not asked for further: see `abandon`. */
  setPriority(piece: number, priority: PiecePriority): void {
    this.#book.setPriority(piece, priority);
  }

  /** Of every piece, as PIECE_PRIORITY. */
  setPriorities(priorities: Uint8Array): void {
    const { normal } = PIECE_PRIORITY;
    if (this.#book.table.isUntouched && priorities.every((priority) => priority === normal)) return;
    for (const [piece, priority] of priorities.entries()) this.#book.setPriority(piece, priority);
  }

  priorityOf(piece: number): number {
    return this.#book.table.priorityOf(piece);
  }

  /** In order from the first missing wanted piece, for every peer; higher priorities still go first. */
  setSequential(on: boolean): void {
    this.#isSequential = on;
  }

  // Availability

  addPeer(has: Bitfield): void {
    this.#book.addPeer(has);
  }

  /** With what the peer has now. Its requests are released apart (`releasePeer`). */
  removePeer(has: Bitfield): void {
    this.#book.removePeer(has);
  }

  /** A peer that was added has one piece more. */
  addHave(piece: number): void {
    this.#book.addHave(piece);
  }

  /** A peer that was added has lost a piece, and has these left. Its requests are released apart. */
  removeHave(peer: PeerKey, left: Bitfield, piece: number): void {
    this.#book.removeHave(left, piece);
    this.#open.disown(piece, peer);
  }

  /** Connected peers that have the piece. */
  availability(piece: number): number {
    return this.#book.availability.of(piece);
  }

  /**
   * Copies of the whole torrent among us and our peers: those of the rarest piece, plus the share of
   * pieces that have more. For statistics: looks at every piece.
   */
  copies(): number {
    const { pieceCount } = this.#book.table;
    let fewest = Infinity;
    let atFewest = 0;
    for (let piece = 0; piece < pieceCount; piece++) {
      const ours = this.#book.table.stageOf(piece) === PIECE_STAGE.had ? 1 : 0;
      const copies = this.#book.availability.of(piece) + ours;
      if (copies < fewest) {
        fewest = copies;
        atFewest = 1;
      } else if (copies === fewest) {
        atFewest += 1;
      }
    }
    return pieceCount === 0 ? 0 : fewest + (pieceCount - atFewest) / pieceCount;
  }

  // Requests

  /** Pushes at most `count` requests for the peer; they count as sent. Returns how many. */
  pick(peer: PeerKey, has: Bitfield, count: number, into: BlockRequest[], view: PickView): number {
    if (count <= 0 || this.#book.table.wantedCount === 0) return 0;
    const before = into.length;
    this.#round ??= this.#makeRound();
    this.#round.run(peer, has, count, into, view, this.#isSequential);
    const picked = into.length - before;
    if (picked > 0) this.#loads.add(peer, picked, view.speed === 'slow');
    return picked;
  }

  /**
   * After a `pick` for the same peer that found nothing, while there is still something to be asked
   * for elsewhere: blocks that another owes us and that this idle peer would send much sooner. They
   * count as asked of both. Returns who owes them.
   */
  pickMoves(
    peer: PeerKey,
    count: number,
    into: BlockRequest[],
    view: PickView,
  ): PeerKey | undefined {
    if (!this.#round || !this.hasWanted) return undefined; // nothing was looked for
    const before = into.length;
    const from = this.#round.runMoves(count, into);
    const picked = into.length - before;
    if (picked > 0) this.#loads.add(peer, picked, view.speed === 'slow');
    return picked > 0 ? from : undefined;
  }

  /** Every wanted block that somebody connected has is asked for, and some are missing. */
  get isEndgame(): boolean {
    return this.hasWanted && this.#round?.isAllAsked === true;
  }

  /** Whether the peer was asked for the block and owes it still. */
  owes(peer: PeerKey, piece: number, begin: number): boolean {
    const progress = this.#open.get(piece);
    const index = progress?.indexOf(begin) ?? -1;
    if (!progress || index < 0) return false;
    return progress.askedOf(index, 0) === peer || progress.askedOf(index, 1) === peer;
  }

  /** Blocks that the peer owes us. */
  outstanding(peer: PeerKey): number {
    return this.#loads.of(peer);
  }

  /** A block came. 'new': it is to be kept, and those of `duplicatesOf` need not send it. */
  received(peer: PeerKey, piece: number, begin: number): Received {
    const progress = this.#open.get(piece);
    if (!progress) return this.#judgeLate(peer, piece, begin);
    const index = progress.indexOf(begin);
    if (index < 0) return 'unexpected';
    const verdict = progress.judge(index, peer);
    if (verdict !== 'new') return verdict;
    this.#unload(progress, index);
    progress.receive(index, peer);
    if (!progress.isComplete) {
      this.#open.update(progress); // a late block may have been free
      return 'new';
    }
    this.#open.close(progress);
    this.#hashing.set(piece, progress);
    this.#book.setStage(piece, PIECE_STAGE.hashing);
    return 'completed';
  }

  /** After `received`: who else was asked for the block, and is to be sent `cancel`. */
  duplicatesOf(piece: number, begin: number): readonly PeerKey[] {
    const progress = this.#open.get(piece) ?? this.#hashing.get(piece);
    const index = progress?.indexOf(begin) ?? -1;
    if (!progress || index < 0) return NOBODY;
    const other = progress.alsoAskedOf(index);
    return other === NO_PEER ? NOBODY : [other];
  }

  /** Whether a block from that peer would be new: it was asked for it, even if that was taken back. */
  isWelcome(peer: PeerKey, piece: number, begin: number): boolean {
    const progress = this.#open.get(piece);
    const index = progress?.indexOf(begin) ?? -1;
    return progress !== undefined && index >= 0 && progress.judge(index, peer) === 'new';
  }

  /** Whether blocks of others for the same place may be on their way too. */
  isContested(peer: PeerKey, piece: number, begin: number): boolean {
    const progress = this.#open.get(piece);
    const index = progress?.indexOf(begin) ?? -1;
    return progress !== undefined && index >= 0 && progress.isContested(index, peer);
  }

  /** Rejected, cancelled or timed out: others may be asked. Should the block come late, it is taken. */
  released(peer: PeerKey, piece: number, begin: number): void {
    const progress = this.#open.get(piece);
    const index = progress?.indexOf(begin) ?? -1;
    if (!progress || index < 0 || !progress.release(index, peer)) return;
    this.#loads.take(peer);
    if (progress.owner === peer) progress.owner = NO_PEER;
    this.#open.update(progress);
  }

  /** The peer choked us (without BEP 6) or is gone: all that it owes us is free again. */
  releasePeer(peer: PeerKey): void {
    if (!this.#loads.delete(peer)) return;
    for (const progress of this.#open.values()) {
      progress.releaseAll(peer);
      if (progress.owner === peer) progress.owner = NO_PEER;
      this.#open.update(progress);
    }
  }

  verified(piece: number): void {
    this.#open.recycle(this.#endHashing(piece));
    this.#setHad(piece);
  }

  /** The hash was wrong: all blocks are wanted again, of one peer. Returns who sent them, for blame. */
  failed(piece: number): readonly PeerKey[] {
    const progress = this.#endHashing(piece);
    const peers = progress.contributors();
    this.#open.recycle(progress);
    this.#failedBefore.add(piece);
    this.#book.setStage(piece, PIECE_STAGE.missing);
    return peers;
  }

  /** The hash was wrong, and these blocks are to blame: they are wanted again, of anybody. */
  reopened(piece: number, wrong: readonly number[]): void {
    assert(wrong.length > 0, 'a piece is reopened for blocks that are wrong');
    const progress = this.#endHashing(piece);
    for (const index of wrong) progress.retract(index);
    progress.owner = NO_PEER;
    this.#open.reopen(progress);
    this.#book.setStage(piece, PIECE_STAGE.open);
  }

  /** Who sent each block of a piece that is hashing. */
  senders(piece: number): readonly PeerKey[] {
    return this.#hashing.get(piece)?.senders() ?? NOBODY;
  }

  /** Who sent blocks of a piece that is open or hashing. */
  contributors(piece: number): readonly PeerKey[] {
    return (this.#open.get(piece) ?? this.#hashing.get(piece))?.contributors() ?? NOBODY;
  }

  /** In the order in which they were opened. */
  openPieces(): Iterable<number> {
    return this.#open.pieces();
  }

  get openCount(): number {
    return this.#open.size;
  }

  /**
   * An open piece that is of least use: unwanted, or nobody connected has it, or nobody owes us a
   * block of it; of those the one with the fewest blocks. To be abandoned when memory is short.
   */
  stalledPiece(): number | undefined {
    let stalled: BlockProgress | undefined;
    for (const progress of this.#open.values()) {
      const isUseless =
        progress.askedCount === 0 ||
        this.#book.table.priorityOf(progress.piece) === PIECE_PRIORITY.unwanted ||
        this.#book.availability.of(progress.piece) === 0;
      if (!isUseless || (stalled && stalled.receivedCount <= progress.receivedCount)) continue;
      stalled = progress;
    }
    return stalled?.piece;
  }

  /** Gives up an open piece with its blocks and requests: the caller has its memory back. */
  abandon(piece: number): void {
    const progress = this.#open.get(piece);
    assert(progress, 'abandoned a piece that is not open');
    for (let index = 0; index < progress.blockCount; index++) {
      this.#unload(progress, index);
    }
    this.#open.close(progress);
    this.#open.recycle(progress);
    this.#book.setStage(piece, PIECE_STAGE.missing);
  }

  #makeRound(): PickRound {
    const options = this.#options;
    return new PickRound({
      book: this.#book,
      open: this.#open,
      loads: this.#loads,
      failedBefore: this.#failedBefore,
      lengthOf: (piece) => options.lengthOf(piece),
      random: () => options.random(),
    });
  }

  /** A block of a piece that is not open. Whom a piece was asked of is forgotten once it is had. */
  #judgeLate(peer: PeerKey, piece: number, begin: number): Received {
    const progress = this.#hashing.get(piece);
    if (!progress) return this.#book.table.stateOf(piece) === 'had' ? 'duplicate' : 'unexpected';
    const index = progress.indexOf(begin);
    return index < 0 ? 'unexpected' : progress.judge(index, peer);
  }

  #endHashing(piece: number): BlockProgress {
    const progress = this.#hashing.get(piece);
    assert(progress, 'a piece that was not hashing was verified');
    this.#hashing.delete(piece);
    return progress;
  }

  #setHad(piece: number): void {
    this.#book.setStage(piece, PIECE_STAGE.had);
    this.#failedBefore.delete(piece);
    if (!this.hasWanted) this.#open.clearSpares();
  }

  /** Nobody owes us that block any more. */
  #unload(progress: BlockProgress, index: number): void {
    const peer = progress.askedOf(index, 0);
    const second = progress.askedOf(index, 1);
    if (peer !== NO_PEER) this.#loads.take(peer);
    if (second !== NO_PEER) this.#loads.take(second);
  }
}

const NOBODY: readonly PeerKey[] = [];
