/**
 * All that own devices keep equal, as records with digests: contacts and who was removed, invitations, the own name. What
 * comes is merged with what is here and is on disk before it is answered.
 */
import { equalBytes, PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519 } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import { CONTACTS_MAX } from '../../core/contacts/contact.ts';
import { decodeDeviceList, newerList } from '../../core/identity/device-list.ts';
import { parsePersonKey } from '../../core/identity/person-key.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import { mergeRecords } from '../../core/own/merge.ts';
import { OwnDigests } from '../../core/own/own-digests.ts';
import { encodeOwnRecord, ownKeyOf } from '../../core/own/own-record.ts';
import type { OwnRecord, SharedContact } from '../../core/own/own-record.ts';
import type { OwnView } from '../../core/own/own-session.ts';
import { ownDigest } from '../../core/own/own-wire.ts';
import { isAhead } from '../../core/own/stamp.ts';
import type { ContactBook } from '../people/contact-book.ts';
import type { InvitationBook } from '../people/invitation-book.ts';
import { SharedInvitations } from './shared-invitations.ts';
import type { Stamps } from './stamps.ts';

/**
 * Records that are digested in one turn of the event loop: 40 us each, by the bench. A thousand contacts in one go held it
 * for 40 to 50 ms.
 */
export const DIGESTS_AT_ONCE = 16;
/** Parts of the summary that are digested in one turn. */
const BUCKETS_AT_ONCE = 32;

export interface OwnBookParts {
  readonly database: Database;
  readonly contacts: ContactBook;
  readonly invitations: InvitationBook;
  readonly stamps: Stamps;
  readonly ed25519: Ed25519;
  readonly person: PersonKey;
  epochNow(): number;
}

/** What a batch did, and what of it was not taken. */
export interface OwnNews {
  readonly contacts: boolean;
  readonly invitations: boolean;
  readonly name: boolean;
  /** Of contacts that were removed. */
  readonly goneDevices: readonly DeviceKey[];
  /** Codes. */
  readonly problems: ReadonlySet<string>;
}

export class OwnBook implements OwnView {
  /** Told of each record that is not as it was. */
  onChanged: ((key: string) => void) | undefined;
  readonly #parts: OwnBookParts;
  readonly #invitations: SharedInvitations;
  readonly #digests = new OwnDigests();
  /** Contacts, present and removed, that have no digest yet; undefined: nobody has looked. */
  #undigested: string[] | undefined;
  /** Invitations and the name, of those that have one. */
  #others: ReadonlySet<string> = new Set();
  /** Removed contacts that are not remembered any more, if what forgot them was kept. */
  readonly #forgotten = new Set<string>();

  constructor(parts: OwnBookParts) {
    this.#parts = parts;
    const { database, invitations, person, contacts, stamps } = parts;
    this.#invitations = new SharedInvitations(database, invitations, person);
    contacts.onChanged = (changed) => this.#look(`c${changed}`);
    stamps.onForgotten = (forgotten) => this.#forgotten.add(`c${forgotten}`);
  }

  epochNow(): number {
    return Math.floor(this.#parts.epochNow());
  }

  /** Invitations, or the own name, may have changed. */
  refresh(): void {
    for (const id of this.#invitations.ids(this.epochNow())) this.#look(`i${id}`);
    this.#look('n');
  }

  encoded(key: string): Uint8Array | undefined {
    const record = this.#get(key);
    return record === undefined ? undefined : encodeOwnRecord(record);
  }

  keys(bucket: number): readonly string[] {
    return this.#digests.keys(bucket);
  }

  /** Whether there is more to digest before a summary costs little: who may wait calls it again in another turn. */
  digestSome(): boolean {
    const { contacts, stamps } = this.#parts;
    if (this.#undigested === undefined) {
      // which they are is work for a turn of its own
      const present = contacts.all().map(({ person }) => person);
      this.#undigested = [...present, ...stamps.removed()].map((person) => `c${person}`);
      return this.#undigested.length > 0;
    }
    for (const key of this.#undigested.splice(-DIGESTS_AT_ONCE))
      if (this.#digests.get(key) === undefined) this.#digest(key);
    return this.#undigested.length > 0 || this.#digests.sum(BUCKETS_AT_ONCE);
  }

  summary(): Uint8Array {
    while (this.digestSome());
    for (const key of this.#forgotten) this.#digest(key);
    this.#forgotten.clear();
    // of contacts each change is told; the others are few, and end with time
    const others = new Set(this.#invitations.ids(this.epochNow()).map((id) => `i${id}`)).add('n');
    for (const key of this.#others) if (!others.has(key)) this.#digests.set(key, undefined);
    for (const key of others) this.#digest(key);
    this.#others = others;
    return this.#digests.summary();
  }

  /** Of different keys. All that is taken is on disk when it returns. */
  take(records: readonly OwnRecord[]): OwnNews {
    const problems = new Set<string>();
    const settled = records.flatMap((come) => {
      const held = this.#get(ownKeyOf(come));
      const result = this.#resolve(held, come);
      if (typeof result !== 'string') return result === undefined ? [] : [result];
      problems.add(result);
      return [];
    });
    const fitting = this.#fitting(settled, problems);
    const { contacts, stamps, invitations } = this.#parts;
    const persons = fitting.flatMap((each) => (each.type === 'contact' ? [each.person] : []));
    const goneDevices = fitting.flatMap((each) =>
      each.type === 'contact' && each.state === 'removed' && contacts.get(each.person) !== undefined
        ? contacts.devicesOf(each.person)
        : [],
    );
    const now = this.epochNow();
    if (fitting.length > 0)
      contacts.changeAll(persons, () => {
        for (const record of fitting) {
          if (record.type === 'contact') contacts.settle(record, now);
          else if (record.type === 'invitation')
            this.#invitations.settle(ownKeyOf(record).slice(1), record);
          else {
            invitations.setProfileName(record.name.value);
            stamps.setProfile(record.name.at);
          }
        }
      });
    this.refresh();
    return {
      contacts: persons.length > 0,
      invitations: fitting.some(({ type }) => type === 'invitation'),
      name: fitting.some(({ type }) => type === 'name'),
      goneDevices,
      problems,
    };
  }

  /** What is to be kept; undefined: nothing new; a code: it is not taken. */
  #resolve(held: OwnRecord | undefined, come: OwnRecord): OwnRecord | string | undefined {
    const now = this.epochNow();
    if (stampsOf(come).some((stamp) => isAhead(stamp, now))) return 'OWN_CLOCK_DIFFERS';
    if (come.type === 'contact' && come.person === this.#parts.person) return 'BAD_OWN_RECORD';
    if (come.type === 'invitation') {
      if (come.validUntil <= now) return undefined;
      if (held === undefined && !this.#invitations.isSound(come, now)) return 'BAD_OWN_RECORD';
    }
    try {
      const result =
        held === undefined ? come : mergeRecords(held, come, (ours, its) => this.#pick(ours, its));
      if (held !== undefined && equalBytes(encodeOwnRecord(held), encodeOwnRecord(result)))
        return undefined;
      if (result.type === 'contact') this.#requireOwnList(result);
      return result;
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      return error.code;
    }
  }

  /** Of one number or of none that counts, what is held goes on to count, as with those that a contact brings. */
  #pick(held: Uint8Array, come: Uint8Array): Uint8Array {
    if (equalBytes(held, come)) return held;
    const { ed25519 } = this.#parts;
    const [ours, theirs] = [decodeDeviceList(held, ed25519), decodeDeviceList(come, ed25519)];
    try {
      return newerList(ours, theirs) === theirs ? come : held;
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      return held;
    }
  }

  /** Throws PeerFault. */
  #requireOwnList(contact: SharedContact): void {
    if (contact.state === 'removed') return;
    const list = decodeDeviceList(contact.list, this.#parts.ed25519);
    if (list.person !== contact.person) throw new PeerFault('OTHER_PERSON');
  }

  /** As many contacts as there can be: the others wait until somebody is removed, and the devices meet anew. */
  #fitting(records: readonly OwnRecord[], problems: Set<string>): OwnRecord[] {
    const { contacts } = this.#parts;
    let room = CONTACTS_MAX - contacts.size;
    return records.filter((record) => {
      if (record.type !== 'contact' || record.state === 'removed') return true;
      if (contacts.get(record.person) !== undefined) return true;
      room -= 1;
      if (room < 0) problems.add('CONTACTS_FULL');
      return room >= 0;
    });
  }

  #get(key: string): OwnRecord | undefined {
    const { contacts, stamps, invitations } = this.#parts;
    const rest = key.slice(1);
    if (key.startsWith('c')) return contacts.shared(parsePersonKey(rest));
    if (key.startsWith('i')) return this.#invitations.get(rest, this.epochNow());
    const name = invitations.profileName();
    return name === undefined
      ? undefined
      : { type: 'name', name: { at: stamps.profile, value: name } };
  }

  /** Tells when it is another one than before. */
  #look(key: string): void {
    const before = this.#digests.get(key);
    const digest = this.#digest(key);
    if (digest === undefined || (before !== undefined && equalBytes(before, digest))) return;
    this.onChanged?.(key);
  }

  #digest(key: string): Uint8Array | undefined {
    const bytes = this.encoded(key);
    const digest = bytes && ownDigest(bytes);
    const before = this.#digests.get(key);
    const isSame =
      digest === undefined || before === undefined ? digest === before : equalBytes(digest, before);
    if (!isSame) this.#digests.set(key, digest);
    return digest;
  }
}

function stampsOf(
  record: OwnRecord,
): readonly { readonly time: number; readonly device: string }[] {
  switch (record.type) {
    case 'name':
      return [record.name.at];
    case 'invitation':
      return [];
    case 'contact': {
      if (record.state === 'removed') return [record.at];
      const { at, ownName, details, trust, verified } = record;
      return [at, ownName.at, details.at, trust.at, verified.at];
    }
  }
}
