import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHex, PeerFault } from '@coequal/base';
import fc from 'fast-check';
import { decodeDontHave, encodeDontHave } from '../../../src/core/wire/dont-have.ts';
import { encodePeerMessage } from '../../../src/core/wire/peer-wire.ts';

const PIECE_MAX = 2 ** 32 - 1;

test('the message has these bytes', () => {
  // BEP 54: <len=0x0006><op=20><subop=xx><index>
  const message = { type: 'extended', id: 7, payload: encodeDontHave(0x01020384) } as const;
  assert.equal(formatHex(encodePeerMessage(message)), '00000006140701020384');
});

test('a decoded message equals what was encoded', () => {
  fc.assert(
    fc.property(fc.nat(PIECE_MAX), (piece) => {
      assert.equal(decodeDontHave(encodeDontHave(piece)), piece);
    }),
  );
});

test('four bytes are a message, and any others a PeerFault', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 9 }), (bytes) => {
      if (bytes.length === 4) assert.deepEqual(encodeDontHave(decodeDontHave(bytes)), bytes);
      else assert.throws(() => decodeDontHave(bytes), PeerFault);
    }),
  );
});
