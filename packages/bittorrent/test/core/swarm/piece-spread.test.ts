import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HOLD_MS, PieceSpread } from '../../../src/core/swarm/piece-spread.ts';

const ANY = (): boolean => true;
const [ALICE, BOB] = [1, 2];

function makeSpread(pieceCount = 8): PieceSpread {
  return new PieceSpread(pieceCount, () => 0);
}

test('a block is of a second copy when another peer was given the piece, for a while', () => {
  const spread = makeSpread();
  assert.equal(spread.isSecond(BOB, 3, true, 0), false);
  spread.sent(ALICE, 3, 0);
  spread.sent(BOB, 3, 1);
  assert.equal(spread.isSecond(ALICE, 3, true, 2), false);
  assert.equal(spread.isSecond(BOB, 3, true, HOLD_MS - 1), true);
  assert.equal(spread.isSecond(BOB, 3, true, HOLD_MS), false);
});

test('a second copy can wait for good when who was given the first one has said to have it', () => {
  const spread = makeSpread();
  spread.got(BOB, 3);
  assert.equal(spread.isSecond(ALICE, 3, true, 0), false);
  spread.sent(ALICE, 3, 0);
  spread.got(BOB, 3); // anyone can say so
  assert.equal(spread.isSecond(BOB, 3, true, HOLD_MS), false);
  spread.got(ALICE, 3);
  assert.equal(spread.isSecond(BOB, 3, true, HOLD_MS * 100), true);
  // who has it may have left
  assert.equal(spread.isSecond(BOB, 3, false, HOLD_MS * 100), false);
});

test('what a peer that is gone was given first is anybody’s again', () => {
  const spread = makeSpread();
  spread.sent(ALICE, 3, 0);
  spread.gone(ALICE);
  assert.equal(spread.isSecond(BOB, 3, true, 1), false);
  spread.sent(BOB, 3, 1);
  assert.equal(spread.isSecond(ALICE, 3, true, 2), true);
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
  const spread = makeSpread(10_000);
  for (let piece = 0; piece < 5_000; piece++) spread.sent(ALICE, piece, 0);
  assert.equal(spread.isSecond(BOB, 0, true, 1), false);
  assert.equal(spread.isSecond(BOB, 4_999, true, 1), true);
});
