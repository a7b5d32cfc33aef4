/** What is sent and read beside the torrents, under the same limits: in turn with links, and without bytes that wait. */
import { assert } from '@coequal/base';
import type { BesideSender, UploadLimiter } from './upload-limiter.ts';

/** Of one turn, as of links: who sends larger pieces has no larger share. */
const TURN_LENGTH = 16_384;

/** Taken at once, however much could be had: what was taken and is not sent yet is lost for others. */
const TAKEN_MAX = 262_144;

/** What may be paused, as connections are. */
interface Pausable {
  pause(): void;
  resume(): void;
}

/** What is asked of the limit for reading. */
interface ReadLimit {
  spend(length: number, reader: Pausable): void;
  forget(reader: Pausable): void;
}

/** One body on its way out. Who disposes of it gives back what was not sent. */
export class SendBeside implements BesideSender, Disposable {
  readonly #limiter: UploadLimiter;
  /** Of all that is to be sent, what was not taken yet. */
  #left: number;
  /** Taken of the limit, and not sent yet. */
  #taken = 0;
  #onTaken: (() => void) | undefined;

  constructor(limiter: UploadLimiter, length: number) {
    this.#limiter = limiter;
    this.#left = length;
  }

  /** How many bytes may be sent now, `max` at most: it waits until it is one. Those count as sent. */
  async next(max: number, signal: AbortSignal): Promise<number> {
    signal.throwIfAborted();
    assert(max <= this.#taken + this.#left, 'more is sent than was said');
    if (this.#limiter.limit === undefined && this.#taken === 0) {
      this.#left -= max;
      return max;
    }
    if (this.#taken === 0) await this.#take(signal);
    const granted = Math.min(this.#taken, max);
    this.#taken -= granted;
    return granted;
  }

  /** In its turn: as much as can be had while nobody else waits, and a block otherwise. */
  pump(): void {
    while (this.#taken < TAKEN_MAX && this.#left > 0) {
      const length = Math.min(TURN_LENGTH, this.#left);
      if (!this.#limiter.takeBeside(length, this)) break;
      this.#taken += length;
      this.#left -= length;
    }
    if (this.#taken > 0) this.#onTaken?.();
  }

  [Symbol.dispose](): void {
    this.#limiter.forgetBeside(this);
    this.#limiter.giveBack(this.#taken);
    this.#taken = 0;
    this.#left = 0;
  }

  async #take(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    this.#onTaken = resolve;
    try {
      this.pump();
      await promise;
    } finally {
      this.#onTaken = undefined;
      this.#limiter.forgetBeside(this); // until it has sent that, it waits for nothing
      signal.removeEventListener('abort', onAbort);
    }
  }
}

/** One body that comes in. Who disposes of it lets go whoever waits for it. */
export class ReadBeside implements Disposable {
  readonly #limit: ReadLimit;
  readonly #reader: Pausable;
  #held: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  constructor(limit: ReadLimit) {
    this.#limit = limit;
    this.#reader = {
      pause: () => void (this.#held ??= Promise.withResolvers()),
      resume: () => this.#letGo(),
    };
  }

  /** Undefined: it may be read on; else when it may. */
  get held(): Promise<void> | undefined {
    return this.#held?.promise;
  }

  /** So many bytes were read. */
  spend(length: number): void {
    if (!this.#isClosed) this.#limit.spend(length, this.#reader);
  }

  [Symbol.dispose](): void {
    this.#isClosed = true;
    this.#limit.forget(this.#reader);
    this.#letGo();
  }

  #letGo(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }
}
