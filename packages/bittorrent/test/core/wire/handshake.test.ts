import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, parseHex, PeerFault } from '@coequal/base';
import * as fc from 'fast-check';
import {
  checkHandshakePrefix,
  decodeHandshake,
  encodeHandshake,
  HANDSHAKE_LENGTH,
} from '../../../src/core/wire/handshake.ts';
import type { Handshake, PeerSupport } from '../../../src/core/wire/handshake.ts';
import { infoHashOf, peerIdOf } from '../../../src/core/ids.ts';

const bytes20 = fc.uint8Array({ minLength: 20, maxLength: 20 });
const flag = fc.boolean();
const handshakes: fc.Arbitrary<Handshake> = fc
  .tuple(bytes20.map(infoHashOf), bytes20.map(peerIdOf), flag, flag, flag, flag)
  .map(([infoHash, peerId, fast, extensions, dht, v2]) => ({
    infoHash,
    peerId,
    supports: { fast, extensions, dht, v2 },
  }));

const NOTHING: PeerSupport = { fast: false, extensions: false, dht: false, v2: false };
const PLAIN: Handshake = {
  infoHash: infoHashOf(new Uint8Array(20).fill(0xaa)),
  peerId: peerIdOf(new Uint8Array(20).fill(0xbb)),
  supports: NOTHING,
};

function badHandshake(error: unknown): boolean {
  return error instanceof PeerFault && error.code === 'BAD_HANDSHAKE';
}

test('a handshake has the bytes of BEP 3, with a reserved bit for each of BEP 5, 6, 10 and 52', () => {
  const name = '13426974546f7272656e742070726f746f636f6c';
  const ids = `${'aa'.repeat(20)}${'bb'.repeat(20)}`;
  const rows: readonly [Partial<PeerSupport>, string][] = [
    [{}, '0000000000000000'],
    [{ extensions: true }, '0000000000100000'],
    [{ dht: true }, '0000000000000001'],
    [{ fast: true }, '0000000000000004'],
    [{ v2: true }, '0000000000000010'],
    [{ fast: true, extensions: true, dht: true, v2: true }, '0000000000100015'],
  ];
  for (const [supports, reserved] of rows) {
    const handshake = { ...PLAIN, supports: { ...NOTHING, ...supports } };
    assert.equal(formatHex(encodeHandshake(handshake)), `${name}${reserved}${ids}`);
    assert.deepEqual(decodeHandshake(encodeHandshake(handshake)), handshake);
  }
});

test('reserved bits that nobody has named yet are ignored', () => {
  const bytes = encodeHandshake(PLAIN);
  bytes.set(parseHex('ffffffffffefffea') ?? [], 20);
  assert.deepEqual(decodeHandshake(bytes), PLAIN);
});

test('a decoded handshake equals what was encoded', () => {
  fc.assert(
    fc.property(handshakes, (handshake) => {
      assert.deepEqual(decodeHandshake(encodeHandshake(handshake)), handshake);
    }),
  );
});

test('any bytes give a handshake or a BAD_HANDSHAKE', () => {
  const nearly = fc
    .tuple(handshakes, fc.nat(HANDSHAKE_LENGTH - 1), fc.nat(255))
    .map(([handshake, at, value]) => encodeHandshake(handshake).fill(value, at, at + 1));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), nearly), (bytes) => {
      try {
        const handshake = decodeHandshake(bytes);
        assert.equal(bytes.length, HANDSHAKE_LENGTH);
        assert.deepEqual(encodeHandshake(handshake).subarray(28), bytes.subarray(28));
      } catch (error) {
        assert.ok(badHandshake(error), String(error));
      }
    }),
  );
});

test('a prefix is refused from its first wrong byte on, and no sooner', () => {
  const whole = encodeHandshake(PLAIN);
  for (let length = 0; length <= HANDSHAKE_LENGTH; length++) {
    checkHandshakePrefix(whole.subarray(0, length));
  }
  for (let wrong = 0; wrong < 20; wrong++) {
    const bytes = whole.slice();
    bytes[wrong] = 0x21;
    checkHandshakePrefix(bytes.subarray(0, wrong));
    assert.throws(() => checkHandshakePrefix(bytes.subarray(0, wrong + 1)), badHandshake);
  }
});
