/** The port Links: authenticated streams to other devices by their keys, whatever the way there. */
import type { DeviceKey } from './device-key.ts';
import type { Cancel } from './ports.ts';

/**
 * What a stream is for: `talk` is short and wants to be there at once, `bulk` is long and may wait. Each has a
 * connection of its own, so that neither waits for the other.
 */
export type Lane = 'talk' | 'bulk';

/** How a device is reached now. */
export type LinkPath =
  | { readonly type: 'none' }
  /** In the same local network. */
  | { readonly type: 'lan' }
  | { readonly type: 'direct' }
  | { readonly type: 'relayed'; readonly by: DeviceKey };

export interface StreamRequest {
  /** What is spoken, and its version: `send/1`. At most 32 of `a-z`, `0-9`, `/`, `-`. */
  readonly protocol: string;
  readonly lane: Lane;
}

export interface Links {
  /**
   * A stream to a device, over the link that there is, or a new one. Rejects with LocalFault `DEVICE_UNREACHABLE`
   * when no way there worked, PeerFault `PROTOCOL_REFUSED` when the other side does not speak it or does not want to
   * with us, PeerFault `TOO_MANY_STREAMS`, or the signal's reason.
   */
  open(to: DeviceKey, request: StreamRequest, signal: AbortSignal): Promise<LinkStream>;
  /** Streams that others open. One listener a protocol. What is not started in the turn it was given is closed. */
  accept(
    protocol: string,
    onStream: (stream: LinkStream, from: DeviceKey) => void,
    from?: 'contacts' | 'anyone',
  ): Cancel;
  path(to: DeviceKey): LinkPath;
}

/**
 * Bytes both ways, in order, to one device. It goes on when the way there changes or is gone for a while, and ends
 * when one side closes it, or with LocalFault `LINK_LOST` when the other device was not found again in time, or
 * begun anew. The members mean what they mean of a `Conn`.
 */
export interface LinkStream {
  readonly remote: DeviceKey;
  readonly protocol: string;
  readonly queuedBytes: number;
  onDrain: (() => void) | undefined;
  /** Called once. `onClose` is called once: with nothing after the other side's `end`, when all it sent was delivered. */
  start(onBytes: (view: Uint8Array) => void, onClose: (why?: Error) => void): void;
  pause(): void;
  resume(): void;
  /** The chunks must not change until `onSent` is called: when the other side has them. */
  send(chunks: readonly Uint8Array[], onSent?: () => void): boolean;
  /** Closes when all that was sent is there; nothing more is delivered to this side. */
  end(): void;
  /** Drops what is queued and closes at once, at the other side as well. */
  close(why?: Error): void;
}
