/** When a packet is due that only acknowledges: soon after a lone packet, at once after two or a surprise. */
import type { Millis } from '@coequal/base';
import { RECEIVE_WINDOW_MAX } from './receive-window.ts';

/** A lone packet is acknowledged after this, unless there is something to send by then. */
const ACK_DELAY_MS: Millis = 20;

/** Packets acknowledged by one, if no datagram of ours goes sooner. */
const PACKETS_PER_ACK = 2;

/** What is worth telling a peer that waits for room. */
const WINDOW_STEP = RECEIVE_WINDOW_MAX / 4;

export class AckSchedule {
  #isUrgent = true;
  #packets = 0;
  #deadline: Millis = Infinity;
  #toldRoom: number = RECEIVE_WINDOW_MAX;

  get deadline(): Millis {
    return this.#deadline;
  }

  get isDue(): boolean {
    return this.#isUrgent || this.#packets >= PACKETS_PER_ACK;
  }

  /** The peer waits for a word, or would send again what we have. */
  hurry(): void {
    this.#isUrgent = true;
  }

  onPacket(now: Millis): void {
    this.#packets += 1;
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
}
