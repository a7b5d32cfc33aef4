/** A connection and a clock that a test moves by hand. */
import type { Cancel, Clock, Conn, Endpoint, Millis } from '@coequal/base';

export class FakeConn implements Conn {
  readonly remote: Endpoint;
  readonly local: Endpoint = { host: '10.0.0.1', port: 6881 };
  queuedBytes = 0;
  onDrain: (() => void) | undefined;
  isPaused = false;
  isClosed = false;
  readonly sent: Uint8Array[] = [];
  #onBytes: ((view: Uint8Array) => void) | undefined;
  #onClose: ((why?: Error) => void) | undefined;
  #why: Error | undefined;

  constructor(host = '10.0.0.2') {
    this.remote = { host, port: 50_000 };
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    this.#onBytes = onBytes;
    this.#onClose = onClose;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  send(chunks: readonly Uint8Array[]): boolean {
    this.sent.push(...chunks.map((chunk) => chunk.slice()));
    return true;
  }

  close(why?: Error): void {
    if (!this.isClosed) this.#why = why;
    this.isClosed = true;
  }

  /** The other side has sent these. */
  deliver(bytes: Uint8Array): void {
    this.#onBytes?.(bytes);
  }

  /** The end of the connection, which follows `close` or comes by itself. */
  end(): void {
    this.isClosed = true;
    this.#onClose?.(this.#why);
  }
}

export class FakeClock implements Clock {
  #now: Millis = 1_000;
  readonly #timers = new Set<{ readonly when: Millis; readonly run: () => void }>();

  now(): Millis {
    return this.#now;
  }

  epochNow(): number {
    return this.#now;
  }

  at(when: Millis, run: () => void): Cancel {
    const timer = { when, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  /** Lets time pass, from timer to timer. */
  pass(ms: Millis): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.when - b.when);
      if (next === undefined || next.when > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.when);
      next.run();
    }
    this.#now = end;
  }
}
