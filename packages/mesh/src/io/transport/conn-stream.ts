/**
 * A Conn as what carries a message stream: of a Duplex it does what secret-stream asks for. On the data path (STYLE
 * 5.11): what is written while bytes come in, which are acknowledgements and the next of what is sent, leaves together.
 */
import type { Conn, Endpoint } from '@coequal/base';
import type { RawStream } from '@hyperswarm/secret-stream';
import type { Underneath } from './secret-channel.ts';
import { SendRoom } from './send-room.ts';

/** As much as is held back until all that came in one read was heard: a few messages of bulk. */
const TOGETHER_MAX = 262_144;

type Handler = (value: never) => void;

export class ConnStream implements RawStream, Underneath {
  readonly room: SendRoom = new SendRoom();
  onDrain: (() => void) | undefined;
  readonly #conn: Conn;
  readonly #handlers = new Map<string, Handler>();
  /** What came before the library listened, which it does a moment after it was made; undefined when it does. */
  #early: Uint8Array[] | undefined = [];
  #closed: { readonly why: Error | undefined } | undefined;
  /** Beside the bound of the conn. */
  #queueMax = Infinity;
  #isOverBound = false;
  #isReading = false;
  /** Written while something is read. */
  #together: Uint8Array[] = [];
  #togetherLength = 0;

  /** In the turn in which the connection was given. */
  constructor(conn: Conn) {
    this.#conn = conn;
    conn.onDrain = () => this.#drain();
    conn.start(
      (view) => {
        if (this.#early === undefined) this.#read(view);
        else this.#early.push(view.slice());
      },
      (why) => this.#onClose(why),
    );
  }

  get remoteEndpoint(): Endpoint {
    return this.#conn.remote;
  }

  get queuedBytes(): number {
    return this.#conn.queuedBytes + this.#togetherLength;
  }

  get isOverBound(): boolean {
    return this.#isOverBound;
  }

  limitQueue(length: number): void {
    this.#queueMax = length;
  }

  hold(): void {
    this.#conn.pause();
  }

  release(): void {
    this.#conn.resume();
  }

  on(event: string, run: Handler): this {
    this.#handlers.set(event, run);
    // the library is ready for bytes at the end of the turn in which it asks for them
    if (event === 'data') void Promise.resolve().then(() => this.#flushEarly());
    if (event === 'close' && this.#closed !== undefined) this.#emit('close');
    return this;
  }

  write(bytes: Uint8Array): boolean {
    this.#together.push(bytes);
    this.#togetherLength += bytes.length;
    if (!this.#isReading || this.#togetherLength >= TOGETHER_MAX) this.#flush();
    return true; // the bound is the conn's, and looked at by who sends
  }

  end(): void {
    this.#flush();
    this.#conn.close();
  }

  /** The library pauses when its queue is full, which it never is. */
  pause(): void {
    // see `hold`
  }

  resume(): void {
    // see `release`
  }

  destroy(error?: Error | null): void {
    this.#flush(); // last words, which may still leave
    this.#conn.close(error ?? undefined);
  }

  #flushEarly(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const bytes of early) this.#read(bytes);
  }

  #read(view: Uint8Array): void {
    this.#isReading = true;
    try {
      this.#emit('data', view);
    } finally {
      this.#isReading = false;
      this.#flush();
    }
  }

  #flush(): void {
    const chunks = this.#together;
    if (chunks.length === 0) return;
    this.#together = [];
    this.#togetherLength = 0;
    const isBelow = this.#conn.send(chunks, () => {
      for (const bytes of chunks) this.room.give(bytes);
      if (this.#queueMax !== Infinity) this.#drain();
    });
    this.#isOverBound = !isBelow || this.#conn.queuedBytes > this.#queueMax;
  }

  #drain(): void {
    if (!this.#isOverBound || this.#conn.queuedBytes > this.#queueMax) return;
    this.#isOverBound = false;
    this.onDrain?.();
  }

  #onClose(why: Error | undefined): void {
    this.#closed = { why };
    if (why !== undefined) this.#emit('error', why);
    this.#emit('close');
  }

  #emit(event: string, value?: unknown): void {
    const run = this.#handlers.get(event);
    run?.(value as never); // as each event's own listener takes it
  }
}
