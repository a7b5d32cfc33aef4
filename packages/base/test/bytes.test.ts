import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  ByteReader,
  compareBytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
  equalBytes,
  equalSecrets,
  formatHex,
  parseHex,
  PeerFault,
} from '../src/index.ts';

const bytes = fc.uint8Array({ maxLength: 50 });

void test('a reader reads numbers, highest byte first', () => {
  const frame = Uint8Array.of(
    0xff,
    1,
    0xff,
    2,
    0xff,
    0xfe,
    0xfd,
    0xfc,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    0,
    9,
    8,
  );
  const reader = new ByteReader(frame.subarray(1));
  assert.equal(reader.u8(), 1);
  assert.equal(reader.u16(), 0xff02);
  assert.equal(reader.u32(), 0xff_fe_fd_fc);
  assert.equal(reader.u64(), 256n);
  assert.equal(reader.remaining, 2);
  assert.deepEqual(reader.bytes(1), Uint8Array.of(9));
  assert.deepEqual(reader.rest(), Uint8Array.of(8));
  reader.end();
});

void test('a reader gives views, not copies', () => {
  const frame = Uint8Array.of(1, 2, 3);
  const view = new ByteReader(frame).bytes(2);
  frame[0] = 7;
  assert.equal(view[0], 7);
});

void test('a reader never reads beyond the end, and says what was wanted', () => {
  const tooShort = (error: unknown): boolean =>
    error instanceof PeerFault && error.code === 'MESSAGE_TOO_SHORT';
  for (const read of [
    (reader: ByteReader): unknown => reader.u8(),
    (reader: ByteReader): unknown => reader.u16(),
    (reader: ByteReader): unknown => reader.u32(),
    (reader: ByteReader): unknown => reader.u64(),
    (reader: ByteReader): unknown => reader.bytes(9),
  ]) {
    const wanted = [1, 2, 4, 8, 9];
    const reads = wanted.filter((length) => {
      try {
        read(new ByteReader(new Uint8Array(length)));
        return true;
      } catch (error) {
        assert.ok(tooShort(error));
        return false;
      }
    });
    assert.ok(reads.length > 0, 'enough bytes are enough');
    assert.throws(() => read(new ByteReader(new Uint8Array(0))), tooShort);
  }
  const reader = new ByteReader(Uint8Array.of(1, 2, 3));
  assert.throws(() => reader.u32(), tooShort);
  assert.equal(reader.remaining, 3, 'a read that failed takes nothing');
});

void test('a reader refuses what is left over', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2));
  reader.u8();
  assert.throws(
    () => reader.end(),
    (error) => error instanceof PeerFault && error.code === 'MESSAGE_TOO_LONG',
  );
});

void test('parts put together are their bytes in order', () => {
  fc.assert(
    fc.property(fc.array(bytes), (parts) => {
      assert.deepEqual(
        [...concatBytes(parts)],
        parts.flatMap((part) => [...part]),
      );
    }),
  );
});

void test('bytes are equal when all of them are', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      assert.equal(equalBytes(a, b), formatHex(a) === formatHex(b));
      assert.equal(equalSecrets(a, b), formatHex(a) === formatHex(b));
      assert.ok(equalBytes(a, Uint8Array.from(a)));
      assert.ok(equalSecrets(a, Uint8Array.from(a)));
    }),
  );
  assert.equal(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 2)), false);
  assert.equal(equalBytes(Uint8Array.of(1, 3), Uint8Array.of(1, 2)), false);
});

void test('the order of bytes is that of their hex', () => {
  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      const [x, y] = [formatHex(a), formatHex(b)];
      assert.equal(Math.sign(compareBytes(a, b)), x < y ? -1 : x > y ? 1 : 0);
    }),
  );
});

void test('hex is read as it was written, in either case', () => {
  assert.equal(formatHex(Uint8Array.of(0, 10, 255)), '000aff');
  fc.assert(
    fc.property(bytes, (value) => {
      assert.deepEqual(parseHex(formatHex(value)), Uint8Array.from(value));
      assert.deepEqual(parseHex(formatHex(value).toUpperCase()), Uint8Array.from(value));
    }),
  );
  for (const text of ['a', 'abc', 'zz', '0x', ' 00', '00\n', '+1']) {
    assert.equal(parseHex(text), undefined, JSON.stringify(text));
  }
});

void test('UTF-8 is read as it was written, and nothing else is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(decodeUtf8(encodeUtf8(text)), text.toWellFormed());
    }),
  );
  assert.equal(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa');
  for (const wrong of [[0xff], [0xc3], [0xc0, 0x80], [0xed, 0xa0, 0x80]]) {
    assert.equal(decodeUtf8(Uint8Array.from(wrong)), undefined);
  }
});
