import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeUtf8, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import {
  BencodeDictionary,
  bytesOfKey,
  decodeBencode,
  decodeBencodePrefix,
  EncodedValue,
  encodeBencode,
  keyOfBytes,
} from '../../src/core/bencode.ts';
import type { BencodeValue } from '../../src/core/bencode.ts';

const LIMITS = { lengthMax: 10_000, depthMax: 10, countMax: 1_000 };

function decode(text: string): BencodeValue {
  return decodeBencode(bytesOfKey(text), LIMITS);
}

function encode(value: Parameters<typeof encodeBencode>[0]): string {
  return keyOfBytes(encodeBencode(value));
}

function refuses(text: string, code: string): void {
  assert.throws(
    () => decode(text),
    (error) => error instanceof PeerFault && error.code === code,
    text,
  );
}

const values: fc.Arbitrary<BencodeValue> = fc.letrec<{ value: BencodeValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.maxSafeInteger(),
    fc.bigInt(-(2n ** 63n), 2n ** 64n - 1n).filter((n) => !Number.isSafeInteger(Number(n))),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(fc.uint8Array({ maxLength: 6 }).map(keyOfBytes), tie('value')), {
        maxLength: 16,
        selector: ([key]) => key,
      })
      .map((entries) => BencodeDictionary.of(entries)),
  ),
})).value;

/** Comparable by deepEqual, whatever the order of keys. */
function plain(value: BencodeValue): unknown {
  if (value instanceof BencodeDictionary) {
    return new Map(value.keys.map((key, at) => [key, plain(value.values[at] ?? 0)]));
  }
  if (value instanceof Uint8Array) return keyOfBytes(value);
  return typeof value === 'object' ? value.map(plain) : value;
}

describe('bencode', () => {
  it('decodes the examples of BEP 3', () => {
    assert.deepEqual(decode('4:spam'), encodeUtf8('spam'));
    assert.equal(decode('i3e'), 3);
    assert.equal(decode('i-3e'), -3);
    assert.equal(decode('i0e'), 0);
    assert.deepEqual(plain(decode('l4:spam4:eggse')), ['spam', 'eggs']);
    const dictionary = decode('d3:cow3:moo4:spaml1:a1:bee');
    assert.deepEqual(
      plain(dictionary),
      new Map<string, unknown>([
        ['cow', 'moo'],
        ['spam', ['a', 'b']],
      ]),
    );
  });

  it('keeps integers that no number holds exactly', () => {
    assert.equal(decode('i9007199254740991e'), Number.MAX_SAFE_INTEGER);
    assert.equal(decode('i9007199254740993e'), 9_007_199_254_740_993n);
    assert.equal(decode('i-9223372036854775808e'), -(2n ** 63n));
  });

  it('refuses what is not canonical, cut off or followed by more', () => {
    const invalid = ['', 'i', 'ie', 'i-e', 'i-0e', 'i03e', 'i-03e', 'i1', 'i1.5e', 'i+1e', 'i 1e']
      .concat(['03:abc', '3:ab', '3', ':', '-1:a', '99999999999:a', '4294967296:a', 'x', 'e'])
      .concat(['l', 'li1e', 'd', 'd1:a', 'd1:ae', 'di1ei2ee', 'i1ei2e', 'd1:ai1e1:ai2ee'])
      .concat(['d1:bi1e1:ai2e1:bi3ee', `i${'9'.repeat(21)}e`]);
    for (const text of invalid) refuses(text, 'BENCODE_INVALID');
  });

  it('bounds length, depth and count', () => {
    refuses('l'.repeat(11) + 'e'.repeat(11), 'BENCODE_LIMIT');
    assert.ok(decode('l'.repeat(10) + 'e'.repeat(10)));
    refuses(`l${'i1e'.repeat(1_000)}e`, 'BENCODE_LIMIT');
    assert.ok(decode(`l${'i1e'.repeat(999)}e`));
    const long = { ...LIMITS, lengthMax: 5_000 };
    assert.throws(
      () => decodeBencode(bytesOfKey(`d4097:${'k'.repeat(4_097)}i1ee`), { ...LIMITS }),
      {
        code: 'BENCODE_LIMIT',
      },
    );
    assert.ok(decodeBencode(bytesOfKey(`d4096:${'k'.repeat(4_096)}i1ee`), long));
    refuses(`9998:${'x'.repeat(9_998)}`, 'BENCODE_LIMIT');
  });

  it('accepts unsorted keys, and keeps the exact bytes of every value', () => {
    const dictionary = decode('d1:bd1:zi1e1:yi2ee1:ali5eee');
    assert.ok(dictionary instanceof BencodeDictionary);
    assert.deepEqual(dictionary.keys, ['b', 'a']);
    assert.deepEqual(dictionary.raw('b'), bytesOfKey('d1:zi1e1:yi2ee'));
    assert.deepEqual(dictionary.raw('a'), bytesOfKey('li5ee'));
    assert.equal(dictionary.raw('c'), undefined);
  });

  it('gives byte strings as views of the input', () => {
    const bytes = bytesOfKey('3:abc');
    const view = decodeBencode(bytes, LIMITS);
    assert.ok(view instanceof Uint8Array);
    assert.equal(view.buffer, bytes.buffer);
  });

  it('has typed getters that give undefined for another type', () => {
    const dictionary = decode('d1:bi9007199254740993e1:di1e1:ll1:xe1:s2:hi1:u1:\xff1:zdee');
    assert.ok(dictionary instanceof BencodeDictionary);
    assert.equal(dictionary.integer('d'), 1);
    assert.equal(dictionary.integer('b'), undefined);
    assert.equal(dictionary.integer('s'), undefined);
    assert.equal(dictionary.text('s'), 'hi');
    assert.equal(dictionary.text('u'), undefined);
    assert.deepEqual(dictionary.bytes('u'), Uint8Array.of(255));
    assert.equal(dictionary.list('l')?.length, 1);
    assert.equal(dictionary.list('s'), undefined);
    assert.equal(dictionary.dictionary('z')?.size, 0);
    assert.equal(dictionary.dictionary('l'), undefined);
    assert.equal(dictionary.get('missing'), undefined);
    assert.equal(dictionary.has('z'), true);
  });

  it('finds keys in large dictionaries, whatever their names', () => {
    const keys = ['__proto__', 'constructor', ...Array.from({ length: 500 }, (_, i) => `key ${i}`)];
    const dictionary = BencodeDictionary.of(keys.map((key, i) => [key, i]));
    const decoded = decodeBencode(encodeBencode(dictionary), { ...LIMITS, countMax: 5_000 });
    assert.ok(decoded instanceof BencodeDictionary);
    for (const [i, key] of keys.entries()) assert.equal(decoded.get(key), i);
    assert.equal(decoded.get('toString'), undefined);
  });

  it('decodes a value that more bytes follow (BEP 9)', () => {
    const { value, end } = decodeBencodePrefix(bytesOfKey('d1:ai1eeDATA'), LIMITS);
    assert.deepEqual(plain(value), new Map([['a', 1]]));
    assert.equal(end, 8);
  });

  it('encodes text, objects with sorted keys, and values encoded before', () => {
    assert.equal(
      encode({ b: 'ü', a: [1, -2n], skipped: undefined }),
      'd1:ali1ei-2ee1:b2:\xc3\xbce',
    );
    assert.equal(
      encode({ raw: new EncodedValue(bytesOfKey('d1:zi1e1:yi2ee')) }),
      'd3:rawd1:zi1e1:yi2eee',
    );
    assert.equal(encode(-0), 'i0e');
    assert.throws(() => encode(1.5), RangeError);
  });

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(values, (value) => {
        const decoded = decodeBencode(encodeBencode(value), LIMITS);
        assert.deepEqual(plain(decoded), plain(value));
      }),
    );
  });

  it('encodes the same bytes again, whatever the order of keys', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encodeBencode(value);
        assert.deepEqual(encodeBencode(decodeBencode(bytes, LIMITS)), bytes);
      }),
    );
  });

  it('gives a value or a PeerFault for any bytes', () => {
    const letters = fc.constantFrom(...bytesOfKey('ilde0123456789:-'));
    const noise = fc.array(letters, { maxLength: 60 }).map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(fc.oneof(noise, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        try {
          decodeBencode(bytes, LIMITS);
        } catch (error) {
          assert.ok(error instanceof PeerFault);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
