/**
 * One uTP connection (BEP 29) as a machine without I/O: datagrams and the time go in; datagrams to be sent,
 * bytes in order and a deadline are taken out.
 *
 * It is on the data path (STYLE 5.11), so outputs are not objects: after `receive`, `onTimeout`, `send` and
 * `close` its owner asks `nextDatagram` until there is none, and looks at `state` and `deadline`.
 */
import { assert } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { AckSchedule } from './ack-schedule.ts';
import { DelayHistory } from './delay-history.ts';
import { Ledbat } from './ledbat.ts';
import { MtuSearch } from './mtu-search.ts';
import type { PacketBuffer, PacketPool } from './packet-buffer.ts';
import { Pacer } from './pacer.ts';
import { PacketWriter } from './packet-writer.ts';
import { ReceiveWindow } from './receive-window.ts';
import { RoundTrip } from './round-trip.ts';
import { SendQueue } from './send-queue.ts';
import { SendWindow } from './send-window.ts';
import { microsOf, seqAfter, seqDistance, UTP_HEADER_LENGTH, UTP_TYPE } from './utp-packet.ts';
import type { UtpPacket } from './utp-packet.ts';
import type { UtpState } from './utp-state.ts';

/** A peer that is there answers within two round trips; SYNs go after 0, 1 and 3 s. */
const CONNECT_TIMEOUT_MS: Millis = 6_000;

/** A peer that has something to acknowledge and says nothing for so long is gone. */
const SILENCE_TIMEOUT_MS: Millis = 30_000;

/** What was sent before the end may still arrive for so long. */
const LINGER_TIMEOUT_MS: Millis = 60_000;

/** The same, while nothing comes back. */
const LINGER_SILENCE_TIMEOUT_MS: Millis = 5_000;

/** After both ends are told, for what is repeated because the last word was lost. */
const FAREWELL_MS: Millis = 1_000;

/** Home routers forget a flow of datagrams after 30 s of silence. */
const KEEP_ALIVE_MS: Millis = 29_000;

export interface UtpConnectionOptions {
  readonly pool: PacketPool;
  /** What we wait for, in the header of what comes in. */
  readonly receiveId: number;
  readonly sendId: number;
  /** Our first sequence number, at random so that nobody else can guess it. */
  readonly seq: number;
  /** Of the SYN that came in; without it we dial. */
  readonly peerSeq?: number;
}

export class UtpConnection {
  readonly receiveId: number;
  readonly sendId: number;
  readonly ledbat: Ledbat;
  readonly roundTrip: RoundTrip = new RoundTrip();
  readonly mtu: MtuSearch = new MtuSearch();
  readonly queue: SendQueue = new SendQueue();
  readonly #theirDelays = new DelayHistory();
  readonly #writer: PacketWriter;
  readonly #pool: PacketPool;
  readonly #isDialer: boolean;
  readonly #sent: SendWindow;
  #received: ReceiveWindow;
  #state: UtpState;
  #isReading = true;
  #isFinSent = false;
  #heardAt: Millis;
  #sentAt: Millis;
  #openedAt: Millis;
  /** From here the wait for an acknowledgement counts. */
  #progressAt: Millis;
  readonly #acks = new AckSchedule();
  readonly #pacer: Pacer;
  #isProbeDue = false;
  /** The peer knows that we are where we say: it has sent data, or acknowledged some. */
  #isConfirmed = false;

  constructor({ pool, receiveId, sendId, seq, peerSeq }: UtpConnectionOptions, now: Millis) {
    this.receiveId = receiveId;
    this.sendId = sendId;
    this.#pool = pool;
    this.#isDialer = peerSeq === undefined;
    this.#sent = new SendWindow(this.#isDialer ? seqAfter(seq) : seq, pool);
    this.#received = new ReceiveWindow(peerSeq ?? 0, pool);
    this.#writer = new PacketWriter(sendId, receiveId);
    this.#state = { type: this.#isDialer ? 'syn-sent' : 'syn-received' };
    this.ledbat = new Ledbat(this.mtu.datagramLength - UTP_HEADER_LENGTH);
    this.#pacer = new Pacer(this.ledbat, this.roundTrip);
    this.#heardAt = this.#sentAt = this.#openedAt = this.#progressAt = now;
  }

  get state(): UtpState {
    return this.#state;
  }

  /** All that the peer sent has been handed over, and it has closed. */
  get isPeerFinished(): boolean {
    return this.#received.isFinished;
  }

  /** Bytes in flight. */
  get flightBytes(): number {
    return this.#sent.flightBytes;
  }

  get deadline(): Millis | undefined {
    const { type } = this.#state;
    if (type === 'closed') return undefined;
    const retryAt = this.#progressAt + this.roundTrip.timeoutMs;
    if (type === 'syn-sent' || type === 'syn-received') {
      return Math.min(retryAt, this.#openedAt + CONNECT_TIMEOUT_MS);
    }
    let deadline = Math.min(this.#acks.deadline, this.#pacer.deadline);
    deadline = Math.min(deadline, this.#sentAt + KEEP_ALIVE_MS);
    if (this.#sent.span > 0 || this.#isWaitingForRoom) deadline = Math.min(deadline, retryAt);
    if (this.#state.type === 'closing')
      deadline = Math.min(deadline, this.#endsAt(this.#state.since));
    return deadline;
  }

  /**
   * A datagram that came for this connection. Returns payload that is next in order: a view of the datagram,
   * to be used before anything else is called; then `take` gives what was kept.
   */
  receive(packet: UtpPacket, datagram: Uint8Array, now: Millis): Uint8Array | undefined {
    const { type } = this.#state;
    if (type === 'closed') return undefined;
    if (packet.type === UTP_TYPE.reset) {
      if (this.#isOurReset(packet)) this.#end('reset');
      return undefined;
    }
    if (packet.type === UTP_TYPE.syn) {
      if (this.#isDialer) return undefined;
      this.#onHeard(packet, now);
      this.#acks.hurry(); // when it comes again, our answer was lost
      return undefined;
    }
    if (type === 'syn-sent') {
      if (packet.type === UTP_TYPE.state) this.#onAccepted(packet, now);
      return undefined;
    }
    if (!this.#sent.acknowledge(packet, datagram, this.roundTrip.leastMs, now)) return undefined;
    if (type === 'syn-received') this.#onConfirmed(now);
    this.#onAcknowledged(packet, now);
    this.#onHeard(packet, now);
    if (packet.type === UTP_TYPE.state) {
      // until it has sent data, a dialed peer may not know that its answer arrived
      if (this.#isDialer && !this.#isConfirmed) this.#acks.hurry();
      return undefined;
    }
    return this.#receiveData(packet, datagram);
  }

  /** The next bytes that were kept, valid until the next call of anything here. */
  take(): Uint8Array | undefined {
    const bytes = this.#received.take();
    this.#acks.onRoom(this.#received.room);
    return bytes;
  }

  /** Whether bytes can be handed over at once; what comes meanwhile is kept. */
  setReading(isReading: boolean): void {
    this.#isReading = isReading;
  }

  /** Says our last word once what is in packets has arrived; what is queued is dropped. */
  close(now: Millis): void {
    const { type } = this.#state;
    if (type === 'syn-sent' || type === 'syn-received') this.#end('finished');
    if (type !== 'open') return;
    this.queue.clear();
    this.#state = { type: 'closing', since: now };
    this.#isReading = true;
    while (this.#received.take() !== undefined);
    this.#tryEnd();
  }

  /** Ends it with no word to anyone. */
  abort(): void {
    this.#end('finished');
  }

  onTimeout(now: Millis): void {
    const { type } = this.#state;
    if (type === 'closed') return;
    const isRetryDue = now >= this.#progressAt + this.roundTrip.timeoutMs;
    if (type === 'syn-sent' || type === 'syn-received') {
      if (now >= this.#openedAt + CONNECT_TIMEOUT_MS) this.#end('silence');
      else if (isRetryDue) this.#retry(now);
      return;
    }
    if (now >= this.#acks.deadline || now >= this.#sentAt + KEEP_ALIVE_MS) this.#acks.hurry();
    if (this.#state.type === 'closing' && now >= this.#endsAt(this.#state.since))
      this.#end('silence');
    else if (isRetryDue && (this.#sent.span > 0 || this.#isWaitingForRoom)) this.#retry(now);
  }

  /** The next datagram to be sent now. Its bytes stay as they are until the connection is used again. */
  nextDatagram(now: Millis): Uint8Array | undefined {
    const { type } = this.#state;
    this.#pacer.reset();
    if (type === 'closed') return undefined;
    const isOpen = type === 'open' || type === 'closing';
    const data = isOpen ? (this.#repeat(now) ?? this.#sendNew(now)) : undefined;
    if (data !== undefined || !this.#acks.isDue) return data;
    this.#noteAck(now);
    if (type === 'syn-sent') return this.#writer.writeSyn(seqAfter(this.#sent.oldest, -1), now);
    const state = this.#writer.writeState(this.#sent.next, this.#received, now);
    this.#tryEnd();
    return state;
  }

  get #isWaitingForRoom(): boolean {
    return this.queue.length > 0 && this.#sent.span === 0 && this.#sent.peerWindow === 0;
  }

  /** When a closing connection is given up. */
  #endsAt(since: Millis): Millis {
    const isHeard = this.#isFinSent && this.#sent.span === 0;
    const patience = isHeard ? FAREWELL_MS : LINGER_SILENCE_TIMEOUT_MS;
    return Math.min(since + LINGER_TIMEOUT_MS, Math.max(since, this.#heardAt) + patience);
  }

  #isOurReset(packet: UtpPacket): boolean {
    // it names what it answers: somebody who cannot see our packets would have to guess that
    const ahead = seqDistance(this.#sent.oldest, packet.ack);
    return ahead >= -1 && ahead <= this.#sent.span;
  }

  #onAccepted(packet: UtpPacket, now: Millis): void {
    if (packet.ack !== seqAfter(this.#sent.oldest, -1)) return;
    this.#received = new ReceiveWindow(seqAfter(packet.seq, -1), this.#pool);
    this.#state = { type: 'open' };
    this.roundTrip.add(now - this.#sentAt);
    this.#onHeard(packet, now);
    this.#progressAt = now;
    this.#acks.hurry(); // shows the other side that we are where we say
  }

  #onConfirmed(now: Millis): void {
    this.#state = { type: 'open' };
    this.roundTrip.add(now - this.#sentAt);
  }

  #onHeard(packet: UtpPacket, now: Millis): void {
    this.#heardAt = now;
    const delay = (microsOf(now) - packet.timestamp) >>> 0;
    this.#writer.timestampDifference = delay;
    const fell = this.#theirDelays.addBase(delay, now);
    if (fell > 0) this.ledbat.delays.onPeerBaseFell(fell);
    const isOpened = this.#sent.peerWindow === 0 && packet.window > 0 && this.#sent.span > 0;
    if (isOpened && now >= this.#progressAt + this.roundTrip.smoothedMs) {
      this.#sent.loseAll(); // there was no room for it
      this.#progressAt = now; // who opens and shuts it has all sent again once a round trip
    }
    this.#sent.peerWindow = packet.window;
  }

  #onAcknowledged(packet: UtpPacket, now: Millis): void {
    const { ackedBytes, ackedCount, roundTripMs, hasNewLoss, probePassed, probeLost } = this.#sent;
    if (probeLost > 0) this.mtu.onProbeLost(probeLost);
    if (probePassed > 0) {
      this.mtu.onProbePassed(probePassed);
      this.ledbat.packetLength = this.mtu.datagramLength - UTP_HEADER_LENGTH;
    }
    if (ackedCount > 0) {
      this.#isConfirmed = true;
      this.#progressAt = now;
      if (roundTripMs >= 0) this.roundTrip.add(roundTripMs);
      if (packet.timestampDifference !== 0) this.ledbat.delays.add(packet.timestampDifference, now);
      const { ledbat, mtu } = this;
      const used = this.#sent.flightBytes + ackedBytes + 2 * mtu.datagramLength;
      ledbat.onAck(ackedBytes, used > ledbat.window, this.roundTrip.smoothedMs, now);
    }
    if (hasNewLoss) {
      this.ledbat.onLoss(this.roundTrip.smoothedMs, now);
      this.#sent.onReduced();
    }
    this.#tryEnd();
  }

  #receiveData(packet: UtpPacket, datagram: Uint8Array): Uint8Array | undefined {
    this.#isConfirmed = true;
    const isClosing = this.#state.type === 'closing';
    const arrival = this.#received.receive(packet, datagram, this.#isReading);
    this.#received.onBytes(datagram.length, this.roundTrip.leastMs, this.#heardAt);
    this.#acks.onPacket(this.#heardAt);
    if (arrival !== 'in-order' || this.#received.hasGap) this.#acks.hurry();
    if (isClosing) {
      while (this.#received.take() !== undefined);
      this.#tryEnd();
      return undefined;
    }
    return arrival === 'in-order' ? datagram.subarray(packet.payloadAt) : undefined;
  }

  /** Both have said their last word, and heard it. */
  #tryEnd(): void {
    if (this.#state.type !== 'closing' || !this.#isFinSent || this.#sent.span > 0) return;
    if (this.#received.isFinished && !this.#acks.isDue) this.#end('finished');
  }

  #end(why: 'reset' | 'silence' | 'finished'): void {
    this.#state = { type: 'closed', why };
    this.#sent.clear();
    this.#received.clear();
    this.queue.clear();
  }

  #retry(now: Millis): void {
    const isGone = this.#state.type === 'open' && now >= this.#heardAt + SILENCE_TIMEOUT_MS;
    if (isGone) {
      this.#end('silence');
      return;
    }
    this.roundTrip.backOff();
    this.#progressAt = now;
    if (this.#state.type === 'syn-sent' || this.#state.type === 'syn-received') {
      this.#acks.hurry();
    } else if (this.#sent.span === 0) {
      this.#isProbeDue = true;
    } else {
      this.#sent.loseAll();
      if (this.#sent.probeLost > 0) this.mtu.onProbeLost(this.#sent.probeLost);
      if (this.#sent.peerWindow > 0) this.ledbat.onTimeout();
    }
  }

  #repeat(now: Millis): Uint8Array | undefined {
    const packet = this.#sent.nextLost();
    if (packet === undefined) return undefined;
    const { flightCount, flightBytes } = this.#sent;
    if (flightCount > 0 && flightBytes + packet.payloadLength > this.ledbat.window)
      return undefined;
    if (!this.#pacer.admits(now)) return undefined;
    if (packet.isProbe) this.#writer.removePadding(packet);
    if (flightCount === 0) this.#progressAt = now;
    this.#sent.repeat(packet, now);
    return this.#dispatch(packet, now);
  }

  #sendNew(now: Millis): Uint8Array | undefined {
    const { queue, mtu } = this;
    const sent = this.#sent;
    if (queue.length === 0) return this.#sendFin(now);
    if (!sent.hasRoom) return undefined;
    const lengthMax = mtu.datagramLength - UTP_HEADER_LENGTH;
    let length = Math.min(queue.length, lengthMax);
    const isAlone = sent.span === 0;
    if (!isAlone && sent.flightBytes + length > this.ledbat.window) return undefined;
    const room = this.#sent.peerWindow - sent.outstandingBytes;
    if (length > room) {
      if (!isAlone || (room <= 0 && !this.#isProbeDue)) return undefined;
      if (room > 0) length = room;
    }
    if (!this.#pacer.admits(now)) return undefined;
    this.#isProbeDue = false;
    if (isAlone) this.#beginFlight(now);
    const packet = this.#pool.take(0);
    const isProbe = mtu.probeLength > mtu.datagramLength && length === lengthMax && !isAlone;
    this.#writer.prepareData(packet, isProbe ? mtu.probeLength : 0, length);
    if (isProbe) mtu.onProbeSent();
    queue.take(packet.bytes, packet.payloadAt, length);
    sent.add(packet, now);
    return this.#dispatch(packet, now);
  }

  #beginFlight(now: Millis): void {
    if (now > this.#progressAt + this.roundTrip.timeoutMs) this.ledbat.onIdle();
    this.#progressAt = now;
  }

  #sendFin(now: Millis): Uint8Array | undefined {
    if (this.#state.type !== 'closing' || this.#isFinSent) return undefined;
    assert(this.queue.length === 0, 'the end comes last');
    this.#isFinSent = true;
    if (this.#sent.span === 0) this.#progressAt = now;
    const packet = this.#pool.take(0);
    this.#writer.prepareFin(packet);
    this.#sent.add(packet, now);
    return this.#dispatch(packet, now);
  }

  #dispatch(packet: PacketBuffer, now: Millis): Uint8Array {
    this.#pacer.onSent(packet.length);
    this.#noteAck(now);
    return this.#writer.refresh(packet, this.#received, now);
  }

  /** What goes out now acknowledges all that came in. */
  #noteAck(now: Millis): void {
    this.#sentAt = now;
    this.#acks.onSent(this.#received.room);
  }
}
