/**
 * How much may be in flight: LEDBAT (RFC 6817 with the target of BEP 29), which uses what others
 * leave and keeps the queue at the bottleneck near a target.
 *
 * From LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus) it has what RFC 6817 leaves open: slow start that ends
 * below the target, a decrease in proportion to the window, and slowdowns from time to time. In these the
 * queue drains, so that all flows measure the same base delay: without them a flow that comes later takes
 * the queue of an earlier one for distance, and drives it out.
 */
import type { Millis } from '@coequal/base';
import { DelayHistory } from './delay-history.ts';

/** BEP 29. */
const TARGET_MS: Millis = 100;

/** Slow start ends at this part of the target: what is under way then still comes on top. */
const SLOW_START_END = 0.75;

/**
 * Bytes that the window grows by in a round trip while the queue is empty, as in libutp. BEP 29 names no
 * number; RFC 6817 would have one packet.
 */
const GAIN_PER_ROUND_TRIP = 3_000;

/** The greatest part of the window that one round trip above the target takes. */
const DECREASE_MAX = 0.5;

/** Packets at the start (RFC 5681), and in a slowdown (LEDBAT++). */
const PACKETS_AT_START = 3;
const PACKETS_IN_SLOWDOWN = 2;

/** Round trips of a slowdown, and those between the end of the first slow start and the first slowdown. */
const SLOWDOWN_ROUND_TRIPS = 2;

/**
 * A queue that is shorter than this is nothing to drain, and nobody takes it for distance: then a slowdown
 * waits. It is what flows are held up by whose path is limited by something else than a queue.
 */
const SLOWDOWN_QUEUE_MS_MIN: Millis = 10;

/** From one slowdown to the next, as a multiple of how long it took until all was as before: costs a tenth. */
const SLOWDOWN_INTERVAL = 9;

/** More than any network between two peers holds. */
const CONGESTION_WINDOW_MAX = 8 * 1_024 * 1_024;

type Phase =
  | { readonly type: 'slow-start' }
  | { readonly type: 'steady'; readonly slowdownAt: Millis }
  | { readonly type: 'slowdown'; readonly since: Millis; readonly until: Millis }
  | { readonly type: 'recovery'; readonly since: Millis };

export class Ledbat {
  readonly delays: DelayHistory = new DelayHistory();
  #packetLength: number;
  #window: number;
  /** Up to here the window grows fast. */
  #threshold = CONGESTION_WINDOW_MAX;
  #phase: Phase = { type: 'slow-start' };

  constructor(packetLength: number) {
    this.#packetLength = packetLength;
    this.#window = PACKETS_AT_START * packetLength;
  }

  /** Bytes that may be in flight. */
  get window(): number {
    return this.#window;
  }

  get isSlowStart(): boolean {
    return this.#phase.type === 'slow-start';
  }

  set packetLength(length: number) {
    this.#packetLength = length;
    this.#window = Math.max(this.#window, length);
  }

  /** `isFull`: the window was what held the sender back; otherwise growing would tell nothing. */
  onAck(ackedBytes: number, isFull: boolean, roundTripMs: Millis, now: Millis): void {
    const queueMs = this.delays.queueMs;
    const phase = this.#phase;
    switch (phase.type) {
      case 'slow-start':
        if (queueMs > TARGET_MS * SLOW_START_END) this.#endSlowStart(roundTripMs, now);
        else if (isFull) this.#grow(ackedBytes);
        if (this.#window >= this.#threshold) this.#phase = this.#steady(roundTripMs, now);
        return;
      case 'steady':
        // who does not fill the window makes no queue that would have to drain
        if (isFull && now >= phase.slowdownAt && queueMs > SLOWDOWN_QUEUE_MS_MIN)
          this.#slowDown(roundTripMs, now);
        else this.#steer(ackedBytes, isFull, queueMs);
        return;
      case 'slowdown':
        if (now >= phase.until) this.#phase = { type: 'recovery', since: phase.since };
        return;
      case 'recovery':
        this.#grow(ackedBytes);
        if (this.#window < this.#threshold && queueMs <= TARGET_MS * SLOW_START_END) return;
        this.#phase = {
          type: 'steady',
          slowdownAt: now + SLOWDOWN_INTERVAL * (now - phase.since),
        };
    }
  }

  /** A packet was lost that was sent after the last loss: call it once a round trip. */
  onLoss(roundTripMs: Millis, now: Millis): void {
    const { type } = this.#phase;
    const isSlowed = type === 'slowdown' || type === 'recovery';
    const before = isSlowed ? this.#threshold : this.#window;
    this.#threshold = Math.max(before / 2, this.#packetLength);
    this.#window = Math.min(this.#window, this.#threshold);
    if (type === 'slow-start') this.#phase = this.#steady(roundTripMs, now);
  }

  /** Nothing came back for long: begins anew with one packet. */
  onTimeout(): void {
    this.#threshold = Math.max(this.#window / 2, PACKETS_IN_SLOWDOWN * this.#packetLength);
    this.#window = this.#packetLength;
    this.#phase = { type: 'slow-start' };
  }

  /** Nothing was under way for long: what was known of the path is old, and a whole window at once a burst. */
  onIdle(): void {
    if (this.#phase.type !== 'steady') return;
    this.#threshold = this.#window;
    this.#window = Math.min(this.#window, PACKETS_AT_START * this.#packetLength);
    this.#phase = { type: 'slow-start' };
  }

  #grow(bytes: number): void {
    this.#window = Math.min(this.#window + bytes, this.#threshold, CONGESTION_WINDOW_MAX);
  }

  #steer(ackedBytes: number, isFull: boolean, queueMs: Millis): void {
    const excess = queueMs / TARGET_MS - 1;
    if (excess <= 0) {
      if (!isFull) return;
      const gain = (-excess * GAIN_PER_ROUND_TRIP * ackedBytes) / this.#window;
      this.#window = Math.min(this.#window + gain, CONGESTION_WINDOW_MAX);
    } else {
      const less = ackedBytes * Math.min(excess, DECREASE_MAX);
      this.#window = Math.max(this.#window - less, this.#packetLength);
    }
  }

  #endSlowStart(roundTripMs: Millis, now: Millis): void {
    this.#threshold = this.#window;
    this.#phase = this.#steady(roundTripMs, now);
  }

  #steady(roundTripMs: Millis, now: Millis): Phase {
    return { type: 'steady', slowdownAt: now + SLOWDOWN_ROUND_TRIPS * roundTripMs };
  }

  #slowDown(roundTripMs: Millis, now: Millis): void {
    this.#threshold = this.#window;
    this.#window = Math.min(this.#window, PACKETS_IN_SLOWDOWN * this.#packetLength);
    const until = now + SLOWDOWN_ROUND_TRIPS * roundTripMs;
    this.#phase = { type: 'slowdown', since: now, until };
  }
}
