/** When a node may be asked for a sample of its info hashes again: not before the interval that it names (BEP 51). */
import type { Endpoint, Millis } from '@coequal/base';
import { endpointKey } from './address-rules.ts';

/** BEP 51: no interval is longer. Of a node that names none, or has not answered, it is taken to be this. */
const INTERVAL_MAX_MS: Millis = 21_600_000;

/** Also of a node that says 0: it would give little that is new. */
const INTERVAL_MIN_MS: Millis = 60_000;

/** Nodes that are remembered; when they are so many, no other is asked before one of them may be again. */
const TIMES_MAX = 50_000;

export class SampleTimes {
  readonly #until = new Map<string, Millis>();

  mayAsk(node: Endpoint, now: Millis): boolean {
    const until = this.#until.get(endpointKey(node));
    if (until !== undefined) return until <= now;
    if (this.#until.size >= TIMES_MAX) this.#forget(now);
    return this.#until.size < TIMES_MAX;
  }

  asked(node: Endpoint, now: Millis): void {
    this.#until.set(endpointKey(node), now + INTERVAL_MAX_MS);
  }

  /** When it may be asked again. */
  answered(node: Endpoint, intervalSeconds: number | undefined, now: Millis): Millis {
    const named = intervalSeconds === undefined ? INTERVAL_MAX_MS : intervalSeconds * 1_000;
    const until = now + Math.max(INTERVAL_MIN_MS, Math.min(INTERVAL_MAX_MS, named));
    this.#until.set(endpointKey(node), until);
    return until;
  }

  #forget(now: Millis): void {
    for (const [key, until] of this.#until) if (until <= now) this.#until.delete(key);
  }
}
