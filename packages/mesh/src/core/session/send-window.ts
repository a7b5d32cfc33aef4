/**
 * How much may be under way. Of bulk as much as the way takes without a queue forming before its narrowest place: what
 * is said meanwhile on the other connection waits in that queue. The idea is that of LEDBAT (RFC 6817), over round trips.
 */
import type { Lane, Millis } from '@coequal/base';

/** Talk is not held back by delay: this bounds what is kept for being sent again. */
const TALK_WINDOW = 1_048_576;

const BULK_WINDOW_FIRST = 131_072;

/** Below it a window is one frame, and every hiccup stops the flow. */
const BULK_WINDOW_MIN = 16_384;

/** On a near link, where such a window is soon gone through, it is less of a queue than the programs at its ends make. */
const NEAR_WINDOW_MIN = 262_144;
const NEAR_MS: Millis = 5;
/** The same, of what arrived lately: when the programs are slow to get their turn, it is they who make it late. */
const NEAR_QUEUE_MS: Millis = 4;
const RATE_MS: Millis = 50;
const RATE_DECAY = 0.9;

/** Carries 800 Mbit/s over 80 ms; on near links delay ends growth long before. Also what is kept for sending again. */
const BULK_WINDOW_MAX = 8_388_608;

/** A longer queue is noticed by who talks. On near links, where all else is shorter, so is what is allowed. */
const QUEUE_MS_MAX: Millis = 25;
const QUEUE_MS_MIN: Millis = 3;

const CUT = 0.8;
/** Growth a round trip, once it is known how much the way takes. */
const GROWTH = 1 / 16;
const GROWTH_MIN = 8_192;

/** Late for so long, the way has a queue; for less, one of the programs was busy. */
const LATE_MS: Millis = 20;

/** At the smallest window and still late for so long: the way has become longer, not fuller. */
const LONGER_WAY_MS: Millis = 3_000;

/** Frames of data: short ones keep a slow link free for others; long ones cost a fast one less. */
const CHUNK_LENGTH_MIN = 8_192;
const CHUNK_LENGTH_MAX = 65_536;
/** On a near link time is taken by the programs at its ends more than by the way. */
const NEAR_CHUNK_LENGTH_MIN = 32_768;
/** A frame is what goes in so much time. */
const CHUNK_MS: Millis = 4;

export class SendWindow {
  readonly #lane: Lane;
  #bytes: number;
  #isStarting = true;
  #best: Millis | undefined;
  #smoothed: Millis | undefined;
  #cutAt: Millis = -Infinity;
  #lateSince: Millis | undefined;
  /** Bytes a millisecond: the most of late. */
  #rate = 0;
  #counted = 0;
  #countedSince: Millis = -Infinity;

  constructor(lane: Lane) {
    this.#lane = lane;
    this.#bytes = lane === 'talk' ? TALK_WINDOW : BULK_WINDOW_FIRST;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What acknowledgements take, over the last few. */
  get roundTripMs(): Millis | undefined {
    return this.#smoothed;
  }

  /** How long a frame of data should be. */
  get chunkLength(): number {
    const rate = this.#bytes / Math.max(this.#smoothed ?? Infinity, 0.1);
    const wanted = Math.min(rate * CHUNK_MS, this.#bytes / 4);
    const isNear = this.#best !== undefined && this.#best < NEAR_MS;
    const min = isNear ? NEAR_CHUNK_LENGTH_MIN : CHUNK_LENGTH_MIN;
    const whole = 2 ** Math.floor(Math.log2(Math.max(wanted, min)));
    return Math.min(whole, CHUNK_LENGTH_MAX);
  }

  /** Another path: nothing that was learned holds. */
  reset(): void {
    if (this.#lane === 'bulk') this.#bytes = BULK_WINDOW_FIRST;
    this.#isStarting = true;
    this.#best = undefined;
    this.#smoothed = undefined;
    this.#lateSince = undefined;
    this.#cutAt = -Infinity;
  }

  /**
   * @param roundTripMs of the last frame of them, undefined when it was sent more than once
   * @param isFull whether the window was what held back more
   */
  acknowledged(bytes: number, roundTripMs: Millis | undefined, isFull: boolean, now: Millis): void {
    this.#count(bytes, now);
    if (roundTripMs !== undefined) {
      this.#best = Math.min(this.#best ?? Infinity, roundTripMs);
      this.#smoothed = (this.#smoothed ?? roundTripMs) * 0.875 + roundTripMs * 0.125;
      if (this.#lane === 'bulk' && this.#isLate(roundTripMs, this.#best)) {
        this.#late(roundTripMs, this.#best, now);
        return;
      }
      this.#lateSince = undefined;
    }
    if (this.#lane === 'talk' || !isFull) return;
    const step = Math.max(this.#bytes * GROWTH, GROWTH_MIN);
    const more = this.#isStarting ? bytes : (step * bytes) / this.#bytes;
    this.#bytes = Math.min(this.#bytes + more, BULK_WINDOW_MAX);
  }

  #count(bytes: number, now: Millis): void {
    this.#counted += bytes;
    const ms = now - this.#countedSince;
    if (ms < RATE_MS) return;
    if (ms < RATE_MS * 10) this.#rate = Math.max(this.#counted / ms, this.#rate * RATE_DECAY);
    this.#counted = 0;
    this.#countedSince = now;
  }

  #isLate(roundTripMs: Millis, best: Millis): boolean {
    return roundTripMs > best + Math.min(Math.max(best, QUEUE_MS_MIN), QUEUE_MS_MAX);
  }

  #late(roundTripMs: Millis, best: Millis, now: Millis): void {
    this.#lateSince ??= now;
    const lateMs = now - this.#lateSince;
    if (lateMs < LATE_MS) return;
    this.#isStarting = false;
    const nearMin = Math.max(NEAR_WINDOW_MIN, this.#rate * NEAR_QUEUE_MS);
    const min = best < NEAR_MS ? nearMin : BULK_WINDOW_MIN;
    if (this.#bytes <= min) {
      this.#bytes = Math.min(min, BULK_WINDOW_MAX);
      if (lateMs < LONGER_WAY_MS) return;
      this.#lateSince = undefined;
      this.#best = roundTripMs;
      return;
    }
    // once a round trip: what was sent before the last cut tells of the time before it
    if (now - this.#cutAt < roundTripMs) return;
    this.#cutAt = now;
    this.#lateSince = now - LATE_MS;
    this.#bytes = Math.min(Math.max(this.#bytes * CUT, min), BULK_WINDOW_MAX);
  }
}
