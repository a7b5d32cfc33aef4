/**
 * The contacts, on disk and in memory: memory is read anew from what was committed, so it never says more. A device is
 * attributed to one person: to whom it brought a list of itself, else to the first whose list has it. So nobody can
 * claim another's device by putting it into their own list.
 */
import { assert, equalBytes, LocalFault, parseDeviceKey, PeerFault } from '@coequal/base';
import type { DeviceKey, Ed25519 } from '@coequal/base';
import type { Database, Row } from '@coequal/base/database';
import { CONTACTS_MAX } from '../../core/contacts/contact.ts';
import type { ContactChange, ContactRecord, DeviceStanding } from '../../core/contacts/contact.ts';
import type { Trust } from '../../core/contacts/contact.ts';
import { certifiedDevice, decodeDeviceList, newerList } from '../../core/identity/device-list.ts';
import type { DeviceList } from '../../core/identity/device-list.ts';
import { parsePersonKey } from '../../core/identity/person-key.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { Introduction } from '../../core/invite/invite-host.ts';
import type { PresentContact, SharedContact } from '../../core/own/own-record.ts';
import type { ContactPart, Stamps } from '../own/stamps.ts';

/** Of people who were removed: each is told so when it comes. The oldest are forgotten. */
const REMOVED_DEVICES_MAX = 1_000;

export interface Arrival {
  readonly introduction: Introduction;
  /** The device that brought it. */
  readonly speaker: DeviceKey;
  readonly at: number;
  /** It is this person's own wish, also if they were blocked before. */
  readonly isOwnWish: boolean;
}

export class ContactBook {
  readonly #database: Database;
  readonly #ed25519: Ed25519;
  readonly #stamps: Stamps;
  readonly #contacts = new Map<PersonKey, ContactRecord>();
  readonly #devices = new Map<DeviceKey, DeviceStanding>();

  /** Told of each contact that is not as it was. */
  onChanged: ((person: PersonKey) => void) | undefined;

  /** All that is there is read; nothing of it is sent. */
  constructor(database: Database, ed25519: Ed25519, stamps: Stamps) {
    this.#database = database;
    this.#ed25519 = ed25519;
    this.#stamps = stamps;
    for (const row of database.all('SELECT * FROM contacts')) this.#remember(row);
    for (const row of database.all('SELECT * FROM contact_devices')) this.#attribute(row);
  }

  get size(): number {
    return this.#contacts.size;
  }

  all(): ContactRecord[] {
    return [...this.#contacts.values()];
  }

  get(person: PersonKey): ContactRecord | undefined {
    return this.#contacts.get(person);
  }

  /** Throws LocalFault `NO_SUCH_CONTACT`. */
  need(person: PersonKey): ContactRecord {
    const contact = this.#contacts.get(person);
    if (contact === undefined) throw new LocalFault('NO_SUCH_CONTACT', { contact: person });
    return contact;
  }

  standingOf(device: DeviceKey): DeviceStanding | undefined {
    return this.#devices.get(device);
  }

  /** Devices that are attributed to a person and not revoked, as their list has them. */
  devicesOf(person: PersonKey): DeviceKey[] {
    const { list } = this.need(person);
    return list.devices.map(({ key }) => key).filter((key) => this.#isOf(key, person));
  }

  wasRemoved(device: DeviceKey): boolean {
    return (
      this.#database.get('SELECT 1 FROM removed_devices WHERE device = ?', device) !== undefined
    );
  }

  /** Throws LocalFault `CONTACTS_FULL`. */
  requireRoom(): void {
    if (this.#contacts.size >= CONTACTS_MAX)
      throw new LocalFault('CONTACTS_FULL', { max: CONTACTS_MAX });
  }

  /** Runs `work` in one transaction with what it calls here; then memory is as the disk is. */
  change<T>(person: PersonKey, work: () => T): T {
    return this.changeAll([person], work);
  }

  changeAll<T>(persons: readonly PersonKey[], work: () => T): T {
    const result = this.#database.transaction(work);
    for (const person of persons) this.#reload(person);
    for (const person of persons) this.onChanged?.(person);
    return result;
  }

  /** Throws LocalFault `CONTACTS_FULL`, PeerFault `CONTACT_BLOCKED`, or as `newerList`. Within `change`. */
  arrive({ introduction, speaker, at, isOwnWish }: Arrival): void {
    const { list, encodedList, name } = introduction;
    const { person } = list;
    const held = this.#contacts.get(person);
    if (held === undefined) {
      this.requireRoom();
      const wasRemoved = this.#stamps.wasRemoved(person);
      this.#database.run(
        'INSERT INTO contacts (person, own_name, since, last_seen, device_list) VALUES (?, ?, ?, ?, ?)',
        person,
        name,
        at,
        at,
        encodedList,
      );
      // what other own devices may still have of before is older than this
      if (wasRemoved) this.#stamps.touch(person, 'name', 'details', 'trust', 'verified');
      this.#stamps.touch(person, 'standing');
    } else {
      if (held.trust === 'blocked' && !isOwnWish) throw new PeerFault('CONTACT_BLOCKED');
      const trust: Trust = held.trust === 'blocked' ? 'new' : held.trust;
      this.#database.run(
        'UPDATE contacts SET own_name = ?, last_seen = ?, is_gone = 0, trust = ? WHERE person = ?',
        name,
        at,
        trust,
        person,
      );
      if (trust !== held.trust) this.#stamps.touch(person, 'trust');
      if (name !== held.ownName) this.#stamps.touch(person, 'name');
    }
    this.#database.run('DELETE FROM removed_devices WHERE person = ?', person);
    const counts = held === undefined ? list : newerOf(held.list, list);
    if (counts === list) this.#takeList(list, encodedList, speaker);
    else certifiedDevice(counts, speaker);
  }

  /** Within `change`; the list is newer than the one that is held. */
  takeList(list: DeviceList, encoded: Uint8Array, speaker: DeviceKey): void {
    newerList(this.need(list.person).list, list);
    this.#takeList(list, encoded, speaker);
  }

  setDetails(person: PersonKey, { name, note, trust }: ContactChange): void {
    const held = this.need(person);
    const givenName = name === undefined ? held.givenName : (name ?? undefined);
    const next = { givenName, note: note ?? held.note, trust: trust ?? held.trust };
    this.change(person, () => {
      this.#database.run(
        'UPDATE contacts SET given_name = ?, note = ?, trust = ? WHERE person = ?',
        next.givenName ?? null,
        next.note,
        next.trust,
        person,
      );
      if (next.givenName !== held.givenName || next.note !== held.note)
        this.#stamps.touch(person, 'details');
      if (next.trust !== held.trust) this.#stamps.touch(person, 'trust');
    });
  }

  setOwnName(person: PersonKey, name: string): void {
    this.#set(person, 'UPDATE contacts SET own_name = ? WHERE person = ?', name, 'name');
  }

  setVerified(person: PersonKey, at: number): void {
    const rounded = Math.floor(at);
    const sql = 'UPDATE contacts SET verified_at = ? WHERE person = ?';
    this.#set(person, sql, rounded, 'verified');
  }

  setLastSeen(person: PersonKey, at: number): void {
    this.#set(person, 'UPDATE contacts SET last_seen = ?, is_gone = 0 WHERE person = ?', at);
  }

  setGone(person: PersonKey): void {
    this.#set(person, 'UPDATE contacts SET is_gone = ? WHERE person = ?', 1);
  }

  setProblem(person: PersonKey, code: string): void {
    if (this.need(person).problem === code) return;
    this.#set(person, 'UPDATE contacts SET problem = ? WHERE person = ?', code);
  }

  /** Its devices are remembered for a while, to be told. */
  remove(person: PersonKey, at: number): void {
    this.need(person);
    this.change(person, () => {
      this.#delete(person, at);
      this.#stamps.bury(person);
    });
  }

  /** What is shared of a contact, or of one who was removed. */
  shared(person: PersonKey): SharedContact | undefined {
    const contact = this.#contacts.get(person);
    const stamps = this.#stamps.ofContact(person);
    const common = { type: 'contact', person, at: stamps.standing } as const;
    if (contact === undefined)
      return stamps.standing.time === 0 ? undefined : { ...common, state: 'removed' };
    const { givenName, note, verifiedAt = 0 } = contact;
    return {
      ...common,
      state: 'present',
      since: Math.floor(contact.since),
      list: contact.encodedList,
      ownName: { at: stamps.name, value: contact.ownName },
      details: { at: stamps.details, value: { givenName, note } },
      trust: { at: stamps.trust, value: contact.trust },
      verified: { at: stamps.verified, value: Math.floor(verifiedAt) },
    };
  }

  /** As own devices agreed. Within `changeAll`; the list is the held one, or newer and checked. */
  settle(contact: SharedContact, at: number): void {
    const { person } = contact;
    if (contact.state === 'removed') {
      this.#delete(person, at);
      this.#stamps.bury(person, contact.at);
    } else this.#settlePresent(contact);
  }

  #settlePresent(contact: PresentContact): void {
    const { person, at, since, ownName, details, trust, verified, list } = contact;
    const held = this.#contacts.get(person);
    this.#database.run(
      `INSERT INTO contacts (person, own_name, given_name, note, trust, verified_at, since, device_list)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (person) DO UPDATE SET own_name = excluded.own_name,
         given_name = excluded.given_name, note = excluded.note, trust = excluded.trust,
         verified_at = excluded.verified_at, since = excluded.since`,
      person,
      ownName.value,
      details.value.givenName ?? null,
      details.value.note,
      trust.value,
      verified.value === 0 ? null : verified.value,
      since,
      list,
    );
    this.#database.run('DELETE FROM removed_devices WHERE person = ?', person);
    const stamps = { standing: at, name: ownName.at, details: details.at, trust: trust.at };
    for (const [part, stamp] of Object.entries({ ...stamps, verified: verified.at }))
      this.#stamps.setContact(person, part as keyof typeof stamps | 'verified', stamp);
    if (held === undefined || !equalBytes(held.encodedList, list))
      this.#takeList(decodeDeviceList(list, this.#ed25519), list, undefined);
  }

  #delete(person: PersonKey, at: number): void {
    this.#database.run(
      `INSERT OR REPLACE INTO removed_devices (device, person, at)
         SELECT device, person, ? FROM contact_devices WHERE person = ? AND state <> 'revoked'`,
      at,
      person,
    );
    this.#database.run('DELETE FROM contacts WHERE person = ?', person);
    this.#database.run(
      `DELETE FROM removed_devices WHERE device IN
         (SELECT device FROM removed_devices ORDER BY at DESC, device LIMIT -1 OFFSET ?)`,
      REMOVED_DEVICES_MAX,
    );
  }

  #set(person: PersonKey, sql: string, value: string | number, part?: ContactPart): void {
    this.need(person);
    this.change(person, () => {
      this.#database.run(sql, value, person);
      if (part !== undefined) this.#stamps.touch(person, part);
    });
  }

  /** `speaker`: the device that brought it; undefined when another one did, to which it is a claim. */
  #takeList(list: DeviceList, encoded: Uint8Array, speaker: DeviceKey | undefined): void {
    const { person } = list;
    this.#database.run(
      'UPDATE contacts SET device_list = ?, problem = NULL WHERE person = ?',
      encoded,
      person,
    );
    const revoked = new Set(list.revoked);
    const listed = new Set(list.devices.map(({ key }) => key));
    for (const { device, person: of } of this.#devices.values()) {
      if (of !== person || listed.has(device)) continue;
      if (revoked.has(device)) this.#attributeTo(device, person, 'revoked');
      else this.#database.run('DELETE FROM contact_devices WHERE device = ?', device);
    }
    for (const device of listed) {
      if (device === this.#stamps.device) continue;
      const known = this.#devices.get(device);
      const isProven = device === speaker;
      if (known === undefined || known.person === person || isProven)
        this.#attributeTo(
          device,
          person,
          isProven || (known?.person === person && known.state === 'proven') ? 'proven' : 'claimed',
        );
    }
  }

  #attributeTo(device: DeviceKey, person: PersonKey, state: DeviceStanding['state']): void {
    this.#database.run(
      `INSERT INTO contact_devices (device, person, state) VALUES (?, ?, ?)
         ON CONFLICT (device) DO UPDATE SET person = excluded.person, state = excluded.state
         WHERE excluded.state = 'proven' OR contact_devices.person = excluded.person`,
      device,
      person,
      state,
    );
  }

  #isOf(device: DeviceKey, person: PersonKey): boolean {
    const standing = this.#devices.get(device);
    return standing?.person === person && standing.state !== 'revoked';
  }

  #reload(person: PersonKey): void {
    for (const { device, person: of } of this.#devices.values())
      if (of === person) this.#devices.delete(device);
    this.#contacts.delete(person);
    const row = this.#database.get('SELECT * FROM contacts WHERE person = ?', person);
    if (row !== undefined) this.#remember(row);
    for (const each of this.#database.all('SELECT * FROM contact_devices WHERE person = ?', person))
      this.#attribute(each);
  }

  #remember(row: Row): void {
    const stored = row['device_list'];
    assert(stored instanceof Uint8Array, 'a list is stored as it came');
    const known = this.#contacts.get(parsePersonKey(String(row['person'])));
    const encodedList = Uint8Array.from(stored);
    const list =
      known !== undefined && equalBytes(known.encodedList, encodedList)
        ? known.list
        : decodeDeviceList(encodedList, this.#ed25519);
    this.#contacts.set(list.person, {
      person: list.person,
      ownName: String(row['own_name']),
      givenName: textOf(row['given_name']),
      note: String(row['note']),
      trust: String(row['trust']) as Trust,
      verifiedAt: numberOf(row['verified_at']),
      since: Number(row['since']),
      lastSeen: numberOf(row['last_seen']),
      isGone: row['is_gone'] === 1,
      list,
      encodedList,
      problem: textOf(row['problem']),
    });
  }

  #attribute(row: Row): void {
    const device = parseDeviceKey(String(row['device']));
    const person = parsePersonKey(String(row['person']));
    this.#devices.set(device, {
      device,
      person,
      state: String(row['state']) as DeviceStanding['state'],
    });
  }
}

/** The held one when the other is old: somebody may come with an invitation and yet not have heard the news. */
function newerOf(held: DeviceList, come: DeviceList): DeviceList {
  return come.number < held.number ? held : newerList(held, come);
}

function textOf(value: Row[string] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: Row[string] | undefined): number | undefined {
  return value === null || value === undefined ? undefined : Number(value);
}
