/** What several tasks bring, given to one who takes it as it comes. Bounded by who makes the tasks. */
import { TaskGroup } from '@coequal/base';

export class Arrivals<T> implements AsyncDisposable {
  readonly #items: T[] = [];
  readonly #drop: (item: T) => void;
  readonly #tasks = new TaskGroup((error) => {
    throw error; // a bug: what a task throws is kept for who takes
  });
  #running = 0;
  #failure: { readonly error: unknown } | undefined;
  #isClosed = false;
  #wake: () => void = () => undefined;

  /** `drop`: closes what nobody takes any more. */
  constructor(drop: (item: T) => void) {
    this.#drop = drop;
  }

  add(task: (bring: (item: T) => void, signal: AbortSignal) => Promise<void>): void {
    this.#running += 1;
    this.#tasks.run(async (signal) => {
      try {
        await task((item) => this.#bring(item), signal);
      } catch (error) {
        this.#failure ??= { error };
      }
      this.#running -= 1;
      this.#wake();
    });
  }

  /** Until all tasks have ended. Throws what one of them threw. */
  async *all(): AsyncGenerator<T, void, undefined> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.error;
      const item = this.#items.shift();
      if (item !== undefined) yield item;
      else if (this.#running === 0) return;
      else await this.#next();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    for (const item of this.#items.splice(0)) this.#drop(item);
    await this.#tasks[Symbol.asyncDispose]();
  }

  #next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  #bring(item: T): void {
    if (this.#isClosed) this.#drop(item);
    else this.#items.push(item);
    this.#wake();
  }
}
