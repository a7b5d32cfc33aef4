import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHex, parseHex, PeerFault } from '@coequal/base';
import {
  DATA_LENGTH_MAX,
  decodeFrame,
  encodeDataHead,
  encodeFrame,
  FRAME,
  PROTOCOL_LENGTH_MAX,
  REFUSALS,
  SESSION_VERSION,
} from '../../../src/core/session/frames.ts';
import type { Frame } from '../../../src/core/session/frames.ts';
import { MESSAGE_LENGTH_MAX } from '../../../src/io/carrier.ts';

const greeting = {
  lane: 'bulk',
  own: 0x0102030405060708n,
  peer: 0n,
  position: 0x010203040506,
} as const;

/** On the wire: a change of these is a change of the version. */
const vectors: readonly (readonly [hex: string, frame: Frame])[] = [
  ['01 01 01 0102030405060708 0000000000000000 010203040506', { type: 'hello', ...greeting }],
  [
    '02 01 00 00000000000000ff 0102030405060708 000000000000',
    { type: 'welcome', lane: 'talk', own: 255n, peer: greeting.own, position: 0 },
  ],
  ['03', { type: 'use' }],
  ['04 00000001', { type: 'ping', token: 1 }],
  ['05 ffffffff', { type: 'pong', token: 0xffffffff }],
  ['06 000000000102 0032', { type: 'acknowledge', position: 258, delay: 50 }],
  ['07', { type: 'bye' }],
  [
    '10 000000000000 00000001 00008000 73656e642f31',
    { type: 'open', number: 0, stream: 1, window: 32_768, protocol: 'send/1' },
  ],
  [
    '11 000000000001 00000001 00020000',
    { type: 'accepted', number: 1, stream: 1, window: 131_072 },
  ],
  ['12 000000000002 00000003 00', { type: 'refused', number: 2, stream: 3, reason: 'not-spoken' }],
  ['12 000000000002 00000003 01', { type: 'refused', number: 2, stream: 3, reason: 'too-many' }],
  [
    '13 800000000003 80000001 6869',
    { type: 'data', number: 0x800000000003, stream: 0x80000001, bytes: Uint8Array.of(0x68, 0x69) },
  ],
  ['13 000000000004 00000001', { type: 'data', number: 4, stream: 1, bytes: new Uint8Array(0) }],
  ['14 000000000005 00000001 00000400', { type: 'window', number: 5, stream: 1, window: 1_024 }],
  ['15 000000000006 00000001', { type: 'end', number: 6, stream: 1 }],
  ['16 000000000007 00000001', { type: 'reset', number: 7, stream: 1 }],
];

function bytesOf(hex: string): Uint8Array {
  const bytes = parseHex(hex);
  assert.ok(bytes !== undefined);
  return bytes;
}

test('each frame has the bytes of docs/links.md', () => {
  for (const [hex, frame] of vectors) {
    const plain = hex.replaceAll(' ', '');
    assert.equal(formatHex(encodeFrame(frame)), plain);
    assert.deepEqual(decodeFrame(bytesOf(plain)), frame);
  }
  const types = new Set(vectors.map(([, { type }]) => type));
  assert.deepEqual(types, new Set(Object.keys(FRAME)), 'of each type there is one');
});

test('what stands before data is what the frame has there', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(2 ** 32 - 1), (some, stream) => {
      const number = some % 2 ** 48;
      const whole = encodeFrame({ type: 'data', number, stream, bytes: new Uint8Array(0) });
      assert.deepEqual(encodeDataHead(number, stream), whole);
    }),
  );
});

const uint32 = fc.nat(2 ** 32 - 1);
const number = fc.maxSafeNat().map((some) => some % 2 ** 48);
const id = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n });
const numbered = { number, stream: uint32 };
const protocol = fc
  .array(fc.constantFrom('a', 'b', 'z', '0', '9', '/', '-'), {
    minLength: 1,
    maxLength: PROTOCOL_LENGTH_MAX,
  })
  .map((characters) => characters.join(''));
const frames: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({
    type: fc.constantFrom('hello', 'welcome'),
    lane: fc.constantFrom('talk', 'bulk'),
    own: id,
    peer: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    position: number,
  }),
  fc.record({ type: fc.constantFrom('use', 'bye') }),
  fc.record({ type: fc.constantFrom('ping', 'pong'), token: uint32 }),
  fc.record({ type: fc.constant('acknowledge'), position: number, delay: fc.nat(65_535) }),
  fc.record({ type: fc.constant('open'), ...numbered, window: uint32, protocol }),
  fc.record({ type: fc.constantFrom('accepted', 'window'), ...numbered, window: uint32 }),
  fc.record({ type: fc.constant('refused'), ...numbered, reason: fc.constantFrom(...REFUSALS) }),
  fc.record({ type: fc.constant('data'), ...numbered, bytes: fc.uint8Array({ maxLength: 300 }) }),
  fc.record({ type: fc.constantFrom('end', 'reset'), ...numbered }),
);

test('a frame that was encoded is decoded to itself', () => {
  fc.assert(
    fc.property(frames, (frame) => {
      assert.deepEqual(decodeFrame(encodeFrame(frame)), { ...frame });
    }),
    { numRuns: 2_000 },
  );
});

test('any bytes give a frame or a PeerFault', () => {
  const types = Object.values(FRAME);
  const any = fc.uint8Array({ maxLength: 64 });
  const likely = fc
    .tuple(fc.constantFrom(...types), any)
    .map(([type, rest]) => Uint8Array.of(type, ...rest));
  const broken = fc.tuple(frames, fc.nat(40), fc.nat(255)).map(([frame, at, value]) => {
    const bytes = encodeFrame(frame);
    if (at < bytes.length) bytes[at] = value;
    return at % 3 === 0 ? bytes.subarray(0, at) : bytes;
  });
  fc.assert(
    fc.property(fc.oneof(any, likely, broken), (bytes) => {
      try {
        const frame = decodeFrame(bytes);
        assert.deepEqual(encodeFrame(frame), bytes, 'there is one way to say it');
      } catch (error) {
        assert.ok(error instanceof PeerFault, String(error));
      }
    }),
    { numRuns: 20_000 },
  );
});

test('what no device of this version says is refused', () => {
  const refused = (hex: string, code: string): void => {
    assert.throws(
      () => decodeFrame(bytesOf(hex)),
      (error) => error instanceof PeerFault && error.code === code,
      code,
    );
  };
  const version = (SESSION_VERSION + 1).toString(16).padStart(2, '0');
  refused(`01${version}00${'01'.repeat(16)}${'00'.repeat(6)}`, 'UNKNOWN_SESSION_VERSION');
  refused(`010102${'01'.repeat(16)}${'00'.repeat(6)}`, 'BAD_LANE');
  refused(`010100${'00'.repeat(16)}${'00'.repeat(6)}`, 'BAD_SESSION_ID');
  refused(`12${'00'.repeat(10)}02`, 'BAD_REFUSAL');
  refused(`10${'00'.repeat(14)}`, 'BAD_PROTOCOL_NAME');
  refused(`10${'00'.repeat(14)}${'61'.repeat(33)}`, 'BAD_PROTOCOL_NAME');
  refused(`10${'00'.repeat(14)}41`, 'BAD_PROTOCOL_NAME');
  refused(`17${'00'.repeat(10)}`, 'UNKNOWN_FRAME');
  refused('', 'MESSAGE_TOO_SHORT');
  refused('0300', 'MESSAGE_TOO_LONG');
  refused(`13${'00'.repeat(10)}${'61'.repeat(DATA_LENGTH_MAX + 1)}`, 'DATA_TOO_LONG');
});

test('two frames of data fit into a message of a carrier', () => {
  const longest = encodeDataHead(0, 0).length + DATA_LENGTH_MAX;
  assert.ok(longest <= MESSAGE_LENGTH_MAX);
});
