/** Whether something happens too often. */
import type { Millis } from '@coequal/base';

export class EventRate {
  readonly #max: number;
  readonly #withinMs: Millis;
  /** Of those that were let pass, oldest first. */
  readonly #times: Millis[] = [];

  /** At most so many in any such time. */
  constructor(max: number, withinMs: Millis) {
    this.#max = max;
    this.#withinMs = withinMs;
  }

  /** Whether one more may happen now; it counts as happened. */
  take(now: Millis): boolean {
    while ((this.#times[0] ?? now) <= now - this.#withinMs) this.#times.shift();
    if (this.#times.length >= this.#max) return false;
    this.#times.push(now);
    return true;
  }
}
