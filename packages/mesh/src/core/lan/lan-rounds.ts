/**
 * When something is told to the group: in rounds, each twice as long after the last as that was (RFC 6762, section 5.2),
 * and in answer to who asks.
 */
import type { Millis, Random } from '@coequal/base';

const ROUND_FIRST_MS = 1_000;
/** RFC 6762, section 6: an answer waits so that not all come at once, and comes once a second at most. */
const ANSWER_DELAY_MS: readonly [number, number] = [20, 120];
const ANSWER_GAP_MS = 1_000;

export class LanRounds {
  readonly #random: Random;
  readonly #roundMsMax: Millis;
  #roundAt: Millis | undefined;
  #roundMs = ROUND_FIRST_MS;
  #answerAt: Millis | undefined;
  #answeredAt: Millis = -Infinity;

  constructor(random: Random, roundMsMax: Millis) {
    this.#random = random;
    this.#roundMsMax = roundMsMax;
  }

  get deadline(): Millis | undefined {
    const due = [this.#roundAt, this.#answerAt].filter((at) => at !== undefined);
    return due.length === 0 ? undefined : Math.min(...due);
  }

  /** A round is told now; the next ones are soon, since what is sent to a group may be lost. */
  begin(now: Millis): void {
    this.#roundMs = ROUND_FIRST_MS;
    this.#next(now);
  }

  /** What is due, which is so no more. */
  take(now: Millis): 'round' | 'answer' | undefined {
    if (this.#roundAt !== undefined && now >= this.#roundAt) {
      this.#next(now);
      return 'round';
    }
    if (this.#answerAt === undefined || now < this.#answerAt) return undefined;
    this.#answerAt = undefined;
    return 'answer';
  }

  /** Somebody asks. */
  asked(now: Millis): void {
    if (this.#answerAt !== undefined) return;
    const [least, most] = ANSWER_DELAY_MS;
    const delay = least + this.#random.number() * (most - least);
    this.#answerAt = Math.max(now + delay, this.#answeredAt + ANSWER_GAP_MS);
  }

  /** It is told by then, as if somebody had asked. */
  tellBy(at: Millis): void {
    this.#answerAt = Math.min(this.#answerAt ?? Infinity, at);
  }

  /** All was told, whoever asked. */
  told(now: Millis): void {
    this.#answeredAt = now;
    this.#answerAt = undefined;
  }

  /** There is nothing to tell, or nobody. */
  stop(): void {
    this.#roundAt = undefined;
    this.#answerAt = undefined;
  }

  #next(now: Millis): void {
    this.#roundAt = now + this.#roundMs * (1 + this.#random.number() / 4);
    this.#roundMs = Math.min(2 * this.#roundMs, this.#roundMsMax);
  }
}
