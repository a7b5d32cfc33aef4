/**
 * By what this device and others are known in the local network (docs/lan.md). It has a random secret, which contacts'
 * devices are told; when somebody who was told is a contact no longer there is a new one, and for a while the old one
 * beside it, for those who have not heard of the new one.
 */
import { assert, equalBytes, parseDeviceKey } from '@coequal/base';
import type { DeviceKey, Random } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import { parseInvitation } from '../../core/invite/invitation-link.ts';
import type { LanSecrets } from '../../core/lan/lan-discovery.ts';
import { invitationLanSecret, pairLanSecret, sharedSecretOf } from '../../core/lan/lan-secret.ts';
import { LAN_SECRET_LENGTH } from '../../core/lan/lan-tag.ts';
import type { ContactBook } from './contact-book.ts';
import type { AcceptanceRecord, InvitationRecord } from './invitation-book.ts';

/** How long who was away finds this device by an earlier secret; who was removed knows that one, too. */
export const RETIRED_MS = 604_800_000;
/** Earlier ones at a time: each is another announcement. */
const RETIRED_MAX = 3;
/** Devices with which there is a secret for two: own ones, and those of contacts that were never met. */
const PAIRS_MAX = 12;
/** Open invitations by which this device is known, the newest. With the others it makes OWN_SECRETS_MAX. */
const INVITATIONS_MAX = 8;

export interface NearIdentity {
  readonly device: DeviceKey;
  /** The seed of its key. */
  deviceSecret(): Uint8Array;
}

/** Who is to be found, and may find this device. */
export interface NearPeople {
  /** Of contacts who are not blocked. */
  readonly contacts: ReadonlySet<DeviceKey>;
  /** Of this person, without this device. */
  readonly ownOthers: readonly DeviceKey[];
  /** Secrets of open invitations, the newest first. */
  readonly invitations: readonly Uint8Array[];
  /** Of invitations that are being accepted. */
  readonly awaited: readonly {
    readonly secret: Uint8Array;
    readonly devices: readonly DeviceKey[];
  }[];
}

interface OwnSecret {
  readonly number: number;
  readonly secret: Uint8Array;
  readonly retiredAt: number | undefined;
}

export class NearBook {
  readonly #database: Database;
  readonly #identity: NearIdentity;
  readonly #random: Random;
  /** The newest first; never empty after `current`. */
  #own: readonly OwnSecret[];
  readonly #told = new Map<DeviceKey, number>();
  readonly #known = new Map<DeviceKey, Uint8Array>();
  /** X25519 takes a millisecond. */
  readonly #shared = new Map<DeviceKey, Uint8Array | undefined>();

  constructor(database: Database, identity: NearIdentity, random: Random) {
    this.#database = database;
    this.#identity = identity;
    this.#random = random;
    this.#own = this.#readOwn();
    for (const row of database.all('SELECT * FROM near_told'))
      this.#told.set(parseDeviceKey(String(row['device'])), Number(row['number']));
    for (const row of database.all('SELECT * FROM near_known')) {
      const { secret } = row;
      assert(secret instanceof Uint8Array, 'a blob');
      this.#known.set(parseDeviceKey(String(row['device'])), secret.slice());
    }
  }

  /** What contacts are told. */
  current(): Uint8Array {
    return this.#current().secret;
  }

  /** That device has been told. */
  noteTold(device: DeviceKey): void {
    const { number } = this.#current();
    if (this.#told.get(device) === number) return;
    this.#database.run(
      'INSERT OR REPLACE INTO near_told (device, number) VALUES (?, ?)',
      device,
      number,
    );
    this.#told.set(device, number);
  }

  /** A contact's device said by what it is known. */
  learn(device: DeviceKey, secret: Uint8Array): void {
    const before = this.#known.get(device);
    if (before !== undefined && equalBytes(before, secret)) return;
    const kept = secret.slice();
    this.#database.run(
      'INSERT OR REPLACE INTO near_known (device, secret) VALUES (?, ?)',
      device,
      kept,
    );
    this.#known.set(device, kept);
  }

  /** Whether there is a new secret, because somebody who was told is not among `contacts` any more. */
  renew(contacts: ReadonlySet<DeviceKey>, now: number): boolean {
    const gone = [...this.#told].filter(([device]) => !contacts.has(device));
    const forgotten = [...this.#known.keys()].filter((device) => !contacts.has(device));
    const { number } = this.#current();
    const isKnownTo = gone.some(([, told]) => told === number);
    if (gone.length === 0 && forgotten.length === 0) return false;
    this.#database.transaction(() => {
      for (const [device] of gone)
        this.#database.run('DELETE FROM near_told WHERE device = ?', device);
      for (const device of forgotten)
        this.#database.run('DELETE FROM near_known WHERE device = ?', device);
      if (isKnownTo) this.#retire(number, now);
    });
    for (const [device] of gone) this.#told.delete(device);
    for (const device of forgotten) this.#known.delete(device);
    this.#own = this.#readOwn();
    return isKnownTo;
  }

  secrets(people: NearPeople, now: number): LanSecrets {
    const { contacts, ownOthers, invitations, awaited } = people;
    const unmet = [...contacts].filter((device) => !this.#told.has(device));
    const towards = [...ownOthers, ...unmet].slice(0, PAIRS_MAX);
    const unknown = [...contacts].filter((device) => !this.#known.has(device));
    const from = [...ownOthers, ...unknown].slice(0, PAIRS_MAX);
    const { device: ownDevice } = this.#identity;
    const own = [
      this.current(),
      ...this.#stillAnnounced(contacts, now),
      ...towards.flatMap((device) => this.#pair(device, ownDevice)),
      ...invitations
        .slice(0, INVITATIONS_MAX)
        .map((secret) => invitationLanSecret(secret, ownDevice)),
    ];
    const others = new Map<DeviceKey, Uint8Array[]>();
    const add = (device: DeviceKey, secrets: readonly Uint8Array[]): void =>
      void others.set(device, [...(others.get(device) ?? []), ...secrets]);
    for (const device of contacts) {
      const known = this.#known.get(device);
      add(device, known === undefined ? [] : [known]);
    }
    for (const device of from) add(device, this.#pair(device, device));
    for (const { secret, devices } of awaited)
      for (const device of devices) add(device, [invitationLanSecret(secret, device)]);
    return { own, others };
  }

  /** Earlier ones, while a contact's device that was told one of them has not been told the present one. */
  #stillAnnounced(contacts: ReadonlySet<DeviceKey>, now: number): Uint8Array[] {
    const { number } = this.#current();
    const behind = [...contacts].map((device) => this.#told.get(device) ?? number);
    return this.#own
      .filter(
        ({ number: old, retiredAt }) =>
          retiredAt !== undefined && now < retiredAt + RETIRED_MS && behind.includes(old),
      )
      .map(({ secret }) => secret);
  }

  #pair(device: DeviceKey, announcer: DeviceKey): Uint8Array[] {
    if (!this.#shared.has(device))
      this.#shared.set(device, sharedSecretOf(this.#identity.deviceSecret(), device));
    const shared = this.#shared.get(device);
    return shared === undefined ? [] : [pairLanSecret(shared, announcer)];
  }

  #current(): OwnSecret {
    if (this.#own.length === 0) {
      this.#insert(1);
      this.#own = this.#readOwn();
    }
    const [first] = this.#own;
    assert(first !== undefined, 'there is one now');
    return first;
  }

  #retire(number: number, now: number): void {
    this.#database.run('UPDATE near_secrets SET retired_at = ? WHERE number = ?', now, number);
    this.#database.run(
      'DELETE FROM near_secrets WHERE number <= ? OR retired_at <= ?',
      number - RETIRED_MAX,
      now - RETIRED_MS,
    );
    this.#insert(number + 1);
  }

  #insert(number: number): void {
    const secret = this.#random.bytes(LAN_SECRET_LENGTH).slice();
    this.#database.run('INSERT INTO near_secrets (number, secret) VALUES (?, ?)', number, secret);
  }

  #readOwn(): readonly OwnSecret[] {
    return this.#database.all('SELECT * FROM near_secrets ORDER BY number DESC').map((row) => {
      const { number, secret, retired_at: retiredAt } = row;
      assert(secret instanceof Uint8Array, 'a blob');
      return {
        number: Number(number),
        secret: secret.slice(),
        retiredAt: retiredAt === null ? undefined : Number(retiredAt),
      };
    });
  }
}

/** As things are now. */
export function nearPeople({ contacts, invitations, acceptances, identity }: NearView): NearPeople {
  const welcome = contacts.all().filter(({ trust }) => trust !== 'blocked');
  const { device: own, deviceList } = identity;
  return {
    contacts: new Set(welcome.flatMap(({ person }) => contacts.devicesOf(person))),
    ownOthers: deviceList.devices.map(({ key }) => key).filter((key) => key !== own),
    invitations: invitations.filter(({ state }) => state === 'open').map(({ secret }) => secret),
    awaited: acceptances
      .filter(({ state }) => state === 'open')
      .map(({ link }) => parseInvitation(link)),
  };
}

/** Of what `People` has. */
interface NearView {
  readonly contacts: Pick<ContactBook, 'all' | 'devicesOf'>;
  readonly invitations: readonly Pick<InvitationRecord, 'state' | 'secret'>[];
  readonly acceptances: readonly Pick<AcceptanceRecord, 'state' | 'link'>[];
  readonly identity: {
    readonly device: DeviceKey;
    readonly deviceList: { readonly devices: readonly { readonly key: DeviceKey }[] };
  };
}
