import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeUtf8, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import { encodeBencode } from '../../../src/core/bencode.ts';
import {
  CLIENT_NAME_LENGTH_MAX,
  decodeExtendedHandshake,
  encodeExtendedHandshake,
  EXTENSION_COUNT_MAX,
  EXTENSION_NAME_LENGTH_MAX,
  mergeExtendedHandshake,
} from '../../../src/core/wire/extension-protocol.ts';
import type { ExtendedHandshake } from '../../../src/core/wire/extension-protocol.ts';

const NONE: ReadonlyMap<string, number> = new Map();

const names = fc.string({
  unit: fc.constantFrom('u', 't', '_', 'x', '9'),
  minLength: 1,
  maxLength: 20,
});
const extensions = fc
  .array(fc.tuple(names, fc.nat(255)), { maxLength: 10 })
  .map((entries) => new Map(entries));
const handshakes: fc.Arbitrary<ExtendedHandshake> = fc.record(
  {
    extensions,
    clientName: fc.constantFrom('Coequal 0.1.0', 'µTorrent 3.5'),
    port: fc.integer({ min: 1, max: 65_535 }),
    requestCountMax: fc.integer({ min: 1, max: 5_000 }),
    metadataSize: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    yourIp: fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    ),
    isUploadOnly: fc.boolean(),
  },
  { requiredKeys: ['extensions'], noNullPrototype: true },
);

function numbered(count: number, prefix: string): Map<string, number> {
  return new Map(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, at + 1]));
}

test('the example of BEP 10 is understood, but for its name that is not ASCII', () => {
  const text = 'd1:md11:LT_metadatai1e6:µT_PEXi2ee1:pi6881e1:v13:µTorrent 1.2e';
  assert.deepEqual(decodeExtendedHandshake(encodeUtf8(text.replace('6:µT_PEX', '7:µT_PEX'))), {
    extensions: new Map([['LT_metadata', 1]]),
    port: 6881,
    clientName: 'µTorrent 1.2',
  });
});

test('a handshake has these bytes', () => {
  const bytes = encodeExtendedHandshake({
    extensions: new Map([
      ['ut_pex', 1],
      ['ut_metadata', 2],
    ]),
    clientName: 'Coequal 0.1.0',
    port: 6881,
    requestCountMax: 2000,
    metadataSize: 31_235,
    yourIp: encodeUtf8('abcd'),
    isUploadOnly: true,
  });
  const text = [
    'd1:md11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei31235e1:pi6881e4:reqqi2000e',
    '11:upload_onlyi1e1:v13:Coequal 0.1.06:yourip4:abcde',
  ];
  assert.equal(new TextDecoder().decode(bytes), text.join(''));
  assert.equal(new TextDecoder().decode(encodeExtendedHandshake({ extensions: NONE })), 'd1:mdee');
});

test('a decoded handshake equals what was encoded', () => {
  fc.assert(
    fc.property(handshakes, (handshake) => {
      assert.deepEqual(decodeExtendedHandshake(encodeExtendedHandshake(handshake)), handshake);
    }),
  );
});

test('any bytes give a handshake within bounds, or a PeerFault', () => {
  const nearly = fc.tuple(handshakes, fc.nat(), fc.nat(255)).map(([handshake, at, value]) => {
    const bytes = encodeExtendedHandshake(handshake);
    return bytes.fill(value, at % bytes.length, (at % bytes.length) + 1);
  });
  fc.assert(
    fc.property(fc.oneof(nearly, fc.uint8Array({ maxLength: 60 })), (bytes) => {
      try {
        const { extensions: named, clientName = 'x', port = 1 } = decodeExtendedHandshake(bytes);
        assert.ok(named.size <= EXTENSION_COUNT_MAX && clientName !== '' && port > 0);
      } catch (error) {
        assert.ok(error instanceof PeerFault, String(error));
      }
    }),
    { numRuns: 1_000 },
  );
});

test('values that are wrong or out of range count as not told', () => {
  const handshake = decodeExtendedHandshake(
    encodeBencode({
      m: {
        ut_pex: 256,
        minus: -1,
        text: 'x',
        off: 0,
        ['n'.repeat(EXTENSION_NAME_LENGTH_MAX + 1)]: 1,
      },
      v: Uint8Array.of(0xff, 0xfe),
      p: 65_536,
      reqq: 0,
      metadata_size: -5,
      yourip: 'abcde',
      upload_only: 'yes',
    }),
  );
  assert.deepEqual(handshake, { extensions: new Map([['off', 0]]) });
  assert.deepEqual(decodeExtendedHandshake(encodeUtf8('d1:m4:liste')), { extensions: NONE });
});

test('of a client name, only what is safe to show is kept', () => {
  const named = (v: string): string | undefined =>
    decodeExtendedHandshake(encodeBencode({ v })).clientName;
  assert.equal(named(' a\u0000b\u001b[2Jc\u202ed\u2028e\n '), 'ab[2Jcde');
  assert.equal(named('\u200b\n'), undefined);
  assert.equal(named('é'.repeat(100)), 'é'.repeat(CLIENT_NAME_LENGTH_MAX));
});

test('what is no dictionary, or names too many extensions, is a fault', () => {
  const code = 'BAD_EXTENDED_HANDSHAKE';
  assert.throws(() => decodeExtendedHandshake(encodeUtf8('le')), { code });
  const encode = (count: number): Uint8Array =>
    encodeExtendedHandshake({ extensions: numbered(count, 'x') });
  assert.equal(
    decodeExtendedHandshake(encode(EXTENSION_COUNT_MAX)).extensions.size,
    EXTENSION_COUNT_MAX,
  );
  assert.throws(() => decodeExtendedHandshake(encode(EXTENSION_COUNT_MAX + 1)), { code });
});

test('a later handshake adds, replaces and takes away', () => {
  const before = {
    extensions: new Map([
      ['ut_pex', 1],
      ['ut_metadata', 2],
    ]),
    port: 1,
    metadataSize: 10,
  };
  const later = {
    extensions: new Map([
      ['ut_pex', 0],
      ['lt_donthave', 7],
    ]),
    metadataSize: 20,
    isUploadOnly: true,
  };
  assert.deepEqual(mergeExtendedHandshake(before, later), {
    extensions: new Map([
      ['ut_metadata', 2],
      ['lt_donthave', 7],
    ]),
    port: 1,
    metadataSize: 20,
    isUploadOnly: true,
  });
});

test('no sequence of handshakes names more extensions than one may', () => {
  const before = { extensions: numbered(EXTENSION_COUNT_MAX, 'a') };
  mergeExtendedHandshake(before, before);
  assert.throws(() => mergeExtendedHandshake(before, { extensions: numbered(1, 'b') }), {
    code: 'BAD_EXTENDED_HANDSHAKE',
  });
});
