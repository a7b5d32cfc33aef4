/** A contact of the running peer, as somebody names them in a command. */
import type { Client, Contact } from '@coequal/contract';
import type { Shell } from '../cli/shell.ts';
import { pickContact } from '../people/pick-contact.ts';

/** Throws LocalFault `NO_SUCH_CONTACT` or `CONTACT_AMBIGUOUS`. */
export async function findContact(text: string, client: Client, shell: Shell): Promise<Contact> {
  const { contacts } = await client.call('listContacts', {}, shell.stop);
  return pickContact(contacts, text);
}
