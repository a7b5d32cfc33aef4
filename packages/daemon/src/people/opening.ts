/** Whether people are being opened, or opened anew: what is asked meanwhile waits for it, and is not refused. */
import { isAbort, LocalFault, untilAborted } from '@coequal/base';
import type { Clock } from '@coequal/base';

/** Opening takes some hundred milliseconds, or seconds on a slow disk. Who waited for so long is refused. */
export const OPENING_WAIT_MS = 10_000;

export class Opening {
  readonly #clock: Clock;
  #settled = Promise.withResolvers<void>();
  #isSettled = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It is opened now, or soon. */
  begin(): void {
    if (!this.#isSettled) return;
    this.#isSettled = false;
    this.#settled = Promise.withResolvers();
  }

  /** It is there; or it failed, and nobody knows when it will be. */
  settle(): void {
    this.#isSettled = true;
    this.#settled.resolve();
  }

  /** Rejects with LocalFault `PEOPLE_OFF` when it takes too long. */
  async wait(signal: AbortSignal): Promise<void> {
    if (this.#isSettled) return;
    const late = new AbortController();
    const cancel = this.#clock.at(this.#clock.now() + OPENING_WAIT_MS, () =>
      late.abort(new LocalFault('PEOPLE_OFF')),
    );
    try {
      await untilAborted(this.#settled.promise, AbortSignal.any([signal, late.signal]));
    } catch (error) {
      if (!isAbort(error, signal)) throw error; // else nobody waits any more
    } finally {
      cancel();
    }
  }
}
