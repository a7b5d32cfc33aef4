/** Handing files to persons, and being handed them: composes talks, swarms, outbox and inbox, and answers the API. */
import { LocalFault, rootPath, TaskGroup } from '@coequal/base';
import type { Cancel, DeviceKey, Links, Millis, Ports } from '@coequal/base';
import type { SharedRates } from '@coequal/bittorrent';
import type { Explanation } from '@coequal/contract';
import type { Received } from '../mark-origin.ts';
import type { Desks, InboxDesk, SendDesk } from '../people/send-handlers.ts';
import type { Store } from '../store/store.ts';
import { Arrivals } from './arrivals.ts';
import type { SendContacts } from './contacts.ts';
import { Departures } from './departures.ts';
import { Gathered } from './gathered.ts';
import { InboxBook } from './inbox-book.ts';
import { Inbox } from './inbox.ts';
import { isUnderWay, OutboxBook } from './outbox-book.ts';
import { Outbox } from './outbox.ts';
import { SendRecords } from './send-records.ts';
import type { OfferRecord, SendRecord } from './send-records.ts';
import { showDetail, showOffer, showRule, showSend } from './show.ts';
import { Swarms } from './swarms.ts';
import { Talks } from './talks.ts';

/** How often progress is looked at, and how often whether something is too old. */
const TICK_MS = 1_000;
const SLOW_TICK_MS = 60_000;

export interface SendsParts {
  /** Of this device. */
  readonly own: DeviceKey;
  readonly links: Links;
  readonly contacts: SendContacts;
  readonly store: Store;
  /** Of the peer, but a hasher whose slots no other engine uses (`shareHasher`). Of `net` nothing is used. */
  readonly ports: Ports;
  /** Absolute; of sends alone. */
  readonly resumeDirectory: string;
  /** Of the peer, which others share; no limit if absent. */
  readonly rates?: SharedRates | undefined;
  settings(): { readonly downloadDirectory: string; readonly freeSpaceMin: number };
  /** What comes is marked as being from elsewhere before it goes where it is to go. */
  markOrigin(received: Received): Promise<void>;
  /** For the journal: a code with words of its own. */
  tell(code: string, details: Explanation['details']): void;
  /** Something is not as it was; at most once a second. */
  onChange(): void;
  /** An error that nothing foresaw. */
  onBug(error: unknown): void;
}

export class Sends implements Desks, AsyncDisposable {
  readonly sends: SendDesk;
  readonly inbox: InboxDesk;
  readonly #parts: SendsParts;
  readonly #gathered: Gathered;
  readonly #swarms: Swarms;
  readonly #talks: Talks;
  readonly #outbox: Outbox;
  readonly #departures: Departures;
  readonly #inbox: Inbox;
  readonly #arrivals: Arrivals;
  readonly #tasks: TaskGroup;
  #timer: Cancel | undefined;
  #isTickingSlowly = false;
  #slowTickAt: Millis = -Infinity;
  #told: Cancel | undefined;
  #isClosed = false;

  static async open(parts: SendsParts, signal: AbortSignal): Promise<Sends> {
    const { own, links, ports, resumeDirectory, rates } = parts;
    const gathered = new Gathered(ports.disk, ports.hasher);
    const { disk, hasher } = gathered;
    const swarmParts = { own, links, ports: { ...ports, disk, hasher }, resumeDirectory, rates };
    const swarms = await Swarms.open(swarmParts, signal);
    return new Sends(parts, gathered, swarms);
  }

  private constructor(parts: SendsParts, gathered: Gathered, swarms: Swarms) {
    this.#parts = parts;
    this.#gathered = gathered;
    this.#swarms = swarms;
    this.#tasks = new TaskGroup((error) => parts.onBug(error));
    const records = new SendRecords(parts.store);
    const outboxBook = new OutboxBook(records);
    this.#departures = this.#createDepartures(outboxBook);
    this.#outbox = this.#createOutbox(outboxBook);
    const inboxBook = new InboxBook(records);
    this.#arrivals = this.#createArrivals(inboxBook);
    this.#inbox = this.#createInbox(inboxBook);
    this.#talks = this.#createTalks();
    this.sends = this.#sendDesk();
    this.inbox = this.#inboxDesk();
    this.#outbox.resume();
    this.#inbox.resume();
    this.#tick();
  }

  /**
   * Whether a device that is no contact may reach this one: it is to help, or be helped, in a swarm of now. For who
   * lets devices in; a stream of it needs the ticket of that swarm all the same.
   */
  admits(device: DeviceKey): boolean {
    return this.#swarms.names(device);
  }

  /** A device can be reached again, or this one has come into another network. */
  rouse(device?: DeviceKey): void {
    this.#talks.rouse(device);
    this.#swarms.retry(device);
  }

  /** Bytes fetched and passed on so far. */
  get moved(): number {
    return this.#swarms.moved;
  }

  /** Gives up the memory that is not in use now. */
  async rest(): Promise<void> {
    await this.#swarms.rest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.();
    this.#told?.();
    await this.#talks[Symbol.asyncDispose]();
    await this.#tasks[Symbol.asyncDispose]();
    await this.#departures[Symbol.asyncDispose]();
    await this.#arrivals[Symbol.asyncDispose]();
    await this.#swarms[Symbol.asyncDispose]();
  }

  #createDepartures(book: OutboxBook): Departures {
    return new Departures({
      book,
      swarms: this.#swarms,
      gathered: this.#gathered,
      prepared: (id, made, hash) => this.#outbox.prepared(id, made, hash),
      failed: (id, error) => this.#outbox.failed(id, error),
      isShutOut: (id, device) => this.#outbox.isShutOut(id, device),
      bug: (error) => this.#parts.onBug(error),
      onChange: () => this.#changed(),
    });
  }

  #createOutbox(book: OutboxBook): Outbox {
    const { contacts, ports } = this.#parts;
    const departures = this.#departures;
    return new Outbox(
      book,
      {
        contacts,
        say: (device, message) => this.#talks.say(device, message),
        want: (device) => this.#talks.want(device),
        prepare: (send) => departures.prepare(send),
        swarmChanged: (send) => departures.swarmChanged(send),
        onChange: () => this.#changed(),
      },
      ports,
    );
  }

  #createInbox(book: InboxBook): Inbox {
    const { contacts, ports } = this.#parts;
    const arrivals = this.#arrivals;
    return new Inbox(
      book,
      {
        contacts,
        say: (device, message) => this.#talks.say(device, message),
        want: (device) => this.#talks.want(device),
        freeBytes: async (directory) => {
          const free = await ports.disk.freeBytes(rootPath(directory));
          return Math.max(free - this.#parts.settings().freeSpaceMin, 0);
        },
        directory: () => this.#parts.settings().downloadDirectory,
        fetch: (offer) => arrivals.advance(offer),
        part: (offer, index, bytes) => arrivals.part(offer, index, bytes),
        talkBegan: (offer) => arrivals.talkBegan(offer),
        membersChanged: (offer) => arrivals.membersChanged(offer),
        release: (offer) => arrivals.release(offer),
        discard: (offer) => arrivals.discard(offer),
        own: (task) => this.#tasks.run(task),
        arrived: (offer) => this.#arrived(offer),
        onChange: () => this.#changed(),
      },
      ports,
    );
  }

  #createArrivals(book: InboxBook): Arrivals {
    const { ports, resumeDirectory } = this.#parts;
    return new Arrivals(
      {
        book,
        swarms: this.#swarms,
        resumeDirectory,
        say: (device, message) => this.#talks.say(device, message),
        completed: (offer) => this.#inbox.completed(offer),
        failed: (id, problem) => this.#inbox.failed(id, problem),
        markOrigin: (received) => this.#parts.markOrigin(received),
        arrived: (offer) => this.#arrived(offer),
        bug: (error) => this.#parts.onBug(error),
        onChange: () => this.#changed(),
      },
      ports,
    );
  }

  #createTalks(): Talks {
    const { own, links, ports, contacts } = this.#parts;
    const { clock, random } = ports;
    return new Talks(
      { own, links, clock, random },
      {
        wants: (device) => this.#outbox.wants(device) || this.#inbox.wants(device),
        admits: (device) => {
          const person = contacts.personOf(device);
          return person !== undefined && contacts.trustOf(person) !== 'blocked';
        },
        opened: (device) => {
          this.#swarms.retry(device);
          this.#outbox.opened(device);
          this.#inbox.opened(device);
        },
        received: (device, message) => {
          if (this.#outbox.received(device, message)) return;
          const isOfReceiver = ['ask', 'answer', 'progress', 'done'].includes(message.type);
          if (!isOfReceiver) this.#inbox.received(device, message);
          else this.#talks.say(device, { type: 'ended', id: message.id, why: 'unknown' });
        },
        faulted: (device, fault) => {
          const person = contacts.personOf(device);
          const name = person === undefined ? device : contacts.nameOf(person);
          this.#parts.tell('SEND_FAULT', { name, code: fault.code });
        },
        bug: (error) => this.#parts.onBug(error),
      },
    );
  }

  // what is handed over

  #sendDesk(): SendDesk {
    const { book } = this.#outbox;
    const shown = (send: SendRecord): ReturnType<SendDesk['show']> =>
      showSend(send, book, this.#departures.torrentOf(send.id), this.#departures.readOf(send.id));
    const need = (id: string): SendRecord => {
      const send = book.get(id);
      if (send === undefined) throw new LocalFault('NO_SUCH_SEND', { id });
      return send;
    };
    return {
      list: () => book.all().map(shown),
      show: (id) => shown(need(id)),
      begin: (request, id) => shown(this.#outbox.begin(request, id)),
      withdraw: (id) => shown(this.#outbox.withdraw(id)),
      forget: (id) => this.#outbox.forget(id),
    };
  }

  // what comes

  #arrived({ state, personName: person, name }: OfferRecord): void {
    if (state === 'waiting') this.#parts.tell('OFFER_CAME', { person, name });
    else if (state === 'quarantined') this.#parts.tell('OFFER_COMPLETED', { person, name });
  }

  #inboxDesk(): InboxDesk {
    const { book } = this.#inbox;
    const { contacts } = this.#parts;
    const shown = (offer: OfferRecord): Awaited<ReturnType<InboxDesk['accept']>> =>
      showOffer(offer, this.#arrivals.torrentOf(offer.id));
    return {
      show: () => ({
        offers: book.all().map(shown),
        rules: book.rules().map((rule) => showRule(rule, contacts.nameOf(rule.person))),
      }),
      detail: (id) => showDetail(shown(book.need(id)), this.#arrivals.listOf(id)),
      accept: async (id, directory) => shown(await this.#inbox.accept(id, directory)),
      decline: async (id) => shown(this.#inbox.decline(id)),
      release: async (id) => shown(await this.#inbox.release(id)),
      forget: (id) => this.#inbox.forget(id),
      putRule: (text, { sizeMax, directory }) => {
        const rule = { person: contacts.find(text), sizeMax, directory };
        book.putRule(rule);
        this.#changed();
        return showRule(rule, contacts.nameOf(rule.person));
      },
      removeRule: (person) => {
        book.deleteRule(person);
        this.#changed();
      },
    };
  }

  // time

  #tick(): void {
    const { clock } = this.#parts.ports;
    const isMoving = this.#arrivals.tick() || this.#outbox.book.all().some(isMovingSend);
    if (isMoving) this.#tellChange();
    if (clock.now() >= this.#slowTickAt) {
      this.#slowTickAt = clock.now() + SLOW_TICK_MS;
      this.#tickSlowly();
    }
    if (!this.#isClosed) this.#tickAfter(isMoving ? TICK_MS : SLOW_TICK_MS);
  }

  #tickAfter(ms: Millis): void {
    const { clock } = this.#parts.ports;
    this.#timer?.();
    this.#isTickingSlowly = ms === SLOW_TICK_MS;
    this.#timer = clock.at(clock.now() + ms, () => this.#tick());
  }

  #tickSlowly(): void {
    this.#outbox.tick();
    for (const offer of this.#inbox.tick()) {
      this.#arrivals.discard(offer);
      if (offer.state !== 'expired') this.#inbox.book.delete(offer.id);
    }
  }

  /** Also means that something may move now. */
  #changed(): void {
    if (this.#isTickingSlowly && !this.#isClosed) this.#tickAfter(TICK_MS);
    this.#tellChange();
  }

  #tellChange(): void {
    if (this.#told !== undefined || this.#isClosed) return;
    const { clock } = this.#parts.ports;
    this.#told = clock.at(clock.now() + TICK_MS, () => {
      this.#told = undefined;
      this.#parts.onChange();
    });
  }
}

function isMovingSend(send: SendRecord): boolean {
  return isUnderWay(send) && send.receivers.some(({ state }) => state === 'receiving');
}
