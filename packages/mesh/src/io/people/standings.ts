/** Whose a device is, whether it may come, and what it is told if not. */
import type { DeviceKey } from '@coequal/base';
import { farewell, revocation } from '../../core/contacts/people-session.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { AdmissionLevel } from '../links/link-limits.ts';
import type { OwnPeers } from '../own/own-peers.ts';
import type { ContactBook } from './contact-book.ts';

export class Standings {
  readonly #contacts: ContactBook;
  readonly #own: OwnPeers;

  constructor(contacts: ContactBook, own: OwnPeers) {
    this.#contacts = contacts;
    this.#own = own;
  }

  /** Also the own person; undefined for strangers and for what was revoked. */
  personOf(device: DeviceKey): PersonKey | undefined {
    if (this.#own.has(device)) return this.#own.person;
    if (this.wasRevoked(device)) return undefined;
    return this.#contacts.standingOf(device)?.person;
  }

  wasRevoked(device: DeviceKey): boolean {
    if (this.#own.has(device)) return false;
    return this.#own.wasRevoked(device) || this.#contacts.standingOf(device)?.state === 'revoked';
  }

  isWelcome(device: DeviceKey): boolean {
    const person = this.personOf(device);
    return person !== undefined && this.#contacts.get(person)?.trust !== 'blocked';
  }

  /** What was revoked is a stranger, who can be told so, and nothing else. */
  levelOf(device: DeviceKey): AdmissionLevel {
    const standing = this.#contacts.standingOf(device);
    const isBlocked =
      standing !== undefined && this.#contacts.get(standing.person)?.trust === 'blocked';
    if (isBlocked && !this.#own.has(device)) return 'refused';
    return this.isWelcome(device) ? 'contact' : 'stranger';
  }

  /** For a device that is not welcome: that it was revoked, or that its person was removed. */
  lastWords(device: DeviceKey): Uint8Array | undefined {
    if (this.#own.wasRevoked(device)) return revocation(this.#own.held().encoded);
    const standing = this.#contacts.standingOf(device);
    if (standing === undefined) return this.#contacts.wasRemoved(device) ? farewell() : undefined;
    const contact = this.#contacts.get(standing.person);
    const isTold = standing.state === 'revoked' && contact?.trust !== 'blocked';
    return isTold && contact !== undefined ? revocation(contact.encodedList) : undefined;
  }
}
