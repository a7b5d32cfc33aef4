/** Lifetimes: waiting on a clock, and owning background tasks. */
import { LeanSet } from './lean.ts';
import type { Clock, Millis } from './ports.ts';

/** Rejects with the signal's reason when it is aborted first. */
export async function sleep(clock: Clock, ms: Millis, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onAbort = (): void => reject(signal.reason);
  const cancel = clock.at(clock.now() + ms, resolve);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await promise;
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}

/** What `promise` settles to, or the signal's reason if that is aborted first. The work itself goes on. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([aborted, promise]); // also when aborted: a late rejection is handled
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** True for the rejection that an aborted signal causes: nobody logs it. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return (
    signal.aborted &&
    (error === signal.reason || (error instanceof Error && error.name === 'AbortError'))
  );
}

/**
 * Background tasks with one owner: disposing aborts them all and awaits their ends. A task that fails
 * for another reason than that abort is given to `onFailure`, once. A group that has run nothing holds
 * nothing: thousands of torrents have one each, and rest.
 */
export class TaskGroup implements AsyncDisposable {
  #abort: AbortController | undefined;
  readonly #running = new LeanSet<Promise<void>>();
  readonly #onFailure: (error: unknown) => void;

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  run(task: (signal: AbortSignal) => Promise<void>): void {
    const running = this.#settle(task).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort(new DOMException('the owner was closed', 'AbortError'));
    await Promise.all(this.#running);
  }

  get #controller(): AbortController {
    return (this.#abort ??= new AbortController());
  }

  async #settle(task: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.signal.aborted) return;
    try {
      await task(this.signal);
    } catch (error) {
      if (!isAbort(error, this.signal)) this.#onFailure(error);
    }
  }
}
