/** Where two meet who share no more than a few words: a place in a directory that is named by a hash of them. */
import type { LinkStream } from '@coequal/base';

/** Bytes both ways with whoever came to the same topic: encrypted, but to nobody in particular. */
export type ByteStream = Pick<LinkStream, 'start' | 'send' | 'end' | 'close' | 'queuedBytes'>;

export interface Rendezvous {
  /**
   * Lets others find this peer at a topic of 32 bytes until it is disposed, under a key that is thrown away then: it says
   * nothing of who is there. A visitor is started in the turn it is given. Rejects with LocalFault `RENDEZVOUS_FAILED`
   * when the network does not take it, or the signal's reason.
   */
  announce(
    topic: Uint8Array,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<AsyncDisposable>;
  /** A stream to each of those that are there and let themselves be reached, one after the other. */
  find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<ByteStream>;
}
