/** A search as who asked for it waits for what it finds. */
import type { DhtOutput } from '../../core/dht/dht-types.ts';

type SearchEvent = Extract<DhtOutput, { type: 'peers' | 'item' | 'samples' | 'done' }>;

/** What is not taken yet is bounded by the search: it gives out each peer once, and only so many. */
export class SearchRun implements Disposable {
  readonly #signal: AbortSignal;
  readonly #onEnd: () => void;
  readonly #onAbort = (): void => this.fail(this.#signal.reason);
  #events: SearchEvent[] = [];
  #failure: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** `onEnd` is called once it is no longer wanted. */
  constructor(signal: AbortSignal, onEnd: () => void) {
    this.#signal = signal;
    this.#onEnd = onEnd;
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  push(event: SearchEvent): void {
    this.#events.push(event);
    this.#wake?.();
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake?.();
  }

  async next(): Promise<SearchEvent> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure.reason;
      const event = this.#events.shift();
      if (event !== undefined) return event;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  [Symbol.dispose](): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#onEnd();
  }
}
