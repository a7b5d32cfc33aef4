/**
 * Packets that were received: in order they are handed over at once as views of their datagram; out of
 * order, or while nobody reads, they are copied and kept, within bounds.
 */
import type { PacketBuffer, PacketPool } from './packet-buffer.ts';
import { seqAfter, seqDistance, UTP_TYPE } from './utp-packet.ts';
import type { UtpPacket } from './utp-packet.ts';

/** Bytes kept for one connection; also what the peer may have under way. As libutp and libtorrent. */
export const RECEIVE_WINDOW_MAX: number = 1_024 * 1_024;

/** How far a packet may be ahead of what was handed over: as the rings of others. */
const PACKETS_AHEAD_MAX = 1_024;
const RING_MASK = PACKETS_AHEAD_MAX - 1;

/** Bytes of a selective acknowledgement: the whole ring, a bit each. */
export const SELECTIVE_ACK_LENGTH_MAX = 128;

export type Arrival = 'in-order' | 'kept' | 'duplicate' | 'refused';

export class ReceiveWindow {
  readonly #pool: PacketPool;
  readonly #ring: (PacketBuffer | undefined)[];
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
    this.#ring = Array.from({ length: PACKETS_AHEAD_MAX }, () => undefined);
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
    return Math.max(RECEIVE_WINDOW_MAX - this.#keptBytes, 0);
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
    if (seqDistance(this.#next, seq) >= PACKETS_AHEAD_MAX) return 'refused';
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
      const packet = this.#ring[this.#next & RING_MASK];
      if (packet === undefined) return undefined;
      this.#ring[this.#next & RING_MASK] = undefined;
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
        if (this.#ring[seqAfter(this.#ack, 2 + offset) & RING_MASK] !== undefined) bits |= 1 << bit;
      }
      into[at + i] = bits;
    }
    return length;
  }

  /** Lets go of everything. */
  clear(): void {
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
    if (this.#ring[seq & RING_MASK] !== undefined) return 'duplicate';
    const length = type === UTP_TYPE.data ? datagram.length - payloadAt : 0;
    // the next one may fill the window a little over: what is kept behind it waits for it
    const isNext = ahead === 1 && !this.isReadable;
    if (!isNext && (this.room < length || this.#pool.isScarce)) return 'refused';
    const kept = this.#pool.take(length);
    kept.bytes.set(datagram.subarray(payloadAt, payloadAt + length));
    kept.type = type;
    kept.payloadLength = length;
    this.#ring[seq & RING_MASK] = kept;
    this.#keptBytes += length;
    this.#keptCount += 1;
    if (type === UTP_TYPE.fin) this.#finSeq = seq;
    if (seqDistance(this.#furthest, seq) > 0) this.#furthest = seq;
    if (ahead === 1) this.#advance();
    return 'kept';
  }

  #advance(): void {
    while (this.#ring[seqAfter(this.#ack) & RING_MASK] !== undefined)
      this.#ack = seqAfter(this.#ack);
    if (seqDistance(this.#furthest, this.#ack) > 0) this.#furthest = this.#ack;
  }

  #giveBack(): void {
    if (this.#lent !== undefined) this.#pool.give(this.#lent);
    this.#lent = undefined;
  }
}
