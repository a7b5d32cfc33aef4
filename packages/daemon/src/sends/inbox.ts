/** Being handed something, the receiver's side: what senders say, what a person answers, and what senders are told. */
import { formatHex, LocalFault, PeerFault } from '@coequal/base';
import type { DeviceKey, Ports } from '@coequal/base';
import { plain } from '../cli/format.ts';
import type { SendContacts } from './contacts.ts';
import { KINDS } from './file-kinds.ts';
import type { InboxBook } from './inbox-book.ts';
import type { OfferRecord } from './send-records.ts';
import { hasOfferEnded, offerAfter } from './states.ts';
import type { OfferEvent } from './states.ts';
import type { OfferMessage, SendMessage } from './wire/send-message.ts';

const ID_LENGTH = 16;
/** A list of files no longer than this is fetched at once, so that it can be looked at before it is accepted. */
const EARLY_METAINFO_MAX: number = 1024 * 1024;
/** Of one person's offers that wait: then no more are fetched before they are accepted. */
const EARLY_OF_PERSON_MAX: number = 4 * 1024 * 1024;

export interface InboxView {
  readonly contacts: SendContacts;
  say(device: DeviceKey, message: SendMessage): boolean;
  want(device: DeviceKey): void;
  /** Free bytes at a folder, or where it would be made, less what is to stay free. */
  freeBytes(directory: string): Promise<number>;
  /** Where things go if nobody says. */
  directory(): string;
  /** The list of files is wanted, or all of it is. */
  fetch(offer: OfferRecord): void;
  /** A part of a list came. Throws PeerFault. */
  part(offer: OfferRecord, index: number, bytes: Uint8Array): void;
  /** A talk with the sender began. */
  talkBegan(offer: OfferRecord): void;
  /** Others take part. */
  membersChanged(offer: OfferRecord): void;
  /** Whole, and a person wants it where it is to be: it is moved there. */
  release(offer: OfferRecord): Promise<void>;
  /** It has ended otherwise: what came of it is deleted. */
  discard(offer: OfferRecord): void;
  /** Goes on by itself. */
  own(task: () => Promise<void>): void;
  /** Something came that a person is to know of. */
  arrived(offer: OfferRecord): void;
  onChange(): void;
}

export class Inbox {
  readonly book: InboxBook;
  readonly #view: InboxView;
  readonly #ports: Pick<Ports, 'clock' | 'random'>;

  constructor(book: InboxBook, view: InboxView, ports: Pick<Ports, 'clock' | 'random'>) {
    this.book = book;
    this.#view = view;
    this.#ports = ports;
  }

  /** After a start. */
  resume(): void {
    for (const offer of this.book.all()) {
      this.#view.fetch(offer);
      if (this.#isOpen(offer)) this.#view.want(offer.device);
    }
  }

  // what a person says

  /** Rejects with LocalFault `NO_SUCH_OFFER`, `NOT_POSSIBLE_NOW`, `NOT_ENOUGH_SPACE`. */
  async accept(id: string, given: string | undefined): Promise<OfferRecord> {
    const offer = this.book.need(id);
    requireStep(offer, 'accept');
    const directory = given ?? this.#view.directory();
    const free = await this.#view.freeBytes(directory);
    if (free < offer.length)
      throw new LocalFault('NOT_ENOUGH_SPACE', { needed: offer.length, free, path: directory });
    const answeredAt = this.#ports.clock.epochNow();
    const after = this.book.step(id, 'accept', { directory, answeredAt });
    if (after === undefined) throw notNow('accept'); // it was taken back meanwhile
    this.#view.fetch(after);
    this.#reach(after);
    this.#view.onChange();
    return after;
  }

  /** Rejects with LocalFault `NO_SUCH_OFFER`, `NOT_POSSIBLE_NOW`. */
  decline(id: string): OfferRecord {
    const offer = this.book.need(id);
    requireStep(offer, 'decline');
    const after = this.book.step(id, 'decline', { isTold: offer.state === 'quarantined' });
    if (after === undefined) throw notNow('decline');
    this.#reach(after);
    this.#view.onChange();
    this.#view.discard(after);
    return after;
  }

  async release(id: string): Promise<OfferRecord> {
    const offer = this.book.need(id);
    requireStep(offer, 'release');
    const after = this.book.change(id, { isReleased: true }) ?? offer;
    await this.#view.release(after);
    return this.book.need(id);
  }

  forget(id: string): void {
    const offer = this.book.need(id);
    if (!hasOfferEnded(offer.state)) throw notNow('forget');
    this.#view.discard(offer);
    this.book.delete(id);
    this.#view.onChange();
  }

  // what a sender says

  wants(device: DeviceKey): boolean {
    return this.book.all().some((offer) => offer.device === device && this.#isOpen(offer));
  }

  opened(device: DeviceKey): void {
    for (const offer of this.book.all()) {
      if (offer.device !== device) continue;
      if (this.#isOpen(offer)) this.#tell(offer);
      this.#view.talkBegan(offer);
    }
  }

  /** Throws PeerFault. */
  received(device: DeviceKey, message: SendMessage): void {
    const offer = this.book.of(device, message.id);
    if (message.type === 'offer') {
      if (offer === undefined) this.#offered(device, message);
      else this.#offeredAgain(offer, message);
      return;
    }
    if (offer === undefined) return this.#unknown(device, message);
    switch (message.type) {
      case 'part':
        return this.#view.part(offer, message.index, message.bytes);
      case 'ticket':
        return this.#admitted(offer, message.ticket, message.devices);
      case 'swarm': {
        const { receivers, done: receiversDone } = message;
        const isSame = receivers === offer.receivers && receiversDone === offer.receiversDone;
        const after = isSame ? undefined : this.book.change(offer.id, { receivers, receiversDone });
        if (after !== undefined) this.#view.membersChanged(after);
        return this.#view.onChange();
      }
      case 'ended':
        return this.#ended(offer, message.why !== 'unknown');
      case 'noted':
        if (!offer.isTold) this.book.change(offer.id, { isTold: true });
        return;
      case 'ask':
      case 'answer':
      case 'progress':
      case 'done':
        throw new PeerFault('BAD_SEND_MESSAGE', { what: 'not a sender’s to say' });
    }
  }

  /** All is here: its sender is told, and so that there is one more who has it. */
  completed(offer: OfferRecord): void {
    this.#reach(offer);
    this.#view.onChange();
  }

  /** It cannot be: what was offered is not what there is, or the disk does not take it. */
  failed(id: string, problem: OfferRecord['problem']): void {
    const after = this.book.step(id, 'fail', { problem, isTold: false });
    if (after === undefined) return;
    this.#reach(after);
    this.#view.onChange();
    this.#view.discard(after);
  }

  tick(): readonly OfferRecord[] {
    const expired = this.book.expired(this.#ports.clock.epochNow()).flatMap(({ id }) => {
      const after = this.book.step(id, 'expire', { isTold: false });
      return after ?? [];
    });
    for (const offer of expired) this.#reach(offer);
    for (const offer of this.book.all()) if (this.#isOpen(offer)) this.#view.want(offer.device);
    return [...expired, ...this.book.surplus()];
  }

  /** Whether there is something that its sender has not heard, or we want of it. */
  #isOpen({ state, isTold, hasMetainfo }: OfferRecord): boolean {
    switch (state) {
      case 'waiting':
        return !isTold && !hasMetainfo;
      case 'receiving':
        return true;
      case 'quarantined':
      case 'done':
      case 'declined':
      case 'withdrawn':
      case 'expired':
      case 'failed':
        return !isTold;
    }
  }

  #reach(offer: OfferRecord): void {
    this.#tell(offer);
    this.#view.want(offer.device);
  }

  #tell({ device, sentId: id, state, have, answeredAt }: OfferRecord): void {
    switch (state) {
      case 'waiting':
        this.#view.say(device, { type: 'answer', id, answer: 'later' });
        return;
      case 'receiving':
        this.#view.say(device, { type: 'answer', id, answer: 'accepted' });
        this.#view.say(device, { type: 'progress', id, have });
        return;
      case 'quarantined':
      case 'done':
        this.#view.say(device, { type: 'done', id });
        return;
      case 'declined':
      case 'expired':
      case 'failed':
        if (answeredAt === undefined)
          this.#view.say(device, { type: 'answer', id, answer: 'declined' });
        else this.#view.say(device, { type: 'ended', id, why: 'stopped' });
        return;
      case 'withdrawn':
        this.#view.say(device, { type: 'noted', id });
        return;
    }
  }

  #offered(device: DeviceKey, message: OfferMessage): void {
    const { contacts } = this.#view;
    const person = contacts.personOf(device);
    if (person === undefined || contacts.trustOf(person) === 'blocked')
      throw new PeerFault('NOT_WELCOME');
    const { id, name, note, length, fileCount, metainfoLength, metainfoHash } = message;
    const now = this.#ports.clock.epochNow();
    if (!this.book.hasRoomFor(person, now)) {
      this.#view.say(device, { type: 'ended', id, why: 'full' });
      return;
    }
    const offer: OfferRecord = {
      id: formatHex(this.#ports.random.bytes(ID_LENGTH)),
      device,
      person,
      personName: contacts.nameOf(person),
      sentId: id,
      name: plain(name),
      note: plain(note),
      length,
      fileCount,
      metainfoLength,
      metainfoHash,
      kinds: KINDS.map((_, at) => message.kinds[at] ?? 0),
      hasMetainfo: false,
      state: 'waiting',
      problem: undefined,
      warnings: [],
      found: [],
      directory: undefined,
      isReleased: false,
      path: undefined,
      ticket: undefined,
      devices: [],
      have: 0,
      receivers: 0,
      receiversDone: 0,
      // how it waits is nothing that has to be heard
      isTold: true,
      receivedAt: now,
      answeredAt: undefined,
      completedAt: undefined,
    };
    this.book.add(offer);
    this.#tell(offer);
    if (this.#fetchesEarly(offer)) {
      const wanted = this.book.change(offer.id, { isTold: false });
      if (wanted !== undefined) this.#view.fetch(wanted);
    }
    this.#view.arrived(offer);
    this.#view.onChange();
    this.#acceptByRule(offer);
  }

  #acceptByRule({ id, person, length }: OfferRecord): void {
    const rule = this.book.rule(person);
    if (rule === undefined || length > rule.sizeMax) return;
    if (this.#view.contacts.trustOf(person) !== 'trusted') return;
    this.#view.own(async () => {
      try {
        await this.accept(id, rule.directory);
      } catch (error) {
        if (!(error instanceof LocalFault)) throw error;
        // it waits for a person instead, who is told why it cannot be accepted
      }
    });
  }

  /** What was offered once stays as it is: nobody accepts one thing and gets another. */
  #offeredAgain(offer: OfferRecord, message: OfferMessage): void {
    const isSame =
      message.metainfoHash === offer.metainfoHash &&
      message.length === offer.length &&
      message.metainfoLength === offer.metainfoLength;
    if (!isSame) throw new PeerFault('OFFER_CHANGED');
    this.#tell(offer);
  }

  #fetchesEarly({ person, metainfoLength }: OfferRecord): boolean {
    if (metainfoLength > EARLY_METAINFO_MAX) return false;
    const waiting = this.book
      .all()
      .filter((offer) => offer.person === person && offer.state === 'waiting');
    const held = waiting.reduce((sum, offer) => sum + offer.metainfoLength, 0);
    return held <= EARLY_OF_PERSON_MAX;
  }

  #admitted(offer: OfferRecord, ticket: Uint8Array, devices: readonly DeviceKey[]): void {
    if (offer.answeredAt === undefined || offer.state === 'declined') return; // nobody accepted
    const isSame =
      offer.ticket !== undefined &&
      formatHex(offer.ticket) === formatHex(ticket) &&
      offer.devices.join() === devices.join();
    if (isSame) return;
    const after = this.book.change(offer.id, { ticket: ticket.slice(), devices });
    if (after === undefined) return;
    if (after.state === 'receiving') this.#view.fetch(after);
    this.#view.membersChanged(after);
  }

  #ended(offer: OfferRecord, isFinal: boolean): void {
    const { id, device, sentId } = offer;
    if (isFinal) this.#view.say(device, { type: 'noted', id: sentId });
    // a sender that forgot it may still have others who have it
    if (!isFinal && offer.state === 'receiving') return;
    this.book.change(id, { isTold: true });
    const after = this.book.step(id, 'withdraw');
    if (after === undefined) return;
    this.#view.onChange();
    this.#view.discard(after);
  }

  #unknown(device: DeviceKey, { type, id }: SendMessage): void {
    if (type === 'ended') this.#view.say(device, { type: 'noted', id });
    else if (type === 'part' || type === 'ticket' || type === 'swarm')
      this.#view.say(device, { type: 'ended', id, why: 'unknown' });
  }
}

function requireStep({ state }: OfferRecord, event: OfferEvent): void {
  if (offerAfter(state, event) === undefined) throw notNow(event);
}

function notNow(what: string): LocalFault {
  return new LocalFault('NOT_POSSIBLE_NOW', { what });
}
