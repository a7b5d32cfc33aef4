/** Wrong secrets, counted by address: after some nobody there is told any more whether one was right. */
import type { Clock } from '@coequal/base';

/** More than a person mistypes. Right secrets are let in all the same: 256 bits are not guessed, so a lock for all would only shut out the owner. */
const ATTEMPTS_MAX = 10;
const LOCKED_MS = 60_000;
/** Addresses that are remembered. */
const ADDRESSES_MAX = 1_000;

export class Attempts {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, { count: number; since: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False: there were too many, and the answer is to be the same for all. */
  note(address: string): boolean {
    const now = this.#clock.now();
    const known = this.#byAddress.get(address);
    const attempts =
      known === undefined || now - known.since > LOCKED_MS ? { count: 0, since: now } : known;
    attempts.count += 1;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, attempts);
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > ADDRESSES_MAX && oldest !== undefined)
      this.#byAddress.delete(oldest);
    return attempts.count <= ATTEMPTS_MAX;
  }
}
