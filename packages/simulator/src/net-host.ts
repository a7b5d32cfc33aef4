/** A host as the network sees it: an address, a line of finite bandwidth, and the sockets of its process. */
import type { Endpoint, Millis } from '@coequal/base';
import type { EventQueue } from './event-queue.ts';
import type { Life } from './life.ts';
import type { Nat } from './nat.ts';
import type { Bandwidth } from './network.ts';
import type { SimConn } from './sim-conn.ts';

export interface BoundListener {
  readonly local: Endpoint;
  readonly onConn: (conn: SimConn) => void;
}

export interface BoundSocket {
  readonly local: Endpoint;
  /** `at`: which address of the host it came to. */
  readonly onDatagram: (bytes: Uint8Array, from: Endpoint, at: string) => void;
  /** The multicast group that it is a member of. */
  readonly group: string | undefined;
}

/** What a process has bound. A new process of the host starts with nothing. */
export class Stack {
  readonly life: Life;
  readonly listeners: Map<number, BoundListener> = new Map();
  readonly sockets: Map<number, BoundSocket> = new Map();
  /** Members of groups, which may share a port; of those the first is in `sockets`. */
  readonly members: Set<BoundSocket> = new Set();
  readonly conns: Set<SimConn> = new Set();
  #nextPort = EPHEMERAL_PORT_FIRST;

  constructor(life: Life) {
    this.life = life;
  }

  /** A port that is free in `taken`. */
  freePort(taken: ReadonlyMap<number, unknown>): number {
    while (taken.has(this.#nextPort)) this.#nextPort += 1;
    return this.#nextPort++;
  }
}

/** First of the ports given out for port 0 and for outgoing connections (RFC 6335, section 6). */
const EPHEMERAL_PORT_FIRST = 49_152;

export class NetHost {
  readonly address: string;
  /** Datagrams to groups reach the hosts of one LAN; undefined: none but itself. */
  readonly lan: string | undefined;
  /** False after a power loss: packets vanish. A host whose process is dead refuses instead. */
  isPowered = true;
  /** Undefined while no process runs. */
  stack: Stack | undefined;
  /** In front of it; undefined: it has the address itself. */
  readonly nat: Nat | undefined;
  readonly uplink: Line;
  readonly downlink: Line;

  constructor(
    queue: EventQueue,
    address: string,
    bandwidth: Bandwidth | undefined,
    lan: string | undefined,
    nat: Nat | undefined,
  ) {
    this.address = address;
    this.lan = lan;
    this.nat = nat;
    this.uplink = new Line(queue, bandwidth?.up);
    this.downlink = new Line(queue, bandwidth?.down);
  }
}

/** Packet of a stream, where bandwidth is finite: small, so that connections take turns. */
const PACKET_LENGTH_SLOW = 16_384;
/** Where it is not, fewer events matter more. */
const PACKET_LENGTH_FAST = 65_536;
/** What connections send that is shorter shares a turn up to this: no line is idle within a packet of Ethernet. */
const TURN_LENGTH_MIN = 1_460;

/** One direction of a host's line: one packet at a time, senders in turn. */
export class Line {
  readonly #queue: EventQueue;
  readonly #bytesPerMs: number | undefined;
  #freeAt: Millis = 0;
  #isScheduled = false;
  /** In the order in which they take turns. */
  readonly #senders = new Set<SimConn>();

  constructor(queue: EventQueue, bytesPerSecond: number | undefined) {
    this.#queue = queue;
    this.#bytesPerMs = bytesPerSecond === undefined ? undefined : bytesPerSecond / 1_000;
  }

  /** How long a packet given now would wait for its turn. */
  get waitMs(): Millis {
    return Math.max(0, this.#freeAt - this.#queue.now);
  }

  /** Takes the line for `length` bytes; returns when the last of them has passed. */
  reserve(length: number): Millis {
    if (this.#bytesPerMs === undefined) return this.#queue.now;
    this.#freeAt = Math.max(this.#freeAt, this.#queue.now) + length / this.#bytesPerMs;
    return this.#freeAt;
  }

  /** A connection has something to send. */
  offer(conn: SimConn): void {
    this.#senders.add(conn);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#senders.size === 0) return;
    this.#isScheduled = true;
    this.#queue.add(this.#queue.now + this.waitMs, 'uplink', undefined, true, this.#onTurn);
  }

  readonly #onTurn = (): void => {
    this.#isScheduled = false;
    const isFast = this.#bytesPerMs === undefined;
    let length = 0;
    for (const conn of this.#senders) {
      this.#senders.delete(conn);
      const sent = conn.transmit(isFast ? PACKET_LENGTH_FAST : PACKET_LENGTH_SLOW);
      if (sent === 0) continue;
      length += sent;
      if (conn.hasUnsent) this.#senders.add(conn); // at the end
      // an endless turn ends with the receive window
      if (!isFast && length >= TURN_LENGTH_MIN) break;
    }
    this.#schedule();
  };
}
