/** Bytes per second over a sliding window, and over its last few seconds. No timers: O(1) a call. */
import type { Millis } from '@coequal/base';

const BUCKET_MS = 1_000;

/** Seconds in the window: long enough for choking to compare peers by it (rounds of 10 s, BEP 3). */
const BUCKETS = 16;

/** Buckets in the fast view, which is what people are shown. */
const RECENT_BUCKETS = 3;

/** A meter younger than that has not seen a second: its rate is taken over this time. */
const AGE_MIN_MS = 1_000;

export class RateMeter {
  /** Bytes in each bucket, by the number of the bucket modulo their count. */
  readonly #buckets = new Float64Array(BUCKETS);
  #newest = 0;
  #windowBytes = 0;
  #startedAt: Millis | undefined;
  #totalBytes = 0;

  /** Bytes ever added. */
  get totalBytes(): number {
    return this.#totalBytes;
  }

  add(bytes: number, now: Millis): void {
    if (this.#startedAt === undefined) {
      this.#startedAt = now;
      this.#newest = Math.floor(now / BUCKET_MS);
    }
    this.#advance(now);
    const slot = this.#newest % BUCKETS;
    this.#buckets[slot] = (this.#buckets[slot] ?? 0) + bytes;
    this.#windowBytes += bytes;
    this.#totalBytes += bytes;
  }

  /** Bytes per second over the last 15 to 16 seconds. */
  rate(now: Millis): number {
    return this.#rateOver(BUCKETS, now);
  }

  /** Bytes per second over the last 2 to 3 seconds. */
  recentRate(now: Millis): number {
    return this.#rateOver(RECENT_BUCKETS, now);
  }

  #rateOver(buckets: number, now: Millis): number {
    if (this.#startedAt === undefined) return 0;
    this.#advance(now);
    let bytes = this.#windowBytes;
    if (buckets < BUCKETS) {
      bytes = 0;
      for (let age = 0; age < buckets; age++) {
        if (this.#newest >= age) bytes += this.#buckets[(this.#newest - age) % BUCKETS] ?? 0;
      }
    }
    const coveredMs = (buckets - 1) * BUCKET_MS + (now - this.#newest * BUCKET_MS);
    const ageMs = Math.max(AGE_MIN_MS, now - this.#startedAt);
    return (bytes * 1_000) / Math.min(ageMs, coveredMs);
  }

  /** Makes the bucket of `now` the newest, and forgets those that left the window. */
  #advance(now: Millis): void {
    const bucket = Math.floor(now / BUCKET_MS);
    const steps = Math.min(bucket - this.#newest, BUCKETS);
    if (steps <= 0) return;
    for (let step = 0; step < steps; step++) {
      const slot = (bucket - step) % BUCKETS;
      this.#windowBytes -= this.#buckets[slot] ?? 0;
      this.#buckets[slot] = 0;
    }
    this.#newest = bucket;
  }
}
