import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { KEPT_MS, SuperSeed } from '../../../src/core/swarm/super-seed.ts';
import type { Reveal } from '../../../src/core/swarm/super-seed.ts';

const [ALICE, BOB, CAROL] = [1, 2, 3];

interface ModelPeer {
  pieces: Bitfield;
  isInterested: boolean;
  isUploadOnly: boolean;
  readonly revealed: Set<number>;
}

/** Peers as a swarm knows them, around the structure. */
class Model {
  readonly peers = new Map<number, ModelPeer>();
  readonly seed: SuperSeed;
  readonly #pieceCount: number;

  constructor(pieceCount: number) {
    this.#pieceCount = pieceCount;
    this.seed = new SuperSeed(pieceCount, {
      availability: (piece) => this.availability(piece),
      random: () => 0,
    });
  }

  availability(piece: number): number {
    return [...this.peers.values()].filter(({ pieces }) => pieces.has(piece)).length;
  }

  peer(key: number): ModelPeer {
    const peer = this.peers.get(key);
    assert.ok(peer);
    return peer;
  }

  open(key: number, had: readonly number[] = [], now = 0): readonly number[] {
    const pieces = new Bitfield(this.#pieceCount);
    for (const piece of had) pieces.set(piece);
    const peer = { pieces, isInterested: true, isUploadOnly: false, revealed: new Set<number>() };
    this.peers.set(key, peer);
    this.seed.opened(key, peer);
    return this.#apply(this.seed.update(key, now), key);
  }

  /** Returns what `of`, itself unless told otherwise, is revealed then. */
  had(key: number, piece: number, now = 0, of = key): readonly number[] {
    if (!this.peer(key).pieces.set(piece)) return [];
    return this.#apply(this.seed.had(key, piece, now), of);
  }

  gone(key: number, now = 0): readonly Reveal[] {
    this.peers.delete(key);
    return this.#noted(this.seed.gone(key, now));
  }

  lost(key: number, piece: number): void {
    if (this.peer(key).pieces.clear(piece)) this.seed.lost(key, piece);
  }

  tick(now: number, of = 0): readonly number[] {
    return this.#apply(this.seed.tick(now), of);
  }

  #apply(reveals: readonly Reveal[], of: number): readonly number[] {
    return this.#noted(reveals).flatMap(({ peer, piece }) => (peer === of ? [piece] : []));
  }

  /** What holds of every reveal, whatever happened. */
  #noted(reveals: readonly Reveal[]): readonly Reveal[] {
    for (const { peer: key, piece } of reveals) {
      const peer = this.peer(key);
      assert.ok(!peer.revealed.has(piece), 'nothing is revealed twice');
      assert.ok(!peer.pieces.has(piece), 'what it has is not revealed');
      peer.revealed.add(piece);
    }
    for (const [key, { revealed }] of this.peers) {
      for (let piece = 0; piece < this.#pieceCount; piece++)
        assert.equal(this.seed.isRevealed(key, piece), revealed.has(piece));
    }
    return reveals;
  }
}

test('each peer is revealed two pieces, and no two the same', () => {
  const model = new Model(8);
  assert.deepEqual(model.open(ALICE), [0, 1]);
  assert.deepEqual(model.open(BOB), [2, 3]);
});

test('what a peer has, or another one had when it came, is not revealed first', () => {
  const model = new Model(8);
  model.open(ALICE, [0, 1, 2]);
  assert.deepEqual(model.open(BOB, [5]), [6, 7]);
  assert.ok(!model.peer(BOB).revealed.has(0));
});

test('a peer whose piece came to another is revealed the next', () => {
  const model = new Model(8);
  model.open(ALICE);
  model.open(BOB);
  assert.deepEqual(model.had(ALICE, 0), []);
  assert.deepEqual(model.had(BOB, 0, 0, ALICE), [4]);
});

test('a peer that is alone is revealed the next as soon as it has one', () => {
  const model = new Model(4);
  model.open(ALICE);
  assert.deepEqual(model.had(ALICE, 0), [2]);
  assert.deepEqual(model.had(ALICE, 1), [3]);
});

test('peers that want nothing do not count as others who lack a piece', () => {
  const model = new Model(8);
  model.open(ALICE);
  model.open(BOB);
  model.peer(BOB).isUploadOnly = true;
  assert.deepEqual(model.had(ALICE, 0), [4]);
});

test('who keeps its pieces waits, and not for ever', () => {
  const model = new Model(8);
  model.open(ALICE);
  model.open(BOB);
  model.had(ALICE, 0);
  model.had(ALICE, 1);
  assert.deepEqual(model.tick(KEPT_MS - 1, ALICE), []);
  assert.deepEqual(model.tick(KEPT_MS, ALICE), [4, 5]);
});

test('who wants nothing of what it was revealed is revealed more, who still fetches is not', () => {
  const model = new Model(8);
  model.open(ALICE);
  model.open(BOB);
  model.peer(BOB).isInterested = false;
  assert.deepEqual(model.tick(KEPT_MS, BOB), [4, 5]);
  assert.equal(model.peer(ALICE).revealed.size, 2);
});

test('a piece that is on its way is revealed to a second peer only when it takes long', () => {
  const model = new Model(2);
  model.open(ALICE);
  assert.deepEqual(model.open(BOB), []);
  assert.deepEqual(model.tick(KEPT_MS - 1, BOB), []);
  assert.deepEqual(model.tick(KEPT_MS, BOB), [0, 1]);
});

test('what left with a peer is revealed again at once', () => {
  const model = new Model(2);
  model.open(ALICE);
  model.open(BOB);
  assert.deepEqual(model.gone(ALICE), [
    { peer: BOB, piece: 0 },
    { peer: BOB, piece: 1 },
  ]);
});

test('it is over when each piece was at two peers, even if one left since', () => {
  const model = new Model(2);
  for (const key of [ALICE, BOB, CAROL]) model.open(key);
  model.had(ALICE, 0);
  model.had(BOB, 0);
  model.gone(ALICE);
  model.had(BOB, 1);
  assert.equal(model.seed.isOver, true); // Bob has all
  const other = new Model(2);
  for (const key of [ALICE, BOB, CAROL]) other.open(key);
  other.had(ALICE, 0);
  other.had(BOB, 0);
  other.gone(ALICE);
  other.open(ALICE, [1]);
  assert.equal(other.seed.isOver, false);
  other.had(CAROL, 1);
  assert.equal(other.seed.isOver, true);
});

test('it is over when a seed comes, and stays so', () => {
  const model = new Model(2);
  model.open(ALICE);
  model.open(BOB, [0, 1]);
  model.gone(BOB);
  assert.equal(model.seed.isOver, true);
  assert.deepEqual(model.open(CAROL), []);
});

test('a peer that says nothing of its pieces is revealed some at the next tick', () => {
  const model = new Model(4);
  const pieces = new Bitfield(4);
  const peer = { pieces, isInterested: false, isUploadOnly: false, revealed: new Set<number>() };
  model.peers.set(ALICE, peer);
  model.seed.opened(ALICE, peer);
  assert.deepEqual(model.tick(0, ALICE), [0, 1]);
});

test('a peer that lost what it was revealed, and left, does not keep the piece from others', () => {
  const model = new Model(2);
  model.open(ALICE);
  model.open(BOB);
  model.had(ALICE, 0);
  model.lost(ALICE, 0);
  model.had(ALICE, 0);
  model.lost(ALICE, 0);
  assert.deepEqual(model.tick(KEPT_MS, BOB), [0, 1]);
});

/** A peer comes, goes, loses a piece or gets one of us or of another; time passes. */
const anyStep = fc.record({
  type: fc.constantFrom('come', 'go', 'fetch', 'fetch', 'fetch', 'trade', 'trade', 'lose', 'tick'),
  key: fc.integer({ min: 1, max: 5 }),
  choice: fc.nat(1_000),
});

type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

function takeStep(model: Model, { type, key, choice }: Step, now: number): void {
  const peer = model.peers.get(key);
  if (type === 'tick') model.tick(now);
  else if (peer === undefined) model.open(key, [], now);
  else if (type === 'go') model.gone(key, now);
  else if (type === 'lose') model.lost(key, choice % peer.pieces.length);
  else if (type !== 'come') {
    const all = Array.from({ length: peer.pieces.length }, (_, piece) => piece);
    const isThere = (piece: number): boolean =>
      type === 'fetch' ? peer.revealed.has(piece) : model.availability(piece) > 0;
    const missing = all.filter((piece) => isThere(piece) && !peer.pieces.has(piece));
    const piece = missing[choice % Math.max(missing.length, 1)];
    if (piece !== undefined) model.had(key, piece, now);
  }
}

test('whatever peers did, one to whom nobody passes anything on ends with everything', () => {
  const pieceCounts = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(pieceCounts, fc.array(anyStep, { maxLength: 150 }), (pieceCount, steps) => {
      const model = new Model(pieceCount);
      let now = 0;
      for (const step of steps) takeStep(model, step, (now += step.choice));
      const [key = ALICE] = model.peers.keys();
      if (!model.peers.has(key)) model.open(key, [], now);
      for (let round = 0; round <= pieceCount && !model.seed.isOver; round++) {
        for (const piece of model.peer(key).revealed) model.had(key, piece, now);
        model.tick((now += KEPT_MS));
      }
      assert.ok(model.seed.isOver);
    }),
  );
});
