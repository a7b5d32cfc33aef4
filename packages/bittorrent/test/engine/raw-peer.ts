/** A peer that says whatever a test tells it to, over a simulated connection. */
import assert from 'node:assert/strict';
import { concatBytes } from '@coequal/base';
import type { Conn, Endpoint } from '@coequal/base';
import type { SimHost } from '@coequal/simulator';
import type { BlockRequest } from '../../src/core/blocks.ts';
import {
  decodeHandshake,
  encodeHandshake,
  HANDSHAKE_LENGTH,
} from '../../src/core/wire/handshake.ts';
import type { Handshake, PeerSupport } from '../../src/core/wire/handshake.ts';
import type { InfoHash, PeerId } from '../../src/core/ids.ts';
import { createPeerId } from '../../src/core/wire/peer-id.ts';
import { decodePeerMessage, encodePeerMessage } from '../../src/core/wire/peer-wire.ts';
import type { PeerMessage, ReceivedMessage } from '../../src/core/wire/peer-wire.ts';
import { NEVER, PORT } from './lab.ts';
import type { Lab } from './lab.ts';

const SUPPORTS: PeerSupport = { fast: true, extensions: true, dht: false, v2: false };

export class RawPeer {
  readonly conn: Conn;
  readonly peerId: PeerId;
  readonly messages: ReceivedMessage[] = [];
  handshake: Handshake | undefined;
  isClosed = false;
  /** Called for each message, after it was kept. */
  onMessage: ((message: ReceivedMessage) => void) | undefined;
  #bytes: Uint8Array = new Uint8Array(0);

  constructor(conn: Conn, host: SimHost, peerId?: PeerId) {
    this.conn = conn;
    this.peerId = peerId ?? createPeerId(host.ports.random);
    conn.start(
      (view) => this.#take(view),
      () => {
        this.isClosed = true;
      },
    );
  }

  static async dial(host: SimHost, to: Endpoint, peerId?: PeerId): Promise<RawPeer> {
    return new RawPeer(await host.ports.net.dial(to, NEVER), host, peerId);
  }

  /** Each connection that comes is given to `onPeer` before anything was read of it. */
  static async listen(
    host: SimHost,
    onPeer: (peer: RawPeer) => void,
    port: number = PORT,
  ): Promise<void> {
    await host.ports.net.listen(
      { host: host.address, port },
      (conn) => onPeer(new RawPeer(conn, host)),
      NEVER,
    );
  }

  greet(infoHash: InfoHash, supports: Partial<PeerSupport> = {}): void {
    const greeting = { infoHash, peerId: this.peerId, supports: { ...SUPPORTS, ...supports } };
    this.sendBytes(encodeHandshake(greeting));
  }

  send(...messages: readonly PeerMessage[]): void {
    this.sendBytes(concatBytes(messages.map((message) => encodePeerMessage(message))));
  }

  sendBytes(bytes: Uint8Array): void {
    this.conn.send([bytes]);
  }

  count(type: ReceivedMessage['type']): number {
    return this.messages.filter((message) => message.type === type).length;
  }

  #take(view: Uint8Array): void {
    this.#bytes = concatBytes([this.#bytes, view]);
    if (this.handshake === undefined) {
      if (this.#bytes.length < HANDSHAKE_LENGTH) return;
      this.handshake = decodeHandshake(this.#cut(HANDSHAKE_LENGTH));
    }
    for (;;) {
      if (this.#bytes.length < 4) return;
      const { buffer, byteOffset } = this.#bytes;
      const length = new DataView(buffer, byteOffset).getUint32(0);
      if (this.#bytes.length < 4 + length) return;
      const message = decodePeerMessage(this.#cut(4 + length).subarray(4));
      this.messages.push(message);
      this.onMessage?.(message);
    }
  }

  #cut(length: number): Uint8Array {
    const first = this.#bytes.slice(0, length);
    this.#bytes = this.#bytes.subarray(length);
    return first;
  }
}

/** How a peer that listens and claims to have everything behaves. */
export interface FakeSeed {
  readonly host: SimHost;
  readonly infoHash: InfoHash;
  /** What it answers a request with, if at all. */
  answer(block: BlockRequest, peer: RawPeer): readonly PeerMessage[];
  /** Whether it unchokes; it does unless this says no. */
  readonly isChoking?: boolean;
  readonly supports?: Partial<PeerSupport>;
  readonly port?: number;
}

/** Returns the connections it had. */
export async function listenAsSeed(seed: FakeSeed): Promise<readonly RawPeer[]> {
  const peers: RawPeer[] = [];
  const onPeer = (peer: RawPeer): void => {
    peers.push(peer);
    peer.greet(seed.infoHash, seed.supports);
    serve(peer, seed);
  };
  await RawPeer.listen(seed.host, onPeer, seed.port);
  return peers;
}

/** From the first message on: has all, unchokes whoever is interested. */
export function serve(peer: RawPeer, seed: FakeSeed): void {
  assert.notEqual(seed.supports?.fast, false, 'have-all needs the fast extension');
  peer.send({ type: 'have-all' });
  peer.onMessage = (message) => {
    if (message.type === 'interested' && seed.isChoking !== true) peer.send({ type: 'unchoke' });
    if (message.type === 'request') peer.send(...seed.answer(message, peer));
  };
}

/** What a liar answers to a request: as many bytes, and not those. */
export function spoilt(lab: Lab, block: BlockRequest): PeerMessage {
  const message = lab.blockOf(block);
  assert.ok(message.type === 'piece');
  return { ...message, block: message.block.toReversed() };
}
