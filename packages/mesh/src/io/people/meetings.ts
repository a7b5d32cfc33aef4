/**
 * Keeps in touch with the devices of contacts: dials those that are not there, now and then, and speaks `people/1` with
 * those that are. One session a device; of two that began at once both sides keep the same one.
 */
import { LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Ed25519, Endpoint, Links, LinkStream } from '@coequal/base';
import type { Millis, Random } from '@coequal/base';
import { PeopleSession } from '../../core/contacts/people-session.ts';
import type {
  OwnPlace,
  PeopleChange,
  PeopleInput,
  PeopleOutput,
  PeopleView,
} from '../../core/contacts/people-session.ts';
import { PEOPLE_PROTOCOL } from '../../core/contacts/people-wire.ts';
import type { SeenOfYou } from '../../core/contacts/people-wire.ts';
import { LookOut } from '../../core/contacts/look-out.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { TellableAddress } from '../../core/contacts/address-bytes.ts';
import type { HelperPlace } from '../../core/contacts/helper-places.ts';
import type { OwnPeers } from '../own/own-peers.ts';
import type { AddressStore } from './address-store.ts';
import type { ContactBook } from './contact-book.ts';
import { driveStream } from './drive-stream.ts';
import type { Driven } from './drive-stream.ts';
import type { HelperStore } from './helper-store.ts';
import type { NearBook } from './near-book.ts';
import type { Standings } from './standings.ts';

/** Dials at a time: each may take a look-up and two routers, and seconds to find that nobody is there. */
const DIALS_MAX = 8;
/** A session that stood so long was no accident: the next dial is soon again. */
const STABLE_MS = 60_000;

export interface MeetingPorts {
  readonly links: Links;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly random: Random;
  readonly ownDevice: DeviceKey;
  /** The other devices of this person, which are met as well. */
  readonly own: OwnPeers;
  readonly self: Pick<PeopleView, 'ownList' | 'ownNumber' | 'name' | 'addresses'>;
  /** By what devices are known in a local network; undefined when nobody is looked for there. */
  readonly near: NearBook | undefined;
  /** Where packets of a device come from; undefined when relayed or unknown. */
  endpointOf(device: DeviceKey): Endpoint | undefined;
  /** Where a device can call this one. */
  helpersFor(device: DeviceKey): readonly HelperPlace[];
  onChange(): void;
  onMet(person: PersonKey): void;
  /** One whom newcomers can begin with is at these. */
  onNode(addresses: readonly TellableAddress[]): void;
  onFailure(error: unknown): void;
}

/** What a device said of itself and of this one, while it is there. */
export interface Meeting {
  readonly device: DeviceKey;
  readonly person: PersonKey;
  readonly relays: boolean;
  readonly seen: (SeenOfYou & { readonly at: number }) | undefined;
}

interface Session {
  readonly device: DeviceKey;
  readonly person: PersonKey;
  readonly isOurs: boolean;
  /** Absent while it is begun. */
  driven: Driven<PeopleInput> | undefined;
  readonly since: Millis;
  isGreeted: boolean;
  relays: boolean;
  seen: (SeenOfYou & { at: number }) | undefined;
}

export class Meetings implements AsyncDisposable {
  readonly #ports: MeetingPorts;
  readonly #contacts: ContactBook;
  readonly #addresses: AddressStore;
  readonly #helpers: HelperStore;
  readonly #standings: Standings;
  readonly #tasks: TaskGroup;
  readonly #sessions = new Map<DeviceKey, Session>();
  readonly #lookOut: LookOut;
  readonly #stopListening: Cancel;
  #timer: Cancel | undefined;
  #dials = 0;
  #isClosed = false;

  constructor(
    ports: MeetingPorts,
    contacts: ContactBook,
    addresses: AddressStore,
    helpers: HelperStore,
    standings: Standings,
  ) {
    this.#ports = ports;
    this.#standings = standings;
    this.#contacts = contacts;
    this.#addresses = addresses;
    this.#helpers = helpers;
    this.#tasks = new TaskGroup((error) => ports.onFailure(error));
    this.#lookOut = new LookOut(() => ports.random.number());
    // also those who were contacts: they are told
    this.#stopListening = ports.links.accept(
      PEOPLE_PROTOCOL,
      (stream, from) => this.#welcome(stream, from),
      'anyone',
    );
    // a dial asks for addresses, which whoever opens this gives only when it is there
    this.#timer = ports.clock.at(ports.clock.now(), () => this.refresh());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#stopListening();
    this.#timer?.();
    for (const { driven } of this.#sessions.values()) driven?.close();
    await this.#tasks[Symbol.asyncDispose]();
  }

  /** Those that are there now. */
  all(): Meeting[] {
    return [...this.#sessions.values()]
      .filter(({ isGreeted }) => isGreeted)
      .map(({ device, person, relays, seen }) => ({ device, person, relays, seen }));
  }

  isThere(device: DeviceKey): boolean {
    return this.#sessions.get(device)?.isGreeted ?? false;
  }

  /** This side is not as it was: those that are there are told. */
  tell(what: PeopleChange): void {
    for (const { driven } of this.#sessions.values()) driven?.post({ type: 'changed', what });
  }

  /** After contacts or their devices changed: whom to dial, and whom to part from. */
  refresh(): void {
    for (const session of this.#sessions.values())
      if (!this.#standings.isWelcome(session.device)) session.driven?.close();
    const { clock, own } = this.#ports;
    const now = clock.now();
    const epochNow = clock.epochNow();
    // who was here a moment ago is more likely to be there than who was not seen for a year
    const contacts = this.#contacts
      .all()
      .filter(({ trust, isGone }) => trust !== 'blocked' && !isGone)
      .map(({ person, lastSeen = 0 }) => ({ person, seenAt: now - (epochNow - lastSeen) }))
      .toSorted((a, b) => b.seenAt - a.seenAt)
      .flatMap(({ person, seenAt }) =>
        this.#contacts.devicesOf(person).map((device) => ({ device, seenAt })),
      );
    // own devices were always here a moment ago
    const others = own.others().map((device) => ({ device, seenAt: now }));
    this.#lookOut.want([...others, ...contacts], now);
    this.#dialDue();
  }

  /** The network is another, or the computer was asleep: all are tried again at once. Or one that was heard near. */
  hurry(device?: DeviceKey): void {
    this.#lookOut.hurry(this.#ports.clock.now(), device);
    this.#dialDue();
  }

  #dialDue(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#isClosed) return;
    const { clock } = this.#ports;
    while (this.#dials < DIALS_MAX) {
      const next = this.#lookOut.next(clock.now(), (device) => this.#sessions.has(device));
      if (next.type === 'dial') this.#dial(next.device);
      else {
        if (next.until !== undefined) this.#timer = clock.at(next.until, () => this.#dialDue());
        return;
      }
    }
    // the end of a dial calls again
  }

  #dial(device: DeviceKey): void {
    this.#dials += 1;
    this.#lookOut.began(device);
    this.#tasks.run(async (signal) => {
      let hasFailed = false;
      try {
        const request = { protocol: PEOPLE_PROTOCOL, lane: 'talk' } as const;
        const stream = await this.#ports.links.open(device, request, signal);
        if (signal.aborted || !this.#standings.isWelcome(device)) stream.close();
        else this.#begin(stream, device, true);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
        hasFailed = true;
      } finally {
        this.#dials -= 1;
        this.#lookOut.ended(device, hasFailed, this.#ports.clock.now());
        this.#dialDue();
      }
    });
  }

  #welcome(stream: LinkStream, from: DeviceKey): void {
    if (this.#standings.isWelcome(from)) {
      this.#begin(stream, from, false);
      return;
    }
    const last = this.#standings.lastWords(from);
    if (last === undefined) {
      stream.close();
      return;
    }
    stream.start(
      () => undefined,
      () => undefined,
    );
    stream.send([last]);
    stream.end();
  }

  #begin(stream: LinkStream, device: DeviceKey, isOurs: boolean): void {
    const person = this.#standings.personOf(device);
    const before = this.#sessions.get(device);
    // both sides begin with the lower key's one when they meet halfway; else the new one counts: the other is dead
    if (
      person === undefined ||
      (before !== undefined && before.isOurs !== isOurs && this.#isLower(device) === before.isOurs)
    ) {
      stream.close();
      return;
    }
    const { clock, ed25519 } = this.#ports;
    const machine = new PeopleSession(
      { person, device },
      this.#viewOf(person, device),
      ed25519,
      clock.now(),
    );
    const session: Session = {
      device,
      person,
      isOurs,
      driven: undefined,
      since: clock.now(),
      isGreeted: false,
      relays: false,
      seen: undefined,
    };
    this.#sessions.set(device, session);
    before?.driven?.close();
    const driven = driveStream(machine, stream, clock, (output: PeopleOutput) => {
      this.#take(session, output);
      return [];
    });
    session.driven = driven;
    driven.post({ type: 'begin' });
    this.#tasks.run(async () => {
      await driven.closed;
      this.#onClosed(session);
    });
  }

  /** Whether our key is the lower one. */
  #isLower(device: DeviceKey): boolean {
    return this.#ports.ownDevice < device;
  }

  #onClosed(session: Session): void {
    const { device, since, isGreeted, person } = session;
    if (this.#sessions.get(device) !== session) return;
    this.#sessions.delete(device);
    const { clock } = this.#ports;
    if (this.#isClosed) return;
    if (isGreeted && this.#contacts.get(person) !== undefined && this.#standings.isWelcome(device))
      this.#contacts.setLastSeen(person, clock.epochNow());
    const now = clock.now();
    this.#lookOut.left(device, isGreeted && now >= since + STABLE_MS, this.all().length === 0, now);
    this.#ports.onChange();
    this.#dialDue();
  }

  #viewOf(person: PersonKey, device: DeviceKey): PeopleView {
    const { self, links } = this.#ports;
    return {
      ownList: () => self.ownList(),
      ownNumber: () => self.ownNumber(),
      name: () => self.name(),
      addresses: () => self.addresses(),
      seen: () => ({
        path: links.path(device).type,
        endpoint: this.#ports.endpointOf(device),
      }),
      helpers: () => this.#ports.helpersFor(device),
      near: () => this.#ports.near?.current(),
      held: () => {
        const contact = this.#contacts.get(person);
        return contact && { list: contact.list, encoded: contact.encodedList };
      },
      ...(person === this.#ports.own.person && this.#ports.own.view()),
    };
  }

  #take(session: Session, output: PeopleOutput): void {
    const { device, person } = session;
    // it may have been removed or blocked a moment ago
    if (!this.#standings.isWelcome(device)) {
      session.driven?.close();
      return;
    }
    const isOwn = person === this.#ports.own.person;
    if (output.type === 'greeted') {
      session.isGreeted = true;
      this.#lookOut.met(this.#ports.clock.now());
    }
    if (isOwn && this.#ports.own.isOwnMatter(output)) {
      this.#ports.onChange();
      return;
    }
    switch (output.type) {
      case 'greeted':
        this.#onGreeted(person);
        break;
      case 'list':
        this.#contacts.change(person, () =>
          this.#contacts.takeList(output.list, output.encoded, device),
        );
        this.refresh();
        break;
      case 'own-list':
        this.#learn(session, output.encoded);
        return;
      case 'list-refused':
        if (output.code !== 'OLD_DEVICE_LIST') this.#contacts.setProblem(person, output.code);
        break;
      case 'name':
        if (this.#contacts.need(person).ownName === output.name) return;
        this.#contacts.setOwnName(person, output.name);
        break;
      case 'addresses':
        this.#takePlace(session, output);
        break;
      case 'seen':
        session.seen = {
          path: output.path,
          endpoint: output.endpoint,
          at: this.#ports.clock.epochNow(),
        };
        break;
      case 'helpers':
        this.#helpers.tell(device, output.helpers);
        return;
      case 'near':
        this.#ports.near?.learn(device, output.secret);
        break;
      case 'near-told':
        this.#ports.near?.noteTold(device);
        break;
      case 'gone':
        this.#contacts.setGone(person);
        this.refresh();
        break;
      case 'send':
      case 'close':
        return;
    }
    this.#ports.onChange();
  }

  #takePlace(session: Session, { addresses, isNode, relays }: OwnPlace): void {
    const { device } = session;
    this.#addresses.tell(device, addresses, this.#ports.endpointOf(device));
    if (isNode) this.#ports.onNode(addresses);
    const helps = relays && !session.relays;
    session.relays = relays;
    if (!helps) return;
    this.#lookOut.helped();
    this.#dialDue();
  }

  /** Who shows one that is none of this person's is let go. */
  #learn(session: Session, encoded: Uint8Array): void {
    const { own } = this.#ports;
    this.#tasks.run(() => own.learn(encoded, (fault) => session.driven?.close(fault)));
  }

  #onGreeted(person: PersonKey): void {
    const { isGone } = this.#contacts.need(person);
    this.#contacts.setLastSeen(person, this.#ports.clock.epochNow());
    this.#ports.onMet(person);
    // they came back: from now on they are dialled again
    if (isGone) this.refresh();
  }
}
