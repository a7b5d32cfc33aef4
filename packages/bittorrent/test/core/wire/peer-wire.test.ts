import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, formatHex, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import {
  BITFIELD_LENGTH_MAX,
  decodePeerMessage,
  encodeCancels,
  encodePeerMessage,
  encodeRejects,
  encodeRequests,
  HASHES_COUNT_MAX,
  isKnownMessage,
  MESSAGE_ID,
  messageLengthMax,
  REQUEST_LENGTH_MAX,
  UNKNOWN_LENGTH_MAX,
  writePieceHeader,
} from '../../../src/core/wire/peer-wire.ts';
import type { PeerMessage } from '../../../src/core/wire/peer-wire.ts';
import { peerMessages } from './arbitrary-messages.ts';

const BLOCK = { piece: 1, begin: 0x4000, length: 0x4000 };
const RANGE = {
  piecesRoot: new Uint8Array(32).fill(0xcc),
  baseLayer: 1,
  index: 0x200,
  length: 0x100,
  proofLayers: 9,
};
const RANGE_HEX = `${'cc'.repeat(32)}00000001000002000000010000000009`;

test('every message has these bytes', () => {
  const rows: readonly [PeerMessage, string][] = [
    [{ type: 'keep-alive' }, '00000000'],
    [{ type: 'choke' }, '0000000100'],
    [{ type: 'unchoke' }, '0000000101'],
    [{ type: 'interested' }, '0000000102'],
    [{ type: 'not-interested' }, '0000000103'],
    [{ type: 'have', piece: 0xfffffffe }, '0000000504fffffffe'],
    [{ type: 'bitfield', bytes: Uint8Array.of(0xff, 0x80) }, '0000000305ff80'],
    [{ type: 'request', ...BLOCK }, '0000000d06000000010000400000004000'],
    [
      { type: 'piece', piece: 2, begin: 16, block: Uint8Array.of(1, 2, 3) },
      '0000000c070000000200000010010203',
    ],
    [{ type: 'cancel', ...BLOCK }, '0000000d08000000010000400000004000'],
    [{ type: 'port', port: 6881 }, '00000003091ae1'],
    [{ type: 'suggest', piece: 3 }, '000000050d00000003'],
    [{ type: 'have-all' }, '000000010e'],
    [{ type: 'have-none' }, '000000010f'],
    [{ type: 'reject', ...BLOCK }, '0000000d10000000010000400000004000'],
    [{ type: 'allowed-fast', piece: 4 }, '000000051100000004'],
    [{ type: 'extended', id: 3, payload: Uint8Array.of(0x64, 0x65) }, '0000000414036465'],
    [{ type: 'hash-request', ...RANGE }, `0000003115${RANGE_HEX}`],
    [
      { type: 'hashes', ...RANGE, hashes: new Uint8Array(64).fill(0xdd) },
      `0000007116${RANGE_HEX}${'dd'.repeat(64)}`,
    ],
    [{ type: 'hash-reject', ...RANGE }, `0000003117${RANGE_HEX}`],
  ];
  for (const [message, hex] of rows) assert.equal(formatHex(encodePeerMessage(message)), hex);
  const names = new Set(rows.map(([message]) => message.type));
  assert.equal(names.size, Object.keys(MESSAGE_ID).length + 1, 'a row for each');
});

test('a decoded message equals what was encoded, and is within the limit of its id', () => {
  fc.assert(
    fc.property(peerMessages, (message) => {
      const bytes = encodePeerMessage(message);
      const frame = bytes.subarray(4);
      assert.equal(new DataView(bytes.buffer).getUint32(0), frame.length);
      assert.deepEqual(decodePeerMessage(frame), message);
      const [id] = frame;
      if (id !== undefined) assert.ok(frame.length <= messageLengthMax(id, undefined));
    }),
  );
});

test('any bytes give a message or a PeerFault', () => {
  const anyFrame = fc.oneof(
    fc.uint8Array({ maxLength: 128 }),
    fc
      .tuple(fc.constantFrom(...Object.values(MESSAGE_ID)), fc.uint8Array({ maxLength: 128 }))
      .map(([id, body]) => concatBytes([Uint8Array.of(id), body])),
  );
  fc.assert(
    fc.property(anyFrame, (frame) => {
      try {
        const message = decodePeerMessage(frame);
        if (message.type === 'unknown') return;
        assert.deepEqual(encodePeerMessage(message).subarray(4), frame);
      } catch (error) {
        assert.ok(error instanceof PeerFault, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('an id that nobody has named decodes to unknown, whatever follows', () => {
  const known = new Set<number>(Object.values(MESSAGE_ID));
  for (let id = 0; id < 256; id++) {
    assert.equal(isKnownMessage(id), known.has(id));
    if (known.has(id)) continue;
    assert.deepEqual(decodePeerMessage(Uint8Array.of(id, 1, 2)), { type: 'unknown', id });
    assert.equal(messageLengthMax(id, 100), UNKNOWN_LENGTH_MAX);
  }
});

test('a message with a byte too few or too many is a fault', () => {
  const fixed: PeerMessage[] = [
    { type: 'have', piece: 1 },
    { type: 'request', ...BLOCK },
    { type: 'port', port: 1 },
    { type: 'hash-request', ...RANGE },
    { type: 'choke' },
  ];
  for (const message of fixed) {
    const frame = encodePeerMessage(message).subarray(4);
    const longer = concatBytes([frame, Uint8Array.of(0)]);
    assert.throws(() => decodePeerMessage(longer), { code: 'MESSAGE_TOO_LONG' });
    if (frame.length === 1) continue;
    assert.throws(() => decodePeerMessage(frame.subarray(0, -1)), { code: 'MESSAGE_TOO_SHORT' });
  }
});

test('hashes must be whole, and no more than can be asked for', () => {
  const lengths: readonly [number, boolean][] = [
    [0, true],
    [31, false],
    [HASHES_COUNT_MAX * 32, true],
    [HASHES_COUNT_MAX * 32 + 32, false],
  ];
  for (const [length, isGood] of lengths) {
    const message: PeerMessage = { type: 'hashes', ...RANGE, hashes: new Uint8Array(length) };
    const frame = encodePeerMessage(message).subarray(4);
    if (isGood) assert.deepEqual(decodePeerMessage(frame), message);
    else assert.throws(() => decodePeerMessage(frame), { code: 'BAD_MESSAGE' });
  }
});

test('limits follow the piece count where it is known', () => {
  assert.equal(messageLengthMax(MESSAGE_ID.bitfield, 9), 3);
  assert.equal(messageLengthMax(MESSAGE_ID.bitfield, undefined), 1 + BITFIELD_LENGTH_MAX);
  assert.equal(messageLengthMax(MESSAGE_ID.have, 9), 5);
  assert.equal(messageLengthMax(MESSAGE_ID.piece, 9), 9 + REQUEST_LENGTH_MAX);
});

test('many requests in one buffer are the messages one after another', () => {
  const blocks = fc.array(
    fc.record({
      piece: fc.nat(0xffffffff),
      begin: fc.nat(0xffffffff),
      length: fc.nat(0xffffffff),
    }),
    { maxLength: 20 },
  );
  fc.assert(
    fc.property(blocks, (requests) => {
      const one = (type: 'request' | 'cancel' | 'reject'): Uint8Array =>
        concatBytes(requests.map((request) => encodePeerMessage({ type, ...request })));
      assert.deepEqual(encodeRequests(requests), one('request'));
      assert.deepEqual(encodeCancels(requests), one('cancel'));
      assert.deepEqual(encodeRejects(requests), one('reject'));
    }),
  );
});

test('a piece header and its block are the piece message', () => {
  const message = {
    type: 'piece',
    piece: 0xfedcba98,
    begin: 0x89abcdef,
    block: Uint8Array.of(7),
  } as const;
  const whole = encodePeerMessage(message);
  const buffer = new Uint8Array(20).fill(0xee);
  writePieceHeader(buffer, 3, message.piece, message.begin, message.block.length);
  assert.deepEqual(buffer.subarray(3, 16), whole.subarray(0, 13));
  assert.deepEqual([buffer[2], buffer[16]], [0xee, 0xee]);
  assert.throws(() => writePieceHeader(buffer, 8, 0, 0, 0), { name: 'AssertionError' });
});
