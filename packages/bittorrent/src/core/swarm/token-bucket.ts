/** Keeps a flow of bytes under a rate: in any second, at most 1.02 times what was allowed. */
import { assert } from '@coequal/base';
import type { Millis } from '@coequal/base';

/** What may go at once after a pause, as time at the full rate: with one block on top, under 1.02. */
const BURST_MS = 15;

/** Waiting for less than this is not worth a turn of the event loop. */
const GRANT_MS_MIN = 5;

/** So long at the least: what is missing may be less than the time of day can tell, and would be waited for without end. */
const WAIT_MS_MIN = 0.01;

/** Without a rate everything is granted. */
export class TokenBucket {
  #bytesPerSecond: number | undefined;
  /** Bytes that may go now; below 0 after `spend`. */
  #tokens = 0;
  #countedAt: Millis;

  constructor(bytesPerSecond: number | undefined, now: Millis) {
    this.#countedAt = now;
    this.setRate(bytesPerSecond, now);
    this.#tokens = this.#burst;
  }

  get bytesPerSecond(): number | undefined {
    return this.#bytesPerSecond;
  }

  /** Undefined: unlimited. What was spent already stays so. */
  setRate(bytesPerSecond: number | undefined, now: Millis): void {
    assert(bytesPerSecond === undefined || bytesPerSecond > 0, 'a rate of nothing would never end');
    this.#refill(now);
    this.#bytesPerSecond = bytesPerSecond;
    this.#tokens = Math.min(this.#tokens, this.#burst);
  }

  /** How many of these bytes may go now; they count as gone. */
  take(bytes: number, now: Millis): number {
    if (this.#bytesPerSecond === undefined) return bytes;
    this.#refill(now);
    const granted = Math.max(0, Math.min(bytes, Math.floor(this.#tokens)));
    this.#tokens -= granted;
    return granted;
  }

  /** Takes back what was granted and did not go. */
  refund(bytes: number): void {
    this.#tokens = Math.min(this.#tokens + bytes, this.#burst);
  }

  /** Whether something may go now. */
  isOpen(now: Millis): boolean {
    if (this.#bytesPerSecond === undefined) return true;
    this.#refill(now);
    return this.#tokens >= 1;
  }

  /** For what cannot be cut, or came already: counts all of it, and later flow pays for the excess. */
  spend(bytes: number, now: Millis): void {
    if (this.#bytesPerSecond === undefined) return;
    this.#refill(now);
    this.#tokens -= bytes;
  }

  /** When a worthwhile amount can be had; undefined if it can be had already. */
  get deadline(): Millis | undefined {
    const rate = this.#bytesPerSecond;
    if (rate === undefined) return undefined;
    const worthwhile = Math.max(1, (rate * GRANT_MS_MIN) / 1_000);
    if (this.#tokens >= worthwhile) return undefined;
    const waitMs = ((worthwhile - this.#tokens) * 1_000) / rate;
    return this.#countedAt + Math.max(waitMs, WAIT_MS_MIN);
  }

  get #burst(): number {
    const rate = this.#bytesPerSecond;
    return rate === undefined ? 0 : Math.max(1, (rate * BURST_MS) / 1_000);
  }

  #refill(now: Millis): void {
    const elapsedMs = Math.max(0, now - this.#countedAt);
    this.#countedAt = Math.max(now, this.#countedAt);
    if (this.#bytesPerSecond === undefined) return;
    const grown = this.#tokens + (elapsedMs * this.#bytesPerSecond) / 1_000;
    this.#tokens = Math.min(grown, this.#burst);
  }
}
