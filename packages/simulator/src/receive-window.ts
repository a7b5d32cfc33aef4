/** How much of a stream may be on its way: what the receiving program has not read, and what is not known of it. */
import type { Millis } from '@coequal/base';
import type { EventQueue } from './event-queue.ts';

/** Bytes sent and not yet read by the receiving program: what a paused receiver can cost. */
const RECEIVE_WINDOW = 1_048_576;

export class ReceiveWindow {
  readonly #queue: EventQueue;
  readonly #onRoom: () => void;
  /** Sent, and not yet known to be read. */
  #unread = 0;
  /** What was read of it, and when the sender knows: looked at when it matters, since most streams never wait. */
  readonly #reads: { readonly length: number; readonly knownAt: Millis }[] = [];
  /** `full`: the sender waits, and no read is known to come; `waking`: one is. */
  #state: 'open' | 'full' | 'waking' = 'open';

  /** `onRoom` is called when there is room again after `room` said 0. */
  constructor(queue: EventQueue, onRoom: () => void) {
    this.#queue = queue;
    this.#onRoom = onRoom;
  }

  /** Bytes that may be sent now. */
  room(): number {
    let known = 0;
    for (const { length, knownAt } of this.#reads) {
      if (knownAt > this.#queue.now) break;
      this.#unread -= length;
      known += 1;
    }
    if (known > 0) this.#reads.splice(0, known);
    const room = RECEIVE_WINDOW - this.#unread;
    if (room === 0 && this.#state === 'open') this.#wait();
    return room;
  }

  sent(length: number): void {
    this.#unread += length;
  }

  /** The receiver has read that much, which the sender knows at `knownAt`. */
  read(length: number, knownAt: Millis): void {
    this.#reads.push({ length, knownAt });
    if (this.#state === 'full') this.#wait();
  }

  #wait(): void {
    const [next] = this.#reads;
    this.#state = next === undefined ? 'full' : 'waking';
    if (next === undefined) return;
    this.#queue.add(next.knownAt, 'window', undefined, true, () => {
      this.#state = 'open';
      this.#onRoom();
    });
  }
}
