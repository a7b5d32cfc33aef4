import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  MetadataServe,
  METADATA_PIECE_LENGTH,
} from '../../../src/core/wire/metadata-exchange.ts';
import type { MetadataMessage } from '../../../src/core/wire/metadata-exchange.ts';

const messages: fc.Arbitrary<MetadataMessage> = fc.oneof(
  fc.record(
    { type: fc.constantFrom('request' as const, 'reject' as const), piece: fc.maxSafeNat() },
    { noNullPrototype: true },
  ),
  fc.record(
    {
      type: fc.constant('data' as const),
      piece: fc.maxSafeNat(),
      totalSize: fc.maxSafeNat(),
      bytes: fc.uint8Array({ maxLength: 100 }),
    },
    { noNullPrototype: true },
  ),
);

test('messages have the bytes of the examples in BEP 9', () => {
  const rows: readonly [MetadataMessage, string][] = [
    [{ type: 'request', piece: 0 }, 'd8:msg_typei0e5:piecei0ee'],
    [
      { type: 'data', piece: 0, totalSize: 34_256, bytes: encodeUtf8('xxxx') },
      'd8:msg_typei1e5:piecei0e10:total_sizei34256eexxxx',
    ],
    [{ type: 'reject', piece: 0 }, 'd8:msg_typei2e5:piecei0ee'],
  ];
  for (const [message, text] of rows) {
    assert.equal(new TextDecoder().decode(encodeMetadataMessage(message)), text);
    assert.deepEqual(decodeMetadataMessage(encodeUtf8(text)), message);
  }
});

test('a decoded message equals what was encoded', () => {
  fc.assert(
    fc.property(messages, (message) => {
      assert.deepEqual(decodeMetadataMessage(encodeMetadataMessage(message)), message);
    }),
  );
});

test('any bytes give a message or a PeerFault', () => {
  const nearly = fc.tuple(messages, fc.nat(), fc.nat(255)).map(([message, at, value]) => {
    const bytes = encodeMetadataMessage(message);
    return bytes.fill(value, at % bytes.length, (at % bytes.length) + 1);
  });
  fc.assert(
    fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        const message = decodeMetadataMessage(bytes);
        if (message.type !== 'unknown') assert.ok(message.piece >= 0);
      } catch (error) {
        assert.ok(error instanceof PeerFault, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('a message of another type is unknown, and one without its numbers is a fault', () => {
  assert.deepEqual(decodeMetadataMessage(encodeUtf8('d8:msg_typei3ee')), { type: 'unknown' });
  for (const text of [
    'le',
    'd8:msg_typei0ee',
    'd8:msg_typei0e5:piecei-1ee',
    'd8:msg_typei1e5:piecei0ee',
  ]) {
    assert.throws(() => decodeMetadataMessage(encodeUtf8(text)), { code: 'BAD_METADATA_MESSAGE' });
  }
});

test('metadata is served in pieces of 16 KiB, the last one shorter', () => {
  const infoBytes = Uint8Array.from({ length: METADATA_PIECE_LENGTH + 5 }, (_, at) => at % 253);
  const serve = new MetadataServe(infoBytes, 0);
  const totalSize = infoBytes.length;
  const parts = [
    infoBytes.subarray(0, METADATA_PIECE_LENGTH),
    infoBytes.subarray(METADATA_PIECE_LENGTH),
  ];
  for (const [piece, bytes] of parts.entries()) {
    assert.deepEqual(serve.answer(piece, 0), { type: 'data', piece, totalSize, bytes });
  }
  assert.deepEqual(serve.answer(2, 0), { type: 'reject', piece: 2 });
});

test('a peer gets all metadata twice at once, then a piece a second, and never saves up more', () => {
  const serve = new MetadataServe(new Uint8Array(METADATA_PIECE_LENGTH * 20), 0);
  const served = (asked: number, now: number): number =>
    Array.from({ length: asked }, (_, at) => serve.answer(at % 20, now)).filter(
      ({ type }) => type === 'data',
    ).length;
  assert.equal(served(100, 0), 40);
  assert.equal(served(5, 999), 0);
  assert.equal(served(5, 1_000), 1);
  assert.equal(served(5, 3_500), 2);
  assert.equal(served(100, 1e9), 40);
});
