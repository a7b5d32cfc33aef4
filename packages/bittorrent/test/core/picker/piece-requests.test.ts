import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { BLOCK_LENGTH } from '../../../src/core/blocks.ts';
import { PIECE_PRIORITY } from '../../../src/core/picker/piece-picker.ts';
import type { PeerKey } from '../../../src/core/picker/piece-picker.ts';
import { FAST, SLOW, NO_MEMORY, picker, bits, pick, pieces, started } from './picker-fixture.ts';

test('a piece whose hash is wrong is wanted again, and names who sent it', () => {
  const made = picker(1, 2);
  const seed = Bitfield.full(1);
  made.addPeer(seed);
  made.addPeer(seed);
  pick(made, 1, seed, 1);
  pick(made, 2, seed, 1, NO_MEMORY);
  made.received(1, 0, 0);
  made.received(2, 0, BLOCK_LENGTH);
  assert.deepEqual(made.failed(0), [1, 2]);
  assert.equal(made.stateOf(0), 'wanted');
});

test('no block is asked of two peers while one was asked of none', () => {
  const made = started(2);
  const all = Bitfield.full(6);
  made.addPeer(all);
  made.addPeer(bits(6, 0));
  made.addPeer(bits(6, 0));
  assert.equal(pick(made, 2, bits(6, 0), 4).length, 4);
  assert.deepEqual(pick(made, 3, bits(6, 0), 4), []);
});

test('in the endgame an idle peer is asked for what the slowest owes, and each block at most twice', () => {
  const made = picker(2, 4);
  const all = Bitfield.full(2);
  made.addPeer(all);
  pick(made, 1, all, 4, FAST);
  const slow = pick(made, 2, all, 4, SLOW);
  const again = pick(made, 3, all, 2);
  assert.deepEqual(again, slow.slice(2).toReversed());
  assert.deepEqual(pick(made, 3, all, 9), [], 'it is not idle now');
  pick(made, 4, all, 9);
  pick(made, 5, all, 9);
  assert.deepEqual(pick(made, 6, all, 9), [], 'all were asked for twice');
  assert.deepEqual(made.duplicatesOf(slow[3]?.piece ?? -1, slow[3]?.begin ?? -1), []);
  assert.equal(made.received(3, slow[3]?.piece ?? -1, slow[3]?.begin ?? -1), 'new');
  assert.deepEqual(made.duplicatesOf(slow[3]?.piece ?? -1, slow[3]?.begin ?? -1), [2]);
  assert.equal(made.received(2, slow[3]?.piece ?? -1, slow[3]?.begin ?? -1), 'duplicate');
});

test('in the endgame nothing is asked for twice that comes soon enough', () => {
  const made = picker(1, 4);
  const all = Bitfield.full(1);
  made.addPeer(all);
  pick(made, 1, all, 4);
  const answerMs = (peer: PeerKey): number => (peer === 1 ? 39 : 20);
  assert.deepEqual(pick(made, 2, all, 4, { ...FAST, answerMs }), []);
});

test('pieces that nobody has do not put off the endgame', () => {
  const made = picker(2, 1);
  made.addPeer(bits(2, 0));
  made.addPeer(bits(2, 0));
  pick(made, 1, bits(2, 0), 1);
  assert.equal(pick(made, 2, bits(2, 0), 1).length, 1);
});

test('a released block is asked of another, and is welcome if it comes after all', () => {
  const made = picker(1, 2);
  const all = Bitfield.full(1);
  made.addPeer(all);
  pick(made, 1, all, 1);
  made.released(1, 0, 0);
  assert.equal(made.outstanding(1), 0);
  assert.equal(pick(made, 2, all, 1)[0]?.begin, 0);
  assert.equal(made.received(1, 0, 0), 'new');
  assert.deepEqual(made.duplicatesOf(0, 0), [2]);
  assert.equal(made.outstanding(2), 0);
  assert.deepEqual(made.contributors(0), [1]);
});

test('a peer that is gone leaves its blocks to others', () => {
  const made = picker(1, 4);
  const all = Bitfield.full(1);
  made.addPeer(all);
  const asked = pick(made, 1, all, 4);
  made.received(1, 0, 0);
  made.releasePeer(1);
  assert.deepEqual(pick(made, 2, all, 4), asked.slice(1));
});

test('a block that was never asked for is unexpected', () => {
  const made = picker(2, 2);
  const all = Bitfield.full(2);
  made.addPeer(all);
  assert.equal(made.received(1, 0, 0), 'unexpected');
  const [{ piece } = { piece: -1 }] = pick(made, 1, all, 1);
  assert.equal(made.received(2, piece, 0), 'unexpected');
  assert.equal(made.received(1, piece, 1), 'unexpected');
  assert.equal(made.received(1, piece, BLOCK_LENGTH), 'unexpected');
  assert.equal(made.received(1, piece, 9 * BLOCK_LENGTH), 'unexpected');
});

test('a peer is interesting while it has something wanted', () => {
  const made = picker(20);
  assert.equal(made.isInteresting(new Bitfield(20)), false);
  assert.equal(made.isInteresting(bits(20, 17)), true);
  made.setPriority(17, PIECE_PRIORITY.unwanted);
  assert.equal(made.isInteresting(bits(20, 17)), false);
  assert.equal(made.isInteresting(Bitfield.full(20)), true);
  for (let piece = 0; piece < 20; piece++) made.markHad(piece);
  assert.equal(made.isInteresting(Bitfield.full(20)), false);
});

test('copies are counted over us and our peers, and by parts', () => {
  const made = picker(4);
  assert.equal(made.copies(), 0);
  made.markHad(0);
  made.addPeer(Bitfield.full(4));
  made.addPeer(bits(4, 1));
  assert.equal(made.copies(), 1.5);
  assert.equal(made.availability(1), 2);
  made.removePeer(Bitfield.full(4));
  assert.equal(made.copies(), 0.5);
});

test('a peer that came with a part and has all now is counted rightly when it goes', () => {
  const made = picker(3);
  const grown = bits(3, 0);
  made.addPeer(grown);
  made.addPeer(Bitfield.full(3));
  for (const piece of [1, 2]) {
    grown.set(piece);
    made.addHave(piece);
  }
  made.removePeer(grown);
  assert.deepEqual(
    [0, 1, 2].map((piece) => made.availability(piece)),
    [1, 1, 1],
  );
  made.removePeer(Bitfield.full(3));
  assert.deepEqual(
    [0, 1, 2].map((piece) => made.availability(piece)),
    [0, 0, 0],
  );
});

test('an unwanted piece under way is left alone, and can be abandoned', () => {
  const made = picker(1, 4);
  const all = Bitfield.full(1);
  made.addPeer(all);
  pick(made, 1, all, 2);
  made.setPriority(0, PIECE_PRIORITY.unwanted);
  assert.deepEqual(pick(made, 1, all, 2), []);
  assert.equal(made.stateOf(0), 'open');
  assert.equal(made.stalledPiece(), 0);
  made.abandon(0);
  assert.equal(made.stateOf(0), 'unwanted');
  assert.equal(made.outstanding(1), 0);
  assert.equal(made.received(1, 0, 0), 'unexpected');
});

test('memory can be taken from a stalled piece while another is opened', () => {
  const made = started(2, 2);
  const rare = bits(6, 0);
  made.addPeer(rare);
  pick(made, 1, rare, 1);
  made.received(1, 0, 0);
  made.releasePeer(1);
  made.removePeer(rare);
  const other = bits(6, 1);
  made.addPeer(other);
  const openPiece = (): boolean => {
    const stalled = made.stalledPiece();
    assert.equal(stalled, 0);
    made.abandon(stalled);
    return true;
  };
  assert.deepEqual(pieces(pick(made, 2, other, 9, { speed: 'fast', openPiece })), [1]);
  assert.equal(made.stateOf(0), 'wanted');
});

test('marking a piece under way as had is a bug', () => {
  const made = picker(1);
  made.addPeer(Bitfield.full(1));
  pick(made, 1, Bitfield.full(1), 1);
  assert.throws(() => made.markHad(0), { name: 'AssertionError' });
});

test('a piece that failed is left to the peer that has it, while there is other work', () => {
  const made = started(2, 4);
  const all = Bitfield.full(6);
  made.addPeer(all);
  const [first] = pieces(pick(made, 1, all, 4, SLOW));
  for (let block = 0; block < 4; block++) made.received(1, first ?? -1, block * BLOCK_LENGTH);
  made.failed(first ?? -1);
  made.addHave((first ?? 0) === 0 ? 1 : 0); // it is the rarer one now
  assert.deepEqual(pieces(pick(made, 1, all, 1, SLOW)), [first]);
  const other = pick(made, 2, all, 8, SLOW);
  assert.equal(other.length, 4);
  assert.ok(!pieces(other).includes(first ?? -1));
  assert.equal(pick(made, 3, all, 8, SLOW).length, 3, 'with no other work an idle peer helps');
});

test('no block is asked of two peers while an unfinished piece has one asked of none', () => {
  const made = picker(2, 2);
  made.addPeer(bits(2, 0));
  made.addPeer(bits(2, 1));
  made.addPeer(bits(2, 1));
  assert.equal(pick(made, 1, bits(2, 0), 1).length, 1);
  assert.equal(pick(made, 2, bits(2, 1), 2).length, 2);
  assert.deepEqual(pick(made, 3, bits(2, 1), 2), []);
  assert.equal(pick(made, 1, bits(2, 0), 1).length, 1);
  assert.equal(pick(made, 3, bits(2, 1), 2).length, 2);
});

test('a piece whose peer is gone is nobody’s, and a fast peer goes on with it', () => {
  const made = started(4, 4);
  const all = Bitfield.full(8);
  made.addPeer(all);
  const [piece] = pieces(pick(made, 1, all, 2));
  made.releasePeer(1);
  assert.deepEqual(pieces(pick(made, 2, all, 2)), [piece]);
});

test('a late block of a piece that nobody was asked for anew completes it all the same', () => {
  const made = picker(1, 2);
  const all = Bitfield.full(1);
  made.addPeer(all);
  pick(made, 1, all, 1);
  made.released(1, 0, 0);
  assert.equal(made.received(1, 0, 0), 'new');
  assert.deepEqual(
    pick(made, 2, all, 9).map(({ begin }) => begin),
    [BLOCK_LENGTH],
  );
  assert.equal(made.received(2, 0, BLOCK_LENGTH), 'completed');
});

test('a late block that was the last free one leaves nothing to ask for', () => {
  const made = picker(1, 2);
  const all = Bitfield.full(1);
  made.addPeer(all);
  pick(made, 1, all, 2);
  made.released(1, 0, 0);
  made.received(1, 0, 0);
  const answerMs = (): number => 10; // no endgame: what is owed comes soon
  assert.deepEqual(pick(made, 2, all, 9, { ...FAST, answerMs }), []);
});
