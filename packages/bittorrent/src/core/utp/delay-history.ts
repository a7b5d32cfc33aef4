/**
 * How long packets wait in queues on their way to the peer: the delay now less the least one of the last
 * minutes (RFC 6817, section 2.4.2). Clocks of two peers have nothing in common: only differences count.
 */
import type { Millis } from '@coequal/base';

const MINUTE_MS = 60_000;

/** Minutes for which the base is kept: a path that has become longer is known as such after it (RFC 6817). */
const BASE_MINUTES = 10;

/** Latest samples, of which the least counts: one that was held up on the way back says nothing. */
const SAMPLES = 4;

/** A base of theirs that fell by more in one step is another path, not a clock that is fast. */
const DRIFT_MAX_MICROS = 10_000;

/** Difference of two 32-bit times, which wrap. */
function differenceOf(a: number, b: number): number {
  return (a - b) | 0;
}

export class DelayHistory {
  /** Least delay of each minute, in microseconds; [0] is the running minute. */
  readonly #bases: number[] = [];
  readonly #latest: number[] = [];
  #minuteEndsAt = -Infinity;
  #base = 0;
  #queueMs: Millis = 0;

  /** 0 until something was measured. */
  get queueMs(): Millis {
    return this.#queueMs;
  }

  /** The least delay there was, in microseconds of unknown origin; undefined before the first sample. */
  get base(): number | undefined {
    return this.#bases.length === 0 ? undefined : this.#base;
  }

  /** `delay` in microseconds, 32 bits. */
  add(delay: number, now: Millis): void {
    this.addBase(delay, now);
    this.#latest.push(delay);
    if (this.#latest.length > SAMPLES) this.#latest.shift();
    this.#measure();
  }

  /** The same, for who asks for the base alone. Returns by how many microseconds it fell. */
  addBase(delay: number, now: Millis): number {
    const before = this.base ?? delay;
    if (now >= this.#minuteEndsAt) {
      this.#minuteEndsAt = now + MINUTE_MS;
      this.#bases.unshift(delay);
      if (this.#bases.length > BASE_MINUTES) this.#bases.pop();
      this.#findBase();
    } else if (differenceOf(delay, this.#bases[0] ?? delay) < 0) {
      this.#bases[0] = delay;
      this.#findBase();
    }
    return differenceOf(before, this.#base);
  }

  /**
   * The delay in the other direction fell by so much at its least: their clock runs fast against ours, and
   * what we measure grows by as much without any queue.
   */
  onPeerBaseFell(micros: number): void {
    if (micros > DRIFT_MAX_MICROS) return;
    for (let i = 0; i < this.#bases.length; i++) {
      this.#bases[i] = ((this.#bases[i] ?? 0) + micros) >>> 0;
    }
    this.#findBase();
    this.#measure();
  }

  #findBase(): void {
    let base = this.#bases[0] ?? 0;
    for (const each of this.#bases) if (differenceOf(each, base) < 0) base = each;
    this.#base = base;
  }

  #measure(): void {
    let least = Infinity;
    for (const delay of this.#latest) least = Math.min(least, differenceOf(delay, this.#base));
    this.#queueMs = least === Infinity ? 0 : Math.max(least, 0) / 1_000;
  }
}
