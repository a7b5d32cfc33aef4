/**
 * Packets that were received: in order they are handed over at once as views of their datagram; out of
 * order, or while nobody reads, they are copied and kept, within bounds.
 */
import type { Millis } from '@coequal/base';
import type { PacketBuffer, PacketPool } from './packet-buffer.ts';
import { seqAfter, seqDistance, UTP_TYPE } from './utp-packet.ts';
import type { UtpPacket } from './utp-packet.ts';

/** Bytes kept for one connection at first; also what the peer may have under way. As libutp and libtorrent. */
export const RECEIVE_WINDOW_START: number = 1_024 * 1_024;

/** The same of a fast peer that is far away: 40 MB/s over 100 ms. */
export const RECEIVE_WINDOW_MAX: number = 4 * RECEIVE_WINDOW_START;

/** How far a packet may be ahead of what was handed over, at first: as the rings of others. */
const PACKETS_AHEAD_START = 1_024;

/** Bytes of a selective acknowledgement, a bit for each packet: as many as fit its length, which has one byte. */
export const SELECTIVE_ACK_LENGTH_MAX = 252;

export type Arrival = 'in-order' | 'kept' | 'duplicate' | 'refused';

export class ReceiveWindow {
  readonly #pool: PacketPool;
  /** Made when it is first needed: whoever only knocks gets none. */
  #ring: (PacketBuffer | undefined)[] = [];
  #capacity: number = RECEIVE_WINDOW_START;
  #periodBytes = 0;
  #periodSince: Millis = -Infinity;
  /** Packets that the ring has places for, a power of two. */
  #packetsAheadMax: number = PACKETS_AHEAD_START;
  /** The last one up to which all have come. */
  #ack: number;
  /** The next one to be handed over. */
  #next: number;
  /** The one furthest ahead that has come. */
  #furthest: number;
  #keptBytes = 0;
  #keptCount = 0;
  #finSeq: number | undefined;
  #lent: PacketBuffer | undefined;
  #isFinished = false;

  constructor(ack: number, pool: PacketPool) {
    this.#ack = ack;
    this.#next = seqAfter(ack);
    this.#furthest = ack;
    this.#pool = pool;
  }

  get ack(): number {
    return this.#ack;
  }

  /** Bytes for which there is room. */
  get room(): number {
    return Math.max(this.#capacity - this.#keptBytes, 0);
  }

  /** Bytes for which there is room while nothing is kept. */
  get capacity(): number {
    return this.#capacity;
  }

  get hasGap(): boolean {
    return this.#furthest !== this.#ack;
  }

  /** Something can be taken. */
  get isReadable(): boolean {
    return this.#next !== seqAfter(this.#ack);
  }

  /** All has been handed over, and nothing more will come. */
  get isFinished(): boolean {
    return this.#isFinished;
  }

  /**
   * `in-order`: the payload is to be handed over now, before what `take` gives. `isReading`: somebody
   * takes it.
   */
  receive(packet: UtpPacket, datagram: Uint8Array, isReading: boolean): Arrival {
    const { seq, type } = packet;
    const ahead = seqDistance(this.#ack, seq);
    if (ahead <= 0) return 'duplicate';
    if (seqDistance(this.#next, seq) >= this.#packetsAheadMax) return 'refused';
    if (this.#finSeq !== undefined && seqDistance(this.#finSeq, seq) > 0) return 'refused';
    if (ahead === 1 && isReading && type === UTP_TYPE.data && !this.isReadable) {
      this.#ack = seq;
      this.#next = seqAfter(seq);
      if (this.#keptCount > 0) this.#advance();
      else this.#furthest = seq;
      return 'in-order';
    }
    return this.#keep(packet, datagram, ahead);
  }

  /**
   * The next payload that was kept, valid until the next call; undefined when there is none. Nothing else
   * may be received in between.
   */
  take(): Uint8Array | undefined {
    this.#giveBack();
    while (this.isReadable) {
      const packet = this.#ring[this.#next & this.#mask];
      if (packet === undefined) return undefined;
      this.#ring[this.#next & this.#mask] = undefined;
      this.#next = seqAfter(this.#next);
      this.#keptBytes -= packet.payloadLength;
      this.#keptCount -= 1;
      this.#lent = packet;
      if (packet.type === UTP_TYPE.fin) this.#isFinished = true;
      if (packet.payloadLength > 0) return packet.bytes.subarray(0, packet.payloadLength);
      this.#giveBack();
    }
    return undefined;
  }

  /** Returns the length of what was written, which is a multiple of 4 (BEP 29). */
  writeSelectiveAck(into: Uint8Array, at: number): number {
    const count = seqDistance(this.#ack, this.#furthest) - 1;
    if (count <= 0) return 0;
    const length = Math.min(Math.ceil(count / 32) * 4, SELECTIVE_ACK_LENGTH_MAX);
    for (let i = 0; i < length; i++) {
      let bits = 0;
      for (let bit = 0; bit < 8; bit++) {
        const offset = i * 8 + bit;
        if (offset >= count) break;
        if (this.#ring[seqAfter(this.#ack, 2 + offset) & this.#mask] !== undefined)
          bits |= 1 << bit;
      }
      into[at + i] = bits;
    }
    return length;
  }

  /** So many bytes came: more may be under way if it is the window that holds the peer back. */
  onBytes(length: number, leastRoundTripMs: Millis, now: Millis): void {
    this.#periodBytes += length;
    const passed = now - this.#periodSince;
    if (passed < leastRoundTripMs) return;
    const inRoundTrip = (this.#periodBytes * leastRoundTripMs) / passed;
    this.#periodSince = now;
    this.#periodBytes = 0;
    if (inRoundTrip > this.#capacity / 2) this.#widen();
  }

  /** Lets go of everything. */
  clear(): void {
    this.#pool.takeBack(this.#capacity - RECEIVE_WINDOW_START);
    this.#capacity = RECEIVE_WINDOW_START;
    this.#giveBack();
    for (const packet of this.#ring) if (packet !== undefined) this.#pool.give(packet);
    this.#ring.fill(undefined);
    this.#keptBytes = 0;
    this.#keptCount = 0;
    this.#next = seqAfter(this.#ack);
    this.#furthest = this.#ack;
  }

  #keep(packet: UtpPacket, datagram: Uint8Array, ahead: number): Arrival {
    const { seq, type, payloadAt } = packet;
    if (this.#ring[seq & this.#mask] !== undefined) return 'duplicate';
    const length = type === UTP_TYPE.data ? datagram.length - payloadAt : 0;
    // the next one may fill the window a little over: what is kept behind it waits for it
    const isNext = ahead === 1 && !this.isReadable;
    if (!isNext && (this.room < length || this.#pool.isScarce)) return 'refused';
    if (this.#ring.length === 0) this.#ring = emptyRing(this.#packetsAheadMax);
    const kept = this.#pool.take(length);
    kept.bytes.set(datagram.subarray(payloadAt, payloadAt + length));
    kept.type = type;
    kept.payloadLength = length;
    this.#ring[seq & this.#mask] = kept;
    this.#keptBytes += length;
    this.#keptCount += 1;
    if (type === UTP_TYPE.fin) this.#finSeq = seq;
    if (seqDistance(this.#furthest, seq) > 0) this.#furthest = seq;
    if (ahead === 1) this.#advance();
    return 'kept';
  }

  /** Makes room for twice as much, and as many packets, if all connections together may have it. */
  #widen(): void {
    if (this.#capacity >= RECEIVE_WINDOW_MAX || !this.#pool.grant(this.#capacity)) return;
    this.#capacity *= 2;
    const mask = 2 * this.#packetsAheadMax - 1;
    const ring = emptyRing(this.#ring.length === 0 ? 0 : mask + 1);
    const count = this.#ring.length === 0 ? 0 : seqDistance(this.#next, this.#furthest) + 1;
    for (let i = 0; i < count; i++) {
      const seq = seqAfter(this.#next, i);
      ring[seq & mask] = this.#ring[seq & this.#mask];
    }
    this.#ring = ring;
    this.#packetsAheadMax *= 2;
  }

  get #mask(): number {
    return this.#packetsAheadMax - 1;
  }

  #advance(): void {
    while (this.#ring[seqAfter(this.#ack) & this.#mask] !== undefined)
      this.#ack = seqAfter(this.#ack);
    if (seqDistance(this.#furthest, this.#ack) > 0) this.#furthest = this.#ack;
  }

  #giveBack(): void {
    if (this.#lent !== undefined) this.#pool.give(this.#lent);
    this.#lent = undefined;
  }
}

function emptyRing(length: number): (PacketBuffer | undefined)[] {
  return Array.from({ length }, () => undefined);
}
