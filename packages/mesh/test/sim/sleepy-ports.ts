/** A computer that can be put to sleep: its timers and connections stand still, and all of it happens late. */
import type { Cancel, Clock, Conn, Endpoint, Listener, Millis, Net } from '@coequal/base';

export class SleepyPorts {
  readonly clock: Clock;
  readonly net: Net;
  #wake: PromiseWithResolvers<void> | undefined;
  #due: (() => void)[] = [];

  constructor(clock: Clock, net: Net) {
    this.clock = {
      now: () => clock.now(),
      epochNow: () => clock.epochNow(),
      at: (when, run) => this.#at(clock, when, run),
    };
    this.net = {
      dial: async (to, signal) => {
        try {
          return new SleepyConn(await net.dial(to, signal), this);
        } finally {
          await this.#wake?.promise;
        }
      },
      listen: (at: Endpoint, onConn, signal): Promise<Listener> =>
        net.listen(
          at,
          (conn) => {
            const sleepy = new SleepyConn(conn, this);
            this.whenAwake(() => onConn(sleepy));
          },
          signal,
        ),
      udp: (at, onDatagrams, signal) => net.udp(at, onDatagrams, signal),
      resolve: (host, signal) => net.resolve(host, signal),
    };
  }

  get isAsleep(): boolean {
    return this.#wake !== undefined;
  }

  sleep(): void {
    this.#wake ??= Promise.withResolvers<void>();
  }

  wake(): void {
    const due = this.#due;
    this.#due = [];
    const wake = this.#wake;
    this.#wake = undefined;
    for (const run of due) run();
    wake?.resolve();
  }

  whenAwake(run: () => void): void {
    if (this.isAsleep) this.#due.push(run);
    else run();
  }

  #at(clock: Clock, when: Millis, run: () => void): Cancel {
    let isCancelled = false;
    const cancel = clock.at(when, () =>
      this.whenAwake(() => {
        if (!isCancelled) run();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }
}

class SleepyConn implements Conn {
  onDrain: (() => void) | undefined;
  readonly #conn: Conn;
  readonly #ports: SleepyPorts;
  #handlers: { onBytes: (view: Uint8Array) => void; onClose: (why?: Error) => void } | undefined;
  #isPaused = false;
  #kept: (Uint8Array | { readonly why: Error | undefined })[] = [];
  #isDelivering = false;

  constructor(conn: Conn, ports: SleepyPorts) {
    this.#conn = conn;
    this.#ports = ports;
    conn.onDrain = () => ports.whenAwake(() => this.onDrain?.());
    conn.start(
      (view) => this.#take(view),
      (why) => this.#keep({ why }),
    );
  }

  get remote(): Endpoint {
    return this.#conn.remote;
  }

  get local(): Endpoint {
    return this.#conn.local;
  }

  get queuedBytes(): number {
    return this.#conn.queuedBytes;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    this.#handlers = { onBytes, onClose };
    this.#deliverSoon();
  }

  pause(): void {
    this.#isPaused = true;
    this.#conn.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#conn.resume();
    this.#deliverSoon();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    return this.#conn.send(chunks, onSent);
  }

  close(why?: Error): void {
    this.#conn.close(why);
  }

  #take(view: Uint8Array): void {
    const isNow = !this.#isPaused && !this.#ports.isAsleep && this.#kept.length === 0;
    if (isNow && this.#handlers !== undefined) this.#handlers.onBytes(view);
    else this.#keep(view.slice());
  }

  #keep(event: Uint8Array | { readonly why: Error | undefined }): void {
    this.#kept.push(event);
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (this.#isDelivering || this.#kept.length === 0) return;
    this.#isDelivering = true;
    this.#ports.clock.at(this.#ports.clock.now(), () => {
      this.#isDelivering = false;
      while (this.#handlers !== undefined && !this.#ports.isAsleep) {
        const [first] = this.#kept;
        if (first === undefined || (this.#isPaused && first instanceof Uint8Array)) return;
        this.#kept.shift();
        if (first instanceof Uint8Array) this.#handlers.onBytes(first);
        else this.#handlers.onClose(first.why);
      }
    });
  }
}
