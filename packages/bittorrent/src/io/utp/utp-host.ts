/**
 * Many uTP connections (BEP 29) over one UDP socket that others use, too: the `dial` and `listen` half of Net.
 *
 * Datagrams and bytes to send only wake their connection; what follows is done for all of them once the
 * caller has returned, so that a batch of datagrams is answered by few. One timer serves all connections.
 */
import { LocalFault, untilAborted } from '@coequal/base';
import type { Cancel, Conn, Datagram, Endpoint, Millis, Ports, UdpSocket } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import { PacketPool } from '../../core/utp/packet-buffer.ts';
import { UtpConnection } from '../../core/utp/utp-connection.ts';
import {
  decodeUtpPacket,
  emptyPacket,
  EXTENSION_NONE,
  isUtpDatagram,
  microsOf,
  seqAfter,
  UTP_HEADER_LENGTH,
  UTP_TYPE,
  writeUtpHeader,
} from '../../core/utp/utp-packet.ts';
import type { UtpPacket } from '../../core/utp/utp-packet.ts';
import { ConnectionTable } from './connection-table.ts';
import { UtpConn } from './utp-conn.ts';
import type { UtpCarrier } from './utp-conn.ts';
import { UtpInbox } from './utp-inbox.ts';

/** Connections of a host, dials and those that are closing included: above what an engine has. */
const CONNECTIONS_MAX = 512;

/** Answers a second to what belongs to no connection: they must not make us a tool against others. */
const RESETS_PER_SECOND_MAX = 50;

/** What connections have for their last words when the host is disposed of. */
const GOODBYE_MS: Millis = 1_000;

const PORT_MAX = 65_535;

/** What it needs of a socket. */
export type UtpSocket = Pick<UdpSocket, 'local' | 'problem' | 'send'>;

export class UtpHost implements AsyncDisposable {
  readonly #clock: Ports['clock'];
  readonly #random: Ports['random'];
  readonly #socket: UtpSocket;
  readonly #table = new ConnectionTable();
  readonly #pool = new PacketPool();
  readonly #packet = emptyPacket();
  readonly #inbox = new UtpInbox<UtpConn>();
  readonly #dials = new Map<UtpConn, PromiseWithResolvers<Conn>>();
  readonly #carrier: UtpCarrier;
  #awake: UtpConn[] = [];
  #turnAt: Millis = 0;
  #isSettling = false;
  #timer: { readonly at: Millis; readonly cancel: Cancel } | undefined;
  #resets = { count: 0, since: -Infinity };
  #onEmpty: (() => void) | undefined;
  #isClosed = false;
  /** Gets connections that come in, as `Net.listen` gives them; without it they are refused. */
  onConn: ((conn: Conn) => void) | undefined;

  constructor(socket: UtpSocket, { clock, random }: Pick<Ports, 'clock' | 'random'>) {
    this.#socket = socket;
    this.#clock = clock;
    this.#random = random;
    this.#carrier = {
      local: socket.local,
      inbox: this.#inbox,
      send: (datagram, conn) => this.#send(datagram, conn),
      wake: (conn) => this.#wake(conn),
      now: () => clock.now(),
    };
  }

  /** Connections, those that are being opened or closed included. */
  get size(): number {
    return this.#table.size;
  }

  /** Whether something can be sent from here, as far as is known. */
  get isWorking(): boolean {
    return this.#socket.problem === undefined;
  }

  /** Rejects with a LocalFault `DIAL_FAILED`, with the problem of its socket, or the signal's reason. */
  async dial(to: Endpoint, signal: AbortSignal): Promise<Conn> {
    signal.throwIfAborted();
    if (this.#isClosed || !this.canReach(to)) throw dialFailed(to, 'no address');
    const { problem } = this.#socket;
    if (problem !== undefined) throw problem;
    const receiveId = this.#freeId(to);
    if (receiveId === undefined) throw dialFailed(to, 'too many connections');
    const machine = new UtpConnection(
      { pool: this.#pool, receiveId, sendId: seqAfter(receiveId), seq: this.#word16() },
      this.#clock.now(),
    );
    const conn = new UtpConn(machine, { host: to.host, port: to.port }, this.#carrier);
    this.#table.add(conn);
    const dial = Promise.withResolvers<Conn>();
    this.#dials.set(conn, dial);
    this.#wake(conn);
    try {
      return await untilAborted(dial.promise, signal);
    } catch (error) {
      machine.abort();
      this.#wake(conn);
      throw error;
    } finally {
      this.#dials.delete(conn);
    }
  }

  /** Of a datagram for which `isUtpDatagram`; others are passed over. The view is used during the call only. */
  receive(datagram: Datagram): void {
    const { bytes, from } = datagram;
    if (this.#isClosed || !isUtpDatagram(bytes)) return;
    let packet;
    try {
      packet = decodeUtpPacket(bytes, this.#packet);
    } catch {
      return; // whose fault it is cannot be told: addresses are easily forged
    }
    if (packet.type === UTP_TYPE.syn) {
      this.#onSyn(packet, datagram);
      return;
    }
    const conn =
      packet.type === UTP_TYPE.reset
        ? this.#table.findReset(packet.connectionId, from)
        : this.#table.find(packet.connectionId, from);
    if (conn === undefined) this.#refuse(packet, datagram);
    else this.#receiveFor(conn, packet, datagram);
  }

  /** Closes all connections, and gives them a moment to tell the other side. The socket stays its owner's. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.onConn = undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onEmpty = resolve;
    for (const conn of this.#table)
      conn.close(new LocalFault('CONNECTION_LOST', { reason: 'closed' }));
    if (this.#table.size > 0) {
      const cancel = this.#clock.at(this.#clock.now() + GOODBYE_MS, resolve);
      await promise;
      cancel();
    }
    this.#isClosed = true;
    for (const conn of this.#table) conn.machine.abort();
    for (const conn of this.#table) this.#wake(conn);
    this.#settleAll();
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #receiveFor(conn: UtpConn, packet: UtpPacket, { bytes, at }: Datagram): void {
    const { machine } = conn;
    const before = machine.state.type;
    if (this.#awake.length === 0) this.#turnAt = this.#clock.now(); // one look at the clock for a batch
    conn.at ??= at; // it stays there, whatever becomes of the way: the peer knows us by it
    conn.receive(packet, bytes, this.#turnAt);
    if (before === machine.state.type || machine.state.type !== 'open') return;
    if (before === 'syn-received') {
      this.#table.confirm(conn);
      if (this.onConn === undefined) conn.close();
      else this.onConn(conn);
    } else if (before === 'syn-sent') {
      this.#dials.get(conn)?.resolve(conn);
    }
  }

  #onSyn(packet: UtpPacket, datagram: Datagram): void {
    const { from } = datagram;
    const receiveId = seqAfter(packet.connectionId);
    const known = this.#table.find(receiveId, from);
    if (known !== undefined) {
      this.#receiveFor(known, packet, datagram);
      return;
    }
    if (this.onConn === undefined) {
      this.#refuse(packet, datagram);
      return;
    }
    if (this.#table.size >= CONNECTIONS_MAX || !this.#table.hasRoomFor(from)) return;
    const machine = new UtpConnection(
      {
        pool: this.#pool,
        receiveId,
        sendId: packet.connectionId,
        seq: this.#word16(),
        peerSeq: packet.seq,
      },
      this.#clock.now(),
    );
    const conn = new UtpConn(machine, { host: from.host, port: from.port }, this.#carrier);
    conn.at = datagram.at;
    const displaced = this.#table.addHalfOpen(conn);
    if (displaced !== undefined) {
      displaced.machine.abort();
      this.#wake(displaced);
    }
    this.#wake(conn);
  }

  #refuse(packet: UtpPacket, { from, at }: Datagram): void {
    if (packet.type === UTP_TYPE.reset) return;
    const now = this.#clock.now();
    if (now >= this.#resets.since + 1_000) this.#resets = { count: 0, since: now };
    if (this.#resets.count >= RESETS_PER_SECOND_MAX) return;
    this.#resets.count += 1;
    const { seq } = packet;
    const answer = { ...emptyPacket(), type: UTP_TYPE.reset, connectionId: packet.connectionId };
    const bytes = new Uint8Array(UTP_HEADER_LENGTH);
    writeUtpHeader(
      bytes,
      { ...answer, timestamp: microsOf(now), seq: this.#word16(), ack: seq },
      EXTENSION_NONE,
    );
    this.#socket.send(bytes, from, at);
  }

  #send(datagram: Uint8Array, conn: UtpConn): void {
    // a SYN that stays here would be sent again and again, and its failure be taken for the peer's
    if (conn.machine.state.type === 'syn-sent') {
      const { problem } = this.#socket;
      if (problem !== undefined) this.#dials.get(conn)?.reject(problem);
    }
    this.#socket.send(datagram, conn.remote, conn.at);
  }

  #wake(conn: UtpConn): void {
    if (conn.isAwake) return;
    conn.isAwake = true;
    if (this.#awake.length === 0) this.#turnAt = this.#clock.now();
    this.#awake.push(conn);
    if (this.#isSettling || this.#awake.length > 1) return;
    void SETTLED.then(() => this.#settleAll());
  }

  #settleAll(): void {
    this.#isSettling = true;
    this.#inbox.flush();
    const now = this.#clock.now();
    for (let i = 0; i < this.#awake.length; i++) {
      const conn = this.#awake[i];
      if (conn === undefined) continue;
      conn.isAwake = false; // what it does now may wake it again, and it comes once more
      conn.settle(now);
      const { deadline } = conn.machine;
      if (deadline === undefined) this.#remove(conn);
      else if (this.#timer === undefined || deadline < this.#timer.at) this.#setTimer(deadline);
    }
    this.#awake = [];
    this.#isSettling = false;
  }

  #remove(conn: UtpConn): void {
    this.#table.remove(conn);
    this.#dials.get(conn)?.reject(dialFailed(conn.remote, 'refused or silent'));
    if (this.#table.size === 0) this.#onEmpty?.();
  }

  #setTimer(at: Millis): void {
    this.#timer?.cancel();
    this.#timer = { at, cancel: this.#clock.at(at, () => this.#onTimer()) };
  }

  #onTimer(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    let next = Infinity;
    for (const conn of this.#table) {
      const { deadline = Infinity } = conn.machine;
      if (deadline > now) {
        next = Math.min(next, deadline);
      } else {
        conn.machine.onTimeout(now);
        this.#wake(conn);
      }
    }
    if (next < Infinity) this.#setTimer(next);
  }

  /** An address that the socket can send to. */
  canReach({ host, port }: Endpoint): boolean {
    const family = addressFamily(host);
    const own = addressFamily(this.#socket.local.host);
    if (family === undefined || own === undefined || family > own) return false;
    return Number.isInteger(port) && port > 0 && port <= PORT_MAX;
  }

  /** Both ids of a dial must be free: replies come with one, and a peer may name the other in a RESET. */
  #freeId(to: Endpoint): number | undefined {
    if (this.#table.size >= CONNECTIONS_MAX) return undefined;
    let id = this.#word16();
    while (this.#table.find(id, to) !== undefined) id = seqAfter(id);
    return id;
  }

  #word16(): number {
    return Math.floor(this.#random.number() * 65_536);
  }
}

function dialFailed({ host, port }: Endpoint, reason: string): LocalFault {
  return new LocalFault('DIAL_FAILED', { host, port, reason });
}

const SETTLED = Promise.resolve();
