/** What all torrents of an engine share: connections, and the limits of both directions. */
import type { Cancel, Clock, Conn, Endpoint } from '@coequal/base';
import { PunchRates } from '../../core/swarm/hole-punch.ts';
import { networkOf } from '../../core/swarm/network.ts';
import { TokenBucket } from '../../core/swarm/token-bucket.ts';
import { UploadLimiter } from './upload-limiter.ts';

/**
 * Connections of one engine, dials included: about what a home router's table bears beside everything
 * else, and far below the usual limit of 1,024 open files.
 */
const CONNECTIONS_MAX = 300;

/** Of those that came in, from one network (IPv4 address or IPv6 /64): half stays for all others. */
const NETWORK_CONNECTIONS_MAX = 150;

/** What the budget must know of a connection that ends: whether it came in, and from where. */
interface Ended {
  /** Undefined when the peer dialled us. */
  readonly dialled: Endpoint | undefined;
  readonly remote: Endpoint;
}

/** Counts connections, and names them. */
export class ConnectionBudget {
  readonly #accepted = new Map<string, number>();
  #used = 0;
  #lastKey = 0;

  /** False: there is no room for another. Each success is matched by one `release`. */
  tryTake(): boolean {
    if (this.#used >= CONNECTIONS_MAX) return false;
    this.#used += 1;
    return true;
  }

  /** As `tryTake`, for a connection that comes in. */
  tryAccept({ host }: Endpoint): boolean {
    const network = networkOf(host);
    const count = this.#accepted.get(network) ?? 0;
    if (count >= NETWORK_CONNECTIONS_MAX || !this.tryTake()) return false;
    this.#accepted.set(network, count + 1);
    return true;
  }

  /** `ended` is undefined for a dial that led to none. */
  release(ended?: Ended): void {
    this.#used -= 1;
    if (ended === undefined || ended.dialled !== undefined) return;
    const network = networkOf(ended.remote.host);
    const count = this.#accepted.get(network) ?? 0;
    if (count > 1) this.#accepted.set(network, count - 1);
    else this.#accepted.delete(network);
  }

  nextKey(): number {
    this.#lastKey += 1;
    return this.#lastKey;
  }
}

/** A connection that had nothing to read in its turn gives way to the next. */
const TURN_MS = 10;

/**
 * Slows reading, not asking: a connection that is over the limit is left unread until its turn. One at a
 * time has a turn, because each read may overdraw.
 */
export class DownloadLimiter {
  readonly #clock: Clock;
  readonly #bucket: TokenBucket;
  readonly #paused = new Set<Conn>();
  /** It may read again, and has not yet. */
  #turn: Conn | undefined;
  #wake: Cancel | undefined;

  /** Bytes per second; undefined: no limit. */
  constructor(bytesPerSecondMax: number | undefined, clock: Clock) {
    this.#clock = clock;
    this.#bucket = new TokenBucket(bytesPerSecondMax, clock.now());
  }

  /** Bytes that were read of `conn`; it is paused when they were too many. */
  spend(length: number, conn: Conn): void {
    const now = this.#clock.now();
    this.#bucket.spend(length, now);
    const isTurn = this.#turn === conn;
    if (isTurn) this.#turn = undefined;
    const isPaused = !this.#bucket.isOpen(now);
    if (isPaused) {
      conn.pause();
      this.#paused.add(conn);
    }
    if (isTurn || isPaused) this.#arm();
  }

  forget(conn: Conn): void {
    this.#paused.delete(conn);
    if (this.#turn === conn) this.#turn = undefined;
  }

  #arm(): void {
    if (this.#turn !== undefined) return; // it is waited for
    this.#wake?.();
    this.#wake = undefined;
    if (this.#paused.size === 0) return;
    this.#wake = this.#clock.at(this.#bucket.deadline ?? this.#clock.now(), () => this.#serve());
  }

  #serve(): void {
    const [conn] = this.#paused;
    this.#wake = undefined;
    this.#turn = undefined;
    if (conn === undefined) return;
    this.#paused.delete(conn);
    this.#turn = conn;
    this.#wake = this.#clock.at(this.#clock.now() + TURN_MS, () => this.#serve());
    conn.resume();
  }
}

export interface SharedLimits {
  readonly connections: ConnectionBudget;
  readonly upload: UploadLimiter;
  readonly download: DownloadLimiter;
  readonly punches: PunchRates;
}

export function createSharedLimits(
  limits: { readonly upload: number | undefined; readonly download: number | undefined },
  clock: Clock,
): SharedLimits {
  return {
    connections: new ConnectionBudget(),
    upload: new UploadLimiter(limits.upload, clock),
    download: new DownloadLimiter(limits.download, clock),
    punches: new PunchRates(),
  };
}
