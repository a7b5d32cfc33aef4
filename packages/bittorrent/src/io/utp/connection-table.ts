/** The connections of a host by the id and address of what comes in; and those whose peer may be made up. */
import type { Endpoint } from '@coequal/base';
import { networkOf } from '../../core/swarm/network.ts';
import { seqAfter } from '../../core/utp/utp-packet.ts';
import type { UtpConn } from './utp-conn.ts';

/** Connections that came in and have not answered yet; with the next one the oldest goes. */
const HALF_OPEN_MAX = 128;

/** The same from one network: more than one peer dials at a time. */
const HALF_OPEN_PER_NETWORK_MAX = 8;

export class ConnectionTable {
  readonly #byId = new Map<number, UtpConn[]>();
  readonly #all = new Set<UtpConn>();
  /** With their networks, oldest first. */
  readonly #halfOpen = new Map<UtpConn, string>();

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): SetIterator<UtpConn> {
    return this.#all.values();
  }

  find(receiveId: number, { host, port }: Endpoint): UtpConn | undefined {
    const conns = this.#byId.get(receiveId);
    if (conns === undefined) return undefined;
    for (const conn of conns) {
      if (conn.remote.port === port && conn.remote.host === host) return conn;
    }
    return undefined;
  }

  /** A RESET has the id of what it answers, or of what would come. */
  findReset(id: number, from: Endpoint): UtpConn | undefined {
    const conn = this.find(id, from);
    if (conn !== undefined) return conn;
    for (const receiveId of [seqAfter(id, -1), seqAfter(id)]) {
      const other = this.find(receiveId, from);
      if (other?.machine.sendId === id) return other;
    }
    return undefined;
  }

  add(conn: UtpConn): void {
    this.#all.add(conn);
    const { receiveId } = conn.machine;
    const conns = this.#byId.get(receiveId);
    if (conns === undefined) this.#byId.set(receiveId, [conn]);
    else conns.push(conn);
  }

  /** Whether one more may be begun from the network of that address. */
  hasRoomFor({ host }: Endpoint): boolean {
    const network = networkOf(host);
    let count = 0;
    for (const other of this.#halfOpen.values()) if (other === network) count += 1;
    return count < HALF_OPEN_PER_NETWORK_MAX;
  }

  /** Returns the one that has to go for it. */
  addHalfOpen(conn: UtpConn): UtpConn | undefined {
    const [oldest] = this.#halfOpen.keys();
    this.add(conn);
    this.#halfOpen.set(conn, networkOf(conn.remote.host));
    if (this.#halfOpen.size <= HALF_OPEN_MAX || oldest === undefined) return undefined;
    this.#halfOpen.delete(oldest);
    return oldest;
  }

  /** Its peer has shown that it is where it says. */
  confirm(conn: UtpConn): void {
    this.#halfOpen.delete(conn);
  }

  remove(conn: UtpConn): void {
    if (!this.#all.delete(conn)) return;
    this.#halfOpen.delete(conn);
    const { receiveId } = conn.machine;
    const others = this.#byId.get(receiveId)?.filter((each) => each !== conn) ?? [];
    if (others.length === 0) this.#byId.delete(receiveId);
    else this.#byId.set(receiveId, others);
  }
}
