/** Pickers and picks for tests. */
import assert from 'node:assert/strict';
import { Bitfield } from '../../../src/core/bitfield.ts';
import { BLOCK_LENGTH } from '../../../src/core/blocks.ts';
import type { BlockRequest } from '../../../src/core/blocks.ts';
import { PiecePicker } from '../../../src/core/picker/piece-picker.ts';
import type { PeerKey, PickView } from '../../../src/core/picker/piece-picker.ts';
import { seededRandom } from '../seeded-random.ts';

export const FAST: PickView = { speed: 'fast', openPiece: () => true };
export const SLOW: PickView = { speed: 'slow', openPiece: () => true };
export const NO_MEMORY: PickView = { speed: 'fast', openPiece: () => false };

export function picker(pieceCount: number, blocks = 4): PiecePicker {
  const length = blocks * BLOCK_LENGTH;
  return new PiecePicker({ pieceCount, lengthOf: () => length, random: seededRandom(1) });
}

export function bits(length: number, ...pieces: readonly number[]): Bitfield {
  const bitfield = new Bitfield(length);
  for (const piece of pieces) bitfield.set(piece);
  return bitfield;
}

export function pick(
  from: PiecePicker,
  peer: PeerKey,
  has: Bitfield,
  count: number,
  view: PickView = FAST,
): readonly BlockRequest[] {
  const into: BlockRequest[] = [];
  assert.equal(from.pick(peer, has, count, into, view), into.length);
  return into;
}

export const pieces = (requests: readonly BlockRequest[]): readonly number[] => [
  ...new Set(requests.map(({ piece }) => piece)),
];

/** Past the random first pieces: the last four are had. */
export function started(pieceCount: number, blocks = 4): PiecePicker {
  const made = picker(pieceCount + 4, blocks);
  for (let piece = pieceCount; piece < pieceCount + 4; piece++) made.markHad(piece);
  return made;
}
