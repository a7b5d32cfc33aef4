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
import type { PersonKey } from '../../core/identity/person-key.ts';
import type { TellableAddress } from '../../core/contacts/address-bytes.ts';
import type { HelperPlace } from '../../core/contacts/helper-places.ts';
import type { AddressStore } from './address-store.ts';
import type { ContactBook } from './contact-book.ts';
import { driveStream } from './drive-stream.ts';
import type { Driven } from './drive-stream.ts';
import type { HelperStore } from './helper-store.ts';

/** Dials at a time: each may take a look-up and two routers. */
const DIALS_MAX = 4;
/**
 * After a session ended, or a dial failed; then twice as long each time. The first is soon: of two that have just become
 * contacts one may not know it yet, and refuse.
 */
const REDIAL_MS = 500;
const REDIAL_LATEST_MS = 900_000;
/** A session that stood so long was no accident: the next dial is soon again. */
const STABLE_MS = 60_000;
/** A contact who says again and again that it passes on does not make this device dial all others each time. */
const HELPED_EACH_MS = 10_000;

export interface MeetingPorts {
  readonly links: Links;
  readonly ed25519: Ed25519;
  readonly clock: Clock;
  readonly random: Random;
  readonly ownDevice: DeviceKey;
  readonly self: Pick<PeopleView, 'ownList' | 'ownNumber' | 'name' | 'addresses'>;
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

interface Reach {
  nextAt: Millis;
  failures: number;
  isDialling: boolean;
  /** The ways are others than when the dial began: if it fails, the next one is at once. */
  isHurried: boolean;
}

export class Meetings implements AsyncDisposable {
  readonly #ports: MeetingPorts;
  readonly #contacts: ContactBook;
  readonly #addresses: AddressStore;
  readonly #helpers: HelperStore;
  readonly #tasks: TaskGroup;
  readonly #sessions = new Map<DeviceKey, Session>();
  readonly #reaches = new Map<DeviceKey, Reach>();
  readonly #stopListening: Cancel;
  #timer: Cancel | undefined;
  #dials = 0;
  #helpedAt: Millis = -Infinity;
  #isClosed = false;

  constructor(
    ports: MeetingPorts,
    contacts: ContactBook,
    addresses: AddressStore,
    helpers: HelperStore,
  ) {
    this.#ports = ports;
    this.#contacts = contacts;
    this.#addresses = addresses;
    this.#helpers = helpers;
    this.#tasks = new TaskGroup((error) => ports.onFailure(error));
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
    const wanted = new Set<DeviceKey>();
    for (const { person, trust, isGone } of this.#contacts.all())
      if (trust !== 'blocked' && !isGone)
        for (const device of this.#contacts.devicesOf(person)) wanted.add(device);
    for (const device of this.#reaches.keys())
      if (!wanted.has(device)) this.#reaches.delete(device);
    const now = this.#ports.clock.now();
    for (const device of wanted)
      if (!this.#reaches.has(device))
        this.#reaches.set(device, {
          nextAt: now,
          failures: 0,
          isDialling: false,
          isHurried: false,
        });
    this.#dialDue();
  }

  /** The network is another, or the computer was asleep: all are tried again at once. */
  hurry(): void {
    const now = this.#ports.clock.now();
    for (const reach of this.#reaches.values()) {
      reach.nextAt = now;
      reach.failures = 0;
      reach.isHurried = reach.isDialling;
    }
    this.#dialDue();
  }

  /** One who passes on is there: by it others can be reached who could not be before. */
  #onHelper(): void {
    const now = this.#ports.clock.now();
    if (now < this.#helpedAt + HELPED_EACH_MS) return;
    this.#helpedAt = now;
    this.hurry();
  }

  #dialDue(): void {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#isClosed) return;
    const now = this.#ports.clock.now();
    let next: Millis | undefined;
    for (const [device, reach] of this.#reaches) {
      if (reach.isDialling || this.#sessions.has(device)) continue;
      if (reach.nextAt <= now) {
        if (this.#dials >= DIALS_MAX) return; // the end of a dial calls again
        this.#dial(device, reach);
      } else if (next === undefined || reach.nextAt < next) next = reach.nextAt;
    }
    if (next !== undefined) this.#timer = this.#ports.clock.at(next, () => this.#dialDue());
  }

  #dial(device: DeviceKey, reach: Reach): void {
    this.#dials += 1;
    reach.isDialling = true;
    reach.isHurried = false;
    this.#tasks.run(async (signal) => {
      try {
        const request = { protocol: PEOPLE_PROTOCOL, lane: 'talk' } as const;
        const stream = await this.#ports.links.open(device, request, signal);
        if (signal.aborted || !this.#isWelcome(device)) stream.close();
        else this.#begin(stream, device, true);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
        if (!reach.isHurried) this.#later(device, reach.failures + 1);
      } finally {
        this.#dials -= 1;
        reach.isDialling = false;
        this.#dialDue();
      }
    });
  }

  #later(device: DeviceKey, failures: number): void {
    const reach = this.#reaches.get(device);
    if (reach === undefined) return;
    const wait = Math.min(REDIAL_LATEST_MS, REDIAL_MS * 2 ** Math.min(failures, 20));
    reach.failures = failures;
    reach.nextAt = this.#ports.clock.now() + wait * (0.75 + this.#ports.random.number() / 2);
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
    const failures = this.#reaches.get(device)?.failures ?? 0;
    this.#later(device, isGreeted && clock.now() >= since + STABLE_MS ? 0 : failures + 1);
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
        this.#addresses.tell(device, output.addresses, this.#ports.endpointOf(device));
        if (output.isNode) this.#ports.onNode(output.addresses);
        if (output.relays && !session.relays) {
          session.relays = true;
          this.#onHelper();
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
      case 'helpers':
        this.#helpers.tell(device, output.helpers);
        return;
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
    // they came back: from now on they are dialled again
    if (isGone) this.refresh();
  }
}
