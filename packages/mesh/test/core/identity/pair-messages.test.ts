import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deviceKeyOf, PeerFault } from '@coequal/base';
import fc from 'fast-check';
import { isDeviceName } from '../../../src/core/identity/device-certificate.ts';
import {
  decodePairMessage,
  encodePairMessage,
  newDeviceMessage,
  verifyRequest,
} from '../../../src/core/identity/pair-messages.ts';
import type { PairHello, PairMessage } from '../../../src/core/identity/pair-messages.ts';
import { deviceOf, ed25519, signerOf } from './device-lists.ts';

const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });
const name = fc.string({ unit: 'grapheme', maxLength: 30 }).filter(isDeviceName);
const any: fc.Arbitrary<PairMessage> = fc.oneof(
  fc.tuple(bytes(32), name).map(([nonce, text]) => ({
    type: 'hello' as const,
    nonce,
    person: signerOf(1).person,
    device: deviceOf(1),
    name: text,
  })),
  fc.tuple(bytes(64), name).map(([signature, text]) => ({
    type: 'request' as const,
    device: deviceOf(2),
    name: text,
    signature,
  })),
  fc.uint8Array({ maxLength: 100 }).map((list) => ({ type: 'joined' as const, list })),
  fc.constantFrom({ type: 'declined' as const }, { type: 'kept' as const }),
);

describe('messages of pair/1', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(any, (message) =>
        assert.deepEqual(decodePairMessage(encodePairMessage(message)), message),
      ),
    );
  });

  it('are a fault of the peer whatever the bytes, unless they are one', () => {
    const near = fc.tuple(any, fc.nat(), fc.nat(255)).map(([message, at, value]) => {
      const encoded = encodePairMessage(message);
      return encoded.with(at % encoded.length, value);
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.uint8Array({ maxLength: 120 })), (garbage) => {
        try {
          decodePairMessage(garbage);
        } catch (error) {
          assert.ok(error instanceof PeerFault);
          assert.equal(error.code, 'BAD_PAIR_MESSAGE');
        }
      }),
    );
    assert.throws(() => decodePairMessage(new Uint8Array(100_000).fill(3)), PeerFault);
  });

  it('ask for a device with its own signature, for that person and that once', () => {
    const secret = new Uint8Array(32).fill(5);
    const device = deviceKeyOf(ed25519.publicKey(secret));
    const hello: PairHello = {
      type: 'hello',
      nonce: new Uint8Array(32),
      person: signerOf(1).person,
      device: deviceOf(1),
      name: 'a',
    };
    const signature = ed25519.sign(secret, newDeviceMessage(hello, device, 'b'));
    const request = { type: 'request' as const, device, name: 'b', signature };
    verifyRequest(hello, request, ed25519);
    const others = [
      [{ ...hello, nonce: new Uint8Array(32).fill(1) }, request],
      [{ ...hello, person: signerOf(2).person }, request],
      [{ ...hello, device: deviceOf(3) }, request],
      [hello, { ...request, name: 'c' }],
      [hello, { ...request, device: deviceOf(4) }],
    ] as const;
    for (const [one, other] of others)
      assert.throws(() => verifyRequest(one, other, ed25519), PeerFault);
  });
});
