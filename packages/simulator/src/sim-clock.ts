/** Clock of one life of a host, on virtual time. */
import type { Cancel, Clock, Millis } from '@coequal/base';
import type { EventQueue } from './event-queue.ts';
import type { Life } from './life.ts';

/** 2026-01-01T00:00:00Z: when every world begins. */
const EPOCH_START_MS = 1_767_225_600_000;

export class SimClock implements Clock {
  readonly #queue: EventQueue;
  readonly #life: Life;
  readonly #offsetMs: number;

  /**
   * @param offsetMs whole; what the monotonic clock showed when the world began. It differs from life
   * to life, as it does after a reboot, so that a time kept across lives shows as the bug it is.
   */
  constructor(queue: EventQueue, life: Life, offsetMs: number) {
    this.#queue = queue;
    this.#life = life;
    this.#offsetMs = offsetMs;
  }

  now(): Millis {
    return this.#queue.now + this.#offsetMs;
  }

  epochNow(): number {
    return EPOCH_START_MS + Math.floor(this.#queue.now);
  }

  at(when: Millis, run: () => void): Cancel {
    return this.#life.after(when - this.#offsetMs - this.#queue.now, 'timer', run);
  }
}
