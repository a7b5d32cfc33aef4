/** Contacts as sending asks for them. */
import { LocalFault } from '@coequal/base';
import { parsePersonKey } from '@coequal/mesh/identity';
import type { ContactRecord, People } from '@coequal/mesh';
import type { SendContacts, Trust } from '../sends/contacts.ts';

const KEY = /^[0-9a-f]{64}$/;

export function sendContactsOf(people: People): SendContacts {
  const find = (person: string): ContactRecord | undefined =>
    people.contacts().find((contact) => contact.person === person);
  return {
    find(text) {
      if (KEY.test(text)) return people.contact(parsePersonKey(text)).person;
      const wanted = text.trim().toLowerCase();
      const named = people.contacts().filter((contact) => nameOf(contact).toLowerCase() === wanted);
      const [first] = named;
      if (first === undefined) throw new LocalFault('NO_SUCH_CONTACT', { contact: text });
      if (named.length > 1) throw new LocalFault('CONTACT_AMBIGUOUS', { contact: text });
      return first.person;
    },
    devicesOf: (person) => find(person)?.list.devices.map(({ key }) => key) ?? [],
    personOf: (device) => people.personOf(device),
    nameOf(person) {
      const contact = find(person);
      return contact === undefined ? '' : nameOf(contact);
    },
    trustOf: (person) => trustOf(find(person)),
  };
}

function nameOf({ givenName, ownName }: ContactRecord): string {
  return givenName ?? ownName;
}

function trustOf(contact: ContactRecord | undefined): Trust {
  if (contact === undefined) return 'blocked';
  return contact.trust === 'new' ? 'known' : contact.trust;
}
