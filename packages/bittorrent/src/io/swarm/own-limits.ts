/**
 * The rates of one torrent: limits of its own, if it has any, within those of its engine. What it has not
 * is not asked for: a torrent without limits of its own costs a look.
 */
import { LeanMap } from '@coequal/base';
import type { Clock, Conn } from '@coequal/base';
import type { PunchRates } from '../../core/swarm/hole-punch.ts';
import type { TorrentLimits } from '../../core/swarm/rate-limits.ts';
import type { PeerLink } from './peer-link.ts';
import { DownloadLimiter } from './shared-limits.ts';
import type { ConnectionBudget, ReadHolds, SharedLimits } from './shared-limits.ts';
import { UploadLimiter } from './upload-limiter.ts';
import type { LimitedSender, Patience } from './upload-limiter.ts';

export class OwnLimits {
  readonly connections: ConnectionBudget;
  readonly punches: PunchRates;
  readonly upload: OwnUploadLimit;
  readonly download: OwnDownloadLimit;
  #limits: TorrentLimits;

  constructor(shared: SharedLimits, limits: TorrentLimits, clock: Clock) {
    this.connections = shared.connections;
    this.punches = shared.punches;
    const { upload, download, holds } = shared.rates;
    this.upload = new OwnUploadLimit(upload, clock);
    this.download = new OwnDownloadLimit(download, holds, clock);
    this.#limits = limits;
    this.set(limits, []);
  }

  get current(): TorrentLimits {
    return this.#limits;
  }

  /** No link waits afterwards: all of them are to be pumped. */
  set(limits: TorrentLimits, links: Iterable<PeerLink>): void {
    for (const link of links) {
      this.upload.forget(link);
      this.download.release(link.conn);
    }
    this.#limits = limits;
    this.upload.set(limits);
    this.download.set(limits);
  }
}

/** Who may send: those whom the torrent's limit lets, and then the engine's. */
export class OwnUploadLimit {
  readonly #shared: UploadLimiter;
  readonly #clock: Clock;
  /** What was taken of the own limit for a block that waits for the engine's: else the first would always be first. */
  readonly #paid = new LeanMap<PeerLink, number>();
  #own: UploadLimiter | undefined;
  #isOutside = false;

  constructor(shared: UploadLimiter, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  /** Bytes per second; undefined: none. */
  get limit(): number | undefined {
    const own = this.#own?.limit;
    const shared = this.#isOutside ? undefined : this.#shared.limit;
    return own === undefined || shared === undefined ? (own ?? shared) : Math.min(own, shared);
  }

  set({ uploadBytesPerSecondMax: limit, ignoresEngineLimits }: TorrentLimits): void {
    this.#isOutside = ignoresEngineLimits === true;
    if (limit === undefined) this.#own = undefined;
    else if (this.#own === undefined) this.#own = new UploadLimiter(limit, this.#clock);
    else this.#own.setLimit(limit);
  }

  /** As UploadLimiter. */
  take(length: number, link: PeerLink, sender: LimitedSender, patience: Patience): boolean {
    if (this.#own === undefined) return this.#takeShared(length, link, sender, patience);
    const paid = this.#paid.get(link);
    if (paid === undefined && !this.#own.take(length, link, sender, patience)) return false;
    if (!this.#takeShared(length, link, sender, patience)) {
      this.#paid.set(link, paid ?? length);
      return false;
    }
    if (paid !== undefined) this.#own.giveBack(paid - length); // another block may be first by now
    this.#paid.delete(link);
    return true;
  }

  giveBack(length: number): void {
    this.#own?.giveBack(length);
    if (!this.#isOutside) this.#shared.giveBack(length);
  }

  forget(link: PeerLink): void {
    this.#own?.giveBack(this.#paid.get(link) ?? 0);
    this.#paid.delete(link);
    this.#own?.forget(link);
    this.#shared.forget(link);
  }

  #takeShared(length: number, link: PeerLink, sender: LimitedSender, patience: Patience): boolean {
    return this.#isOutside || this.#shared.take(length, link, sender, patience);
  }
}

/** Reads are counted against both limits; a connection is read again once neither holds it. */
export class OwnDownloadLimit {
  readonly #shared: DownloadLimiter;
  readonly #holds: ReadHolds;
  readonly #clock: Clock;
  #own: DownloadLimiter | undefined;
  #isOutside = false;

  constructor(shared: DownloadLimiter, holds: ReadHolds, clock: Clock) {
    this.#shared = shared;
    this.#holds = holds;
    this.#clock = clock;
  }

  set({ downloadBytesPerSecondMax: limit, ignoresEngineLimits }: TorrentLimits): void {
    this.#isOutside = ignoresEngineLimits === true;
    if (limit === undefined) this.#own = undefined;
    else if (this.#own !== undefined) this.#own.setLimit(limit);
    else this.#own = new DownloadLimiter(limit, this.#clock, this.#holds);
  }

  spend(length: number, conn: Conn): void {
    this.#own?.spend(length, conn);
    if (!this.#isOutside) this.#shared.spend(length, conn);
  }

  release(conn: Conn): void {
    this.#own?.release(conn);
    this.#shared.release(conn);
  }

  forget(conn: Conn): void {
    this.#own?.forget(conn);
    this.#shared.forget(conn);
  }
}
