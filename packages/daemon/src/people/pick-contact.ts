/** Which contact a person means: the same for the peer and for the command. */
import { LocalFault } from '@coequal/base';

export interface NamedContact {
  /** A key. */
  readonly person: string;
  readonly ownName: string;
  readonly givenName?: string | undefined;
}

/** Shorter beginnings of a key may be a name. */
const KEY_START_MIN = 4;

/**
 * By what they are called here, by what they call themselves, or by the beginning of their key: the first of these that
 * fits anybody counts. Throws LocalFault `NO_SUCH_CONTACT`, `CONTACT_AMBIGUOUS`.
 */
export function pickContact<Contact extends NamedContact>(
  contacts: readonly Contact[],
  text: string,
): Contact {
  const wanted = text.trim().toLowerCase();
  const isSame = (name: string): boolean => name.toLowerCase() === wanted;
  const tries: readonly ((contact: NamedContact) => boolean)[] = [
    ({ person }) => person === wanted,
    ({ givenName, ownName }) => isSame(givenName ?? ownName),
    ({ ownName }) => isSame(ownName),
    ({ person }) => wanted.length >= KEY_START_MIN && person.startsWith(wanted),
  ];
  for (const fits of tries) {
    const found = contacts.filter(fits);
    const [first] = found;
    if (found.length > 1) throw new LocalFault('CONTACT_AMBIGUOUS', { contact: text });
    if (first !== undefined) return first;
  }
  throw new LocalFault('NO_SUCH_CONTACT', { contact: text });
}
