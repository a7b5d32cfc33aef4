import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PeerFault } from '@coequal/base';
import fc from 'fast-check';
import { formatAddress } from '../../../src/core/compact-peers.ts';
import {
  decodeHolepunchMessage,
  encodeHolepunchMessage,
  HOLEPUNCH_ERROR,
} from '../../../src/core/wire/holepunch-message.ts';
import type { HolepunchMessage } from '../../../src/core/wire/holepunch-message.ts';

const FOUR = { host: '192.0.2.1', port: 6881 };
const SIX = { host: '2001:db8::1', port: 0x6162 };
const SIX_HEX = '20010db8000000000000000000000001';

const VECTORS: readonly (readonly [HolepunchMessage, string])[] = [
  [{ type: 'rendezvous', endpoint: FOUR }, '0000c00002011ae100000000'],
  [{ type: 'connect', endpoint: FOUR }, '0100c00002011ae100000000'],
  [{ type: 'rendezvous', endpoint: SIX }, `0001${SIX_HEX}616200000000`],
  [{ type: 'connect', endpoint: SIX }, `0101${SIX_HEX}616200000000`],
  ...Object.values(HOLEPUNCH_ERROR).flatMap((code): (readonly [HolepunchMessage, string])[] => [
    [{ type: 'error', endpoint: FOUR, code }, `0200c00002011ae10000000${code}`],
    [{ type: 'error', endpoint: SIX, code }, `0201${SIX_HEX}61620000000${code}`],
  ]),
];

test('each message, byte by byte', () => {
  for (const [message, hex] of VECTORS) {
    assert.equal(Buffer.from(encodeHolepunchMessage(message)).toString('hex'), hex);
    assert.deepEqual(decodeHolepunchMessage(Buffer.from(hex, 'hex')), message);
  }
});

test('where it is no error the code may be left out, as libtorrent does', () => {
  const bytes = Buffer.from('0100c00002011ae1', 'hex');
  assert.deepEqual(decodeHolepunchMessage(bytes), { type: 'connect', endpoint: FOUR });
});

test('what is too short, too long or of no type is a fault', () => {
  const faults = [
    ['', 'MESSAGE_TOO_SHORT'],
    ['0100c00002011a', 'MESSAGE_TOO_SHORT'],
    ['0200c00002011ae1', 'MESSAGE_TOO_SHORT'],
    ['0100c00002011ae1000000', 'MESSAGE_TOO_SHORT'],
    ['0100c00002011ae10000000000', 'MESSAGE_TOO_LONG'],
    ['0300c00002011ae100000000', 'BAD_HOLEPUNCH'],
    ['0002c00002011ae100000000', 'BAD_HOLEPUNCH'],
  ] as const;
  for (const [hex, code] of faults)
    assert.throws(
      () => decodeHolepunchMessage(Buffer.from(hex, 'hex')),
      (error) => error instanceof PeerFault && error.code === code,
      hex,
    );
});

test('what is encoded is decoded again', () => {
  const address = fc
    .constantFrom(4, 16)
    .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
    .map((bytes) => formatAddress(bytes));
  const endpoint = fc.record({ host: address, port: fc.nat(0xffff) }, { noNullPrototype: true });
  const message: fc.Arbitrary<HolepunchMessage> = fc.oneof(
    endpoint.map((at) => ({ type: 'rendezvous' as const, endpoint: at })),
    endpoint.map((at) => ({ type: 'connect' as const, endpoint: at })),
    fc
      .tuple(endpoint, fc.nat(0xffff_ffff))
      .map(([at, code]) => ({ type: 'error' as const, endpoint: at, code })),
  );
  fc.assert(
    fc.property(message, (each) => {
      assert.deepEqual(decodeHolepunchMessage(encodeHolepunchMessage(each)), each);
    }),
  );
});

test('any bytes give a message or a PeerFault', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc
      .tuple(fc.nat(3), fc.nat(2), fc.uint8Array({ maxLength: 24 }))
      .map(([type, family, rest]) => Uint8Array.from([type, family, ...rest])),
  );
  fc.assert(
    fc.property(bytes, (each) => {
      try {
        decodeHolepunchMessage(each);
      } catch (error) {
        assert.ok(error instanceof PeerFault);
      }
    }),
  );
});
