import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { BLOCK_LENGTH } from '../../../src/core/blocks.ts';
import { PIECE_PRIORITY, PiecePicker } from '../../../src/core/picker/piece-picker.ts';
import { FAST, SLOW, NO_MEMORY, picker, bits, pick, pieces, started } from './picker-fixture.ts';
import { seededRandom } from '../seeded-random.ts';

test('a piece is asked for in blocks, the last one shorter', () => {
  const made = new PiecePicker({ pieceCount: 1, lengthOf: () => 40_000, random: () => 0 });
  made.addPeer(Bitfield.full(1));
  assert.deepEqual(pick(made, 1, Bitfield.full(1), 10), [
    { piece: 0, begin: 0, length: 16_384 },
    { piece: 0, begin: 16_384, length: 16_384 },
    { piece: 0, begin: 32_768, length: 7_232 },
  ]);
});

test('a piece goes from wanted over open and hashing to had', () => {
  const made = picker(1, 2);
  const seed = Bitfield.full(1);
  made.addPeer(seed);
  assert.equal(made.stateOf(0), 'wanted');
  pick(made, 1, seed, 2);
  assert.equal(made.stateOf(0), 'open');
  assert.equal(made.received(1, 0, 0), 'new');
  assert.equal(made.received(1, 0, BLOCK_LENGTH), 'completed');
  assert.equal(made.stateOf(0), 'hashing');
  assert.equal(made.isWanted(0), true);
  made.verified(0);
  assert.equal(made.stateOf(0), 'had');
  assert.equal(made.hasWanted, false);
  assert.equal(made.received(1, 0, 0), 'duplicate');
});

test('the rarest piece is asked for first', () => {
  const made = started(3);
  const all = Bitfield.full(7);
  made.addPeer(bits(7, 0, 1));
  made.addPeer(bits(7, 0));
  made.addPeer(all);
  assert.deepEqual(pieces(pick(made, 1, all, 12)), [2, 1, 0]);
});

test('a have message changes which piece is rarest', () => {
  const made = started(2);
  const all = Bitfield.full(6);
  made.addPeer(all);
  made.addPeer(bits(6, 0));
  pick(made, 9, bits(6), 1); // the order exists from here on
  made.addHave(1);
  made.addHave(1);
  assert.deepEqual(pieces(pick(made, 1, all, 8)), [0, 1]);
});

test('pieces equally rare are taken in no fixed order', () => {
  const first = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const made = new PiecePicker({
      pieceCount: 100,
      lengthOf: () => BLOCK_LENGTH,
      random: seededRandom(seed),
    });
    for (let piece = 90; piece < 100; piece++) made.markHad(piece);
    made.addPeer(Bitfield.full(100));
    first.add(pick(made, 1, Bitfield.full(100), 1)[0]?.piece ?? -1);
  }
  assert.ok(first.size > 20, `${first.size} different pieces`);
});

test('rarity does not count before four pieces are had', () => {
  const first = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    const made = new PiecePicker({
      pieceCount: 3,
      lengthOf: () => BLOCK_LENGTH,
      random: seededRandom(seed),
    });
    made.addPeer(bits(3, 0, 1));
    made.addPeer(Bitfield.full(3));
    first.add(pick(made, 1, Bitfield.full(3), 1)[0]?.piece ?? -1);
  }
  assert.deepEqual(first, new Set([0, 1, 2]));
});

test('high priority goes before rarity, and what is not wanted is not asked for', () => {
  const made = started(4);
  const all = Bitfield.full(8);
  made.addPeer(all);
  made.addPeer(bits(8, 0, 1, 2));
  made.setPriority(0, PIECE_PRIORITY.low);
  made.setPriority(1, PIECE_PRIORITY.high);
  made.setPriority(3, PIECE_PRIORITY.unwanted);
  assert.deepEqual(pieces(pick(made, 1, all, 99)), [1, 2, 0]);
  assert.equal(made.stateOf(3), 'unwanted');
});

test('sequential mode takes pieces in order, for every peer, and returns to one that failed', () => {
  const made = started(20, 1);
  const all = Bitfield.full(24);
  made.addPeer(all);
  made.addPeer(all);
  made.setSequential(true);
  assert.deepEqual(pieces(pick(made, 1, all, 3)), [0, 1, 2]);
  assert.deepEqual(pieces(pick(made, 2, all, 3)), [3, 4, 5]);
  made.received(1, 1, 0);
  made.failed(1);
  assert.deepEqual(pieces(pick(made, 2, all, 3)), [1, 6, 7]);
});

test('an unfinished piece is gone on with before another is opened', () => {
  const made = started(10);
  const all = Bitfield.full(14);
  made.addPeer(all);
  const [piece] = pieces(pick(made, 1, all, 1));
  assert.deepEqual(pieces(pick(made, 1, all, 3)), [piece]);
});

test('fast peers take pieces of their own and slow ones share theirs', () => {
  const made = started(10);
  const all = Bitfield.full(14);
  made.addPeer(all);
  const [fast] = pieces(pick(made, 1, all, 1, FAST));
  const [slow] = pieces(pick(made, 2, all, 1, SLOW));
  assert.notEqual(fast, slow);
  assert.deepEqual(pieces(pick(made, 3, all, 3, SLOW)), [slow]);
  const [other] = pieces(pick(made, 4, all, 1, FAST));
  assert.ok(other !== fast && other !== slow);
});

test('the number of unfinished pieces is bounded: beyond it even fast peers join one', () => {
  const made = started(1_000, 100);
  const all = Bitfield.full(1_004);
  made.addPeer(all);
  for (let peer = 0; peer < 300; peer++) {
    pick(made, peer, all, 1);
    made.releasePeer(peer); // leaves a piece with free blocks
  }
  assert.ok(made.openCount < 20, `${made.openCount} open pieces`);
});

test('without memory only pieces under way are asked for', () => {
  const made = started(10);
  const all = Bitfield.full(14);
  made.addPeer(all);
  const [piece] = pieces(pick(made, 1, all, 1));
  assert.deepEqual(pieces(pick(made, 2, all, 9, NO_MEMORY)), [piece]);
  assert.equal(made.openCount, 1);
});

test('while choked only what is allowed is asked for', () => {
  const made = started(3_000, 1);
  const all = Bitfield.full(3_004);
  made.addPeer(all);
  const isAllowed = (piece: number): boolean => piece === 2_345;
  const view = { ...FAST, isAllowed, suggested: [2_345] };
  assert.deepEqual(pieces(pick(made, 1, all, 9, view)), [2_345]);
});

test('a suggested piece goes first among those of its priority', () => {
  const made = started(100, 1);
  const all = Bitfield.full(104);
  made.addPeer(all);
  made.setPriority(7, PIECE_PRIORITY.high);
  assert.deepEqual(pieces(pick(made, 1, all, 2, { ...FAST, suggested: [50] })), [7, 50]);
});

test('a peer with one rare piece among very many finds it', () => {
  const made = started(20_000, 1);
  made.addPeer(bits(20_004, 19_999));
  for (let peer = 0; peer < 3; peer++) made.addPeer(Bitfield.full(20_004));
  for (const piece of Array(5_000).keys()) made.addHave(piece); // others have those
  assert.deepEqual(pieces(pick(made, 1, bits(20_004, 19_999), 4)), [19_999]);
});

test('rarity tells pieces apart that many peers have', () => {
  const made = started(2, 1);
  const all = Bitfield.full(6);
  made.addPeer(all);
  made.addPeer(bits(6, 0));
  pick(made, 9, bits(6), 1); // the order exists from here on
  for (let peer = 0; peer < 20; peer++) made.addHave(0);
  for (let peer = 0; peer < 19; peer++) made.addHave(1);
  assert.deepEqual(pieces(pick(made, 1, all, 2)), [1, 0]);
});

test('the order follows peers with few pieces that come and go', () => {
  const made = started(20, 1);
  const all = Bitfield.full(24);
  made.addPeer(all);
  for (let piece = 0; piece < 20; piece++) made.addPeer(bits(24, piece));
  made.addPeer(bits(24, 3));
  pick(made, 9, bits(24), 1); // the order exists from here on
  made.removePeer(bits(24, 17));
  made.removePeer(bits(24, 3));
  assert.deepEqual(pieces(pick(made, 1, all, 1)), [17]);
  made.removePeer(bits(24, 5));
  assert.deepEqual(pieces(pick(made, 1, all, 1)), [5]);
});

test('in sequential mode a piece that becomes wanted late is not passed over', () => {
  const made = started(60, 1);
  const all = Bitfield.full(64);
  made.addPeer(all);
  made.setSequential(true);
  for (let piece = 0; piece < 30; piece++) made.setPriority(piece, PIECE_PRIORITY.unwanted);
  assert.deepEqual(pieces(pick(made, 1, all, 1)), [30]);
  made.setPriority(4, PIECE_PRIORITY.normal);
  assert.deepEqual(pieces(pick(made, 1, all, 2)), [4, 31]);
});

test('a piece that was had and is lost is asked for again', () => {
  const made = picker(2, 1);
  const seed = Bitfield.full(2);
  made.addPeer(seed);
  made.markHad(0);
  made.markHad(1);
  assert.equal(made.hasWanted, false);
  made.lost(1);
  assert.equal(made.stateOf(1), 'wanted');
  assert.equal(made.hasWanted, true);
  assert.deepEqual(pieces(pick(made, 1, seed, 4)), [1]);
  made.lost(1);
  assert.equal(made.stateOf(1), 'open');
});

test('a block is contested once another peer was asked for it, now or before', () => {
  const made = picker(1, 1);
  const seed = Bitfield.full(1);
  made.addPeer(seed);
  pick(made, 1, seed, 1);
  assert.equal(made.isContested(1, 0, 0), false);
  made.released(1, 0, 0);
  pick(made, 2, seed, 1);
  assert.equal(made.isContested(2, 0, 0), true);
  assert.equal(made.isContested(1, 0, 0), true);
  assert.equal(made.isWelcome(1, 0, 0), true);
  assert.equal(made.isWelcome(3, 0, 0), false);
  made.released(2, 0, 0);
  pick(made, 2, seed, 1); // the first is forgotten, and may send its block all the same
  assert.equal(made.isContested(2, 0, 0), true);
});

test('wanting all or having all, told at once, is as told piece by piece', () => {
  for (const count of [0, 3, 9]) {
    const pieces = bits(9, ...Array.from({ length: count }, (_, piece) => piece));
    const [atOnce, oneByOne] = [picker(9), picker(9)];
    atOnce.setPriorities(
      Uint8Array.from({ length: 9 }, (_, piece) => (pieces.has(piece) ? PIECE_PRIORITY.normal : 0)),
    );
    for (let piece = 0; piece < 9; piece++) {
      const priority = pieces.has(piece) ? PIECE_PRIORITY.normal : PIECE_PRIORITY.unwanted;
      oneByOne.setPriority(piece, priority);
    }
    const [allHad, eachHad] = [picker(9), picker(9)];
    allHad.setHad(pieces);
    for (const piece of pieces) eachHad.markHad(piece);
    for (let piece = 0; piece < 9; piece++) {
      assert.equal(atOnce.stateOf(piece), oneByOne.stateOf(piece));
      assert.equal(allHad.stateOf(piece), eachHad.stateOf(piece));
    }
    assert.equal(atOnce.hasWanted, oneByOne.hasWanted);
    assert.equal(allHad.hasWanted, eachHad.hasWanted);
    assert.equal(allHad.hadCount, count);
  }
});

test('a piece that a peer loses is rarer from then on', () => {
  const made = started(20, 1);
  const all = Bitfield.full(24);
  const loser = bits(24, ...Array(20).keys());
  for (const has of [all, loser]) made.addPeer(has);
  pick(made, 9, bits(24), 1); // the order exists from here on
  for (const piece of [13, 7]) {
    loser.clear(piece);
    made.removeHave(2, loser, piece);
  }
  made.addHave(7);
  assert.deepEqual(pieces(pick(made, 1, all, 1)), [13]);
  assert.deepEqual([made.availability(13), made.availability(7)], [1, 2]);
});

test('a peer that had all and loses one piece makes that one the rarest', () => {
  const made = started(20, 1);
  const seed = Bitfield.full(24);
  const loser = Bitfield.full(24);
  for (const has of [seed, loser]) made.addPeer(has);
  pick(made, 9, bits(24), 1); // the order exists from here on
  loser.clear(13);
  made.removeHave(2, loser, 13);
  assert.deepEqual([made.availability(13), made.availability(12)], [1, 2]);
  assert.deepEqual(pieces(pick(made, 1, seed, 1)), [13]);
});

test("a piece for one peer alone is anybody's when that peer has lost it", () => {
  const made = picker(2, 4);
  const has = bits(2, 0);
  const others = Bitfield.full(2);
  for (const each of [has, others]) made.addPeer(each);
  pick(made, 1, has, 4);
  for (const block of [0, 1, 2, 3]) made.received(1, 0, block * BLOCK_LENGTH);
  made.failed(0);
  pick(made, 1, has, 1); // it is this peer's from here on
  made.received(1, 0, 0);
  assert.deepEqual(pieces(pick(made, 2, others, 9)), [1]);
  has.clear(0);
  made.removeHave(1, has, 0);
  assert.deepEqual(pieces(pick(made, 2, others, 9)), [0]);
});
