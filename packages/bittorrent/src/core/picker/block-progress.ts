/** The blocks of one piece under way: which are free, asked for (of whom) and received (from whom). */
import { assert } from '@coequal/base';
import { BLOCK_LENGTH } from '../blocks.ts';
import { NO_PEER } from './peer-key.ts';
import type { PeerKey } from './peer-key.ts';

// States of a block. `second` of a free or asked block is the last peer whose request was released: its
// block may be on the way still, and is welcome.
const FREE = 0;
/** Asked of `first`. */
const ASKED = 1;
/** Asked of `first` and `second` (endgame). */
const ASKED_TWICE = 2;
/** Received from `first`. */
const RECEIVED = 3;
/** Received from `first` while `second` was asked too. */
const RECEIVED_ASKED_TWICE = 4;

export type BlockVerdict = 'new' | 'duplicate' | 'unexpected';

/** Made for one piece, and used again for others (`open`): its arrays stay. */
export class BlockProgress {
  /** The peer whose piece this is: others take another piece first. */
  owner: PeerKey = NO_PEER;
  /** Whether slow peers work on it. */
  isSlow = false;
  /** It failed its hash before: one peer alone is asked, so that a second failure has one author. */
  isForOne = false;
  /** Index in the list of pieces with free blocks, or -1; kept by OpenPieces. */
  partialIndex = -1;

  #piece = 0;
  #length = 0;
  #blockCount = 0;
  #freeCount = 0;
  #receivedCount = 0;
  /** No block before this one is free. */
  #firstFree = 0;
  #states = new Uint8Array(0);
  #first = new Int32Array(0);
  #second = new Int32Array(0);

  open(piece: number, length: number): void {
    this.#piece = piece;
    this.#length = length;
    this.#blockCount = Math.ceil(length / BLOCK_LENGTH);
    this.#freeCount = this.#blockCount;
    this.#receivedCount = 0;
    this.#firstFree = 0;
    this.owner = NO_PEER;
    this.isSlow = false;
    this.isForOne = false;
    if (this.#states.length < this.#blockCount) {
      this.#states = new Uint8Array(this.#blockCount);
      this.#first = new Int32Array(this.#blockCount);
      this.#second = new Int32Array(this.#blockCount);
    }
    this.#states.fill(FREE, 0, this.#blockCount);
    this.#first.fill(NO_PEER, 0, this.#blockCount);
    this.#second.fill(NO_PEER, 0, this.#blockCount);
  }

  get piece(): number {
    return this.#piece;
  }

  get blockCount(): number {
    return this.#blockCount;
  }

  get freeCount(): number {
    return this.#freeCount;
  }

  get receivedCount(): number {
    return this.#receivedCount;
  }

  /** Blocks asked for and not received. */
  get askedCount(): number {
    return this.#blockCount - this.#freeCount - this.#receivedCount;
  }

  get isComplete(): boolean {
    return this.#receivedCount === this.#blockCount;
  }

  /** The number of the block that begins there; -1 if none does. */
  indexOf(begin: number): number {
    const isBlock = begin >= 0 && begin < this.#length && begin % BLOCK_LENGTH === 0;
    return isBlock ? begin / BLOCK_LENGTH : -1;
  }

  lengthOf(index: number): number {
    return Math.min(BLOCK_LENGTH, this.#length - index * BLOCK_LENGTH);
  }

  /** Takes the first free block for the peer: its number, or -1. */
  ask(peer: PeerKey): number {
    if (this.#freeCount === 0) return -1;
    let index = this.#firstFree;
    while (this.#states[index] !== FREE) index += 1;
    this.#states[index] = ASKED;
    this.#first[index] = peer;
    this.#firstFree = index + 1;
    this.#freeCount -= 1;
    return index;
  }

  /** Asks a second peer for a block that was asked once. */
  askAgain(index: number, peer: PeerKey): void {
    this.#states[index] = ASKED_TWICE;
    this.#second[index] = peer;
  }

  /** The peer asked for the block if it is one, and only one; NO_PEER otherwise. */
  onlyAskedOf(index: number): PeerKey {
    return this.#states[index] === ASKED ? (this.#first[index] ?? NO_PEER) : NO_PEER;
  }

  /** Peers that owe us the block, by place: 0 and 1 (endgame); NO_PEER when there is none. */
  askedOf(index: number, place: 0 | 1): PeerKey {
    const state = this.#states[index];
    if (place === 1) return state === ASKED_TWICE ? (this.#second[index] ?? NO_PEER) : NO_PEER;
    return state === ASKED || state === ASKED_TWICE ? (this.#first[index] ?? NO_PEER) : NO_PEER;
  }

  /** The other peer that was asked, once the block is received; NO_PEER when there was none. */
  alsoAskedOf(index: number): PeerKey {
    return this.#states[index] === RECEIVED_ASKED_TWICE
      ? (this.#second[index] ?? NO_PEER)
      : NO_PEER;
  }

  /** Whether another peer may have been asked for the block, now or before. Only the last two are known. */
  isContested(index: number, peer: PeerKey): boolean {
    const first = this.#first[index] ?? NO_PEER;
    return (first !== NO_PEER && first !== peer) || this.#second[index] !== NO_PEER;
  }

  /** What a block from that peer would be. Changes nothing. */
  judge(index: number, peer: PeerKey): BlockVerdict {
    if (this.#first[index] !== peer && this.#second[index] !== peer) return 'unexpected';
    return (this.#states[index] ?? 0) >= RECEIVED ? 'duplicate' : 'new';
  }

  /** Takes a block that was judged new. */
  receive(index: number, peer: PeerKey): void {
    const state = this.#states[index];
    const first = this.#first[index] ?? NO_PEER;
    if (state === FREE) this.#freeCount -= 1;
    if (first !== peer) {
      this.#first[index] = peer;
      this.#second[index] = first;
    }
    // a late block of a released request leaves behind the peer that was asked after it
    const isOtherAsked = state === ASKED_TWICE || (state === ASKED && first !== peer);
    this.#states[index] = isOtherAsked ? RECEIVED_ASKED_TWICE : RECEIVED;
    this.#receivedCount += 1;
  }

  /** The peer owes us the block no more. Returns whether it did. */
  release(index: number, peer: PeerKey): boolean {
    const state = this.#states[index];
    if (state === ASKED && this.#first[index] === peer) {
      this.#states[index] = FREE;
      this.#first[index] = NO_PEER;
      this.#freeCount += 1;
      if (index < this.#firstFree) this.#firstFree = index;
    } else if (state === ASKED_TWICE && this.#first[index] === peer) {
      this.#states[index] = ASKED;
      this.#first[index] = this.#second[index] ?? NO_PEER;
    } else if (state === ASKED_TWICE && this.#second[index] === peer) {
      this.#states[index] = ASKED;
    } else {
      return false;
    }
    this.#second[index] = peer;
    return true;
  }

  /** Releases all that the peer owes us. */
  releaseAll(peer: PeerKey): void {
    if (this.askedCount === 0) return;
    for (let index = 0; index < this.#blockCount; index++) {
      if (this.#first[index] === peer || this.#second[index] === peer) this.release(index, peer);
    }
  }

  /** A block that was received is found wrong: nobody was asked for it. */
  retract(index: number): void {
    assert((this.#states[index] ?? FREE) >= RECEIVED, 'a block that came was retracted');
    this.#states[index] = FREE;
    this.#first[index] = NO_PEER;
    this.#second[index] = NO_PEER;
    this.#receivedCount -= 1;
    this.#freeCount += 1;
    if (index < this.#firstFree) this.#firstFree = index;
  }

  /** Who sent each block; NO_PEER for those that have not come. */
  senders(): readonly PeerKey[] {
    return Array.from({ length: this.#blockCount }, (_, index) =>
      (this.#states[index] ?? FREE) >= RECEIVED ? (this.#first[index] ?? NO_PEER) : NO_PEER,
    );
  }

  /** Peers that blocks were received from, each once. */
  contributors(): readonly PeerKey[] {
    const peers = new Set<PeerKey>();
    for (let index = 0; index < this.#blockCount; index++) {
      if ((this.#states[index] ?? 0) >= RECEIVED) peers.add(this.#first[index] ?? NO_PEER);
    }
    return [...peers];
  }
}
