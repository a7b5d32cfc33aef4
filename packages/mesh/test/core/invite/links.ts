/** Invitation links of every kind. */
import { deviceKeyOf } from '@coequal/base';
import fc from 'fast-check';
import { isDeviceName } from '../../../src/core/identity/device-certificate.ts';
import { personKeyOf } from '../../../src/core/identity/person-key.ts';
import { formatHost } from '../../../src/core/contacts/address-bytes.ts';
import type { TellableAddress } from '../../../src/core/contacts/address-bytes.ts';
import type { InvitationHelper } from '../../../src/core/invite/invitation-helpers.ts';
import { isGiftName } from '../../../src/core/invite/invitation-link.ts';
import type { InvitationLink } from '../../../src/core/invite/invitation-link.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const host = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255))
    .map((parts) => parts.join('.')),
  fc
    .uint8Array({ minLength: 16, maxLength: 16 })
    .filter((bytes) => bytes[0] !== 0xff && bytes[0] !== 0)
    .map(formatHost),
);

export const anyAddress: fc.Arbitrary<TellableAddress> = fc.record({
  kind: fc.constantFrom('tcp', 'udp'),
  host,
  port: fc.integer({ min: 1, max: 65_535 }),
});

const anyHelper: fc.Arbitrary<InvitationHelper> = fc.record({
  helper: key.map(deviceKeyOf),
  pass: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  addresses: fc.array(anyAddress, { maxLength: 2 }),
});

export const anyName: fc.Arbitrary<string> = fc
  .string({ unit: 'grapheme', maxLength: 64 })
  .filter(isDeviceName);

export const anyLink: fc.Arbitrary<InvitationLink> = fc
  .record({
    person: key.map(personKeyOf),
    devices: fc.uniqueArray(key.map(deviceKeyOf), { minLength: 1, maxLength: 3 }),
    secret: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    validUntil: fc.integer({ min: 0, max: 0xffff_ffff }),
    name: anyName,
    addresses: fc.array(anyAddress, { maxLength: 4 }),
    helpers: fc.uniqueArray(anyHelper, { maxLength: 2, selector: ({ helper }) => helper }),
    gift: fc.option(
      fc.record({
        name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }).filter(isGiftName),
        size: fc.maxSafeNat(),
      }),
      { nil: undefined },
    ),
  })
  // records of fast-check may have no prototype, which is no difference
  .map((link) => ({
    ...link,
    addresses: link.addresses.map((each) => ({ ...each })),
    gift: link.gift && { ...link.gift },
    helpers: link.helpers.map((each) => ({
      ...each,
      addresses: each.addresses.map((address) => ({ ...address })),
    })),
  }));
