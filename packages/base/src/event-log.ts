/** Events for observers: numbered, bounded, and honest about what a slow reader missed. */
import { LeanSet } from './lean.ts';

export interface Lagged {
  readonly type: 'lagged';
  readonly dropped: number;
}

export type Numbered<Event> = { readonly number: number } & (Event | Lagged);

/** Events kept for a reader who is busy; beyond it the oldest are dropped and counted. */
const BACKLOG_MAX = 256;

interface Reader<Event> {
  readonly backlog: Numbered<Event>[];
  dropped: number;
  wake: (() => void) | undefined;
}

/** Publishing never waits; each reader has a bounded backlog of its own. */
export class EventLog<Event extends object> {
  readonly #readers = new LeanSet<Reader<Event>>();
  #count = 0;
  #isClosed = false;

  publish(event: Event): void {
    const numbered: Numbered<Event> = { number: ++this.#count, ...event };
    for (const reader of this.#readers) {
      if (reader.backlog.length >= BACKLOG_MAX) {
        reader.backlog.shift();
        reader.dropped += 1;
      }
      reader.backlog.push(numbered);
      reader.wake?.();
    }
  }

  /** Ends all readers once they have read what they hold. */
  close(): void {
    this.#isClosed = true;
    for (const reader of this.#readers) reader.wake?.();
  }

  /** Everything published from this call on. Ends, without an error, when the signal is aborted. */
  read(signal: AbortSignal): AsyncGenerator<Numbered<Event>, void, undefined> {
    const reader: Reader<Event> = { backlog: [], dropped: 0, wake: undefined };
    // here and not in the generator, which starts at the first next(), or never
    if (!signal.aborted) this.#readers.add(reader);
    const onAbort = (): void => {
      this.#readers.delete(reader);
      reader.wake?.();
    };
    signal.addEventListener('abort', onAbort);
    return this.#drain(reader, signal, onAbort);
  }

  async *#drain(
    reader: Reader<Event>,
    signal: AbortSignal,
    onAbort: () => void,
  ): AsyncGenerator<Numbered<Event>, void, undefined> {
    try {
      while (!signal.aborted) {
        if (reader.dropped > 0) {
          const dropped = reader.dropped;
          reader.dropped = 0;
          const next = reader.backlog[0]?.number ?? this.#count + 1;
          yield { number: next - 1, type: 'lagged', dropped };
        }
        const next = reader.backlog.shift();
        if (next !== undefined) {
          yield next;
          continue;
        }
        if (this.#isClosed) return;
        const { promise, resolve } = Promise.withResolvers<void>();
        reader.wake = resolve;
        await promise;
        reader.wake = undefined;
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#readers.delete(reader);
    }
  }
}
