/**
 * Packets that were sent and not acknowledged (BEP 29). A packet is lost when one that was sent three
 * transmissions after it has arrived (RFC 9002, section 6.1.1), which holds for one that was sent again, too.
 *
 * The invariant: a place of the ring between `oldest` and `next` has a packet that is in flight or lost, or
 * nothing when it was acknowledged out of order.
 */
import { assert } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { DATAGRAM_LENGTH_MAX } from './packet-buffer.ts';
import type { PacketBuffer, PacketPool } from './packet-buffer.ts';
import { seqAfter, seqDistance } from './utp-packet.ts';
import type { UtpPacket } from './utp-packet.ts';

/** Packets between the oldest that is not acknowledged and the newest: what libutp keeps at the other side, */
const PACKETS_IN_FLIGHT_START = 1_000;

/** and what one can keep that has room for more bytes than libutp ever has. */
const PACKETS_IN_FLIGHT_MAX = 4_000;

const RING_LENGTH_START = 1_024;

/** Packets that may overtake one before it is taken to be lost; twice as many whenever that was an error, */
const OVERTAKEN_START = 3;

/** up to this: on paths that mix up packets, each error would halve the rate. */
const OVERTAKEN_MAX = 96;

export class SendWindow {
  readonly #pool: PacketPool;
  /** Made when it is first needed: whoever only knocks gets none. */
  #ring: (PacketBuffer | undefined)[] = [];
  #peerWindow = 0;
  #mask = RING_LENGTH_START - 1;
  #spanMax: number = PACKETS_IN_FLIGHT_START;
  #oldest: number;
  #next: number;
  #flightCount = 0;
  #flightBytes = 0;
  #lostCount = 0;
  #lostBytes = 0;
  /** Packets under way that were sent more than once: their order is not that of their numbers. */
  #repeatedCount = 0;
  #lastOrder = 0;
  /** The greatest order of what has arrived. */
  #deliveredOrder = -Infinity;
  /** A loss of what was sent before is part of an earlier one. */
  #reducedOrder = 0;
  #overtakenMax: number = OVERTAKEN_START;
  #duplicates = 0;
  #lastWindow = 0;

  // what the last acknowledgement came to

  /** Bytes of payload that it told us had arrived. */
  ackedBytes = 0;
  ackedCount = 0;
  /** Of the newest packet that was sent once; negative when there is none. */
  roundTripMs: Millis = -1;
  /** Something was lost that was sent after the last loss. */
  hasNewLoss = false;
  /** Length of a probe that passed, or was lost; 0 when there was none. */
  probePassed = 0;
  probeLost = 0;

  constructor(firstSeq: number, pool: PacketPool) {
    this.#oldest = firstSeq;
    this.#next = firstSeq;
    this.#pool = pool;
  }

  /** Bytes that the peer has room for. */
  get peerWindow(): number {
    return this.#peerWindow;
  }

  set peerWindow(bytes: number) {
    if (bytes === this.#peerWindow) return;
    this.#peerWindow = bytes;
    const count = Math.min(Math.floor(bytes / DATAGRAM_LENGTH_MAX), PACKETS_IN_FLIGHT_MAX);
    this.#spanMax = Math.max(count, PACKETS_IN_FLIGHT_START);
  }

  /** The sequence number of the next packet that is new. */
  get next(): number {
    return this.#next;
  }

  get oldest(): number {
    return this.#oldest;
  }

  /** From the oldest that is not acknowledged to the newest. */
  get span(): number {
    return (this.#next - this.#oldest) & 0xffff;
  }

  get flightCount(): number {
    return this.#flightCount;
  }

  get flightBytes(): number {
    return this.#flightBytes;
  }

  /** In flight or to be sent again: what the peer must have room for. */
  get outstandingBytes(): number {
    return this.#flightBytes + this.#lostBytes;
  }

  get hasRoom(): boolean {
    return this.span < this.#spanMax && (!this.#pool.isScarce || this.span === 0);
  }

  /** The first that has to be sent again. */
  nextLost(): PacketBuffer | undefined {
    if (this.#lostCount === 0) return undefined;
    for (let seq = this.#oldest; seq !== this.#next; seq = seqAfter(seq)) {
      const packet = this.#ring[seq & this.#mask];
      if (packet?.isLost === true) return packet;
    }
    return undefined;
  }

  /** A packet with the sequence number `next` goes out. */
  add(packet: PacketBuffer, now: Millis): void {
    if (this.#ring.length === 0) this.#ring = emptyRing(this.#mask + 1);
    else if (this.span > this.#mask) this.#widen();
    packet.seq = this.#next;
    this.#ring[packet.seq & this.#mask] = packet;
    this.#next = seqAfter(this.#next);
    this.#depart(packet, now);
  }

  /** One that was lost goes out again. */
  repeat(packet: PacketBuffer, now: Millis): void {
    assert(packet.isLost, 'what is not lost is sent once');
    packet.isLost = false;
    this.#lostCount -= 1;
    this.#lostBytes -= packet.payloadLength;
    if (packet.transmissions === 1) this.#repeatedCount += 1;
    this.#depart(packet, now);
  }

  /** False when it acknowledges what was never sent, or long ago. The outcome is in the fields. */
  acknowledge(
    packet: UtpPacket,
    datagram: Uint8Array,
    leastRoundTripMs: Millis,
    now: Millis,
  ): boolean {
    this.#clearOutcome();
    const count = seqDistance(this.#oldest, packet.ack) + 1;
    // one that is older than what can be late on its way is a guess of somebody who sees nothing of us
    if (count > this.span || count < -PACKETS_IN_FLIGHT_MAX) return false;
    for (let i = 0; i < count; i++) {
      this.#settle(this.#oldest, leastRoundTripMs, now);
      this.#oldest = seqAfter(this.#oldest);
    }
    // of one that is late the later ones have told more
    const hasSelected = packet.selectiveAckLength > 0;
    if (hasSelected && count >= 0) this.#takeSelected(packet, datagram, leastRoundTripMs, now);
    else if (!hasSelected) this.#countDuplicates(packet, datagram, count);
    if (this.ackedCount > 0) this.#findLost();
    return true;
  }

  /** Nothing was heard of them for long: all have to be sent again. */
  loseAll(): void {
    this.#clearOutcome();
    for (let seq = this.#oldest; seq !== this.#next; seq = seqAfter(seq)) {
      const packet = this.#ring[seq & this.#mask];
      if (packet === undefined) continue;
      packet.isOvertaken = false;
      if (!packet.isLost) this.#lose(packet);
    }
    this.#reducedOrder = this.#lastOrder;
  }

  /** The window was made smaller: what was sent before may be lost without another consequence. */
  onReduced(): void {
    this.#reducedOrder = this.#lastOrder;
  }

  /** Lets go of everything. */
  clear(): void {
    for (let seq = this.#oldest; seq !== this.#next; seq = seqAfter(seq)) {
      const packet = this.#ring[seq & this.#mask];
      if (packet !== undefined) this.#pool.give(packet);
    }
    this.#ring.fill(undefined);
    this.#oldest = this.#next;
    this.#flightCount = this.#flightBytes = this.#lostCount = this.#lostBytes = 0;
    this.#repeatedCount = 0;
  }

  #widen(): void {
    const mask = 2 * this.#mask + 1;
    assert(mask < 2 * PACKETS_IN_FLIGHT_MAX, 'too many packets under way');
    const ring = emptyRing(mask + 1);
    for (let seq = this.#oldest; seq !== this.#next; seq = seqAfter(seq)) {
      ring[seq & mask] = this.#ring[seq & this.#mask];
    }
    this.#ring = ring;
    this.#mask = mask;
  }

  #clearOutcome(): void {
    this.ackedBytes = 0;
    this.ackedCount = 0;
    this.roundTripMs = -1;
    this.hasNewLoss = false;
    this.probePassed = 0;
    this.probeLost = 0;
  }

  #depart(packet: PacketBuffer, now: Millis): void {
    packet.sentAt = now;
    packet.transmissions += 1;
    packet.order = ++this.#lastOrder;
    this.#flightCount += 1;
    this.#flightBytes += packet.payloadLength;
  }

  #settle(seq: number, leastRoundTripMs: Millis, now: Millis): void {
    const packet = this.#ring[seq & this.#mask];
    if (packet === undefined) return; // it was acknowledged out of order
    this.#ring[seq & this.#mask] = undefined;
    const { payloadLength, transmissions, order, sentAt } = packet;
    if (packet.isLost) {
      this.#lostCount -= 1;
      this.#lostBytes -= payloadLength;
    } else {
      this.#flightCount -= 1;
      this.#flightBytes -= payloadLength;
    }
    this.ackedBytes += payloadLength;
    this.ackedCount += 1;
    const age = now - sentAt;
    if (transmissions === 1) this.roundTripMs = age;
    else this.#repeatedCount -= 1;
    // what came sooner than anything can was an earlier transmission
    const isThisOne = transmissions === 1 || age >= leastRoundTripMs;
    if (isThisOne && order > this.#deliveredOrder) this.#deliveredOrder = order;
    if (packet.isOvertaken && (!isThisOne || packet.isLost)) this.#forgive();
    if (packet.isProbe) this.probePassed = packet.length;
    this.#pool.give(packet);
  }

  /** One was only late that was taken to be lost. */
  #forgive(): void {
    this.#overtakenMax = Math.min(this.#overtakenMax * 2, OVERTAKEN_MAX);
  }

  #takeSelected(
    packet: UtpPacket,
    datagram: Uint8Array,
    leastRoundTripMs: Millis,
    now: Millis,
  ): void {
    const { ack, selectiveAckAt, selectiveAckLength } = packet;
    for (let i = 0; i < selectiveAckLength; i++) {
      const bits = datagram[selectiveAckAt + i] ?? 0;
      if (bits === 0) continue;
      for (let bit = 0; bit < 8; bit++) {
        if ((bits & (1 << bit)) === 0) continue;
        const seq = seqAfter(ack, 2 + i * 8 + bit);
        const at = seqDistance(this.#oldest, seq);
        if (at >= 0 && at < this.span) this.#settle(seq, leastRoundTripMs, now);
      }
    }
  }

  /** For peers that do not say what they have: the same acknowledgement thrice is a loss (RFC 5681). */
  #countDuplicates(packet: UtpPacket, datagram: Uint8Array, count: number): void {
    const isSame = packet.window === this.#lastWindow && packet.payloadAt === datagram.length;
    this.#lastWindow = packet.window;
    if (count > 0) this.#duplicates = 0;
    if (count !== 0 || !isSame || this.#flightCount === 0) return;
    this.#duplicates += 1;
    if (this.#duplicates !== OVERTAKEN_START) return;
    const oldest = this.#ring[this.#oldest & this.#mask];
    if (oldest !== undefined && !oldest.isLost) this.#lose(oldest);
  }

  #findLost(): void {
    for (let seq = this.#oldest; seq !== this.#next; seq = seqAfter(seq)) {
      const packet = this.#ring[seq & this.#mask];
      if (packet === undefined || packet.isLost) continue;
      if (packet.order + this.#overtakenMax <= this.#deliveredOrder) {
        packet.isOvertaken = true;
        this.#lose(packet);
      } else if (this.#repeatedCount === 0) return; // those that follow were sent later
    }
  }

  #lose(packet: PacketBuffer): void {
    packet.isLost = true;
    this.#flightCount -= 1;
    this.#flightBytes -= packet.payloadLength;
    this.#lostCount += 1;
    this.#lostBytes += packet.payloadLength;
    if (packet.isProbe) this.probeLost = packet.length;
    else if (packet.order > this.#reducedOrder) this.hasNewLoss = true;
  }
}

function emptyRing(length: number): (PacketBuffer | undefined)[] {
  return Array.from({ length }, () => undefined);
}
