/** Records of own devices of every kind. */
import fc from 'fast-check';
import { TRUSTS } from '../../../src/core/contacts/contact.ts';
import { encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import type { PersonKey } from '../../../src/core/identity/person-key.ts';
import type {
  OwnRecord,
  SharedContact,
  SharedInvitation,
  SharedUse,
} from '../../../src/core/own/own-record.ts';
import type { Stamp, Stamped } from '../../../src/core/own/stamp.ts';
import { deviceOf, signerOf } from '../identity/device-lists.ts';
import { anyName } from '../invite/links.ts';

/** Few, so that some are equal. */
export const anyStamp: fc.Arbitrary<Stamp> = fc.record({
  time: fc.integer({ min: 0, max: 5 }),
  device: fc.constantFrom('0000000000000000', '00000000000000aa', 'ff00000000000001'),
});

function stamped<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Stamped<Value>> {
  return fc.record({ at: anyStamp, value });
}

const persons = [1, 2, 3].map((fill) => signerOf(fill));
export const anyPerson: fc.Arbitrary<PersonKey> = fc.constantFrom(
  ...persons.map(({ person }) => person),
);

/** The list of that person with that number. */
export function listOf(person: PersonKey, number: number): Uint8Array {
  const signer = persons.find((each) => each.person === person);
  if (signer === undefined) throw new Error('one of the three');
  const devices = [{ key: deviceOf(number), name: 'Laptop', addedAt: 1 }];
  return encodeDeviceList({ person, number, devices, revoked: [], signedAt: 1 }, signer.sign);
}

const anyNote = fc.string({ unit: 'grapheme', maxLength: 40 });
const anyTime = fc.integer({ min: 0, max: 9 });

export function anyContact(person: PersonKey): fc.Arbitrary<SharedContact> {
  return fc.oneof(
    fc.record({
      type: fc.constant('contact' as const),
      state: fc.constant('removed' as const),
      person: fc.constant(person),
      at: anyStamp,
    }),
    fc.record({
      type: fc.constant('contact' as const),
      state: fc.constant('present' as const),
      person: fc.constant(person),
      at: anyStamp,
      since: anyTime,
      list: fc.integer({ min: 1, max: 3 }).map((number) => listOf(person, number)),
      ownName: stamped(anyName),
      details: stamped(
        fc.record({ givenName: fc.option(anyName, { nil: undefined }), note: anyNote }),
      ),
      trust: stamped(fc.constantFrom(...TRUSTS)),
      verified: stamped(anyTime),
    }),
  );
}

const anyUse: fc.Arbitrary<SharedUse> = fc.record({
  person: anyPerson,
  name: anyName,
  at: anyTime,
  isConfirmed: fc.boolean(),
});

/** Of one invitation: what may differ between devices. */
export const anyInvitation: fc.Arbitrary<SharedInvitation> = fc
  .record({
    isRevoked: fc.boolean(),
    uses: fc.uniqueArray(anyUse, { selector: ({ person }) => person, maxLength: 3 }),
    gift: fc.constant({ id: 's1', name: 'film.mp4', size: 7 }),
  })
  .map(({ isRevoked, uses, gift }) => ({
    type: 'invitation',
    secret: new Uint8Array(16).fill(7),
    link: 'coequal:invite/abc',
    note: 'for the choir',
    createdAt: 1,
    validUntil: 9_000,
    usesMax: 100,
    gift,
    isRevoked,
    uses: uses.toSorted((a, b) => (a.person < b.person ? -1 : 1)),
  }));

export const anySharedName: fc.Arbitrary<OwnRecord> = fc.record({
  type: fc.constant('name' as const),
  name: stamped(anyName),
});

export const anyRecord: fc.Arbitrary<OwnRecord> = fc.oneof(
  anyPerson.chain(anyContact),
  anyInvitation,
  anySharedName,
);
