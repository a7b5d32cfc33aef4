/**
 * A stream between devices as a connection of the file engine. It is on the data path: bytes and blocks go through as
 * they are, and are not copied.
 */
import { LocalFault, PeerFault } from '@coequal/base';
import type { Conn, Endpoint, LinkStream } from '@coequal/base';

/** What is sent ahead of the engine's greeting; throws PeerFault for a swarm that we have no part in any more. */
export type HeadFor = (greeting: Uint8Array) => Uint8Array;

export class MeshConn implements Conn {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly #stream: LinkStream;
  /** Undefined once it was sent, and on streams that came in. */
  #headFor: HeadFor | undefined;
  #handlers: { onBytes: (view: Uint8Array) => void; onClose: (why?: Error) => void } | undefined;
  /** Called at the latest when the connection closes, as a Conn promises. */
  readonly #unsent = new Set<() => void>();
  #isClosed = false;

  constructor(stream: LinkStream, remote: Endpoint, local: Endpoint, headFor: HeadFor | undefined) {
    this.#stream = stream;
    this.remote = remote;
    this.local = local;
    this.#headFor = headFor;
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes;
  }

  get onDrain(): (() => void) | undefined {
    return this.#stream.onDrain;
  }

  set onDrain(run: (() => void) | undefined) {
    this.#stream.onDrain = run;
  }

  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void {
    this.#handlers = { onBytes, onClose };
    // one that came in was started by who looked at its head, and gives what follows to `deliver`
    if (this.#headFor !== undefined) this.#stream.start(onBytes, (why) => this.closed(why));
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean {
    if (this.#isClosed) {
      if (onSent !== undefined) queueMicrotask(onSent);
      return true;
    }
    const all = this.#withHead(chunks);
    if (all === undefined) return true;
    if (onSent === undefined) return this.#stream.send(all);
    this.#unsent.add(onSent);
    return this.#stream.send(all, () => {
      if (this.#unsent.delete(onSent)) onSent();
    });
  }

  close(why?: Error): void {
    this.#stream.close(why);
  }

  /** What came on a stream that was started already. */
  deliver(view: Uint8Array): void {
    if (!this.#isClosed) this.#handlers?.onBytes(view);
  }

  /** The stream has ended. */
  closed(why?: Error): void {
    this.#isClosed = true;
    for (const onSent of this.#unsent) onSent();
    this.#unsent.clear();
    const isOurs = why instanceof LocalFault && why.code === 'LINK_LOST';
    this.#handlers?.onClose(isOurs ? new LocalFault('CONNECTION_LOST', {}, { cause: why }) : why);
  }

  #withHead(chunks: readonly Uint8Array[]): readonly Uint8Array[] | undefined {
    const [greeting] = chunks;
    const headFor = this.#headFor;
    if (headFor === undefined || greeting === undefined) return chunks;
    this.#headFor = undefined;
    try {
      return [headFor(greeting), ...chunks];
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.#stream.close(error);
      return undefined;
    }
  }
}
