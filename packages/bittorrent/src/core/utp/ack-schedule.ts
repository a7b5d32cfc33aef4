/** When a packet is due that only acknowledges: soon after a lone packet, at once after two or a surprise. */
import type { Millis } from '@coequal/base';
import { RECEIVE_WINDOW_START } from './receive-window.ts';

/** A lone packet is acknowledged after this, unless there is something to send by then. */
const ACK_DELAY_MS: Millis = 20;

/**
 * Packets acknowledged by one, if no datagram of ours goes sooner: two, and of a fast flow so many that
 * there are still several in each period. Each costs both sides as much as a packet of data.
 */
const PACKETS_PER_ACK_MIN = 2;
const PACKETS_PER_ACK_MAX = 16;
const PERIOD_MS: Millis = 10;
const ACKS_PER_PERIOD = 8;

/** What is worth telling a peer that waits for room. */
const WINDOW_STEP = RECEIVE_WINDOW_START / 4;

export class AckSchedule {
  #isUrgent = true;
  #packets = 0;
  #packetsPerAck: number = PACKETS_PER_ACK_MIN;
  #periodEndsAt: Millis = -Infinity;
  #periodPackets = 0;
  #deadline: Millis = Infinity;
  #toldRoom: number = RECEIVE_WINDOW_START;

  get deadline(): Millis {
    return this.#deadline;
  }

  get isDue(): boolean {
    return this.#isUrgent || this.#packets >= this.#packetsPerAck;
  }

  /** The peer waits for a word, or would send again what we have. */
  hurry(): void {
    this.#isUrgent = true;
  }

  onPacket(now: Millis): void {
    this.#packets += 1;
    this.#periodPackets += 1;
    if (now >= this.#periodEndsAt) this.#adapt(now);
    if (this.#packets === 1) this.#deadline = now + ACK_DELAY_MS;
  }

  /** There is so much room now. */
  onRoom(room: number): void {
    const hadLittle = this.#toldRoom < WINDOW_STEP;
    if (hadLittle && room >= this.#toldRoom + WINDOW_STEP) this.#isUrgent = true;
  }

  /** Something went out, which acknowledges all that came in and tells the room. */
  onSent(room: number): void {
    this.#toldRoom = room;
    this.#packets = 0;
    this.#deadline = Infinity;
    this.#isUrgent = false;
  }

  #adapt(now: Millis): void {
    const isOver = now >= this.#periodEndsAt + PERIOD_MS;
    const count = isOver ? 0 : Math.floor(this.#periodPackets / ACKS_PER_PERIOD);
    this.#packetsPerAck = Math.min(Math.max(count, PACKETS_PER_ACK_MIN), PACKETS_PER_ACK_MAX);
    this.#periodEndsAt = now + PERIOD_MS;
    this.#periodPackets = 0;
  }
}
