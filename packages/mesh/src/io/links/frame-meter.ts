/** How many frames of a device are looked at: a bucket of tokens, which fills each second. */
import type { Millis } from '@coequal/base';

/** Of frames whose number costs more than their length. */
const SHORT_LENGTH = 1_024;

/** Seconds of the rate that may come at once. */
const BURST_SECONDS = 1;

export class FrameMeter {
  #tokens: number;
  #filledAt: Millis;

  constructor(perSecond: number, now: Millis) {
    this.#tokens = perSecond * BURST_SECONDS;
    this.#filledAt = now;
  }

  /** One more message of that length. Returns for how long none should be read, 0 as long as all is well. */
  take(length: number, perSecond: number, now: Millis): Millis {
    if (length > SHORT_LENGTH) return 0;
    const filled = this.#tokens + ((now - this.#filledAt) / 1_000) * perSecond;
    this.#tokens = Math.min(filled, perSecond * BURST_SECONDS) - 1;
    this.#filledAt = now;
    if (this.#tokens >= 0) return 0;
    return (BURST_SECONDS / 2 - this.#tokens / perSecond) * 1_000;
  }
}
