/** Contacts as sending asks for them. */
import type { ContactRecord, People } from '@coequal/mesh';
import type { SendContacts, Trust } from '../sends/contacts.ts';
import { pickContact } from './pick-contact.ts';

export function sendContactsOf(people: People): SendContacts {
  const get = (person: string): ContactRecord | undefined =>
    people.contacts().find((contact) => contact.person === person);
  return {
    find: (text) => pickContact(people.contacts(), text).person,
    devicesOf: (person) => get(person)?.list.devices.map(({ key }) => key) ?? [],
    personOf: (device) => people.personOf(device),
    nameOf(person) {
      const contact = get(person);
      return contact === undefined ? '' : people.nameOf(contact.person);
    },
    trustOf: (person) => trustOf(get(person)),
  };
}

function trustOf(contact: ContactRecord | undefined): Trust {
  if (contact === undefined) return 'blocked';
  return contact.trust === 'new' ? 'known' : contact.trust;
}
