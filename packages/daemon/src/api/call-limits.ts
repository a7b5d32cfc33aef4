/** How often one caller may ask. */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';

/** A page with every graph open asks ten times a second; a script may ask for much at once. */
const CALLS_PER_SECOND = 100;
const CALLS_AT_ONCE = 300;
/** Callers that are remembered: those that ask. */
const CALLERS_MAX = 1_000;

export class CallLimits {
  readonly #clock: Clock;
  readonly #byCaller = new Map<string, { left: number; at: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Throws LocalFault `TOO_MANY_REQUESTS`. */
  spend(caller: string): void {
    const now = this.#clock.now();
    const known = this.#byCaller.get(caller) ?? { left: CALLS_AT_ONCE, at: now };
    const gained = ((now - known.at) * CALLS_PER_SECOND) / 1_000;
    const left = Math.min(CALLS_AT_ONCE, known.left + gained);
    this.#byCaller.delete(caller);
    this.#byCaller.set(caller, { left: Math.max(0, left - 1), at: now });
    const [oldest] = this.#byCaller.keys();
    if (this.#byCaller.size > CALLERS_MAX && oldest !== undefined) this.#byCaller.delete(oldest);
    if (left < 1) throw new LocalFault('TOO_MANY_REQUESTS', { perSecond: CALLS_PER_SECOND });
  }
}
