/** Of what was asked of others in the last minutes, how much was never answered. */
import type { Millis } from '@coequal/base';

export interface Asked {
  readonly ended: number;
  readonly timedOut: number;
}

/** Long enough for a few look-ups and dials of a peer that does little, short enough to be "lately". */
const WINDOW_MS: Millis = 10 * 60_000;
const SAMPLE_MS: Millis = 60_000;

interface Sample {
  readonly at: Millis;
  readonly counts: Asked;
}

/** Over counts that only grow, but begin at 0 again with another engine. */
export class AnswerWindow {
  /** The oldest first: at most one more than minutes in the window. */
  #samples: Sample[] = [];
  #last: Asked = NOTHING;

  note(counts: Asked, now: Millis): void {
    if (counts.ended < this.#last.ended) this.#samples = [];
    this.#last = counts;
    const newest = this.#samples.at(-1);
    if (newest === undefined) this.#samples = [{ at: now, counts: NOTHING }];
    else if (now - newest.at >= SAMPLE_MS) this.#samples.push({ at: now, counts });
    while (this.#samples.length > 1 && (this.#samples[0]?.at ?? now) < now - WINDOW_MS)
      this.#samples.shift();
  }

  get recent(): Asked {
    const from = this.#samples[0]?.counts ?? NOTHING;
    return {
      ended: this.#last.ended - from.ended,
      timedOut: this.#last.timedOut - from.timedOut,
    };
  }
}

const NOTHING: Asked = { ended: 0, timedOut: 0 };
