import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, formatHex, parseHex, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import { FrameReader } from '../../../src/core/wire/frame-reader.ts';
import type { FrameSink } from '../../../src/core/wire/frame-reader.ts';
import { encodeHandshake } from '../../../src/core/wire/handshake.ts';
import { infoHashOf, peerIdOf } from '../../../src/core/ids.ts';
import {
  BITFIELD_LENGTH_MAX,
  encodePeerMessage,
  MESSAGE_ID,
  messageLengthMax,
  REQUEST_LENGTH_MAX,
} from '../../../src/core/wire/peer-wire.ts';
import { peerMessages } from './arbitrary-messages.ts';

const HANDSHAKE = encodeHandshake({
  infoHash: infoHashOf(new Uint8Array(20).fill(1)),
  peerId: peerIdOf(new Uint8Array(20).fill(2)),
  supports: { fast: true, extensions: true, dht: true, v2: false },
});

/** Writes down every call of a sink, and what blocks hold when they are done. Odd pieces are discarded. */
class Recorder implements FrameSink {
  readonly log: string[] = [];
  readonly #makeTarget: (length: number) => Uint8Array;
  #target: Uint8Array | undefined;
  onCall: (() => void) | undefined;

  constructor(makeTarget: (length: number) => Uint8Array = (length) => new Uint8Array(length)) {
    this.#makeTarget = makeTarget;
  }

  handshake(bytes: Uint8Array): void {
    this.#note(`handshake ${formatHex(bytes)}`);
  }

  keepAlive(): void {
    this.#note('keep-alive');
  }

  message(frame: Uint8Array): void {
    this.#note(`message ${formatHex(frame)}`);
  }

  blockTarget(piece: number, begin: number, length: number): Uint8Array | undefined {
    this.#target = piece % 2 === 0 ? this.#makeTarget(length) : undefined;
    this.#note(`target ${piece} ${begin} ${length}`);
    return this.#target;
  }

  blockDone(piece: number, begin: number, length: number, wasStored: boolean): void {
    const bytes = wasStored && this.#target ? formatHex(this.#target) : 'discarded';
    this.#note(`done ${piece} ${begin} ${length} ${bytes}`);
  }

  #note(line: string): void {
    this.log.push(line);
    this.onCall?.();
  }
}

/** Feeds parts as `Net` does: each a view of one buffer, which is overwritten after the call. */
function feedParts(reader: FrameReader, bytes: Uint8Array, cuts: readonly number[]): void {
  const shared = new Uint8Array(bytes.length + 16);
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].toSorted(
    (a, b) => a - b,
  );
  let at = 0;
  for (const end of ends) {
    const view = shared.subarray(at % 16, (at % 16) + end - at);
    view.set(bytes.subarray(at, end));
    reader.feed(view);
    shared.fill(0xee);
    at = end;
  }
}

function read(
  bytes: Uint8Array,
  cuts: readonly number[],
  sink: Recorder = new Recorder(),
): FrameReader {
  const reader = new FrameReader(sink);
  feedParts(reader, bytes, cuts);
  return reader;
}

const unknownMessages = fc
  .tuple(fc.constantFrom(10, 24, 255), fc.uint8Array({ maxLength: 40 }))
  .map(([id, body]) => concatBytes([Uint8Array.of(0, 0, 0, body.length + 1, id), body]));
const streams = fc
  .array(fc.oneof(peerMessages.map(encodePeerMessage), unknownMessages), { maxLength: 12 })
  .map((messages) => concatBytes([HANDSHAKE, ...messages]));

function asShared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length + 3), 3);
}

test('a stream cut anywhere gives the same calls as one whole', () => {
  const cuts = fc.array(fc.nat(4_000), { maxLength: 40 });
  fc.assert(
    fc.property(streams, cuts, (bytes, at) => {
      const whole = new Recorder();
      read(bytes, [], whole);
      const parts = new Recorder(asShared);
      const reader = read(bytes, at, parts);
      assert.deepEqual(parts.log, whole.log);
      assert.equal(reader.payloadBytes + reader.protocolBytes, bytes.length);
    }),
    { numRuns: 500 },
  );
});

test('a stream fed byte by byte gives the same calls as one whole', () => {
  fc.assert(
    fc.property(streams, (bytes) => {
      const whole = new Recorder();
      read(bytes, [], whole);
      const single = new Recorder();
      read(bytes, [...bytes.keys()], single);
      assert.deepEqual(single.log, whole.log);
    }),
    { numRuns: 50 },
  );
});

test('the calls of a stream are those of its messages', () => {
  const stream = concatBytes([
    HANDSHAKE,
    encodePeerMessage({ type: 'have', piece: 7 }),
    encodePeerMessage({ type: 'keep-alive' }),
    parseHex('00000003c8abcd') ?? new Uint8Array(0), // id 200
    encodePeerMessage({ type: 'piece', piece: 2, begin: 16, block: Uint8Array.of(1, 2) }),
    encodePeerMessage({ type: 'piece', piece: 3, begin: 0, block: Uint8Array.of(3) }),
    encodePeerMessage({ type: 'piece', piece: 4, begin: 0, block: new Uint8Array(0) }),
  ]);
  const sink = new Recorder();
  const reader = read(stream, [], sink);
  assert.deepEqual(sink.log, [
    `handshake ${formatHex(HANDSHAKE)}`,
    'message 0400000007',
    'keep-alive',
    'keep-alive', // the unknown one
    'target 2 16 2',
    'done 2 16 2 0102',
    'target 3 0 1',
    'done 3 0 1 discarded',
    'target 4 0 0',
    'done 4 0 0 ',
  ]);
  assert.equal(reader.payloadBytes, 3);
  assert.equal(reader.protocolBytes, stream.length - 3);
});

test('after stop, which a sink may call in any call, nothing more is told', () => {
  const stream = concatBytes([
    HANDSHAKE,
    ...[0, 1, 2].flatMap((piece) => [
      encodePeerMessage({ type: 'piece', piece, begin: 0, block: new Uint8Array(piece) }),
      encodePeerMessage({ type: 'have', piece }),
      encodePeerMessage({ type: 'keep-alive' }),
    ]),
  ]);
  const calls = 1 + 3 * 4;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: calls }), fc.array(fc.nat(300)), (stopAfter, cuts) => {
      const sink = new Recorder();
      const reader = new FrameReader(sink);
      sink.onCall = () => {
        if (sink.log.length === stopAfter) reader.stop();
      };
      feedParts(reader, stream, cuts);
      assert.equal(sink.log.length, stopAfter);
    }),
  );
});

test('a message is refused by its length as soon as its id is there', () => {
  for (const id of [...Object.values(MESSAGE_ID), 99]) {
    const max = messageLengthMax(id, 100);
    const prefix = (length: number): Uint8Array => {
      const bytes = new Uint8Array(5);
      new DataView(bytes.buffer).setUint32(0, length);
      return bytes.fill(id, 4);
    };
    const open = (): FrameReader => {
      const reader = read(HANDSHAKE, []);
      reader.setPieceCount(100);
      return reader;
    };
    open().feed(prefix(max));
    for (const cuts of [[], [1, 2, 3, 4]]) {
      assert.throws(() => feedParts(open(), prefix(max + 1), cuts), {
        code: 'MESSAGE_TOO_LONG',
        details: { id, length: max + 1 },
      });
    }
    assert.throws(() => open().feed(prefix(0xffffffff)), { code: 'MESSAGE_TOO_LONG' });
  }
});

test('the limit of a bitfield is a constant until the piece count is known', () => {
  const bitfield = encodePeerMessage({
    type: 'bitfield',
    bytes: new Uint8Array(BITFIELD_LENGTH_MAX),
  });
  const sink = new Recorder();
  read(concatBytes([HANDSHAKE, bitfield]), [100, 5_000, 70_000], sink);
  assert.equal(sink.log.at(-1), `message ${formatHex(bitfield.subarray(4))}`);
  const told = read(HANDSHAKE, []);
  told.setPieceCount(8);
  assert.throws(() => told.feed(bitfield), { code: 'MESSAGE_TOO_LONG' });
});

test('blocks as long as the limit are taken, into memory at any place', () => {
  const block = Uint8Array.from({ length: REQUEST_LENGTH_MAX }, (_, at) => at % 251);
  const stream = concatBytes([
    HANDSHAKE,
    encodePeerMessage({ type: 'piece', piece: 0, begin: 0, block }),
  ]);
  for (const offset of [0, 1, 7, 8]) {
    const make = (length: number): Uint8Array =>
      new Uint8Array(new SharedArrayBuffer(length + offset), offset);
    const sink = new Recorder(make);
    read(stream, [70, 100, 20_000, 90_001], sink);
    assert.equal(sink.log.at(-1), `done 0 0 ${block.length} ${formatHex(block)}`);
  }
});

test('a target that is dropped half way is written no more, and its block counts as not stored', () => {
  const target = new Uint8Array(4);
  const sink = new Recorder(() => target);
  const block = Uint8Array.of(1, 2, 3, 4);
  const bytes = concatBytes([
    HANDSHAKE,
    encodePeerMessage({ type: 'piece', piece: 0, begin: 0, block }),
  ]);
  const reader = new FrameReader(sink);
  reader.feed(bytes.subarray(0, -2));
  reader.dropTarget();
  reader.feed(bytes.subarray(-2));
  assert.equal(sink.log.at(-1), 'done 0 0 4 discarded');
  assert.deepEqual(target, Uint8Array.of(1, 2, 0, 0));
  assert.equal(reader.payloadBytes, 4);
});

test('a wrong handshake is refused at its first wrong byte, however it is cut', () => {
  for (const wrong of [0, 1, 10, 19]) {
    const bytes = HANDSHAKE.slice(0, wrong + 1);
    bytes[wrong] = 0x7f;
    const reader = new FrameReader(new Recorder());
    for (let at = 0; at < wrong; at++) reader.feed(bytes.subarray(at, at + 1));
    assert.throws(() => reader.feed(bytes.subarray(wrong)), { code: 'BAD_HANDSHAKE' });
    assert.throws(() => read(bytes, []), { code: 'BAD_HANDSHAKE' });
  }
});

test('a piece message without room for its numbers is a fault', () => {
  const bytes = concatBytes([HANDSHAKE, Uint8Array.of(0, 0, 0, 8, 7)]);
  assert.throws(() => read(bytes, []), { code: 'MESSAGE_TOO_SHORT' });
});

test('any bytes after a handshake are taken or are a PeerFault, after which nothing more is told', () => {
  const nearly = fc
    .tuple(streams, fc.nat(), fc.nat(255))
    .map(([bytes, at, value]) =>
      bytes.fill(value, 68 + (at % (bytes.length - 67)), 69 + (at % (bytes.length - 67))),
    );
  const random = fc.uint8Array({ maxLength: 200 }).map((bytes) => concatBytes([HANDSHAKE, bytes]));
  fc.assert(
    fc.property(fc.oneof(nearly, random), fc.array(fc.nat(2_000)), (bytes, cuts) => {
      const sink = new Recorder();
      const reader = new FrameReader(sink);
      try {
        feedParts(reader, bytes, cuts);
      } catch (error) {
        assert.ok(error instanceof PeerFault, String(error));
        const before = sink.log.length;
        reader.feed(encodePeerMessage({ type: 'choke' }));
        assert.equal(sink.log.length, before);
      }
    }),
    { numRuns: 500 },
  );
});
