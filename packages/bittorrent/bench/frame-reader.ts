/** GB/s through FrameReader: 256 KiB views of framed 16 KiB blocks, copied into pieces of 1 MiB. */
import { cpus } from 'node:os';
import { BLOCK_LENGTH } from '../src/core/blocks.ts';
import { FrameReader } from '../src/core/wire/frame-reader.ts';
import type { FrameSink } from '../src/core/wire/frame-reader.ts';
import { encodeHandshake } from '../src/core/wire/handshake.ts';
import { parseInfoHash, peerIdOf } from '../src/core/ids.ts';
import {
  decodePeerMessage,
  PIECE_HEADER_LENGTH,
  writePieceHeader,
} from '../src/core/wire/peer-wire.ts';

/** As `Net` delivers on a fast connection. */
const VIEW_LENGTH = 262_144;
const PIECE_LENGTH = 1_048_576;
const PIECE_COUNT = 16;
const BLOCKS_PER_PIECE = PIECE_LENGTH / BLOCK_LENGTH;
const PASSES = 250;
const ROUNDS = 5;

/** All blocks of all pieces, framed. */
function makeStream(): Uint8Array<ArrayBuffer> {
  const frameLength = PIECE_HEADER_LENGTH + BLOCK_LENGTH;
  const stream = new Uint8Array(frameLength * BLOCKS_PER_PIECE * PIECE_COUNT).fill(0x55);
  for (let index = 0; index * frameLength < stream.length; index++) {
    const piece = Math.floor(index / BLOCKS_PER_PIECE);
    const begin = (index % BLOCKS_PER_PIECE) * BLOCK_LENGTH;
    writePieceHeader(stream, index * frameLength, piece, begin, BLOCK_LENGTH);
  }
  return stream;
}

function makeSink(pieces: Uint8Array | undefined): FrameSink {
  return {
    handshake() {},
    keepAlive() {},
    message() {},
    blockTarget(piece, begin, length) {
      const at = piece * PIECE_LENGTH + begin;
      return pieces?.subarray(at, at + length);
    },
    blockDone() {},
  };
}

function openReader(pieces: Uint8Array | undefined): (view: Uint8Array) => void {
  const reader = new FrameReader(makeSink(pieces));
  const supports = { fast: true, extensions: true, dht: true, v2: true };
  const infoHash = parseInfoHash('aa'.repeat(20));
  reader.feed(encodeHandshake({ infoHash, peerId: peerIdOf(new Uint8Array(20)), supports }));
  return (view) => reader.feed(view);
}

/** The plain way: gather a frame, decode it to a message, copy its block. */
function openPlain(pieces: Uint8Array): (view: Uint8Array) => void {
  let gathered: Uint8Array = new Uint8Array(0);
  return (view) => {
    const all = new Uint8Array(gathered.length + view.length);
    all.set(gathered);
    all.set(view, gathered.length);
    const numbers = new DataView(all.buffer);
    let at = 0;
    while (all.length - at >= 4 && all.length - at >= 4 + numbers.getUint32(at)) {
      const length = numbers.getUint32(at);
      const message = decodePeerMessage(all.slice(at + 4, at + 4 + length));
      if (message.type === 'piece') {
        pieces.set(message.block, message.piece * PIECE_LENGTH + message.begin);
      }
      at += 4 + length;
    }
    gathered = all.subarray(at);
  };
}

/** Views come from one static buffer, as they do from a socket; filling it is not counted. */
function measure(name: string, feed: (view: Uint8Array) => void, stream: Uint8Array): void {
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let pass = 0; pass < PASSES; pass++) {
      for (let at = 0; at < stream.length; at += VIEW_LENGTH) {
        feed(stream.subarray(at, Math.min(at + VIEW_LENGTH, stream.length)));
      }
    }
    rates.push((stream.length * PASSES) / 1e6 / (performance.now() - start));
  }
  rates.sort((a, b) => a - b);
  const median = rates[Math.floor(ROUNDS / 2)] ?? 0;
  console.log(`${name.padEnd(36)} ${median.toFixed(2)} GB/s`);
}

const [cpu] = cpus();
console.log(`${process.version}, ${cpu?.model ?? 'unknown processor'}; median of ${ROUNDS}`);
const stream = makeStream();
console.log(
  `${stream.length * PASSES} bytes in views of ${VIEW_LENGTH}, blocks of ${BLOCK_LENGTH}`,
);
const bytes = PIECE_LENGTH * PIECE_COUNT;
measure('FrameReader into ArrayBuffer', openReader(new Uint8Array(bytes)), stream);
measure(
  'FrameReader into SharedArrayBuffer',
  openReader(new Uint8Array(new SharedArrayBuffer(bytes))),
  stream,
);
measure('FrameReader, blocks discarded', openReader(undefined), stream);
measure('gathered frames, decoded messages', openPlain(new Uint8Array(bytes)), stream);
