/** One life of a host: from its start to its stop, crash or power loss. Everything it arranged ends with it. */
import type { Cancel, Millis } from '@coequal/base';
import type { EventQueue, Owner } from './event-queue.ts';

export class Life implements Owner {
  readonly name: string;
  readonly #queue: EventQueue;
  #isAlive = true;

  constructor(name: string, queue: EventQueue) {
    this.name = name;
    this.#queue = queue;
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  end(): void {
    this.#isAlive = false;
  }

  /** Runs code of the host: nothing happens if the host dies first. */
  after(delayMs: Millis, label: string, run: () => void): Cancel {
    if (!this.#isAlive) return () => undefined;
    return this.#queue.push(this.#queue.now + delayMs, label, this, false, run);
  }

  /** Settles as `work` does, after a delay; never if the host dies first. */
  later<Value>(delayMs: Millis, label: string, work: () => Value): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.after(delayMs, label, () => settle(work, resolve, reject));
    return promise;
  }

  /** As `later`, but when the signal is aborted first, `work` is not done and its reason is thrown. */
  async laterUnless<Value>(
    delayMs: Millis,
    label: string,
    signal: AbortSignal,
    work: () => Value,
  ): Promise<Value> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    const cancel = this.after(delayMs, label, () => settle(work, resolve, reject));
    const onAbort = (): void => {
      cancel();
      if (this.#isAlive) reject(signal.reason);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }
}

function settle<Value>(
  work: () => Value,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): void {
  try {
    resolve(work());
  } catch (error) {
    reject(error);
  }
}
