/** Where two meet who share no more than a few words: a place in the DHT that is named by a hash of them. */
import type { ByteStream } from './drive-stream.ts';

export interface Rendezvous {
  /**
   * Lets others find this peer at a topic of 32 bytes until it is disposed, under a key that is thrown away then: it says
   * nothing of who is there. A visitor is started in the turn it is given. Rejects with a LocalFault when the network
   * does not take it.
   */
  announce(
    topic: Uint8Array,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<AsyncDisposable>;
  /** A stream to each of those that are there and let themselves be reached, one after the other. */
  find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<ByteStream>;
}
