/** Where two meet who share no more than a few words: at places that are named by a hash of them. */
import type { DeviceKey } from '@coequal/base';
import type { OwnKeys } from '../transport/own-keys.ts';
import type { ByteStream } from './drive-stream.ts';

/** From where somebody can come who knows a topic: from this network alone, or from anywhere. */
export type MeetingReach = 'network' | 'everywhere';

export interface Announced extends AsyncDisposable {
  /**
   * Undefined while that is not known: a directory takes seconds. It may become another, since a network that did not
   * take the topic is tried again.
   */
  readonly reach: MeetingReach | undefined;
}

export interface Rendezvous {
  /**
   * Lets others find this peer at a topic of 32 bytes until it is disposed, under a key that is thrown away then: it says
   * nothing of who is there. A visitor is started in the turn it is given. Rejects with a LocalFault when no network
   * takes it: `NO_MEETING_PLACE` where there is none at all.
   */
  announce(
    topic: Uint8Array,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<Announced>;
  /**
   * A stream to each of those that are there and let themselves be reached, one after the other. Throws LocalFault
   * `NO_MEETING_PLACE`.
   */
  find(topic: Uint8Array, signal: AbortSignal): AsyncIterable<ByteStream>;
}

/** Somebody who waits at a topic, by the key that they made for it. */
export interface Met {
  readonly key: DeviceKey;
  readonly stream: ByteStream;
}

/** One network in which peers can wait for each other. Keys are thrown away afterwards. */
export interface MeetingPlace {
  readonly reach: MeetingReach;
  /** As `Rendezvous.announce`, under these keys. Rejects with LocalFault when it cannot be done now. */
  announce(
    topic: Uint8Array,
    keys: OwnKeys,
    onVisitor: (stream: ByteStream) => void,
    signal: AbortSignal,
  ): Promise<AsyncDisposable>;
  /** Ends when all were met that could be found now. */
  find(topic: Uint8Array, keys: OwnKeys, signal: AbortSignal): AsyncIterable<Met>;
}
