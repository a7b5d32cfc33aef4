/** A stream of UDX as what carries a message stream: how full it is, where it leads, and that this has changed. */
import type { Endpoint } from '@coequal/base';
import type { UdxStream } from 'hyperdht';
import type { Underneath } from './secret-channel.ts';

/** Bytes taken before `send` says to wait, at most: a few messages of bulk. What is on its way is bounded by UDX itself. */
const SEND_QUEUE_MAX = 256 * 1_024;

export class UdxUnder implements Underneath {
  onDrain: (() => void) | undefined;
  onPath: (() => void) | undefined;
  readonly #raw: UdxStream;
  #remote: Endpoint | undefined;
  #queueMax = SEND_QUEUE_MAX;

  constructor(raw: UdxStream) {
    this.#raw = raw;
    raw.on('drain', () => this.onDrain?.());
    raw.on('remote-changed', () => this.onPath?.());
  }

  get remoteEndpoint(): Endpoint | undefined {
    const { remoteHost: host, remotePort: port } = this.#raw;
    if (host !== null && (host !== this.#remote?.host || port !== this.#remote.port))
      this.#remote = { host, port };
    return this.#remote;
  }

  get queuedBytes(): number {
    return this.#raw._writableState.buffered;
  }

  get isOverBound(): boolean {
    return this.queuedBytes > this.#queueMax;
  }

  limitQueue(length: number): void {
    this.#queueMax = Math.min(length, SEND_QUEUE_MAX);
  }

  hold(): void {
    this.#raw.pause();
  }

  release(): void {
    this.#raw.resume();
  }
}
