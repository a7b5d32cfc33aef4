import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { BLOCK_LENGTH } from '../../../src/core/blocks.ts';
import type { BlockRequest } from '../../../src/core/blocks.ts';
import { PiecePicker } from '../../../src/core/picker/piece-picker.ts';
import type { PeerKey, PickView } from '../../../src/core/picker/piece-picker.ts';
import { PickerModel } from './picker-model.ts';
import type { Block } from './picker-model.ts';
import { seededRandom } from '../seeded-random.ts';

const PIECES_MAX = 30;
const BLOCKS_MAX = 3;
const PEERS = 7;

const key = fc.nat(PEERS - 1);
const piece = fc.nat(PIECES_MAX - 1);
const block = fc.nat(BLOCKS_MAX - 1);

const operation = fc.oneof(
  { arbitrary: fc.record({ type: fc.constant('pick' as const), peer: key, count: fc.integer({ min: 1, max: 6 }), isFast: fc.boolean(), hasMemory: fc.boolean() }), weight: 6 },
  { arbitrary: fc.record({ type: fc.constant('answer' as const), peer: key, count: fc.integer({ min: 1, max: 6 }) }), weight: 6 },
  { arbitrary: fc.record({ type: fc.constant('hashed' as const), isGood: fc.boolean(), wrong: fc.nat(2 ** BLOCKS_MAX - 1) }), weight: 3 },
  fc.record({ type: fc.constant('join' as const), peer: key, bits: fc.nat(2 ** PIECES_MAX - 1), kind: fc.constantFrom('seed' as const, 'half' as const, 'poor' as const) }),
  fc.record({ type: fc.constant('leave' as const), peer: key }),
  fc.record({ type: fc.constant('have' as const), peer: key, piece }),
  { arbitrary: fc.record({ type: fc.constant('lost' as const), peer: key, piece }), weight: 2 },
  fc.record({ type: fc.constant('received' as const), peer: key, piece, block }),
  fc.record({ type: fc.constant('released' as const), peer: key, piece, block }),
  fc.record({ type: fc.constant('release-peer' as const), peer: key }),
  fc.record({ type: fc.constant('priority' as const), piece, priority: fc.constantFrom(0 as const, 1 as const, 2 as const, 3 as const, 4 as const) }),
  fc.record({ type: fc.constant('had' as const), piece }),
  fc.record({ type: fc.constant('abandon' as const) }),
); // prettier-ignore

type Operation = typeof operation extends fc.Arbitrary<infer Type> ? Type : never;

const run = fc.record({
  pieceCount: fc.integer({ min: 1, max: PIECES_MAX }),
  blockCount: fc.integer({ min: 1, max: BLOCKS_MAX }),
  seed: fc.nat(),
  isSequential: fc.boolean(),
  operations: fc.array(operation, { minLength: 10, maxLength: 120 }),
});

/** Bits of the pieces that a peer has. */
function patternOf(kind: 'seed' | 'half' | 'poor', bits: number): number {
  if (kind === 'seed') return -1;
  return kind === 'half' ? bits : (1 << (bits % PIECES_MAX)) | (1 << ((bits >> 5) % PIECES_MAX));
}

/** A picker and its model, driven together. */
class Pair {
  readonly picker: PiecePicker;
  readonly model: PickerModel;
  readonly isSequential: boolean;

  constructor(pieceCount: number, blockCount: number, seed: number, isSequential: boolean) {
    this.model = new PickerModel(pieceCount, blockCount);
    this.isSequential = isSequential;
    this.picker = new PiecePicker({
      pieceCount,
      lengthOf: () => blockCount * BLOCK_LENGTH,
      random: seededRandom(seed),
    });
    this.picker.setSequential(isSequential);
  }

  apply(operation: Operation): void {
    const { picker, model } = this;
    const index = 'piece' in operation ? operation.piece : 0;
    if (index >= model.pieces.length) return;
    switch (operation.type) {
      case 'pick':
        return this.pick(operation.peer, operation.count, operation.isFast, operation.hasMemory);
      case 'answer':
        return this.answer(operation.peer, operation.count);
      case 'hashed':
        return this.hashed(operation.isGood, operation.wrong);
      case 'join':
        return this.join(operation.peer, patternOf(operation.kind, operation.bits));
      case 'leave':
        return this.leave(operation.peer);
      case 'have': {
        if (model.peers.get(operation.peer)?.set(index) === true) picker.addHave(index);
        return;
      }
      case 'lost':
        return this.lose(operation.peer, index);
      case 'received':
        return this.answerLate(operation.peer, index, operation.block * BLOCK_LENGTH);
      case 'released':
        return this.giveBack(operation.peer, index, operation.block * BLOCK_LENGTH);
      case 'release-peer':
        picker.releasePeer(operation.peer);
        return model.releasePeer(operation.peer);
      case 'priority':
        if (model.hadCount < model.pieces.length) {
          model.piece(index).priority = operation.priority;
        }
        return picker.setPriority(index, operation.priority);
      case 'had': {
        if (!['missing', 'had'].includes(model.piece(index).stage)) return;
        model.close(index, 'had');
        return picker.markHad(index);
      }
      case 'abandon': {
        const stalled = picker.stalledPiece();
        if (stalled === undefined) return;
        assert.equal(model.stateOf(stalled), 'open');
        picker.abandon(stalled);
        return model.close(stalled, 'missing');
      }
    }
  }

  join(peer: PeerKey, pattern: number): void {
    if (this.model.peers.has(peer)) return;
    const has = new Bitfield(this.model.pieces.length);
    for (let index = 0; index < has.length; index++) if ((pattern >> index) & 1) has.set(index);
    this.model.peers.set(peer, has);
    this.picker.addPeer(has);
  }

  leave(peer: PeerKey): void {
    const has = this.model.peers.get(peer);
    if (!has) return;
    this.picker.releasePeer(peer);
    this.model.releasePeer(peer);
    this.picker.removePeer(has);
    this.model.peers.delete(peer);
  }

  /** The peer has the piece no more. What it owes of it is released apart, or comes all the same. */
  lose(peer: PeerKey, index: number): void {
    const left = this.model.peers.get(peer);
    if (left?.clear(index) !== true) return;
    this.picker.removeHave(peer, left, index);
    this.model.disown(peer, index);
  }

  pick(peer: PeerKey, count: number, isFast: boolean, hasMemory: boolean): void {
    const { picker, model } = this;
    const has = model.peers.get(peer);
    if (!has) return;
    const opened: number[] = [];
    const openPiece = (index: number): boolean => {
      if (!hasMemory) return false;
      if (!this.isSequential) this.judgeRarity(index, has);
      model.open(index);
      opened.push(index);
      return true;
    };
    const view: PickView = { speed: isFast ? 'fast' : 'slow', openPiece };
    const requests: BlockRequest[] = [];
    const idle = model.outstanding(peer) === 0;
    const isAnyUnasked = model.isAnyUnasked;
    const free = model.freeFor(peer, hasMemory);
    assert.equal(picker.pick(peer, has, count, requests, view), requests.length);
    assert.ok(requests.length <= count);
    const [first] = requests;
    const isAgain =
      first !== undefined &&
      (model.piece(first.piece).blocks[first.begin / BLOCK_LENGTH]?.asked.length ?? 0) > 0;
    if (isAgain) {
      assert.ok(idle, 'a busy peer was asked for what another owes');
      assert.ok(!hasMemory || !isAnyUnasked, 'asked twice while a block was asked of nobody');
      assert.equal(free, 0);
    } else if (requests.length < count) {
      assert.ok(requests.length >= free, 'left a free block that the peer has');
    }
    for (const request of requests) model.ask(peer, request, isAgain);
    for (const index of opened) {
      assert.ok(
        requests.some((request) => request.piece === index),
        'opened and not asked for',
      );
    }
  }

  /** No piece of a higher priority, nor (after the first four) a rarer one, may be left. */
  judgeRarity(index: number, has: Bitfield): void {
    const { model } = this;
    for (const other of has) {
      if (model.stateOf(other) !== 'wanted') continue;
      const [chosen, left] = [model.piece(index).priority, model.piece(other).priority];
      assert.ok(chosen >= left, 'a piece of a higher priority was left');
      if (chosen > left || model.hadCount < 4) continue;
      assert.ok(model.availability(index) <= model.availability(other), 'a rarer piece was left');
    }
  }

  answer(peer: PeerKey, count: number): void {
    let left = count;
    for (const [index, { blocks }] of this.model.pieces.entries()) {
      for (const [at, { asked }] of blocks.entries()) {
        if (!asked.includes(peer) || left === 0) continue;
        left -= 1;
        this.received(peer, index, at * BLOCK_LENGTH);
      }
    }
  }

  /** A block that the peer released, if there is one; else any block. */
  answerLate(peer: PeerKey, index: number, begin: number): void {
    const late = this.find(({ late: key }) => key === peer);
    this.received(peer, late?.index ?? index, late?.begin ?? begin);
  }

  /** A block that the peer owes, if there is one; else any block. */
  giveBack(peer: PeerKey, index: number, begin: number): void {
    const owed = this.find(({ asked }) => asked.includes(peer));
    this.picker.released(peer, owed?.index ?? index, owed?.begin ?? begin);
    this.model.release(peer, owed?.index ?? index, owed?.begin ?? begin);
  }

  find(isSought: (block: Block) => boolean): { index: number; begin: number } | undefined {
    for (const [index, { blocks }] of this.model.pieces.entries()) {
      const at = blocks.findIndex(isSought);
      if (at >= 0) return { index, begin: at * BLOCK_LENGTH };
    }
    return undefined;
  }

  received(peer: PeerKey, index: number, begin: number): void {
    const isWelcome = this.picker.isWelcome(peer, index, begin);
    const verdict = this.picker.received(peer, index, begin);
    assert.equal(verdict, this.model.received(peer, index, begin));
    assert.equal(isWelcome, verdict === 'new' || verdict === 'completed');
    const block = this.model.piece(index).blocks[begin / BLOCK_LENGTH];
    const others = block?.isOtherAsked === true ? [block.other] : [];
    assert.deepEqual(this.picker.duplicatesOf(index, begin), others);
  }

  /** `wrong`: bits of the blocks that are known to be wrong; 0 when nobody can tell. */
  hashed(isGood: boolean, wrong = 0): void {
    const index = this.model.pieces.findIndex(({ stage }) => stage === 'hashing');
    if (index < 0) return;
    if (isGood) {
      this.picker.verified(index);
      this.model.close(index, 'had');
      return;
    }
    const blocks = [...this.model.piece(index).blocks.keys()];
    const found = blocks.filter((block) => ((wrong >> block) & 1) === 1);
    assert.deepEqual(this.picker.senders(index), this.model.senders(index));
    if (found.length > 0) {
      this.picker.reopened(index, found);
      this.model.reopen(index, found);
      return;
    }
    assert.deepEqual(this.picker.failed(index), this.model.contributors(index));
    this.model.close(index, 'missing');
    this.model.piece(index).hasFailed = true;
  }

  /** Everything that can be asked of the picker is as the model has it. */
  check(): void {
    const { picker, model } = this;
    for (const index of model.pieces.keys()) {
      assert.equal(picker.stateOf(index), model.stateOf(index));
      assert.equal(picker.isWanted(index), model.isWanted(index));
      assert.equal(picker.availability(index), model.availability(index));
      assert.deepEqual(picker.contributors(index), model.contributors(index));
    }
    const wanted = [...model.pieces.keys()].filter((index) => model.isWanted(index));
    assert.equal(picker.hasWanted, wanted.length > 0);
    assert.deepEqual(
      [...picker.openPieces()].toSorted((a, b) => a - b),
      model.openPieces(),
    );
    for (const [peer, has] of model.peers) {
      assert.equal(
        picker.isInteresting(has),
        wanted.some((index) => has.has(index)),
      );
      assert.equal(picker.outstanding(peer), model.outstanding(peer));
    }
  }
}

test('whatever happens, the picker agrees with a naive model of it', () => {
  fc.assert(
    fc.property(run, ({ pieceCount, blockCount, seed, isSequential, operations }) => {
      const pair = new Pair(pieceCount, blockCount, seed, isSequential);
      pair.join(0, -1);
      for (const operation of operations) {
        pair.apply(operation);
        pair.check();
      }
    }),
    { numRuns: 400 },
  );
});

test('whatever happened, two seeds that answer everything complete the torrent', () => {
  fc.assert(
    fc.property(run, ({ pieceCount, blockCount, seed, isSequential, operations }) => {
      const pair = new Pair(pieceCount, blockCount, seed, isSequential);
      for (const operation of operations) pair.apply(operation);
      for (let peer = 0; peer < PEERS; peer++) pair.leave(peer);
      for (const peer of [0, 1]) pair.join(peer, -1);
      for (let turn = 0; turn < 200 && pair.picker.hasWanted; turn++) {
        pair.pick(turn % 2, 4, true, true);
        pair.answer(turn % 2, 4);
        pair.hashed(true);
      }
      assert.equal(pair.picker.hasWanted, false);
    }),
    { numRuns: 200 },
  );
});
