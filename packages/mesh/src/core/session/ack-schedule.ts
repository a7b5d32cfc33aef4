/** When what came is acknowledged: soon, and not for each frame. */
import type { Lane, Millis } from '@coequal/base';

/** At the latest. The sender is told how long it was, so that it does not take it for the way. */
const ACK_DELAY_MS: Readonly<Record<Lane, Millis>> = { talk: 20, bulk: 5 };

/** Frames of talk are short, and their sender is not waiting for room. */
const FRAMES_OF_TALK = 16;
/** Of bulk often enough that its sender sees each step of the way's delay. */
const FRAMES_OF_BULK = 2;
/** Whoever sends frames of this length thinks that the way is fast. */
const LONG_FRAME = 32_768;
const LONG_FRAMES_OF_BULK = 4;

/** In tenths of a millisecond, as far as two bytes go. */
const DELAY_MAX = 65_535;

export class AckSchedule {
  readonly #lane: Lane;
  #frames = 0;
  #lastAt: Millis = 0;
  #dueAt: Millis | undefined;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  get deadline(): Millis | undefined {
    return this.#dueAt;
  }

  received(bytes: number, now: Millis): void {
    this.#lastAt = now;
    this.#frames += 1;
    const isMany = this.#frames >= this.#framesMax(bytes);
    if (isMany) this.#dueAt = now;
    else this.#dueAt ??= now + ACK_DELAY_MS[this.#lane];
  }

  /** Another path is used: where we are is said there at once. */
  pathChanged(now: Millis): void {
    this.#dueAt = now;
    this.#lastAt = now;
  }

  /** What had come before came again: the other side does not know yet. */
  repeated(now: Millis): void {
    this.#dueAt ??= now + ACK_DELAY_MS[this.#lane];
    if (this.#frames === 0) this.#lastAt = now;
  }

  /** How long ago the last frame came, when an acknowledgement is due, in tenths of a millisecond. */
  take(now: Millis): number | undefined {
    if (this.#dueAt === undefined || this.#dueAt > now) return undefined;
    this.#dueAt = undefined;
    this.#frames = 0;
    return Math.min(Math.max(Math.round((now - this.#lastAt) * 10), 0), DELAY_MAX);
  }

  #framesMax(bytes: number): number {
    if (this.#lane === 'talk') return FRAMES_OF_TALK;
    return bytes >= LONG_FRAME ? LONG_FRAMES_OF_BULK : FRAMES_OF_BULK;
  }
}
