/** Round-trip time, and how long to wait before something is sent again (RFC 6298, with BEP 29's least wait). */
import type { Millis } from '@coequal/base';

const TIMEOUT_MS_START = 1_000;

/** BEP 29; acknowledgements are put off for a while, and the system may be busy. */
const TIMEOUT_MS_MIN = 500;

/** So that a peer that is there again is noticed. */
const RETRANSMIT_TIMEOUT_MS_MAX = 15_000;

export class RoundTrip {
  #smoothed: Millis | undefined;
  #variance: Millis = 0;
  #least: Millis = Infinity;
  #timeoutMs: Millis = TIMEOUT_MS_START;

  get timeoutMs(): Millis {
    return this.#timeoutMs;
  }

  /** Before the first sample, what is likely. */
  get smoothedMs(): Millis {
    return this.#smoothed ?? 100;
  }

  get leastMs(): Millis {
    return this.#least;
  }

  add(sample: Millis): void {
    this.#least = Math.min(this.#least, sample);
    if (this.#smoothed === undefined) {
      this.#smoothed = sample;
      this.#variance = sample / 2;
    } else {
      this.#variance += (Math.abs(this.#smoothed - sample) - this.#variance) / 4;
      this.#smoothed += (sample - this.#smoothed) / 8;
    }
    const timeout = this.#smoothed + 4 * this.#variance;
    this.#timeoutMs = Math.min(Math.max(timeout, TIMEOUT_MS_MIN), RETRANSMIT_TIMEOUT_MS_MAX);
  }

  /** Nothing came in time: the next wait is twice as long. */
  backOff(): void {
    this.#timeoutMs = Math.min(this.#timeoutMs * 2, RETRANSMIT_TIMEOUT_MS_MAX);
  }
}
