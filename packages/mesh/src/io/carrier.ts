/**
 * What links are made of: carriers, each an authenticated and encrypted connection to one device that carries whole
 * messages in order, and transports, which bring carriers about.
 */
import type { DeviceKey, Endpoint, LinkPath } from '@coequal/base';

/** Longest message. Two whole chunks of bulk and their headers fit in; longer ones close the carrier. */
export const MESSAGE_LENGTH_MAX = 131_072;

export interface Carrier {
  /** Proven by the handshake. */
  readonly remote: DeviceKey;
  /** Whether this side dialled. */
  readonly isDialler: boolean;
  /** The way it goes; it can change while it is open (relayed, then direct), which `onPath` tells. */
  readonly path: LinkPath;
  onPath: (() => void) | undefined;
  /** Where the other side was seen, for what is told to it of itself; undefined when relayed. */
  readonly remoteEndpoint: Endpoint | undefined;
  readonly queuedBytes: number;
  onDrain: (() => void) | undefined;
  /**
   * Called once, in the turn in which the carrier was given. A message is a view, valid during the call. `onClose` is
   * called once, as of a `Conn`: with what `close` was given, nothing when the other side closed, or a fault.
   */
  start(onMessage: (message: Uint8Array) => void, onClose: (why?: Error) => void): void;
  /** No messages are delivered until `resume`, though those that have arrived may still come. */
  pause(): void;
  resume(): void;
  /** One message of all parts together; they are copied in the call. False: over the bound, wait for `onDrain`. */
  send(parts: readonly Uint8Array[]): boolean;
  /** Drops what is queued. */
  close(why?: Error): void;
}

export type TransportName = 'tcp' | 'hyperdht' | 'relay';

export interface Transport extends AsyncDisposable {
  readonly name: TransportName;
  /**
   * Rejects with LocalFault `DIAL_FAILED` (`reason` in its details), or the signal's reason. A carrier whose other
   * side did not prove that key is never given.
   */
  dial(to: DeviceKey, signal: AbortSignal): Promise<Carrier>;
}

/** Given to a transport when it is opened: who comes in, and who may. */
export interface TransportHost {
  /** Asked before anything is kept of who comes in, and again once its key is proven. */
  admits(key: DeviceKey): boolean;
  onCarrier(carrier: Carrier): void;
}

/** Where devices were seen or said they are: what transports that need addresses ask. */
export interface AddressBook {
  addressesOf(key: DeviceKey): readonly KnownAddress[];
}

export interface KnownAddress extends Endpoint {
  /** TCP port, UDP port of its DHT node, or both. */
  readonly kind: 'tcp' | 'udp';
  readonly source: 'lan' | 'manual' | 'told' | 'seen';
}
