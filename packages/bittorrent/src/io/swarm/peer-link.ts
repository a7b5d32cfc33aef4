/**
 * One connection to a peer, from the handshake (BEP 3) to its end. Cuts bytes into messages, keeps
 * what the peer said, and tells its owner; decides nothing. Blocks go straight from the receive
 * buffer to where the owner wants them (the data path: `bench/frame-reader.ts`).
 */
import { concatBytes, PeerFault } from '@coequal/base';
import type { Cancel, Clock, Conn, Endpoint, Millis } from '@coequal/base';
import { FrameReader } from '../../core/wire/frame-reader.ts';
import type { FrameSink } from '../../core/wire/frame-reader.ts';
import { decodeHandshake, encodeHandshake } from '../../core/wire/handshake.ts';
import type { Handshake } from '../../core/wire/handshake.ts';
import type { InfoHash, PeerId } from '../../core/ids.ts';
import { OutstandingRequests } from '../../core/wire/outstanding-requests.ts';
import { decodePeerMessage, encodePeerMessage } from '../../core/wire/peer-wire.ts';
import type { PeerMessage } from '../../core/wire/peer-wire.ts';
import type { PeerSource } from '../../core/swarm/peer-source.ts';
import { RateMeter } from '../../core/swarm/rate-meter.ts';
import { RemotePeer } from '../../core/wire/remote-peer.ts';
import type { PeerEvent } from '../../core/wire/remote-peer.ts';
import { RequestDepth } from '../../core/swarm/request-depth.ts';
import { UploadQueue } from '../../core/wire/upload-queue.ts';
import { UtpConn } from '../utp/utp-conn.ts';

/** Both handshakes are 68 bytes: who needs longer than this is not a peer. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** BEP 3: "generally … once every two minutes". */
const KEEP_ALIVE_MS = 110_000;
/**
 * A little more than the two minutes in which every client sends a keep-alive. Bytes of a message that
 * never ends do not count: 128 KiB in this time are 900 bytes a second, and whoever is slower is of no use.
 */
const IDLE_MAX_MS = 150_000;
/** Control messages that a peer leaves unread, in bytes, before we give it up. */
const UNREAD_MAX = 4 * 1024 * 1024;
/** Blocks that a peer may send beyond those it was ever asked for: a client in doubt sends one twice. */
const UNASKED_MAX = 64;

/** Who decides for a link. Called synchronously, in the order in which things happen on the wire. */
export interface LinkOwner {
  opened(link: PeerLink): void;
  event(link: PeerLink, event: PeerEvent): void;
  /** Where to put a block that is about to arrive; undefined: nowhere, it is thrown away. */
  blockTarget(link: PeerLink, piece: number, begin: number, length: number): Uint8Array | undefined;
  blockDone(link: PeerLink, piece: number, begin: number, length: number, wasStored: boolean): void;
  /** All bytes of one read were taken: the moment to answer what they asked, in one write. */
  readDone(link: PeerLink, length: number): void;
  writable(link: PeerLink): void;
  closed(link: PeerLink, why: Error | undefined): void;
}

/** Who answers handshakes. */
export interface Doorkeeper {
  /** Who takes the link, and as whom we greet. Throws PeerFault to refuse it. */
  admit(handshake: Handshake, link: PeerLink): Admission;
  /** The link ended before it was opened. */
  unopened(link: PeerLink, why: Error | undefined): void;
}

export interface Admission {
  readonly owner: LinkOwner;
  readonly infoHash: InfoHash;
  readonly peerId: PeerId;
  readonly supportsV2: boolean;
  /** Peers may name their nodes to us (BEP 5). */
  readonly supportsDht: boolean;
  /** Both sides know the torrent by its v2 info hash: hashes of v2 may be asked for (BEP 52). */
  readonly isV2: boolean;
}

type LinkState =
  | { readonly type: 'greeting' }
  | { readonly type: 'open'; readonly owner: LinkOwner }
  /** We closed it; the owner is told once the connection has ended. */
  | { readonly type: 'closing'; readonly owner: LinkOwner }
  | { readonly type: 'closed' };

export class PeerLink implements FrameSink {
  /** A small number, unique in the process: the picker's name for this peer. */
  readonly key: number;
  readonly conn: Conn;
  readonly clock: Clock;
  /** Undefined when the peer dialled us. */
  readonly dialled: Endpoint | undefined;
  readonly openedAt: Millis;

  // What this side says and owes; changed by the owner's flows.
  isChoking = true;
  isInterested = false;
  readonly outstanding: OutstandingRequests = new OutstandingRequests();
  readonly uploads: UploadQueue = new UploadQueue();
  readonly depth: RequestDepth = new RequestDepth();
  readonly downMeter: RateMeter = new RateMeter();
  readonly upMeter: RateMeter = new RateMeter();
  /** Who told of it; `incoming` when the peer dialled us. */
  source: PeerSource = 'incoming';
  downloaded = 0;
  uploaded = 0;
  lastBlockAt: Millis;
  /** Requests refused since the last block, while it did not choke us. */
  rejectsInRow = 0;
  /** Both sides dialled at once, because a relay told them to (BEP 55). */
  isPunched = false;
  /** When we last unchoked it, even if it is choked again, and what it had been given before. */
  unchokedAt: Millis | undefined;
  uploadedBefore = 0;

  peer: RemotePeer = new RemotePeer({ fast: false, extensions: false, dht: false });
  #peerId: PeerId | undefined;
  #isV2 = false;
  #state: LinkState = { type: 'greeting' };
  #handshakeTimer: Cancel;
  /** When a message last came to its end. */
  #receivedAt: Millis;
  #hasReceived = false;
  #sentAt: Millis;
  /** The block that came last, perhaps not yet whole. */
  #arrivingPiece = -1;
  #arrivingBegin = -1;
  #blocksCome = 0;
  readonly #doorkeeper: Doorkeeper;
  readonly #reader: FrameReader;

  /** `greeting` is what a dialling side sends first; an accepting one answers. */
  constructor(
    key: number,
    conn: Conn,
    clock: Clock,
    doorkeeper: Doorkeeper,
    dialled?: { readonly endpoint: Endpoint; readonly greeting: Uint8Array },
  ) {
    this.key = key;
    this.conn = conn;
    this.clock = clock;
    this.dialled = dialled?.endpoint;
    this.#doorkeeper = doorkeeper;
    this.#reader = new FrameReader(this);
    this.openedAt = clock.now();
    this.#receivedAt = this.openedAt;
    this.#sentAt = this.openedAt;
    this.lastBlockAt = this.openedAt;
    this.#handshakeTimer = clock.at(this.openedAt + HANDSHAKE_TIMEOUT_MS, () =>
      this.close(new PeerFault('HANDSHAKE_TIMEOUT')),
    );
    conn.onDrain = () => this.#owner?.writable(this);
    conn.start(
      (view) => this.#feed(view),
      (why) => this.#closed(why),
    );
    if (dialled !== undefined) conn.send([dialled.greeting]);
  }

  get remote(): Endpoint {
    return this.conn.remote;
  }

  get isUtp(): boolean {
    return this.conn instanceof UtpConn;
  }

  /** See Admission. */
  get isV2(): boolean {
    return this.#isV2;
  }

  /** Undefined before the handshake. */
  get peerId(): PeerId | undefined {
    return this.#peerId;
  }

  get isOpen(): boolean {
    return this.#state.type === 'open';
  }

  send(message: PeerMessage): void {
    this.sendBytes(encodePeerMessage(message));
  }

  sendBytes(bytes: Uint8Array): void {
    if (this.#state.type !== 'open') return;
    this.#sentAt = this.clock.now();
    if (this.conn.queuedBytes > UNREAD_MAX) this.close(new PeerFault('PEER_NOT_READING'));
    else this.conn.send([bytes]);
  }

  sendAll(messages: readonly Uint8Array[]): void {
    if (messages.length > 0) this.sendBytes(concatBytes(messages));
  }

  /** As one write; `onSent` is called when the bytes are no longer needed, or the link has ended. */
  sendBlocks(chunks: readonly Uint8Array[], onSent: () => void): void {
    this.#sentAt = this.clock.now();
    this.conn.send(chunks, onSent);
  }

  /** The metadata is known: from here on the peer's claims are checked. Throws PeerFault. */
  learnPieceCount(pieceCount: number): void {
    this.#reader.setPieceCount(pieceCount);
    this.peer.learnPieceCount(pieceCount);
  }

  /** The block that is arriving right now is thrown away: its memory is needed or gone. */
  abandonBlock(piece: number, begin: number): void {
    if (this.#arrivingPiece === piece && this.#arrivingBegin === begin) this.#reader.dropTarget();
  }

  /** As `abandonBlock`, for whatever is arriving. */
  abandonArriving(): void {
    this.#reader.dropTarget();
  }

  /** As `abandonBlock`, for any block of the piece. */
  abandonPiece(piece: number): void {
    if (this.#arrivingPiece === piece) this.#reader.dropTarget();
  }

  /** Sends a keep-alive when one is due; ends a link on which nothing came for too long. */
  checkIdle(now: Millis): void {
    if (this.#state.type !== 'open') return;
    if (now >= this.#receivedAt + IDLE_MAX_MS) this.close(new PeerFault('IDLE'));
    else if (now >= this.#sentAt + KEEP_ALIVE_MS) this.send({ type: 'keep-alive' });
  }

  close(why?: Error): void {
    if (this.#state.type === 'open') this.#state = { type: 'closing', owner: this.#state.owner };
    this.#reader.stop();
    this.conn.close(why);
  }

  // FrameSink: called by the reader, within #feed.

  handshake(bytes: Uint8Array): void {
    const handshake = decodeHandshake(bytes);
    this.#hasReceived = true;
    this.#handshakeTimer();
    this.#peerId = handshake.peerId;
    this.peer = new RemotePeer(handshake.supports);
    const { owner, isV2, ...greeting } = this.#doorkeeper.admit(handshake, this);
    this.#isV2 = isV2;
    if (this.dialled === undefined) {
      this.conn.send([greetingBytes(greeting)]);
      // over uTP Transmission 3.00 reads what is in one packet behind a greeting only when another one comes
      if (this.conn instanceof UtpConn) this.conn.flush();
    }
    this.#state = { type: 'open', owner };
    owner.opened(this);
  }

  message(frame: Uint8Array): void {
    this.#hasReceived = true;
    const event = this.peer.receive(decodePeerMessage(frame));
    if (event?.type === 'extended-handshake') {
      const { requestCountMax } = this.peer.extended ?? {};
      if (requestCountMax !== undefined) this.depth.setPeerMax(requestCountMax);
    }
    if (event !== undefined) this.#owner?.event(this, event);
  }

  keepAlive(): void {
    this.#hasReceived = true; // that is all it says
  }

  blockTarget(piece: number, begin: number, length: number): Uint8Array | undefined {
    this.#arrivingPiece = piece;
    this.#arrivingBegin = begin;
    this.#blocksCome += 1;
    if (this.#blocksCome > this.outstanding.askedCount + UNASKED_MAX) {
      throw new PeerFault('UNASKED_BLOCK', { piece, begin, length });
    }
    return this.#owner?.blockTarget(this, piece, begin, length);
  }

  blockDone(piece: number, begin: number, length: number, wasStored: boolean): void {
    this.#hasReceived = true;
    this.#owner?.blockDone(this, piece, begin, length, wasStored);
  }

  get #owner(): LinkOwner | undefined {
    return this.#state.type === 'open' ? this.#state.owner : undefined;
  }

  #feed(view: Uint8Array): void {
    this.#hasReceived = false;
    try {
      this.#reader.feed(view);
    } catch (error) {
      if (!(error instanceof PeerFault)) throw error; // a bug: crash loudly
      this.close(error);
      return;
    }
    if (this.#hasReceived) this.#receivedAt = this.clock.now();
    this.#owner?.readDone(this, view.length);
  }

  #closed(why: Error | undefined): void {
    this.#handshakeTimer();
    this.#reader.stop();
    const state = this.#state;
    const owner = state.type === 'open' || state.type === 'closing' ? state.owner : undefined;
    this.#state = { type: 'closed' };
    if (owner === undefined) this.#doorkeeper.unopened(this, why);
    else owner.closed(this, why);
  }
}

/** Our handshake: what we support is the same for every torrent but BEP 52. */
export function greetingBytes(as: Omit<Admission, 'owner' | 'isV2'>): Uint8Array {
  return encodeHandshake({
    infoHash: as.infoHash,
    peerId: as.peerId,
    supports: { fast: true, extensions: true, dht: as.supportsDht, v2: as.supportsV2 },
  });
}
