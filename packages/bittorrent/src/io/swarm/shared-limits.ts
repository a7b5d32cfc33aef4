/** What all torrents of an engine share: connections, and the limits of both directions. */
import { LeanMap, LeanSet } from '@coequal/base';
import type { Cancel, Clock, Conn, Endpoint } from '@coequal/base';
import { PunchRates } from '../../core/swarm/hole-punch.ts';
import { networkOf } from '../../core/swarm/network.ts';
import { checkLimits } from '../../core/swarm/rate-limits.ts';
import type { RateLimits } from '../../core/swarm/rate-limits.ts';
import { TokenBucket } from '../../core/swarm/token-bucket.ts';
import { ReadBeside, SendBeside } from './beside-torrents.ts';
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
  readonly max: number = CONNECTIONS_MAX;
  readonly #accepted = new Map<string, number>();
  #used = 0;
  #lastKey = 0;

  get used(): number {
    return this.#used;
  }

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

/** What a limit does to whoever reads. */
export type Reader = Pick<Conn, 'pause' | 'resume'>;

/** A connection that several limits may leave unread: it is read again once none of them holds it. */
export class ReadHolds {
  readonly #counts = new LeanMap<Reader, number>();

  hold(conn: Reader): void {
    const count = this.#counts.get(conn) ?? 0;
    if (count === 0) conn.pause();
    this.#counts.set(conn, count + 1);
  }

  release(conn: Reader): void {
    const count = this.#counts.get(conn) ?? 0;
    if (count > 1) {
      this.#counts.set(conn, count - 1);
      return;
    }
    if (this.#counts.delete(conn)) conn.resume();
  }

  /** It has ended. */
  forget(conn: Reader): void {
    this.#counts.delete(conn);
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
  readonly #holds: ReadHolds;
  readonly #bucket: TokenBucket;
  readonly #paused = new LeanSet<Reader>();
  /** It may read again, and has not yet. */
  #turn: Reader | undefined;
  #wake: Cancel | undefined;

  /** Bytes per second; undefined: no limit. */
  constructor(bytesPerSecondMax: number | undefined, clock: Clock, holds: ReadHolds) {
    this.#clock = clock;
    this.#holds = holds;
    this.#bucket = new TokenBucket(bytesPerSecondMax, clock.now());
  }

  /** Bytes per second; undefined: none. */
  get limit(): number | undefined {
    return this.#bucket.bytesPerSecond;
  }

  /** From now on. Bytes that are over the limit so far are waited for at the new rate. */
  setLimit(bytesPerSecondMax: number | undefined): void {
    this.#bucket.setRate(bytesPerSecondMax, this.#clock.now());
    if (bytesPerSecondMax === undefined) for (const conn of this.#paused) this.release(conn);
    else if (this.#wake !== undefined) this.#arm();
  }

  /** Bytes that were read of `conn`; it is paused when they were too many. */
  spend(length: number, conn: Reader): void {
    if (this.#bucket.bytesPerSecond === undefined) return;
    const now = this.#clock.now();
    this.#bucket.spend(length, now);
    const isTurn = this.#turn === conn;
    if (isTurn) this.#turn = undefined;
    const isPaused = !this.#bucket.isOpen(now);
    if (isPaused && !this.#paused.has(conn)) {
      this.#holds.hold(conn);
      this.#paused.add(conn);
    }
    if (isTurn || isPaused) this.#arm();
  }

  /** It is not this limit's any more, and reads on. */
  release(conn: Reader): void {
    const wasPaused = this.#paused.delete(conn);
    this.#leave(conn);
    if (wasPaused) this.#holds.release(conn);
  }

  /** It has ended. */
  forget(conn: Reader): void {
    this.#paused.delete(conn);
    this.#holds.forget(conn);
    this.#leave(conn);
  }

  #leave(conn: Reader): void {
    if (this.#turn === conn) this.#turn = undefined;
    if (this.#paused.size > 0 || this.#turn !== undefined) return;
    this.#wake?.(); // nobody waits: a low limit must not keep the process alive
    this.#wake = undefined;
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
    this.#holds.release(conn);
  }
}

/** How fast an engine may be; or several together, of which those with nothing to move leave it to the others. */
export class SharedRates {
  readonly upload: UploadLimiter;
  readonly download: DownloadLimiter;
  /** Of the reads of all torrents. */
  readonly holds: ReadHolds = new ReadHolds();

  /** `clock`: that of the engines. Throws LocalFault `BAD_LIMIT`. */
  constructor(limits: RateLimits, clock: Clock) {
    const { uploadBytesPerSecondMax, downloadBytesPerSecondMax } = checkLimits(limits);
    this.upload = new UploadLimiter(uploadBytesPerSecondMax, clock);
    this.download = new DownloadLimiter(downloadBytesPerSecondMax, clock, this.holds);
  }

  /** For what is sent beside the torrents: `length` bytes at most. */
  sendBeside(length: number): SendBeside {
    return new SendBeside(this.upload, length);
  }

  /** For what is read beside the torrents. */
  readBeside(): ReadBeside {
    return new ReadBeside(this.download);
  }

  get limits(): RateLimits {
    return {
      uploadBytesPerSecondMax: this.upload.limit,
      downloadBytesPerSecondMax: this.download.limit,
    };
  }

  /** Instead of those before, from now on. Throws LocalFault `BAD_LIMIT`. */
  setLimits(limits: RateLimits): void {
    const { uploadBytesPerSecondMax, downloadBytesPerSecondMax } = checkLimits(limits);
    this.upload.setLimit(uploadBytesPerSecondMax);
    this.download.setLimit(downloadBytesPerSecondMax);
  }
}

export interface SharedLimits {
  readonly connections: ConnectionBudget;
  readonly rates: SharedRates;
  readonly punches: PunchRates;
}

export function createSharedLimits(rates: SharedRates): SharedLimits {
  return { connections: new ConnectionBudget(), rates, punches: new PunchRates() };
}
