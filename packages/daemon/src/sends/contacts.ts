/** What sending asks of the contacts: persons by their root keys (64 hexadecimal digits), and their devices. */
import type { DeviceKey } from '@coequal/base';

export type Trust = 'trusted' | 'known' | 'blocked';

export interface SendContacts {
  /** By key, or by what a person calls them here. Throws LocalFault `NO_SUCH_CONTACT`, `CONTACT_AMBIGUOUS`. */
  find(text: string): string;
  /** Those of the newest signed list; revoked ones are not among them. None for who is no contact. */
  devicesOf(person: string): readonly DeviceKey[];
  personOf(device: DeviceKey): string | undefined;
  nameOf(person: string): string;
  trustOf(person: string): Trust;
}
