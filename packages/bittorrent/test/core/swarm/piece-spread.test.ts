import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { COPY, HOLD_MS, PieceSpread } from '../../../src/core/swarm/piece-spread.ts';

const ANY = (): boolean => true;
const [ALICE, BOB, CAROL] = [1, 2, 3];

function makeSpread(pieceCount = 8): PieceSpread {
  return new PieceSpread(pieceCount, () => 0);
}

/** One in which a piece came to another peer after the longest time that counts. */
function makeKnown(pieceCount = 8): PieceSpread {
  const spread = makeSpread(pieceCount);
  spread.sent(ALICE, pieceCount - 1, -2 * HOLD_MS);
  spread.got(CAROL, pieceCount - 1, -HOLD_MS);
  return spread;
}

test('what another was given is on its way for a while, and then wanted of anybody', () => {
  const spread = makeKnown();
  assert.equal(spread.copyOf(BOB, 3, true, 0), COPY.first);
  spread.sent(ALICE, 3, 0);
  spread.sent(BOB, 3, 1);
  assert.equal(spread.copyOf(ALICE, 3, true, 2), COPY.first);
  assert.equal(spread.copyOf(BOB, 3, true, HOLD_MS - 1), COPY.spreading);
  assert.equal(spread.copyOf(BOB, 3, true, HOLD_MS), COPY.lost);
  spread.sent(BOB, 3, HOLD_MS);
  assert.equal(spread.copyOf(ALICE, 3, true, HOLD_MS), COPY.spreading);
  assert.ok(spread.isGivenTo(BOB, 3) && !spread.isGivenTo(ALICE, 3));
});

test('while nobody has passed on anything, nothing counts as on its way to others', () => {
  const spread = makeSpread();
  spread.sent(ALICE, 3, 0);
  assert.equal(spread.copyOf(BOB, 3, true, 1), COPY.second);
  spread.sent(BOB, 3, 1);
  spread.got(BOB, 3, 2); // we gave it to both
  spread.sent(ALICE, 4, 2);
  assert.equal(spread.copyOf(BOB, 4, true, 3), COPY.second);
  spread.got(CAROL, 4, 3);
  assert.equal(spread.copyOf(BOB, 4, true, 4), COPY.spreading);
});

test('what another than the one it was given to has got is a second copy for good', () => {
  const spread = makeSpread();
  spread.got(BOB, 3, 0);
  assert.equal(spread.copyOf(ALICE, 3, true, 0), COPY.first);
  spread.sent(ALICE, 3, 0);
  spread.got(ALICE, 3, 1); // it may keep it to itself
  assert.equal(spread.copyOf(BOB, 3, true, 1 + HOLD_MS), COPY.lost);
  spread.got(CAROL, 3, HOLD_MS);
  assert.equal(spread.copyOf(BOB, 3, true, HOLD_MS * 100), COPY.second);
  // who has it may have left
  assert.equal(spread.copyOf(BOB, 3, false, HOLD_MS * 100), COPY.lost);
});

test('how long a piece is on its way is twice what those before took', () => {
  const spread = makeSpread(64);
  for (let piece = 0; piece < 32; piece++) {
    spread.sent(ALICE, piece, piece * HOLD_MS);
    spread.got(BOB, piece, piece * HOLD_MS + 1_000);
  }
  const now = 32 * HOLD_MS;
  spread.sent(ALICE, 40, now);
  assert.equal(spread.copyOf(BOB, 40, false, now + 1_900), COPY.spreading);
  assert.equal(spread.copyOf(BOB, 40, false, now + 2_100), COPY.lost);
});

test('while peers say one after another that they got a piece, it is on its way', () => {
  const spread = makeSpread();
  spread.sent(ALICE, 3, 0);
  spread.got(BOB, 3, HOLD_MS - 1);
  assert.equal(spread.copyOf(CAROL, 3, true, 2 * HOLD_MS - 2), COPY.spreading);
  spread.got(4, 3, 2 * HOLD_MS - 2);
  assert.equal(spread.copyOf(CAROL, 3, true, 3 * HOLD_MS - 3), COPY.spreading);
  assert.equal(spread.copyOf(CAROL, 3, true, 3 * HOLD_MS - 2), COPY.second);
});

test('what nobody got of a peer that is gone is wanted, after what nobody was given, whoever claims it', () => {
  const spread = makeSpread();
  spread.sent(ALICE, 3, 0);
  spread.got(ALICE, 3, 0);
  spread.sent(ALICE, 4, 0);
  spread.got(CAROL, 4, 0);
  assert.equal(spread.aloneWith(ALICE, 0), 1);
  spread.gone(ALICE);
  assert.equal(spread.aloneWith(ALICE, 0), 0);
  assert.equal(spread.copyOf(BOB, 3, true, 1), COPY.lost);
  assert.equal(spread.copyOf(BOB, 4, true, HOLD_MS), COPY.second);
  assert.equal(spread.copyOf(BOB, 5, true, 1), COPY.first);
});

test('what a peer comes back with is on its way again', () => {
  const spread = makeKnown();
  spread.sent(ALICE, 3, 0);
  spread.gone(ALICE);
  const has = new Bitfield(8);
  has.set(3);
  spread.came(has, 100);
  assert.equal(spread.copyOf(BOB, 3, true, 101), COPY.spreading);
  assert.equal(spread.copyOf(BOB, 3, true, 100 + HOLD_MS), COPY.second);
});

test('what a peer has alone is counted until another has got it, or for half a minute', () => {
  const spread = makeSpread();
  for (let piece = 0; piece < 4; piece++) spread.sent(ALICE, piece, piece);
  assert.equal(spread.aloneWith(ALICE, 4), 4);
  spread.got(ALICE, 0, 4);
  spread.got(BOB, 1, 4);
  assert.equal(spread.aloneWith(ALICE, 4), 3);
  assert.equal(spread.aloneWith(BOB, 4), 0);
  assert.equal(spread.aloneWith(ALICE, 30_002), 1);
});

test('no two peers are suggested one piece in a round, and none more than it leaves unasked', () => {
  const spread = makeSpread();
  const first = spread.suggest(ALICE, 2, ANY);
  const second = spread.suggest(BOB, 2, ANY);
  assert.deepEqual([...first, ...second], [0, 1, 2, 3]);
  assert.deepEqual(spread.suggest(ALICE, 2, ANY), []);
  spread.asked(ALICE, 1);
  assert.deepEqual(spread.suggest(ALICE, 2, ANY), [4]);
});

test('neither what was given to somebody nor what is not needed is suggested', () => {
  const spread = makeSpread();
  spread.sent(ALICE, 0, 0);
  assert.deepEqual(
    spread.suggest(BOB, 2, (piece) => piece % 2 === 0),
    [2, 4],
  );
});

test('after a round in which nothing was needed there are no suggestions, until a peer leaves', () => {
  const spread = makeSpread();
  let looks = 0;
  const count = (): boolean => {
    looks += 1;
    return false;
  };
  spread.suggest(ALICE, 2, count);
  spread.suggest(ALICE, 2, count);
  assert.equal(looks, 8);
  spread.gone(BOB);
  assert.deepEqual(spread.suggest(ALICE, 2, ANY), [0, 1]);
});

test('a suggestion looks at a bounded number of pieces, and the next one goes on from there', () => {
  const spread = makeSpread(1_500);
  const isLate = (piece: number): boolean => piece >= 1_200;
  assert.deepEqual(spread.suggest(ALICE, 1, isLate), []);
  assert.deepEqual(spread.suggest(ALICE, 1, isLate), [1_200]);
});

test('only so many first copies are remembered', () => {
  const spread = makeKnown(10_000);
  for (let piece = 0; piece < 5_000; piece++) spread.sent(ALICE, piece, 0);
  assert.equal(spread.copyOf(BOB, 0, true, 1), COPY.second);
  assert.equal(spread.copyOf(BOB, 4_999, true, 1), COPY.spreading);
  assert.equal(spread.aloneWith(ALICE, 1), 4_096);
});
