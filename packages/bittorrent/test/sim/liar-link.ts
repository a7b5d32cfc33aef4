/** One connection of a simulated liar, which speaks the wire well enough to be believed. */
import { concatBytes, PeerFault } from '@coequal/base';
import type { Conn, Endpoint } from '@coequal/base';
import type { InfoHash, PeerId } from '../../src/core/ids.ts';
import { encodeExtendedHandshake } from '../../src/core/wire/extension-protocol.ts';
import { FrameReader } from '../../src/core/wire/frame-reader.ts';
import type { FrameSink } from '../../src/core/wire/frame-reader.ts';
import { encodeHandshake } from '../../src/core/wire/handshake.ts';
import { METADATA_EXTENSION } from '../../src/core/wire/metadata-exchange.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import type { PeerMessage, ReceivedMessage } from '../../src/core/wire/peer-wire.ts';

/** Our id for `ut_metadata` messages. */
export const LIAR_METADATA_ID = 3;

/** What a liar says in its greetings. */
export interface LiarIdentity {
  readonly infoHash: InfoHash;
  readonly peerId: PeerId;
  /** Bytes of the info dictionary, which it claims to have. */
  readonly metadataSize: number;
  /** Where it listens; one that does not say so cannot be dialled, nor known again by it. */
  readonly port: number | undefined;
}

/** What is done with a link: the lie. */
export interface LiarWays {
  /** Both have greeted. */
  opened(link: LiarLink): void;
  heard?(link: LiarLink, message: ReceivedMessage): void;
  /** Once a second while the link is open. */
  tick?(link: LiarLink): void;
}

export class LiarLink implements FrameSink {
  readonly conn: Conn;
  /** Undefined when the other side dialled. */
  readonly dialled: Endpoint | undefined;
  readonly #ways: LiarWays;
  readonly #identity: LiarIdentity;
  readonly #reader: FrameReader = new FrameReader(this);
  #state: 'greeting' | 'open' | 'closed' = 'greeting';

  constructor(
    conn: Conn,
    dialled: Endpoint | undefined,
    identity: LiarIdentity,
    ways: LiarWays,
    onClose: (link: LiarLink) => void,
  ) {
    this.conn = conn;
    this.dialled = dialled;
    this.#identity = identity;
    this.#ways = ways;
    conn.start(
      (view) => this.#feed(view),
      () => {
        this.#state = 'closed';
        onClose(this);
      },
    );
    if (dialled !== undefined) this.#greet();
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  send(...messages: readonly PeerMessage[]): void {
    this.sendBytes(concatBytes(messages.map((message) => encodePeerMessage(message))));
  }

  sendBytes(bytes: Uint8Array): void {
    this.conn.send([bytes]);
  }

  tick(): void {
    if (this.isOpen) this.#ways.tick?.(this);
  }

  // FrameSink

  handshake(): void {
    if (this.dialled === undefined) this.#greet();
    this.#state = 'open';
    const { port, metadataSize } = this.#identity;
    const payload = encodeExtendedHandshake({
      extensions: new Map([[METADATA_EXTENSION, LIAR_METADATA_ID]]),
      metadataSize,
      ...(port !== undefined && { port }),
    });
    this.send({ type: 'extended', id: 0, payload });
    this.#ways.opened(this);
  }

  message(frame: Uint8Array): void {
    this.#ways.heard?.(this, decodePeerMessage(frame));
  }

  keepAlive(): void {
    // a liar has no use for it
  }

  blockTarget(): undefined {
    return undefined;
  }

  blockDone(): void {
    // what it was sent is thrown away
  }

  #greet(): void {
    const { infoHash, peerId } = this.#identity;
    const supports = { fast: true, extensions: true, dht: false, v2: false };
    this.sendBytes(encodeHandshake({ infoHash, peerId, supports }));
  }

  #feed(view: Uint8Array): void {
    try {
      this.#reader.feed(view);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error;
      this.conn.close();
    }
  }
}
