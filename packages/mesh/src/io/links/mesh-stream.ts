/** A stream of a link, as its user has it: what came and was not taken is kept here, as far as the window goes. */
import { assert, LocalFault } from '@coequal/base';
import type { DeviceKey, Lane, LinkStream } from '@coequal/base';
import type { SessionStream } from '../../core/session/session-stream.ts';

/** `send` returns false above it: as a connection does for bulk, and less for talk, of which there are many. */
const SEND_QUEUE_MAX: Readonly<Record<Lane, number>> = { talk: 262_144, bulk: 1_048_576 };

/** The lane that a stream is of. */
export interface StreamHost {
  readonly lane: Lane;
  readonly remote: DeviceKey;
  send(stream: MeshStream, chunks: readonly Uint8Array[], onSent: (() => void) | undefined): void;
  read(stream: MeshStream, bytes: number): void;
  end(stream: MeshStream): void;
  reset(stream: MeshStream): void;
}

interface Handlers {
  readonly onBytes: (view: Uint8Array) => void;
  readonly onClose: (why?: Error) => void;
}

type State =
  /** `isEnding`: by us; nothing is delivered any more. */
  | { readonly type: 'open'; readonly isEnding: boolean }
  /** The other side has ended it, and not all of it was taken. */
  | { readonly type: 'ended' }
  | { readonly type: 'closed'; readonly why: Error | undefined };

export class MeshStream implements LinkStream {
  readonly remote: DeviceKey;
  readonly protocol: string;
  onDrain: (() => void) | undefined;
  /** For the lane. */
  readonly core: SessionStream;
  readonly #host: StreamHost;
  #state: State = { type: 'open', isEnding: false };
  #handlers: Handlers | undefined;
  #isPaused = false;
  #isDelivering = false;
  /** Copies of what came while nobody took it: at most a window. */
  #kept: Uint8Array[] = [];

  constructor(host: StreamHost, core: SessionStream) {
    this.#host = host;
    this.core = core;
    this.remote = host.remote;
    this.protocol = core.protocol;
  }

  get queuedBytes(): number {
    return this.core.queuedBytes;
  }

  get isOverBound(): boolean {
    return this.core.queuedBytes > SEND_QUEUE_MAX[this.#host.lane];
  }

  get isStarted(): boolean {
    return this.#handlers !== undefined;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    assert(this.#handlers === undefined, 'a stream was started twice');
    this.#handlers = { onBytes, onClose };
    if (this.#state.type === 'closed') void this.#tellClosed(this.#state.why);
    else void this.#deliverSoon();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    void this.#deliverSoon();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.#state.type !== 'open' || this.#state.isEnding) {
      if (onSent !== undefined) void callSoon([onSent]);
      return true;
    }
    this.#host.send(this, chunks, onSent);
    return !this.isOverBound;
  }

  end(): void {
    if (this.#state.type === 'ended') this.finish(undefined);
    if (this.#state.type !== 'open' || this.#state.isEnding) return;
    this.#state = { type: 'open', isEnding: true };
    this.#kept = [];
    this.#host.end(this);
  }

  close(why?: Error): void {
    if (this.#state.type === 'closed') return;
    if (this.#state.type === 'open') this.#host.reset(this);
    this.finish(why);
  }

  /** Data came: a view, valid during the call. */
  receive(view: Uint8Array): void {
    if (this.#state.type !== 'open' || this.#state.isEnding) return;
    const isTaken = this.#handlers !== undefined && !this.#isPaused && this.#kept.length === 0;
    if (!isTaken || this.#isDelivering) {
      this.#kept.push(view.slice());
      return;
    }
    this.#give(view);
  }

  /** The other side has closed it, having sent all. */
  otherEnded(): void {
    if (this.#state.type !== 'open') return;
    if (this.#state.isEnding || this.#kept.length === 0) this.finish(undefined);
    else this.#state = { type: 'ended' };
  }

  otherReset(): void {
    this.finish(new LocalFault('STREAM_RESET', { protocol: this.protocol }));
  }

  /** It is closed, and the lane knows. What was not taken is dropped. */
  finish(why: Error | undefined): void {
    if (this.#state.type === 'closed') return;
    this.#state = { type: 'closed', why };
    this.#kept = [];
    if (this.#handlers !== undefined) void this.#tellClosed(why);
  }

  #give(view: Uint8Array): void {
    this.#isDelivering = true;
    this.#handlers?.onBytes(view);
    this.#isDelivering = false;
    if (this.#state.type === 'open') this.#host.read(this, view.length);
  }

  /** Never inside a call of the user's. */
  async #deliverSoon(): Promise<void> {
    await Promise.resolve();
    while (!this.#isPaused && this.#handlers !== undefined && !this.#isDelivering) {
      const view = this.#kept.shift();
      if (view === undefined) break;
      this.#give(view);
    }
    if (this.#state.type === 'ended' && this.#kept.length === 0) this.finish(undefined);
  }

  async #tellClosed(why: Error | undefined): Promise<void> {
    await Promise.resolve();
    this.#handlers?.onClose(why);
  }
}

/** What senders wait for is never called inside their own call. */
export async function callSoon(done: readonly (() => void)[]): Promise<void> {
  await Promise.resolve();
  for (const run of done) run();
}
