import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatHex } from '@coequal/base';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import {
  decodeStoredIdentity,
  encodeStoredIdentity,
  IDENTITY_FILE_LENGTH_MAX,
} from '../../../src/core/identity/stored-identity.ts';
import type { StoredIdentity } from '../../../src/core/identity/stored-identity.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const list = fc.uint8Array({ minLength: 1, maxLength: 300 });
const words = fc.oneof(
  bytes(32).map((entropy) => ({ type: 'clear' as const, entropy })),
  fc
    .record({
      log2N: fc.integer({ min: 1, max: 20 }),
      salt: bytes(16),
      nonce: bytes(24),
      box: bytes(48),
    })
    .map(({ log2N, ...rest }) => ({
      type: 'sealed' as const,
      cost: { log2N, blockSize: 8, parallelism: 1 },
      ...rest,
    })),
);
const plain = { noNullPrototype: true };
const any: fc.Arbitrary<StoredIdentity> = fc.record(
  {
    deviceSecret: bytes(32),
    person: fc.oneof(
      fc.constant({ type: 'none' as const }),
      list.map((held) => ({ type: 'member' as const, list: held })),
      fc.record(
        {
          type: fc.constantFrom('created', 'checked', 'restored'),
          words,
          list,
          pending: fc.option(list, { nil: undefined }),
        },
        plain,
      ),
    ),
  },
  plain,
);

/** With a digest that is right. */
function sealed(body: Uint8Array): Uint8Array {
  return new Uint8Array([...body, ...sha256(body)]);
}

describe('the file of the identity', () => {
  it('is these bytes', () => {
    const file = encodeStoredIdentity({
      deviceSecret: new Uint8Array(32).fill(0xdd),
      person: {
        type: 'checked',
        words: { type: 'clear', entropy: new Uint8Array(32).fill(0xee) },
        list: Uint8Array.of(1, 2, 3),
        pending: undefined,
      },
    });
    const body = `4351494401${'dd'.repeat(32)}0201${'ee'.repeat(32)}00030102030000`;
    assert.equal(formatHex(file.subarray(0, -32)), body);
    assert.deepEqual(file.subarray(-32), sha256(file.subarray(0, -32)));
  });

  it('is read as it was written', () => {
    fc.assert(
      fc.property(any, (stored) => {
        const file = encodeStoredIdentity(stored);
        assert.ok(file.length <= IDENTITY_FILE_LENGTH_MAX);
        assert.deepEqual(decodeStoredIdentity(file), stored);
      }),
    );
  });

  it('is not read when any byte of it is another, or some are missing', () => {
    const file = encodeStoredIdentity({
      deviceSecret: new Uint8Array(32),
      person: { type: 'member', list: new Uint8Array(40) },
    });
    for (let at = 0; at < file.length; at++) {
      assert.equal(decodeStoredIdentity(file.with(at, (file[at] ?? 0) ^ 1)), undefined);
      assert.equal(decodeStoredIdentity(file.subarray(0, at)), undefined);
    }
  });

  it('is something or nothing whatever it says, though its digest is right', () => {
    const near = fc.tuple(any, fc.nat(200), fc.nat(255)).map(([stored, at, value]) => {
      const body = encodeStoredIdentity(stored).slice(0, -32);
      body[at % body.length] = value;
      return body;
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 100 })), (body) => {
        const stored = decodeStoredIdentity(sealed(body));
        if (stored !== undefined) assert.deepEqual(encodeStoredIdentity(stored), sealed(body));
      }),
    );
  });
});
