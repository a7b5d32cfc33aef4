/** The people of this person: contacts, invitations, and who a device belongs to. */
import { EventLog, LocalFault } from '@coequal/base';
import type { DeviceKey, Numbered } from '@coequal/base';
import type { TellableAddress } from '../../core/contacts/address-bytes.ts';
import type { ContactChange, ContactRecord } from '../../core/contacts/contact.ts';
import type { HelperPlace } from '../../core/contacts/helper-places.ts';
import { deviceNameOf, requireName } from '../../core/identity/device-certificate.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { InviteSelf } from '../../core/invite/invite-host.ts';
import { formatInvitation, parseInvitation } from '../../core/invite/invitation-link.ts';
import type { LanSecrets } from '../../core/lan/lan-discovery.ts';
import { looksLikeCode, parseCode } from '../../core/invite/spoken-code.ts';
import type { AddressBook } from '../carrier.ts';
import type { AdmissionLevel } from '../links/link-limits.ts';
import { Acceptances } from './acceptances.ts';
import { AddressStore } from './address-store.ts';
import { CodeSearches } from './code-searches.ts';
import { ContactBook } from './contact-book.ts';
import { HelperStore } from './helper-store.ts';
import type { OwnNews } from '../own/own-book.ts';
import { shareAmongOwn } from '../own/own-devices.ts';
import type { SharedAmongOwn } from '../own/own-devices.ts';
import { OwnPeers } from '../own/own-peers.ts';
import { Stamps } from '../own/stamps.ts';
import { InviteDoor } from './invite-door.ts';
import { invitationFor } from './new-invitation.ts';
import type { InviteOptions } from './new-invitation.ts';
import type { PeopleEvent } from './people-events.ts';
import type { PeopleOptions } from './people-options.ts';
import type { AcceptanceReport, InvitationView } from './people-views.ts';
import { Standings } from './standings.ts';
import { InvitationBook } from './invitation-book.ts';
import type { InvitationRecord } from './invitation-book.ts';
import { Meetings } from './meetings.ts';
import { NearBook, nearPeople } from './near-book.ts';
import type { Meeting } from './meetings.ts';
import { SpokenCodes } from './spoken-codes.ts';

export class People implements AddressBook, AsyncDisposable {
  readonly #options: PeopleOptions;
  readonly #book: ContactBook;
  readonly #stamps: Stamps;
  readonly #peers: OwnPeers;
  readonly #standings: Standings;
  readonly #own: SharedAmongOwn;
  readonly #invitations: InvitationBook;
  readonly #addresses: AddressStore;
  readonly #helpers: HelperStore;
  readonly #door: InviteDoor;
  readonly #near: NearBook | undefined;
  readonly #meetings: Meetings;
  readonly #acceptances: Acceptances;
  readonly #codes: SpokenCodes;
  readonly #searches: CodeSearches;
  readonly #events = new EventLog<PeopleEvent>();

  /** In touch with contacts from now on. */
  constructor(options: PeopleOptions) {
    const { database, ed25519, identity, rendezvous, links, clock, random } = options;
    this.#options = options;
    this.#stamps = new Stamps(database, identity.device, clock);
    this.#book = new ContactBook(database, ed25519, this.#stamps);
    this.#invitations = new InvitationBook(database);
    this.#peers = new OwnPeers(identity);
    this.#standings = new Standings(this.#book, this.#peers);
    const told = (): readonly TellableAddress[] => this.toldAddresses();
    this.#addresses = new AddressStore(database, this.#peers, told);
    this.#helpers = new HelperStore(database, this.#peers, told);
    const shared = { links, clock, random, ed25519, self: () => this.#self() };
    this.#near = options.findsNear ? new NearBook(database, identity, random) : undefined;
    const onFailure = (error: unknown): void => options.onFailure(error);
    this.#meetings = new Meetings(
      {
        ...shared,
        ownDevice: identity.device,
        own: this.#peers,
        self: {
          ownList: () => identity.encodedDeviceList,
          ownNumber: () => identity.deviceList.number,
          name: () => this.name,
          addresses: () => options.ownAddresses(),
        },
        near: this.#near,
        endpointOf: (device) => options.endpointOf?.(device),
        helpersFor: (device) => options.helpersFor?.(device) ?? [],
        onChange: () => this.#onMeetingsChanged(),
        onMet: (person) => this.#invitations.confirmAll(person),
        onNode: (addresses) => options.onNode?.(addresses),
        onFailure,
      },
      this.#book,
      this.#addresses,
      this.#helpers,
      this.#standings,
    );
    this.#own = shareAmongOwn(
      { ...options, contacts: this.#book, invitations: this.#invitations, stamps: this.#stamps },
      {
        others: () => this.#peers.others(),
        isThere: (device) => this.#meetings.isThere(device),
        onNews: (news) => this.#onOwnNews(news),
        onProblem: (device, fault) => this.#events.publish({ type: 'own-problem', device, fault }),
        onFailure,
      },
    );
    this.#door = new InviteDoor(
      { ...shared, database, onJoined: this.#onJoined, onSettled: () => this.#meetings.refresh() },
      this.#book,
      this.#invitations,
    );
    const onChange = (): void => this.#publish('invitations');
    this.#acceptances = new Acceptances(
      { ...shared, onChange, onJoined: () => this.#onContactsChanged(), onFailure },
      this.#book,
      this.#invitations,
      this.#addresses,
      this.#helpers,
    );
    const codePorts = { rendezvous, slowHash: options.slowHash, clock, random };
    this.#codes = new SpokenCodes(codePorts, onChange, onFailure);
    const searchPorts = { clock, random, onChange, onFailure };
    this.#searches = new CodeSearches(this.#codes, this.#acceptances, searchPorts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#door[Symbol.dispose]();
    await this.#searches[Symbol.asyncDispose]();
    await this.#codes[Symbol.asyncDispose]();
    await this.#acceptances[Symbol.asyncDispose]();
    await this.#own.devices[Symbol.asyncDispose]();
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
    this.#options.database.transaction(() => {
      this.#invitations.setProfileName(name);
      this.#stamps.touchProfile();
    });
    this.#own.book.refresh();
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
    this.#helpers.forget(devices);
    this.#onContactsChanged();
  }

  /** Who may have a link with this peer; asked for each that comes. */
  admission(device: DeviceKey): AdmissionLevel {
    return this.#standings.levelOf(device);
  }

  wasRevoked(device: DeviceKey): boolean {
    return this.#standings.wasRevoked(device);
  }

  /** Throws LocalFault `NO_SUCH_CONTACT`. */
  devicesOf(person: PersonKey): readonly DeviceKey[] {
    return this.#book.devicesOf(person);
  }

  /** Which contact's a device is; undefined for strangers, own devices, and what was revoked. */
  personOf(device: DeviceKey): PersonKey | undefined {
    return this.#peers.has(device) ? undefined : this.#standings.personOf(device);
  }

  addressesOf(device: DeviceKey): ReturnType<AddressBook['addressesOf']> {
    return this.#addresses.addressesOf(device);
  }

  /** Where a contact's device said that it can be called. */
  helpersOf(device: DeviceKey): readonly HelperPlace[] {
    return this.#helpers.helpersOf(device);
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

  /** The devices of contacts that are there, and what they see of this one. */
  meetings(): Meeting[] {
    return this.#meetings.all().filter(({ device }) => !this.#peers.has(device));
  }

  /** The same of the other own devices. */
  ownMeetings(): Meeting[] {
    return this.#meetings.all().filter(({ device }) => this.#peers.has(device));
  }

  /** Devices that may come and are not there: own ones, then those of contacts. */
  awaited(): DeviceKey[] {
    const contacts = this.#book.all().filter(({ trust, isGone }) => trust !== 'blocked' && !isGone);
    const theirs = contacts.flatMap(({ person }) => this.#book.devicesOf(person));
    return [...this.#peers.others(), ...theirs].filter((each) => !this.#meetings.isThere(each));
  }

  /** Own devices that are there and have all that this one has. */
  ownSettled(): DeviceKey[] {
    return this.#own.devices.settled();
  }

  /** The own device list, addresses, helpers, or how a device is seen, are not as they were. */
  tell(what: 'list' | 'addresses' | 'seen' | 'helpers'): void {
    this.#meetings.tell(what);
    // another device may be this person's now, or not any more
    if (what === 'list') this.#onContactsChanged();
  }

  /** The network is another, or the computer was asleep; or that device was heard near. */
  hurry(device?: DeviceKey): void {
    this.#meetings.hurry(device);
  }

  invitations(): InvitationView[] {
    return this.#invitations
      .all(this.#options.clock.epochNow())
      .map((record) => ({ ...record, code: this.#codes.of(record.id) }));
  }

  /** Throws LocalFault `INVITATIONS_FULL`, `CONTACTS_FULL`, `BAD_NAME`. */
  invite(options: InviteOptions = {}): InvitationView {
    const { clock, random, identity } = this.#options;
    this.#book.requireRoom();
    const others = this.#peers.others((device) => this.#meetings.isThere(device));
    const inviter = {
      person: identity.person,
      devices: [identity.device, ...others], // which can let a guest in, too
      name: this.name,
      addresses: this.toldAddresses(),
      passesUntil: (until: number) => this.#options.passesUntil?.(until) ?? [],
    };
    const invitation = invitationFor(inviter, options, { clock, random });
    this.#invitations.add(invitation, invitation.createdAt);
    const { id, link } = invitation;
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

  readonly #onJoined = ({ id, gift }: InvitationRecord, device: DeviceKey): void => {
    const person = this.personOf(device);
    if (person !== undefined)
      this.#events.publish({ type: 'joined', person, invitation: id, gift });
    this.#publish('invitations');
    this.#onMeetingsChanged(); // who would be met at once might not know this side yet, and refuse
  };

  #onContactsChanged(): void {
    this.#meetings.refresh();
    this.#onMeetingsChanged();
  }

  #onMeetingsChanged(): void {
    this.#own.devices.refresh();
    this.#publish('contacts');
  }

  #onOwnNews({ contacts, invitations, name, goneDevices }: OwnNews): void {
    this.#addresses.forget(goneDevices);
    if (name) this.#meetings.tell('name');
    if (contacts || name) this.#onContactsChanged();
    if (invitations) this.#door.refresh();
    // who came by one may be known only now
    if (invitations || contacts) this.#publish('invitations');
  }

  #publish(type: 'contacts' | 'invitations'): void {
    if (type === 'invitations') this.#own.book.refresh();
    this.#events.publish({ type });
  }
}
