/** Whole swarms of pickers without a network: rounds in which everyone sends what it was asked for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { BLOCK_LENGTH } from '../../../src/core/blocks.ts';
import type { BlockRequest } from '../../../src/core/blocks.ts';
import { PiecePicker } from '../../../src/core/picker/piece-picker.ts';
import { seededRandom } from '../seeded-random.ts';

const BLOCKS = 4;
const DEPTH = 2;
const ROUNDS_MAX = 5_000;

interface Leecher {
  readonly has: Bitfield;
  readonly picker: PiecePicker;
  /** What it asked of each peer, oldest first, by that peer's number. */
  readonly asked: BlockRequest[][];
}

interface Outcome {
  readonly rounds: number;
  readonly seedBlocks: number;
  readonly wasted: number;
}

/** The seed is peer 0. In a round it sends `seedRate` blocks in all, and each leecher `rate`. */
class SwarmModel {
  readonly #pieceCount: number;
  readonly #leechers: Leecher[];
  readonly #view = { speed: 'fast', openPiece: () => true } as const;
  #seedBlocks = 0;
  #wasted = 0;

  constructor(leechers: number, pieceCount: number, seed: number) {
    this.#pieceCount = pieceCount;
    this.#leechers = Array.from({ length: leechers }, (_, index) => ({
      has: new Bitfield(pieceCount),
      picker: new PiecePicker({
        pieceCount,
        lengthOf: () => BLOCKS * BLOCK_LENGTH,
        random: seededRandom(seed * 1_000 + index),
      }),
      asked: Array.from({ length: leechers + 1 }, () => []),
    }));
    for (const { picker } of this.#leechers) {
      picker.addPeer(Bitfield.full(pieceCount));
      for (let other = 1; other < leechers; other++) picker.addPeer(new Bitfield(pieceCount));
    }
  }

  run(seedRate: number, rate: number): Outcome {
    let rounds = 0;
    while (this.#leechers.some(({ picker }) => picker.hasWanted)) {
      rounds += 1;
      assert.ok(rounds < ROUNDS_MAX, 'the swarm does not come to an end');
      for (let peer = 0; peer <= this.#leechers.length; peer++) {
        this.#ask(peer);
        this.#serve(peer, peer === 0 ? seedRate : rate, rounds);
      }
    }
    return { rounds, seedBlocks: this.#seedBlocks, wasted: this.#wasted };
  }

  #hasOf(peer: number): Bitfield {
    return this.#leechers[peer - 1]?.has ?? Bitfield.full(this.#pieceCount);
  }

  #ask(peer: number): void {
    for (const [index, { picker, asked }] of this.#leechers.entries()) {
      const queue = asked[peer];
      if (!queue || index === peer - 1) continue;
      picker.pick(peer, this.#hasOf(peer), DEPTH - queue.length, queue, this.#view);
    }
  }

  /** To the leechers in turn, one block each. */
  #serve(peer: number, rate: number, round: number): void {
    let left = rate;
    for (let turn = 0; turn < this.#leechers.length * DEPTH && left > 0; turn++) {
      const to = this.#leechers[(round + turn) % this.#leechers.length];
      const block = to?.asked[peer]?.shift();
      if (!to || !block) continue;
      left -= 1;
      if (peer === 0) this.#seedBlocks += 1;
      this.#deliver(to, peer, block);
    }
  }

  #deliver(to: Leecher, peer: number, { piece, begin }: BlockRequest): void {
    const verdict = to.picker.received(peer, piece, begin);
    if (verdict === 'duplicate') this.#wasted += 1;
    for (const other of to.picker.duplicatesOf(piece, begin)) {
      const queue = to.asked[other];
      const at = queue?.findIndex((asked) => asked.piece === piece && asked.begin === begin) ?? -1;
      if (at >= 0) queue?.splice(at, 1);
    }
    if (verdict !== 'completed') return;
    to.picker.verified(piece);
    to.has.set(piece);
    for (const other of this.#leechers) if (other !== to) other.picker.addHave(piece);
  }
}

test('all leechers finish, and the seed sends little more than one copy', () => {
  const pieceCount = 500;
  for (let seed = 1; seed <= 5; seed++) {
    const { seedBlocks } = new SwarmModel(8, pieceCount, seed).run(8, 12);
    const copies = seedBlocks / (pieceCount * BLOCKS);
    // leechers do not know what others just asked of it: about 7 ln(500 / 8) pieces go out twice
    assert.ok(copies >= 1 && copies < 1.1, `${copies} copies with seed ${seed}`);
  }
});

test('a swarm is little slower than its seed can send one copy', () => {
  const pieceCount = 200;
  const { rounds, wasted } = new SwarmModel(8, pieceCount, 7).run(8, 12);
  assert.ok(rounds < ((pieceCount * BLOCKS) / 8) * 1.3, `${rounds} rounds`);
  assert.ok(wasted < pieceCount * BLOCKS * 8 * 0.01, `${wasted} blocks came twice`);
});

test('many leechers finish from a seed that is slower than each of them', () => {
  const { seedBlocks } = new SwarmModel(20, 100, 3).run(3, 10);
  const copies = seedBlocks / (100 * BLOCKS);
  assert.ok(copies < 1.5, `${copies} copies`);
});
