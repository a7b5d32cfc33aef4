/** How many messages the other side may send: so many at once, and in the long run one in so long. */
import { PeerFault } from './fault.ts';
import type { Millis } from './ports.ts';

/** Of one link; counts as time passes, and keeps nothing awake. */
export class Allowance {
  readonly #burst: number;
  readonly #eachMs: Millis;
  #left: number;
  #countedAt: Millis;

  constructor(burst: number, eachMs: Millis, now: Millis) {
    this.#burst = burst;
    this.#eachMs = eachMs;
    this.#left = burst;
    this.#countedAt = now;
  }

  /** One came. Throws PeerFault `TOO_MANY_MESSAGES`. */
  take(now: Millis): void {
    const grown = this.#left + (now - this.#countedAt) / this.#eachMs;
    this.#left = Math.min(this.#burst, grown) - 1;
    this.#countedAt = now;
    if (this.#left < 0) throw new PeerFault('TOO_MANY_MESSAGES');
  }
}
