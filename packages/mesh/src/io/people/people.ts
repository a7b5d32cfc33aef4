/** The people of this person: contacts, invitations, and who a device belongs to. */
import { assert, EventLog, formatHex, LocalFault } from '@coequal/base';
import type { Clock, DeviceKey, Ed25519, Endpoint, Links, Numbered, Random } from '@coequal/base';
import type { SlowHash } from '@coequal/base';
import type { Database } from '@coequal/base/database';
import type { TellableAddress } from '../../core/contacts/address-bytes.ts';
import type { ContactChange, ContactRecord } from '../../core/contacts/contact.ts';
import { deviceNameOf, requireName } from '../../core/identity/device-certificate.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { InviteSelf } from '../../core/invite/invite-host.ts';
import {
  formatInvitation,
  INVITATION_SECRET_LENGTH,
  isGiftName,
  parseInvitation,
} from '../../core/invite/invitation-link.ts';
import { invitationIdOf } from '../../core/invite/invite-wire.ts';
import type { LanSecrets } from '../../core/lan/lan-discovery.ts';
import { looksLikeCode, parseCode } from '../../core/invite/spoken-code.ts';
import type { AddressBook } from '../carrier.ts';
import type { AdmissionLevel } from '../links/link-limits.ts';
import { Acceptances } from './acceptances.ts';
import type { AcceptanceView } from './acceptances.ts';
import { AddressStore } from './address-store.ts';
import { CodeSearches } from './code-searches.ts';
import type { CodeSearchView } from './code-searches.ts';
import { ContactBook } from './contact-book.ts';
import { InviteDoor } from './invite-door.ts';
import {
  INVITATION_USES_MAX,
  INVITATION_VALID_SECONDS_MAX,
  InvitationBook,
} from './invitation-book.ts';
import type { Gift, InvitationRecord } from './invitation-book.ts';
import { Meetings } from './meetings.ts';
import { NearBook, nearPeople } from './near-book.ts';
import type { Meeting } from './meetings.ts';
import type { Rendezvous } from './rendezvous.ts';
import { SpokenCodes } from './spoken-codes.ts';
import type { ShownCode } from './spoken-codes.ts';

/** A week. */
const VALID_SECONDS = 604_800;

/** Of the own identity: what others are told. */
export interface PeopleIdentity {
  readonly person: PersonKey;
  readonly device: DeviceKey;
  readonly deviceList: {
    readonly number: number;
    readonly devices: readonly { readonly key: DeviceKey }[];
  };
  readonly encodedDeviceList: Uint8Array;
  /** The seed of the device's key. */
  deviceSecret(): Uint8Array;
}

export interface PeopleOptions {
  readonly links: Links;
  readonly database: Database;
  readonly identity: PeopleIdentity;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly random: Random;
  readonly slowHash: Pick<SlowHash, 'scrypt'>;
  /** For spoken codes. */
  readonly rendezvous: Rendezvous;
  /** Whether others in the local network are looked for, and told how to find this device there. */
  readonly findsNear: boolean;
  /** What this person is called until they say so themselves. */
  readonly defaultName: string;
  /** Where this device can be reached, as far as it knows, and whether it relays for contacts. */
  ownAddresses(): { readonly relays: boolean; readonly addresses: readonly TellableAddress[] };
  /** Where packets of a device come from. */
  endpointOf?(device: DeviceKey): Endpoint | undefined;
  /** A fault that nothing foresaw: `people` is in an unknown state. */
  onFailure(error: unknown): void;
}

export interface InviteOptions {
  readonly validSeconds?: number | undefined;
  readonly uses?: number | undefined;
  readonly note?: string | undefined;
  readonly gift?: Gift | undefined;
  readonly spoken?: boolean | undefined;
}

export type InvitationView = InvitationRecord & { readonly code: ShownCode | undefined };

export type AcceptanceReport =
  | (AcceptanceView & { readonly type: 'link' })
  | (CodeSearchView & { readonly type: 'code' });

export type PeopleEvent =
  | { readonly type: 'contacts' }
  | { readonly type: 'invitations' }
  /** Came by an invitation of ours; what waits behind it is theirs now. */
  | {
      readonly type: 'joined';
      readonly person: PersonKey;
      readonly invitation: string;
      readonly gift: Gift | undefined;
    };

export class People implements AddressBook, AsyncDisposable {
  readonly #options: PeopleOptions;
  readonly #book: ContactBook;
  readonly #invitations: InvitationBook;
  readonly #addresses: AddressStore;
  readonly #door: InviteDoor;
  readonly #near: NearBook | undefined;
  readonly #meetings: Meetings;
  readonly #acceptances: Acceptances;
  readonly #codes: SpokenCodes;
  readonly #searches: CodeSearches;
  readonly #events = new EventLog<PeopleEvent>();

  /** In touch with contacts from now on. */
  constructor(options: PeopleOptions) {
    const { database, ed25519, identity, rendezvous } = options;
    this.#options = options;
    this.#book = new ContactBook(database, ed25519, identity.device);
    this.#invitations = new InvitationBook(database);
    this.#addresses = new AddressStore(database, () => options.ownAddresses().addresses);
    const { links, clock, random } = options;
    const shared = { links, clock, random, ed25519, self: () => this.#self() };
    this.#near = options.findsNear ? new NearBook(database, identity, random) : undefined;
    const onFailure = (error: unknown): void => options.onFailure(error);
    this.#meetings = new Meetings(
      {
        ...shared,
        ownDevice: identity.device,
        self: {
          ownList: () => identity.encodedDeviceList,
          ownNumber: () => identity.deviceList.number,
          name: () => this.name,
          addresses: () => options.ownAddresses(),
        },
        near: this.#near,
        endpointOf: (device) => options.endpointOf?.(device),
        onChange: () => this.#publish('contacts'),
        onMet: (person) => this.#invitations.confirmAll(person),
        onFailure,
      },
      this.#book,
      this.#addresses,
    );
    this.#door = new InviteDoor(
      { ...shared, database, onJoined: (invitation, device) => this.#onJoined(invitation, device) },
      this.#book,
      this.#invitations,
    );
    this.#acceptances = new Acceptances(
      {
        ...shared,
        onChange: () => this.#publish('invitations'),
        onJoined: () => this.#onContactsChanged(),
        onFailure,
      },
      this.#book,
      this.#invitations,
      this.#addresses,
    );
    const codePorts = { rendezvous, slowHash: options.slowHash, clock, random };
    const onChange = (): void => this.#publish('invitations');
    this.#codes = new SpokenCodes(codePorts, onChange, onFailure);
    const searchPorts = { clock, random, onChange, onFailure };
    this.#searches = new CodeSearches(this.#codes, this.#acceptances, searchPorts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#door[Symbol.dispose]();
    await this.#searches[Symbol.asyncDispose]();
    await this.#codes[Symbol.asyncDispose]();
    await this.#acceptances[Symbol.asyncDispose]();
    await this.#meetings[Symbol.asyncDispose]();
    this.#events.close();
  }

  events(signal: AbortSignal): AsyncGenerator<Numbered<PeopleEvent>, void, undefined> {
    return this.#events.read(signal);
  }

  get name(): string {
    return this.#invitations.profileName() ?? deviceNameOf(this.#options.defaultName, 'Somebody');
  }

  /** Throws LocalFault `BAD_NAME`. */
  rename(name: string): void {
    requireName(name);
    this.#invitations.setProfileName(name);
    this.#meetings.tell('name');
    this.#publish('contacts');
  }

  contacts(): ContactRecord[] {
    return this.#book.all();
  }

  /** Throws LocalFault `NO_SUCH_CONTACT`. */
  contact(person: PersonKey): ContactRecord {
    return this.#book.need(person);
  }

  /** As this person calls them, else as they call themselves; empty for who is no contact. */
  nameOf(person: PersonKey): string {
    const contact = this.#book.get(person);
    return contact?.givenName ?? contact?.ownName ?? '';
  }

  /** Throws LocalFault `NO_SUCH_CONTACT`, `BAD_NAME`. */
  change(person: PersonKey, change: ContactChange): ContactRecord {
    if (change.name !== undefined && change.name !== null) requireName(change.name);
    this.#book.setDetails(person, change);
    this.#onContactsChanged();
    return this.#book.need(person);
  }

  /** After a comparison that was the same. Throws LocalFault `NO_SUCH_CONTACT`. */
  verified(person: PersonKey): void {
    this.#book.setVerified(person, this.#options.clock.epochNow());
    this.#publish('contacts');
  }

  /** Throws LocalFault `NO_SUCH_CONTACT`. Each of their devices hears of it when it next comes. */
  remove(person: PersonKey): void {
    const devices = this.#book.devicesOf(person);
    this.#book.remove(person, this.#options.clock.epochNow());
    this.#addresses.forget(devices);
    this.#onContactsChanged();
  }

  /** Who may have a link with this peer; asked for each that comes. */
  admission(device: DeviceKey): AdmissionLevel {
    const standing = this.#book.standingOf(device);
    if (standing === undefined) return 'stranger';
    if (standing.state === 'revoked') return 'refused';
    return this.#book.get(standing.person)?.trust === 'blocked' ? 'refused' : 'contact';
  }

  /** Throws LocalFault `NO_SUCH_CONTACT`. */
  devicesOf(person: PersonKey): readonly DeviceKey[] {
    return this.#book.devicesOf(person);
  }

  /** Whose a device is; undefined for strangers and for what was revoked. */
  personOf(device: DeviceKey): PersonKey | undefined {
    const standing = this.#book.standingOf(device);
    return standing === undefined || standing.state === 'revoked' ? undefined : standing.person;
  }

  addressesOf(device: DeviceKey): ReturnType<AddressBook['addressesOf']> {
    return this.#addresses.addressesOf(device);
  }

  /** A person says where a device is; that holds until this peer ends. */
  placeAt(device: DeviceKey, addresses: readonly TellableAddress[]): void {
    this.#addresses.place(device, addresses);
    this.hurry();
  }

  /** Of this device: what contacts are told. */
  toldAddresses(): readonly TellableAddress[] {
    return this.#options.ownAddresses().addresses;
  }

  /** The devices that are there, and what they see of this one. */
  meetings(): Meeting[] {
    return this.#meetings.all();
  }

  /** The own device list, addresses, or how a device is seen, are not as they were. */
  tell(what: 'list' | 'addresses' | 'seen'): void {
    this.#meetings.tell(what);
  }

  /** The network is another, or the computer was asleep. */
  hurry(): void {
    this.#meetings.hurry();
  }

  invitations(): InvitationView[] {
    return this.#invitations
      .all(this.#options.clock.epochNow())
      .map((record) => ({ ...record, code: this.#codes.of(record.id) }));
  }

  /** Throws LocalFault `INVITATIONS_FULL`, `CONTACTS_FULL`, `BAD_NAME`. */
  invite(options: InviteOptions = {}): InvitationView {
    const { clock, random, identity } = this.#options;
    const { uses = 1, validSeconds = VALID_SECONDS, note = '', gift } = options;
    assert(uses >= 1 && uses <= INVITATION_USES_MAX, 'one use at least');
    assert(validSeconds <= INVITATION_VALID_SECONDS_MAX, 'a month at most');
    if (gift !== undefined && !isGiftName(gift.name)) throw new LocalFault('BAD_NAME');
    this.#book.requireRoom();
    const now = clock.epochNow();
    const validUntil = Math.ceil(now / 1_000) + validSeconds;
    const secret = random.bytes(INVITATION_SECRET_LENGTH).slice();
    const link = formatInvitation({
      person: identity.person,
      devices: [identity.device],
      secret,
      validUntil,
      name: this.name,
      addresses: this.toldAddresses(),
      gift: gift && { name: gift.name, size: gift.size },
    });
    const id = formatHex(invitationIdOf(secret));
    const end = validUntil * 1_000;
    this.#invitations.add(
      { id, secret, link, note, createdAt: now, validUntil: end, usesMax: uses, gift },
      now,
    );
    if (options.spoken === true) this.#codes.show(id, link);
    this.#door.refresh();
    this.#publish('invitations');
    return this.#invitation(id);
  }

  /** Throws LocalFault `NO_SUCH_INVITATION`. */
  revoke(id: string): InvitationView {
    this.#invitations.revoke(id);
    this.#codes.hide(id);
    this.#door.refresh();
    this.#publish('invitations');
    return this.#invitation(id);
  }

  /** Its id among `acceptances`. Throws as `readInvitation`, and LocalFault as the route says. */
  accept(text: string): string {
    if (looksLikeCode(text)) return this.#searches.begin(parseCode(text));
    const link = parseInvitation(text);
    const id = this.#acceptances.accept(link, formatInvitation(link));
    this.#publish('invitations');
    return id;
  }

  acceptances(): AcceptanceReport[] {
    const searches = this.#searches.all();
    return [
      ...searches.map((search): AcceptanceReport => ({ type: 'code', ...search })),
      ...this.#acceptances.all().map((view): AcceptanceReport => ({ type: 'link', ...view })),
    ];
  }

  /** Throws LocalFault `NO_SUCH_INVITATION`. */
  forget(id: string): void {
    const wasThere = this.#searches.forget(id);
    if (!this.#acceptances.forget(id) && !wasThere)
      throw new LocalFault('NO_SUCH_INVITATION', { id });
    this.#publish('invitations');
  }

  /**
   * By what this device and those of others are known in the local network, as things are now. When somebody is a contact
   * no longer who knew this device there, it is known by another secret from then on, and contacts are told.
   */
  nearSecrets(): LanSecrets {
    if (this.#near === undefined) return { own: [], others: new Map() };
    const now = this.#options.clock.epochNow();
    const people = nearPeople({
      contacts: this.#book,
      invitations: this.#invitations.all(now),
      acceptances: this.#acceptances.all(),
      identity: this.#options.identity,
    });
    if (this.#near.renew(people.contacts, now)) this.#meetings.tell('near');
    return this.#near.secrets(people, now);
  }

  #invitation(id: string): InvitationView {
    const record = this.#invitations.get(id, this.#options.clock.epochNow());
    if (record === undefined) throw new LocalFault('NO_SUCH_INVITATION', { id });
    return { ...record, code: this.#codes.of(id) };
  }

  #self(): InviteSelf {
    const { person, device, encodedDeviceList } = this.#options.identity;
    return { person, device, encodedList: encodedDeviceList, name: this.name };
  }

  #onJoined({ id, gift }: InvitationRecord, device: DeviceKey): void {
    const person = this.personOf(device);
    if (person !== undefined)
      this.#events.publish({ type: 'joined', person, invitation: id, gift });
    this.#publish('invitations');
    this.#onContactsChanged();
  }

  #onContactsChanged(): void {
    this.#meetings.refresh();
    this.#publish('contacts');
  }

  #publish(type: 'contacts' | 'invitations'): void {
    this.#events.publish({ type });
  }
}
