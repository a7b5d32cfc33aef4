/** Handing over, the sender's side: what each receiver's device is told, and what its words change. */
import { formatHex, LocalFault, PeerFault } from '@coequal/base';
import type { DeviceKey, Ports } from '@coequal/base';
import type { BeginSend } from '@coequal/contract';
import { explain } from '../peer/explain.ts';
import { TICKET_LENGTH } from '../joints/swarm-proof.ts';
import type { SendContacts } from './contacts.ts';
import { isUnderWay } from './outbox-book.ts';
import type { OutboxBook } from './outbox-book.ts';
import { nameOf } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import type { ReceiverRecord, SendRecord } from './send-records.ts';
import { countKinds } from './file-kinds.ts';
import { clipOffer, DEVICES_MAX, ID_LENGTH, PART_LENGTH } from './wire/send-message.ts';
import type { End, SendMessage } from './wire/send-message.ts';
import { hasReceiverEnded } from './states.ts';
import type { ReceiverEvent } from './states.ts';

const DAY_MS = 86_400_000;
/** An offer that nobody answered is taken back after so long. */
const UNANSWERED_MS: number = 14 * DAY_MS;
/** Who accepted and did not get it by then will not. */
const RECEIVING_MS: number = 30 * DAY_MS;
/** Sends under way; a person has not more in mind, and each is read and kept. */
const UNDER_WAY_MAX = 200;
/** Those that have ended and are still listed; the oldest go. */
const ENDED_MAX = 500;

export interface OutboxView {
  readonly contacts: SendContacts;
  /** False when there is no talk with that device. */
  say(device: DeviceKey, message: SendMessage): boolean;
  /** There is something to say to it. */
  want(device: DeviceKey): void;
  /** The files are to be read. */
  prepare(send: SendRecord): void;
  /** Its swarm is needed or not, or has other members. */
  swarmChanged(send: SendRecord): void;
  onChange(): void;
}

/** Who is in the swarm: accepted, and has it or is to get it. */
const MEMBER_STATES: ReadonlySet<ReceiverRecord['state']> = new Set(['receiving', 'done']);

export class Outbox {
  readonly book: OutboxBook;
  readonly #view: OutboxView;
  readonly #ports: Pick<Ports, 'clock' | 'random'>;
  /** Of the send that was asked for last: parts are asked for one after another. */
  #lastMetainfo: { readonly id: string; readonly bytes: Uint8Array } | undefined;

  constructor(book: OutboxBook, view: OutboxView, ports: Pick<Ports, 'clock' | 'random'>) {
    this.book = book;
    this.#view = view;
    this.#ports = ports;
  }

  /** After a start. */
  resume(): void {
    for (const send of this.book.all()) {
      if (send.state === 'preparing') this.#view.prepare(send);
      else this.#settle(send);
    }
  }

  /** `id`: made of what it is for; what has begun under it is not begun again. */
  begin(
    { to, paths, name, note = '' }: BeginSend,
    id: string = formatHex(this.#ports.random.bytes(ID_LENGTH)),
  ): SendRecord {
    const { contacts } = this.#view;
    const begun = this.book.get(id);
    if (begun !== undefined) return begun;
    const under = this.book.all().filter(({ endedAt }) => endedAt === undefined).length;
    if (under >= UNDER_WAY_MAX) throw new LocalFault('TOO_MANY_SENDS', { max: UNDER_WAY_MAX });
    const now = this.#now;
    const persons = [...new Set(to.map((text) => contacts.find(text)))];
    const send: SendRecord = {
      id,
      name: name ?? nameOf(paths),
      paths,
      note,
      state: 'preparing',
      problem: undefined,
      ticket: this.#ports.random.bytes(TICKET_LENGTH),
      length: 0,
      fileCount: 0,
      kinds: [],
      metainfoLength: 0,
      metainfoHash: '',
      fingerprint: '',
      createdAt: now,
      endedAt: undefined,
      receivers: persons.map((person) => ({
        person,
        name: contacts.nameOf(person),
        state: 'unreached',
        device: undefined,
        have: 0,
        since: now,
      })),
      offeredTo: new Map(),
    };
    this.book.add(send);
    this.#view.prepare(send);
    this.#view.onChange();
    return send;
  }

  /** The files were read. */
  prepared(id: string, { metainfo, parsed, fingerprint }: Prepared, hash: string): void {
    if (this.book.get(id)?.state !== 'preparing') return;
    const names = parsed.isFolder ? parsed.files.map(({ path }) => path.join('/')) : [parsed.name];
    const changes = {
      state: 'offered',
      length: parsed.length,
      fileCount: parsed.files.length,
      kinds: countKinds(names),
      metainfoLength: metainfo.length,
      metainfoHash: hash,
      fingerprint,
    } as const;
    const send = this.book.change(id, changes, metainfo);
    if (send !== undefined) this.#settle(send);
    this.#view.onChange();
  }

  /** They cannot be read, or are not what they were. */
  failed(id: string, error: unknown): void {
    const send = this.book.get(id);
    if (send === undefined || send.endedAt !== undefined) return;
    this.#endAll(send, 'withdrawn', { state: 'failed', problem: explain(error) });
  }

  withdraw(id: string): SendRecord {
    const send = this.#need(id);
    if (send.endedAt === undefined) this.#endAll(send, 'withdrawn', { state: 'withdrawn' });
    return this.#need(id);
  }

  forget(id: string): void {
    const send = this.#need(id);
    if (send.endedAt === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'forget' });
    this.book.delete(id);
    this.#view.swarmChanged({ ...send, receivers: [] });
    this.#view.onChange();
  }

  /** Whether there is something to say to a device, or to hear of it. */
  wants(device: DeviceKey): boolean {
    return this.book.all().some((send) => this.#concerns(send, device));
  }

  /** A talk began. */
  opened(device: DeviceKey): void {
    for (const send of this.book.all()) if (this.#concerns(send, device)) this.#tell(send, device);
  }

  /** False: nothing of that id was sent. Throws PeerFault when it is not that device's to say. */
  received(device: DeviceKey, message: SendMessage): boolean {
    const send = this.book.get(message.id);
    if (send === undefined) return false;
    const receiver = this.#receiverOf(send, device);
    if (receiver === undefined || send.state === 'preparing') throw new PeerFault('NOT_A_RECEIVER');
    this.#take(send, receiver, device, message);
    return true;
  }

  /** Looks for what has taken too long, and for devices that contacts have got since. */
  tick(): void {
    const now = this.#now;
    for (const send of this.book.all()) {
      if (send.state !== 'offered') continue;
      for (const { person, state, since } of send.receivers) {
        const life = state === 'receiving' ? RECEIVING_MS : UNANSWERED_MS;
        if (!hasReceiverEnded(state) && now >= since + life) this.#step(send.id, person, 'expired');
      }
      const after = this.book.get(send.id);
      if (after !== undefined) this.#settle(after);
    }
    const ended = this.book.all().filter(({ endedAt }) => endedAt !== undefined);
    for (const { id } of ended.slice(ENDED_MAX)) this.book.delete(id);
  }

  isShutOut(id: string, device: DeviceKey): boolean {
    const send = this.book.get(id);
    const receiver = send?.receivers.find((each) => each.device === device);
    return send === undefined || (receiver !== undefined && !MEMBER_STATES.has(receiver.state));
  }

  get #now(): number {
    return this.#ports.clock.epochNow();
  }

  #need(id: string): SendRecord {
    const send = this.book.get(id);
    if (send === undefined) throw new LocalFault('NO_SUCH_SEND', { id });
    return send;
  }

  #receiverOf(send: SendRecord, device: DeviceKey): ReceiverRecord | undefined {
    const person = send.offeredTo.get(device) ?? this.#view.contacts.personOf(device);
    return send.receivers.find((each) => each.person === person);
  }

  #concerns(send: SendRecord, device: DeviceKey): boolean {
    if (send.state === 'preparing') return false;
    const receiver = this.#receiverOf(send, device);
    if (receiver === undefined) return false;
    const wasOffered = send.offeredTo.has(device);
    if (receiver.state === 'unreached' || receiver.state === 'waiting') return !wasOffered;
    // who took it, while it comes; and all who are to hear that there is nothing to take any more
    return receiver.device === device ? receiver.state === 'receiving' || wasOffered : wasOffered;
  }

  /** All that a device is to know of a send now. */
  #tell(send: SendRecord, device: DeviceKey): void {
    const receiver = this.#receiverOf(send, device);
    if (receiver === undefined) return;
    const { id } = send;
    switch (receiver.state) {
      case 'unreached':
      case 'waiting':
        this.#view.say(device, this.#offer(send));
        return;
      case 'receiving':
        if (receiver.device === device) this.#tellSwarm(send, device);
        else this.#end(id, device, 'elsewhere');
        return;
      case 'done':
      case 'declined':
      case 'stopped':
        if (receiver.device !== device) return this.#end(id, device, 'elsewhere');
        // it said so itself: that it was heard is all there is to say
        this.#view.say(device, { type: 'noted', id });
        return this.#settled(id, device);
      case 'withdrawn':
        return this.#end(id, device, 'withdrawn');
      case 'expired':
        return this.#end(id, device, 'expired');
    }
  }

  #offer(send: SendRecord): SendMessage {
    const { id, name, note, fileCount, length, kinds, metainfoLength, metainfoHash } = send;
    return clipOffer({
      type: 'offer',
      id,
      name,
      note,
      fileCount,
      length,
      kinds,
      metainfoLength,
      metainfoHash,
    });
  }

  #end(id: string, device: DeviceKey, why: End): void {
    this.#view.say(device, { type: 'ended', id, why });
  }

  #tellSwarm(send: SendRecord, device: DeviceKey): void {
    const { id, ticket } = send;
    const members = send.receivers.filter(({ state }) => MEMBER_STATES.has(state));
    const devices = members.flatMap((each) =>
      each.device === undefined || each.device === device ? [] : [each.device],
    );
    this.#view.say(device, { type: 'ticket', id, ticket, devices: devices.slice(0, DEVICES_MAX) });
    const done = members.filter(({ state }) => state === 'done').length;
    this.#view.say(device, { type: 'swarm', id, receivers: members.length, done });
  }

  #take(send: SendRecord, receiver: ReceiverRecord, device: DeviceKey, message: SendMessage): void {
    const { id } = send;
    const { person } = receiver;
    switch (message.type) {
      case 'ask':
        return this.#givePart(send, device, message.index);
      case 'answer':
        if (message.answer === 'later') return this.#delivered(send, person, device);
        return this.#answered(send, receiver, device, message.answer);
      case 'progress':
        if (receiver.device !== device || receiver.state !== 'receiving') return;
        this.book.noteProgress(id, person, Math.min(message.have, send.length));
        return this.#view.onChange();
      case 'done':
        return this.#answered(send, receiver, device, 'completed');
      case 'ended':
        if (message.why === 'stopped') this.#answered(send, receiver, device, 'stopped');
        else if (message.why === 'unknown') this.#lost(send, receiver, device);
        return;
      case 'noted':
        return this.#settled(id, device);
      case 'offer':
      case 'part':
      case 'ticket':
      case 'swarm':
        throw new PeerFault('BAD_SEND_MESSAGE', { what: 'not a receiver’s to say' });
    }
  }

  #givePart(send: SendRecord, device: DeviceKey, index: number): void {
    const { id } = send;
    if (this.#lastMetainfo?.id !== id) {
      const bytes = this.book.metainfo(id);
      this.#lastMetainfo = bytes && { id, bytes };
    }
    const bytes = this.#lastMetainfo?.bytes ?? new Uint8Array();
    const part = bytes.subarray(index * PART_LENGTH, (index + 1) * PART_LENGTH);
    if (part.length === 0) throw new PeerFault('BAD_SEND_MESSAGE', { what: 'no such part' });
    this.#view.say(device, { type: 'part', id, index, bytes: part });
  }

  #delivered(send: SendRecord, person: string, device: DeviceKey): void {
    this.#hold(send.id, device, person);
    this.#step(send.id, person, 'delivered');
  }

  #answered(
    send: SendRecord,
    receiver: ReceiverRecord,
    device: DeviceKey,
    event: ReceiverEvent,
  ): void {
    const { id } = send;
    const { person } = receiver;
    this.#hold(id, device, person);
    const isOthers = receiver.device !== undefined && receiver.device !== device;
    if (isOthers) return this.#end(id, device, 'elsewhere');
    if (this.#step(id, person, event, device)) return; // all whom it concerns were told
    const after = this.book.get(id);
    if (after !== undefined) this.#tell(after, device);
  }

  /** The device does not know of it any more: it was made anew, perhaps. */
  #lost(send: SendRecord, { person, device: taker }: ReceiverRecord, device: DeviceKey): void {
    if (taker === device) this.#step(send.id, person, 'stopped');
    this.#settled(send.id, device);
  }

  /** False: it changes nothing. */
  #step(id: string, person: string, event: ReceiverEvent, device?: DeviceKey): boolean {
    const send = this.book.get(id);
    const after = send && this.book.step(send, person, event, this.#now, device);
    if (after === undefined) return false;
    this.#settle(after);
    this.#view.onChange();
    return true;
  }

  /** It lies in the inbox of that device, which is to hear how it goes on. */
  #hold(id: string, device: DeviceKey, person: string): void {
    const send = this.book.get(id);
    if (send === undefined || send.offeredTo.has(device)) return;
    if (send.offeredTo.size >= DEVICES_MAX * 4) throw new PeerFault('TOO_MANY_DEVICES');
    this.book.change(id, { offeredTo: new Map([...send.offeredTo, [device, person]]) });
  }

  /** The device knows how it ended. */
  #settled(id: string, device: DeviceKey): void {
    const send = this.book.get(id);
    if (send === undefined || !send.offeredTo.has(device)) return;
    const receiver = this.#receiverOf(send, device);
    const isOver =
      receiver === undefined || hasReceiverEnded(receiver.state) || receiver.device !== device;
    if (!isOver) return;
    const offeredTo = new Map([...send.offeredTo].filter(([each]) => each !== device));
    this.book.change(id, { offeredTo });
  }

  #endAll(
    send: SendRecord,
    event: 'withdrawn',
    changes: Pick<SendRecord, 'state'> & Partial<SendRecord>,
  ): void {
    this.book.change(send.id, { ...changes, endedAt: this.#now });
    for (const { person } of send.receivers) this.#step(send.id, person, event);
    const after = this.book.get(send.id);
    if (after !== undefined) this.#settle(after);
    this.#view.onChange();
  }

  /** What follows from how it is now: its swarm, its end, and whom to reach. */
  #settle(send: SendRecord): void {
    if (send.state === 'offered' && !isUnderWay(send)) {
      const ended = this.book.change(send.id, { state: 'finished', endedAt: this.#now });
      if (ended !== undefined) return this.#settle(ended);
    }
    this.#view.swarmChanged(send);
    const known = send.receivers.flatMap(({ person }) => this.#view.contacts.devicesOf(person));
    for (const device of new Set([...known, ...send.offeredTo.keys()]))
      if (this.#concerns(send, device)) this.#reach(send, device);
  }

  #reach(send: SendRecord, device: DeviceKey): void {
    this.#tell(send, device);
    this.#view.want(device);
  }
}
