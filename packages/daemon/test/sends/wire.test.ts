import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { deviceKeyOf, formatHex, PeerFault } from '@coequal/base';
import { FrameBuffer } from '../../src/sends/wire/frames.ts';
import {
  clipOffer,
  decodeSendMessage,
  DEVICES_MAX,
  encodeSendMessage,
  FRAME_LENGTH_MAX,
  PART_LENGTH,
} from '../../src/sends/wire/send-message.ts';
import type { SendMessage } from '../../src/sends/wire/send-message.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const id = bytes(16).map(formatHex);
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'grapheme', maxLength }).map((each) => each.toWellFormed());
const amount = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const index = fc.nat({ max: 511 });
const type = <T extends string>(value: T): fc.Arbitrary<T> => fc.constant(value);

const ANY: fc.Arbitrary<SendMessage> = fc.oneof(
  fc
    .record({
      type: type('offer'),
      id,
      name: text(40).filter((each) => each !== ''),
      note: text(200),
      fileCount: fc.integer({ min: 1, max: 1_000_000 }),
      length: amount,
      kinds: fc.array(fc.nat({ max: 0xffff_ffff }), { maxLength: 16 }),
      metainfoLength: fc.integer({ min: 1, max: 8 * 1024 * 1024 }),
      metainfoHash: bytes(32).map(formatHex),
    })
    .map(clipOffer),
  fc.record({ type: type('ask'), id, index }),
  fc.record({ type: type('part'), id, index, bytes: fc.uint8Array({ maxLength: 100 }) }),
  fc.record({ type: type('answer'), id, answer: fc.constantFrom('later', 'accepted', 'declined') }),
  fc.record({
    type: type('ticket'),
    id,
    ticket: bytes(32),
    devices: fc.array(bytes(32).map(deviceKeyOf), { maxLength: DEVICES_MAX }),
  }),
  fc.record({ type: type('progress'), id, have: amount }),
  fc.record({
    type: type('swarm'),
    id,
    receivers: fc.nat({ max: 0xffff }),
    done: fc.nat({ max: 0xffff }),
  }),
  fc.record({ type: type('done'), id }),
  fc.record({
    type: type('ended'),
    id,
    why: fc.constantFrom('withdrawn', 'expired', 'elsewhere', 'stopped', 'unknown', 'full'),
  }),
  fc.record({ type: type('noted'), id }),
);

/** Objects of fast-check have no prototype. */
const MESSAGE: fc.Arbitrary<SendMessage> = ANY.map((message) => ({ ...message }));

const ID = '0123456789abcdef0123456789abcdef';

void test('each message is what it was when it is decoded, and fits a frame', () => {
  fc.assert(
    fc.property(MESSAGE, (message) => {
      const frame = encodeSendMessage(message);
      assert.ok(frame.length <= FRAME_LENGTH_MAX + 4);
      assert.deepEqual(decodeSendMessage(frame.subarray(4)), message);
    }),
  );
});

void test('the longest of each fits', () => {
  const devices = Array.from({ length: DEVICES_MAX }, (_, n) =>
    deviceKeyOf(new Uint8Array(32).fill(n)),
  );
  encodeSendMessage({ type: 'ticket', id: ID, ticket: new Uint8Array(32), devices });
  encodeSendMessage({ type: 'part', id: ID, index: 511, bytes: new Uint8Array(PART_LENGTH) });
  const name = 'ü'.repeat(1_000);
  const note = '😀'.repeat(5_000);
  const offer = clipOffer({
    type: 'offer',
    id: ID,
    name,
    note,
    fileCount: 1,
    length: 1,
    kinds: Array<number>(16).fill(1),
    metainfoLength: 1,
    metainfoHash: 'ab'.repeat(32),
  });
  assert.equal(offer.name, 'ü'.repeat(127));
  assert.equal(offer.note, '😀'.repeat(1_000));
  encodeSendMessage(offer);
});

void test('any bytes are a message or a fault of the peer, and so is any damage to a message', () => {
  const decode = (given: Uint8Array): void => {
    try {
      decodeSendMessage(given);
    } catch (error) {
      assert.ok(error instanceof PeerFault, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decode));
  const damaged = fc.tuple(MESSAGE, fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 40 }));
  fc.assert(
    fc.property(damaged, ([message, at, value, cut]) => {
      const frame = encodeSendMessage(message).slice(4);
      frame[at % frame.length] = value;
      decode(frame);
      decode(frame.subarray(0, Math.max(frame.length - cut, 0)));
    }),
  );
});

void test('a message on the wire looks like this', () => {
  const shown = (message: SendMessage): string => formatHex(encodeSendMessage(message));
  const offer: SendMessage = {
    type: 'offer',
    id: ID,
    name: 'a',
    note: 'hi',
    fileCount: 2,
    length: 258,
    kinds: [1, 0, 1],
    metainfoLength: 300,
    metainfoHash: 'cd'.repeat(32),
  };
  assert.equal(
    shown(offer),
    [
      '00000055',
      `01${ID}`,
      '0001610002686900000002000000000000010203',
      '000000010000000000000001',
      `0000012c${'cd'.repeat(32)}`,
    ].join(''),
  );
  assert.equal(shown({ type: 'ask', id: ID, index: 1 }), `0000001302${ID}0001`);
  assert.equal(
    shown({ type: 'part', id: ID, index: 0, bytes: Uint8Array.of(1, 2) }),
    `0000001503${ID}00000102`,
  );
  assert.equal(shown({ type: 'answer', id: ID, answer: 'accepted' }), `0000001204${ID}01`);
  const ticket = new Uint8Array(32).fill(7);
  assert.equal(
    shown({ type: 'ticket', id: ID, ticket, devices: [deviceKeyOf(ticket)] }),
    `0000005105${ID}${'07'.repeat(64)}`,
  );
  assert.equal(shown({ type: 'progress', id: ID, have: 256 }), `0000001906${ID}0000000000000100`);
  assert.equal(shown({ type: 'swarm', id: ID, receivers: 3, done: 1 }), `0000001507${ID}00030001`);
  assert.equal(shown({ type: 'done', id: ID }), `0000001108${ID}`);
  assert.equal(shown({ type: 'ended', id: ID, why: 'stopped' }), `0000001209${ID}03`);
  assert.equal(shown({ type: 'noted', id: ID }), `000000110a${ID}`);
});

void test('frames come out whole, however their bytes are cut', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 30 });
  fc.assert(
    fc.property(fc.array(MESSAGE, { maxLength: 5 }), cuts, (messages, places) => {
      const all = Buffer.concat(messages.map(encodeSendMessage));
      const ends = [...places.map((at) => at % (all.length + 1)), all.length].toSorted(
        (a, b) => a - b,
      );
      const buffer = new FrameBuffer(FRAME_LENGTH_MAX);
      const seen: SendMessage[] = [];
      let from = 0;
      for (const end of ends) {
        buffer.feed(all.subarray(from, end), (frame) => seen.push(decodeSendMessage(frame)));
        from = end;
      }
      assert.deepEqual(seen, messages);
    }),
  );
});

void test('a frame that is too long, or empty, is refused by its length', () => {
  for (const length of [0, FRAME_LENGTH_MAX + 1, 0xffff_ffff]) {
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, length);
    const buffer = new FrameBuffer(FRAME_LENGTH_MAX);
    assert.throws(() => buffer.feed(head, () => undefined), PeerFault);
  }
});
