/** Device lists of every kind, and a person who signs them. */
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { openEd25519 } from '@coequal/base/node';
import fc from 'fast-check';
import { isDeviceName } from '../../../src/core/identity/device-certificate.ts';
import type { DeviceList } from '../../../src/core/identity/device-list.ts';
import { DEVICES_MAX, REVOKED_MAX } from '../../../src/core/identity/device-list.ts';
import { personKeyOf } from '../../../src/core/identity/person-key.ts';
import type { PersonKey } from '../../../src/core/identity/person-key.ts';

export const ed25519 = openEd25519();

export interface Signer {
  readonly person: PersonKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

export function signerOf(fill: number): Signer {
  const secret = new Uint8Array(32).fill(fill);
  return {
    person: personKeyOf(ed25519.publicKey(secret)),
    sign: (message) => ed25519.sign(secret, message),
  };
}

/** Any 32 bytes: a list does not ask whether somebody has that key. */
export function deviceOf(number: number): DeviceKey {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(28, number);
  return deviceKeyOf(bytes);
}

const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const name = fc.string({ unit: 'grapheme', maxLength: 64 }).filter(isDeviceName);

export function anyList(signer: Signer): fc.Arbitrary<DeviceList> {
  return fc
    .record({
      number: fc.integer({ min: 1, max: 0xffff_fffe }),
      signedAt: u32,
      entries: fc.array(fc.record({ name, addedAt: u32 }), { maxLength: DEVICES_MAX }),
      revokedCount: fc.integer({ min: 0, max: REVOKED_MAX }),
    })
    .map(({ number, signedAt, entries, revokedCount }) => ({
      person: signer.person,
      number,
      devices: entries.map((entry, i) => ({ key: deviceOf(i), ...entry })),
      revoked: Array.from({ length: revokedCount }, (_, i) => deviceOf(1_000 + i)),
      signedAt,
    }));
}
