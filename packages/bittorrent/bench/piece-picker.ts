/** What picking costs: 1 GiB in pieces of 1 MiB and of 16 KiB, and a torrent of a million pieces. */
import { cpus } from 'node:os';
import { Bitfield } from '../src/core/bitfield.ts';
import { BLOCK_LENGTH } from '../src/core/blocks.ts';
import type { BlockRequest } from '../src/core/blocks.ts';
import { PiecePicker } from '../src/core/picker/piece-picker.ts';
import type { PickView } from '../src/core/picker/piece-picker.ts';

const VIEW: PickView = { speed: 'fast', openPiece: () => true };
const DEPTH = 64;
const ROUNDS = 7;

/** Microseconds a block for pick, received and verified, with so many peers in turn. */
function fetchAll(pieceCount: number, pieceLength: number, peers: readonly Bitfield[]): number {
  const picker = new PiecePicker({ pieceCount, lengthOf: () => pieceLength, random: Math.random });
  for (const has of peers) picker.addPeer(has);
  const requests: BlockRequest[] = [];
  let blocks = 0;
  const startedAt = performance.now();
  for (let turn = 0; picker.hasWanted; turn++) {
    const peer = turn % peers.length;
    requests.length = 0;
    picker.pick(peer, peers[peer] ?? new Bitfield(pieceCount), DEPTH, requests, VIEW);
    for (const { piece, begin } of requests) {
      if (picker.received(peer, piece, begin) === 'completed') picker.verified(piece);
      blocks += 1;
    }
  }
  return ((performance.now() - startedAt) * 1_000) / blocks;
}

function halves(pieceCount: number, peers: number): readonly Bitfield[] {
  return Array.from({ length: peers }, (_, peer) => {
    const has = new Bitfield(pieceCount);
    for (let piece = 0; piece < pieceCount; piece++) if ((piece + peer) % 2 === 0) has.set(piece);
    return has;
  });
}

function best(measure: () => number): string {
  return Math.min(...Array.from({ length: ROUNDS }, measure)).toFixed(3);
}

function time(run: () => void): number {
  const startedAt = performance.now();
  run();
  return performance.now() - startedAt;
}

const MIB = 2 ** 20;
const { model } = cpus()[0] ?? { model: 'unknown' };
console.log(`${model}, Node ${process.version}; best of ${ROUNDS}`);

const seeds = [Bitfield.full(1_024)];
console.log(
  `1 GiB, 1 MiB pieces, one seed      ${best(() => fetchAll(1_024, MIB, seeds))} µs a block`,
);
const fifty = halves(1_024, 50);
console.log(
  `1 GiB, 1 MiB pieces, 50 half peers ${best(() => fetchAll(1_024, MIB, fifty))} µs a block`,
);
const small = [Bitfield.full(65_536)];
console.log(
  `1 GiB, 16 KiB pieces, one seed     ${best(() => fetchAll(65_536, BLOCK_LENGTH, small))} µs a block`,
);
const smallHalves = halves(65_536, 50);
console.log(
  `1 GiB, 16 KiB pieces, 50 half      ${best(() => fetchAll(65_536, BLOCK_LENGTH, smallHalves))} µs a block`,
);

const MILLION = 1_000_000;
const few = new Bitfield(MILLION);
few.set(MILLION - 1);
console.log(
  `1,000,000 pieces, made and picked  ${best(() =>
    time(() => {
      const picker = new PiecePicker({
        pieceCount: MILLION,
        lengthOf: () => MIB,
        random: Math.random,
      });
      picker.addPeer(few);
      picker.pick(1, few, DEPTH, [], VIEW);
    }),
  )} ms`,
);
const picker = new PiecePicker({ pieceCount: MILLION, lengthOf: () => MIB, random: Math.random });
picker.addPeer(few);
picker.pick(1, few, DEPTH, [], VIEW);
console.log(
  `1,000,000 pieces, a poor peer picks in vain ${best(() => time(() => picker.pick(2, few, 1, [], VIEW)))} ms`,
);
