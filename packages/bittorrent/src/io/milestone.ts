/** A goal that is reached, perhaps left again, or missed for good; whoever waits is told. */
import { untilAborted } from '@coequal/base';

export class Milestone {
  #outcome = Promise.withResolvers<void>();
  #state: 'ahead' | 'reached' | 'missed' = 'ahead';

  constructor() {
    this.#quieten();
  }

  get isReached(): boolean {
    return this.#state === 'reached';
  }

  reach(): void {
    if (this.#state !== 'ahead') return;
    this.#state = 'reached';
    this.#outcome.resolve();
  }

  /** It lies ahead again: who waits from now on waits for the next time. */
  leave(): void {
    if (this.#state !== 'reached') return;
    this.#state = 'ahead';
    this.#outcome = Promise.withResolvers<void>();
    this.#quieten();
  }

  /** It will never be reached, from now on. */
  miss(reason: unknown): void {
    if (this.#state === 'reached') this.leave();
    this.#state = 'missed';
    this.#outcome.reject(reason);
  }

  /** Rejects with why it was missed, or the signal's reason. */
  wait(signal: AbortSignal): Promise<void> {
    return untilAborted(this.#outcome.promise, signal);
  }

  /** Whoever does not wait must not be told of the rejection as of a bug. */
  #quieten(): void {
    this.#outcome.promise.catch(() => undefined);
  }
}
