/**
 * Keeps in touch with the devices of contacts: dials those that are not there, now and then, and speaks `people/1` with
 * those that are. One session a device; of two that began at once both sides keep the same one.
 */
import { LocalFault, PeerFault, TaskGroup } from '@coequal/base';
import type { Cancel, Clock, DeviceKey, Ed25519, Endpoint, Links, LinkStream } from '@coequal/base';
import type { Millis, Random } from '@coequal/base';
import { farewell, PeopleSession } from '../../core/contacts/people-session.ts';
import type {
  PeopleChange,
  PeopleInput,
  PeopleOutput,
  PeopleView,
} from '../../core/contacts/people-session.ts';
import { PEOPLE_PROTOCOL } from '../../core/contacts/people-wire.ts';
import type { SeenOfYou } from '../../core/contacts/people-wire.ts';
import { LookOut } from '../../core/contacts/look-out.ts';
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { AddressStore } from './address-store.ts';
import type { ContactBook } from './contact-book.ts';
import { driveStream } from './drive-stream.ts';
import type { Driven } from './drive-stream.ts';

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
  readonly self: Pick<PeopleView, 'ownList' | 'ownNumber' | 'name' | 'addresses'>;
  /** Where packets of a device come from; undefined when relayed or unknown. */
  endpointOf(device: DeviceKey): Endpoint | undefined;
  onChange(): void;
  onMet(person: PersonKey): void;
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
  readonly #tasks: TaskGroup;
  readonly #sessions = new Map<DeviceKey, Session>();
  readonly #lookOut: LookOut;
  readonly #stopListening: Cancel;
  #timer: Cancel | undefined;
  #dials = 0;
  #isClosed = false;

  constructor(ports: MeetingPorts, contacts: ContactBook, addresses: AddressStore) {
    this.#ports = ports;
    this.#contacts = contacts;
    this.#addresses = addresses;
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
      if (!this.#isWelcome(session.device)) session.driven?.close();
    const { clock } = this.#ports;
    const now = clock.now();
    const epochNow = clock.epochNow();
    // who was here a moment ago is more likely to be there than who was not seen for a year
    const wanted = this.#contacts
      .all()
      .filter(({ trust, isGone }) => trust !== 'blocked' && !isGone)
      .map(({ person, lastSeen = 0 }) => ({ person, seenAt: now - (epochNow - lastSeen) }))
      .toSorted((a, b) => b.seenAt - a.seenAt)
      .flatMap(({ person, seenAt }) =>
        this.#contacts.devicesOf(person).map((device) => ({ device, seenAt })),
      );
    this.#lookOut.want(wanted, now);
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
        if (signal.aborted || !this.#isWelcome(device)) stream.close();
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

  #isWelcome(device: DeviceKey): boolean {
    const standing = this.#contacts.standingOf(device);
    if (standing === undefined || standing.state === 'revoked') return false;
    return this.#contacts.get(standing.person)?.trust !== 'blocked';
  }

  #welcome(stream: LinkStream, from: DeviceKey): void {
    if (this.#isWelcome(from)) this.#begin(stream, from, false);
    else if (this.#contacts.standingOf(from) === undefined && this.#contacts.wasRemoved(from)) {
      stream.start(
        () => undefined,
        () => undefined,
      );
      stream.send([farewell()]);
      stream.end();
    } else stream.close();
  }

  #begin(stream: LinkStream, device: DeviceKey, isOurs: boolean): void {
    const standing = this.#contacts.standingOf(device);
    const before = this.#sessions.get(device);
    // both sides begin with the lower key's one when they meet halfway; else the new one counts: the other is dead
    if (
      standing === undefined ||
      (before !== undefined && before.isOurs !== isOurs && this.#isLower(device) === before.isOurs)
    ) {
      stream.close();
      return;
    }
    const { person } = standing;
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
    if (isGreeted && this.#contacts.get(person) !== undefined && this.#isWelcome(device))
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
      held: () => {
        const contact = this.#contacts.get(person);
        return contact && { list: contact.list, encoded: contact.encodedList };
      },
    };
  }

  #take(session: Session, output: PeopleOutput): void {
    const { device, person } = session;
    // it may have been removed or blocked a moment ago
    if (!this.#isWelcome(device)) {
      session.driven?.close();
      return;
    }
    switch (output.type) {
      case 'greeted':
        session.isGreeted = true;
        this.#onGreeted(person);
        break;
      case 'list':
        this.#contacts.change(person, () =>
          this.#contacts.takeList(output.list, output.encoded, device),
        );
        this.refresh();
        break;
      case 'list-refused':
        if (output.code !== 'OLD_DEVICE_LIST') this.#contacts.setProblem(person, output.code);
        break;
      case 'name':
        if (this.#contacts.need(person).ownName === output.name) return;
        this.#contacts.setOwnName(person, output.name);
        break;
      case 'addresses':
        this.#addresses.tell(device, output.addresses);
        if (output.relays && !session.relays) {
          session.relays = true;
          this.#lookOut.helped();
          this.#dialDue();
        }
        session.relays = output.relays;
        break;
      case 'seen':
        session.seen = {
          path: output.path,
          endpoint: output.endpoint,
          at: this.#ports.clock.epochNow(),
        };
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

  #onGreeted(person: PersonKey): void {
    const { isGone } = this.#contacts.need(person);
    this.#contacts.setLastSeen(person, this.#ports.clock.epochNow());
    this.#ports.onMet(person);
    this.#lookOut.met(this.#ports.clock.now());
    // they came back: from now on they are dialled again
    if (isGone) this.refresh();
  }
}
