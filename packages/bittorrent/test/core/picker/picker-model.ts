/** A picker that is slow and obvious, to judge the real one by. It follows the picks, and judges them. */
import assert from 'node:assert/strict';
import type { Bitfield } from '../../../src/core/bitfield.ts';
import { BLOCK_LENGTH } from '../../../src/core/blocks.ts';
import type { BlockRequest } from '../../../src/core/blocks.ts';
import type { PeerKey, PiecePriority, PieceState } from '../../../src/core/picker/piece-picker.ts';

export interface Block {
  asked: PeerKey[];
  /** Whose released request may be answered still. */
  late: PeerKey | undefined;
  from: PeerKey | undefined;
  /** Who was asked too when it came. */
  other: PeerKey | undefined;
  isOtherAsked: boolean;
}

interface Piece {
  stage: 'missing' | 'open' | 'hashing' | 'had';
  priority: PiecePriority;
  hasFailed: boolean;
  owner: PeerKey | undefined;
  blocks: Block[];
}

export class PickerModel {
  readonly pieces: Piece[];
  readonly peers = new Map<PeerKey, Bitfield>();
  readonly blockCount: number;

  constructor(pieceCount: number, blockCount: number) {
    this.blockCount = blockCount;
    this.pieces = Array.from({ length: pieceCount }, () => ({
      stage: 'missing',
      priority: 2,
      hasFailed: false,
      owner: undefined,
      blocks: [],
    }));
  }

  piece(index: number): Piece {
    const piece = this.pieces[index];
    assert.ok(piece);
    return piece;
  }

  stateOf(index: number): PieceState {
    const { stage, priority } = this.piece(index);
    if (stage !== 'missing') return stage;
    return priority > 0 ? 'wanted' : 'unwanted';
  }

  isWanted(index: number): boolean {
    return this.piece(index).stage !== 'had' && this.piece(index).priority > 0;
  }

  availability(index: number): number {
    return [...this.peers.values()].filter((has) => has.has(index)).length;
  }

  get hadCount(): number {
    return this.pieces.filter(({ stage }) => stage === 'had').length;
  }

  outstanding(peer: PeerKey): number {
    return this.blocks().filter(({ asked }) => asked.includes(peer)).length;
  }

  blocks(): Block[] {
    return this.pieces.flatMap(({ blocks }) => blocks);
  }

  openPieces(): number[] {
    return [...this.pieces.keys()].filter((index) => this.piece(index).stage === 'open');
  }

  open(index: number): void {
    const piece = this.piece(index);
    assert.equal(this.stateOf(index), 'wanted', 'opened what is not wanted');
    piece.stage = 'open';
    piece.owner = undefined;
    piece.blocks = Array.from({ length: this.blockCount }, emptyBlock);
  }

  reopen(index: number, wrong: readonly number[]): void {
    const piece = this.piece(index);
    piece.stage = 'open';
    piece.owner = undefined;
    for (const block of wrong) piece.blocks[block] = emptyBlock();
  }

  close(index: number, stage: 'missing' | 'had'): void {
    this.piece(index).stage = stage;
    this.piece(index).blocks = [];
  }

  /** Free blocks that the peer could be asked for, in pieces open or not. */
  freeFor(peer: PeerKey, mayOpen: boolean): number {
    const has = this.peers.get(peer);
    let count = 0;
    for (const [index, piece] of this.pieces.entries()) {
      if (has?.has(index) !== true || piece.priority === 0) continue;
      if (piece.stage === 'missing' && mayOpen) count += this.blockCount;
      if (piece.stage !== 'open' || isOthers(piece, peer)) continue;
      count += piece.blocks.filter(isFree).length;
    }
    return count;
  }

  /** Whether some wanted block that a connected peer has was asked of nobody. */
  get isAnyUnasked(): boolean {
    return [...this.pieces.entries()].some(
      ([index, { stage, priority, blocks }]) =>
        priority > 0 &&
        this.availability(index) > 0 &&
        (stage === 'missing' || (stage === 'open' && blocks.some(isFree))),
    );
  }

  ask(peer: PeerKey, { piece: index, begin, length }: BlockRequest, isAgain: boolean): void {
    const piece = this.piece(index);
    const block = piece.blocks[begin / BLOCK_LENGTH];
    assert.ok(block && length === BLOCK_LENGTH);
    assert.ok(this.peers.get(peer)?.has(index), 'asked for what the peer has not');
    assert.ok(piece.stage === 'open' && piece.priority > 0, 'asked for what is not wanted');
    assert.equal(block.from, undefined, 'asked for what is there');
    assert.ok(!block.asked.includes(peer), 'asked the same peer twice');
    assert.equal(block.asked.length, isAgain ? 1 : 0);
    if (isAgain) block.late = undefined;
    else piece.owner ??= peer;
    block.asked.push(peer);
  }

  received(peer: PeerKey, index: number, begin: number): string {
    const piece = this.piece(index);
    const block = piece.blocks[begin / BLOCK_LENGTH];
    if (piece.stage === 'had') return 'duplicate';
    if (!block) return 'unexpected';
    const isKnown = [...block.asked, block.late, block.from, block.other].includes(peer);
    if (!isKnown) return 'unexpected';
    if (block.from !== undefined) return 'duplicate';
    const others = block.asked.filter((key) => key !== peer);
    block.isOtherAsked = others.length > 0;
    block.other = others[0] ?? (block.late === peer ? undefined : block.late);
    block.from = peer;
    block.asked = [];
    block.late = undefined;
    if (piece.blocks.some(({ from }) => from === undefined)) return 'new';
    piece.stage = 'hashing';
    return 'completed';
  }

  release(peer: PeerKey, index: number, begin: number): void {
    const block = this.piece(index).blocks[begin / BLOCK_LENGTH];
    if (!block?.asked.includes(peer)) return;
    block.asked = block.asked.filter((key) => key !== peer);
    block.late = peer;
    if (this.piece(index).owner === peer) this.piece(index).owner = undefined;
  }

  disown(peer: PeerKey, index: number): void {
    if (this.piece(index).owner === peer) this.piece(index).owner = undefined;
  }

  releasePeer(peer: PeerKey): void {
    for (const [index, piece] of this.pieces.entries()) {
      for (const block of piece.blocks.keys()) this.release(peer, index, block * BLOCK_LENGTH);
    }
  }

  /** Of a piece that is whole. */
  senders(index: number): (PeerKey | undefined)[] {
    return this.piece(index).blocks.map(({ from }) => from);
  }

  contributors(index: number): PeerKey[] {
    const from = this.piece(index).blocks.map((block) => block.from);
    return [...new Set(from.filter((peer) => peer !== undefined))];
  }
}

function emptyBlock(): Block {
  return { asked: [], late: undefined, from: undefined, other: undefined, isOtherAsked: false };
}

function isFree({ asked, from }: Block): boolean {
  return asked.length === 0 && from === undefined;
}

/** It failed before, and is another peer's alone. */
function isOthers(piece: Piece, peer: PeerKey): boolean {
  return piece.hasFailed && piece.owner !== undefined && piece.owner !== peer;
}
