/** Speed over the last minute, hour and day, in rings of averages. */
import type { SpeedHistory } from '@coequal/contract';

export type SpeedSpan = 'minute' | 'hour' | 'day';

const RINGS = {
  minute: { intervalSeconds: 1, count: 60 },
  hour: { intervalSeconds: 10, count: 360 },
  day: { intervalSeconds: 300, count: 288 },
} as const satisfies Readonly<Record<SpeedSpan, object>>;

class Ring {
  readonly intervalSeconds: number;
  readonly #down: Uint32Array;
  readonly #up: Uint32Array;
  /** Samples written so far; the next place is this modulo the length. */
  #written = 0;
  #sum = { down: 0, up: 0, samples: 0 };

  constructor({ intervalSeconds, count }: { intervalSeconds: number; count: number }) {
    this.intervalSeconds = intervalSeconds;
    this.#down = new Uint32Array(count);
    this.#up = new Uint32Array(count);
  }

  add(down: number, up: number): void {
    const sum = this.#sum;
    sum.down += down;
    sum.up += up;
    sum.samples += 1;
    if (sum.samples < this.intervalSeconds) return;
    const at = this.#written % this.#down.length;
    this.#down[at] = sum.down / sum.samples;
    this.#up[at] = sum.up / sum.samples;
    this.#written += 1;
    this.#sum = { down: 0, up: 0, samples: 0 };
  }

  report(): SpeedHistory {
    const { intervalSeconds } = this;
    return { intervalSeconds, down: this.#inOrder(this.#down), up: this.#inOrder(this.#up) };
  }

  #inOrder(values: Uint32Array): number[] {
    const { length } = values;
    if (this.#written <= length) return [...values.subarray(0, this.#written)];
    const oldest = this.#written % length;
    return [...values.subarray(oldest), ...values.subarray(0, oldest)];
  }
}

/** One sample a second. */
export class SpeedRings {
  readonly #rings: Readonly<Record<SpeedSpan, Ring>> = {
    minute: new Ring(RINGS.minute),
    hour: new Ring(RINGS.hour),
    day: new Ring(RINGS.day),
  };

  /** Bytes per second, up to 4 GB/s. */
  add(down: number, up: number): void {
    for (const ring of Object.values(this.#rings)) ring.add(down, up);
  }

  report(span: SpeedSpan): SpeedHistory {
    return this.#rings[span].report();
  }
}
