/** What a bug may take down: the service that it is in, and the whole peer only when it comes again and again. */
import type { Clock, Millis } from '@coequal/base';

/** So many within this time, and restarts do not help. */
const BUGS_MAX = 5;
const BUGS_MS: Millis = 600_000;

export class BugWatch {
  readonly #clock: Clock;
  #at: Millis[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there were lately. */
  get count(): number {
    return this.#at.length;
  }

  /** Whether the peer may go on. */
  note(): boolean {
    const now = this.#clock.now();
    this.#at = [...this.#at.filter((at) => now - at < BUGS_MS), now];
    return this.#at.length < BUGS_MAX;
  }
}
