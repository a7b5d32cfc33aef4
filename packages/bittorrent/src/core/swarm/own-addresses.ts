/** Addresses that lead to ourselves: as we found, and as others say. */
import { LeanMap, LeanSet } from '@coequal/base';
import type { Millis } from '@coequal/base';

/** Addresses of our own that are remembered: interfaces, and what others see us as. */
const OWN_MAX = 64;

/**
 * Addresses that others say are ours: as many as a computer has. They may lie, to hide a peer, so such an
 * address is not given up but left for later; if it is ours, dialling it once proves that.
 */
const TOLD_OWN_MAX = 4;
const TOLD_OWN_WAIT_MS = 10 * 60_000;

/** Keys are those of the pool. */
export class OwnAddresses {
  readonly #own = new LeanSet<string>();
  /** With when they may be dialled all the same. */
  readonly #told = new LeanMap<string, Millis>();

  has(key: string): boolean {
    return this.#own.has(key);
  }

  add(key: string): void {
    addBounded(this.#own, key, OWN_MAX);
  }

  /** Somebody else says so. Returns until when it waits; said again, it does not wait any longer. */
  told(key: string, now: Millis): Millis | undefined {
    if (this.#told.has(key)) return undefined;
    const until = now + TOLD_OWN_WAIT_MS;
    this.#told.set(key, until);
    const [oldest] = this.#told.keys();
    if (this.#told.size > TOLD_OWN_MAX && oldest !== undefined) this.#told.delete(oldest);
    return until;
  }

  /** When it may be dialled, if others say that it is ours. */
  notBefore(key: string): Millis | undefined {
    return this.#told.get(key);
  }
}

/** A set iterates in the order of addition: the first is the oldest. */
export function addBounded(set: LeanSet<string>, key: string, max: number): void {
  set.add(key);
  if (set.size <= max) return;
  const [oldest] = set;
  if (oldest !== undefined) set.delete(oldest);
}
