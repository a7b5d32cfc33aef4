/**
 * A Conn as secret-stream takes it, with a look at the length of each message before the library sees it: it would
 * make room for the 16 MiB that three bytes of anybody can announce.
 */
import { PeerFault } from '@coequal/base';
import type { Conn, Endpoint } from '@coequal/base';
import type { RawStream } from '@hyperswarm/secret-stream';
import { MESSAGE_LENGTH_MAX } from '../carrier.ts';
import type { Underneath } from './secret-channel.ts';

const HEADER_LENGTH = 3;
/** What encryption adds to a message: a tag, and 16 bytes of Poly1305. */
const OVERHEAD_LENGTH = 17;

/** Longest message of who has not proven its key: those of the handshake have 96, 48 and 56 bytes, our first one 33. */
const UNPROVEN_LENGTH_MAX = 128;

type Handler = (value: never) => void;

export class ConnStream implements RawStream, Underneath {
  readonly #conn: Conn;
  readonly #handlers = new Map<string, Handler>();
  /** What came before the library listened. */
  readonly #early: Uint8Array[] = [];
  #closed: { readonly why: Error | undefined } | undefined;
  #isProven = false;
  /** Of the message that comes: its header's bytes so far, its length so far, and what is to come. */
  #headerLength = 0;
  #length = 0;
  #missing = 0;

  /** In the turn in which the connection was given. */
  constructor(conn: Conn) {
    this.#conn = conn;
    conn.start(
      (view) => this.#take(view),
      (why) => this.#onClose(why),
    );
  }

  get remoteEndpoint(): Endpoint {
    return this.#conn.remote;
  }

  get queuedBytes(): number {
    return this.#conn.queuedBytes;
  }

  get onDrain(): (() => void) | undefined {
    return this.#conn.onDrain;
  }

  set onDrain(run: (() => void) | undefined) {
    this.#conn.onDrain = run;
  }

  onProven(): void {
    this.#isProven = true;
  }

  hold(): void {
    this.#conn.pause();
  }

  release(): void {
    this.#conn.resume();
  }

  on(event: string, run: Handler): this {
    this.#handlers.set(event, run);
    if (event === 'data') for (const bytes of this.#early.splice(0)) this.#take(bytes);
    if (event === 'close' && this.#closed !== undefined) this.#emit('close');
    return this;
  }

  write(bytes: Uint8Array): boolean {
    this.#isOverBound = !this.#conn.send([bytes]);
    return true; // the bound is the conn's, and looked at by who sends
  }

  get isOverBound(): boolean {
    return this.#isOverBound;
  }

  #isOverBound = false;

  end(): void {
    this.#conn.close();
  }

  /** The library pauses when its queue is full, which it never is here. */
  pause(): void {
    // see `hold`
  }

  resume(): void {
    // see `release`
  }

  destroy(error?: Error | null): void {
    this.#conn.close(error ?? undefined);
  }

  #take(view: Uint8Array): void {
    if (!this.#handlers.has('data')) {
      this.#early.push(view.slice());
      return;
    }
    // each message by itself as long as the next limit depends on it, and copied: the handshake keeps views
    let rest = view;
    while (!this.#isProven && rest.length > 0 && this.#closed === undefined) {
      const length = this.#messageEnd(rest, UNPROVEN_LENGTH_MAX);
      if (length === undefined) return;
      this.#emit('data', rest.slice(0, length));
      rest = rest.subarray(length);
    }
    if (rest.length === 0 || this.#closed !== undefined) return;
    for (let at = 0; at < rest.length;) {
      const length = this.#messageEnd(rest.subarray(at), MESSAGE_LENGTH_MAX + OVERHEAD_LENGTH);
      if (length === undefined) return;
      at += length;
    }
    this.#emit('data', rest); // decrypted where it is
  }

  /** How much of `bytes` belongs to the message that comes; undefined when it is too long, and all is over. */
  #messageEnd(bytes: Uint8Array, lengthMax: number): number | undefined {
    let at = 0;
    while (this.#headerLength < HEADER_LENGTH && at < bytes.length) {
      this.#length += (bytes[at] ?? 0) * 256 ** this.#headerLength; // little-endian
      this.#headerLength += 1;
      at += 1;
      if (this.#headerLength === HEADER_LENGTH) this.#missing = this.#length;
    }
    if (this.#length > lengthMax) {
      this.#fail(new PeerFault('MESSAGE_TOO_LONG', { length: this.#length, max: lengthMax }));
      return undefined;
    }
    if (this.#headerLength < HEADER_LENGTH) return at;
    const taken = Math.min(this.#missing, bytes.length - at);
    this.#missing -= taken;
    if (this.#missing === 0) {
      this.#headerLength = 0;
      this.#length = 0;
    }
    return at + taken;
  }

  #fail(fault: PeerFault): void {
    this.#conn.close(fault);
    this.#onClose(fault);
  }

  #onClose(why: Error | undefined): void {
    if (this.#closed !== undefined) return;
    this.#closed = { why };
    if (why !== undefined) this.#emit('error', why);
    this.#emit('close');
  }

  #emit(event: string, value?: unknown): void {
    const run = this.#handlers.get(event);
    run?.(value as never); // as each event's own listener takes it
  }
}
