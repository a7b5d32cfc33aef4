/**
 * When the next packet may go. A window is spread over a round trip (RFC 9002, section 7.7): sent at once,
 * as after a pause, it overflows queues that are long enough for the flow itself.
 */
import type { Millis } from '@coequal/base';
import type { Ledbat } from './ledbat.ts';
import { DATAGRAM_LENGTH_MAX } from './packet-buffer.ts';
import type { RoundTrip } from './round-trip.ts';

/** On shorter paths acknowledgements come as often as timers could. */
const PACED_FROM_MS: Millis = 10;

/** Windows in a round trip: some more than one, or the window would never be full (RFC 9002); in slow start it doubles. */
const WINDOWS = 1.25;
const WINDOWS_IN_SLOW_START = 2;

/** What may go at once: ten packets (RFC 6928), and of a fast flow what it sends until a timer that is late. */
const BURST_LENGTH = 10 * DATAGRAM_LENGTH_MAX;
const BURST_MS: Millis = 4;

/** No timer is finer. */
const WAIT_MS_MIN: Millis = 1;

export class Pacer {
  readonly #ledbat: Ledbat;
  readonly #roundTrip: RoundTrip;
  /** Bytes that may go now; it may fall below 0 by a packet. */
  #credit = 0;
  #since: Millis = -Infinity;
  #deadline: Millis = Infinity;

  constructor(ledbat: Ledbat, roundTrip: RoundTrip) {
    this.#ledbat = ledbat;
    this.#roundTrip = roundTrip;
  }

  /** When what was refused may go; Infinity when nothing was. */
  get deadline(): Millis {
    return this.#deadline;
  }

  /** Nothing waits for it. */
  reset(): void {
    this.#deadline = Infinity;
  }

  /** Whether a packet may go. */
  admits(now: Millis): boolean {
    if (this.#roundTrip.leastMs < PACED_FROM_MS) return true;
    const { window, isSlowStart } = this.#ledbat;
    const windows = isSlowStart ? WINDOWS_IN_SLOW_START : WINDOWS;
    const bytesPerMs = (windows * window) / this.#roundTrip.smoothedMs;
    const burst = Math.max(BURST_LENGTH, bytesPerMs * BURST_MS);
    this.#credit = Math.min(this.#credit + (now - this.#since) * bytesPerMs, burst);
    this.#since = now;
    if (this.#credit > 0) return true;
    this.#deadline = now + Math.max(-this.#credit / bytesPerMs, WAIT_MS_MIN);
    return false;
  }

  onSent(length: number): void {
    this.#credit -= length;
  }
}
