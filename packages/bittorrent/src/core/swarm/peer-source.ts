/** Where addresses of peers come from, how each source is doing, and what came of it. */
import type { FaultDetails, Millis } from '@coequal/base';

/** What told us of a peer, the most trusted first: those go first, and are evicted last. */
export const PEER_SOURCES = [
  'given',
  'magnet',
  'incoming',
  'tracker',
  'lsd',
  'dht',
  'pex',
] as const;

export type PeerSource = (typeof PEER_SOURCES)[number];

export interface SourceCount {
  /** Addresses that were new when they came. */
  readonly given: number;
  /** Those of them that were dialled at least once. */
  readonly dialled: number;
  /** Those of them that became links. */
  readonly links: number;
  /** Bytes of pieces that came over those links. */
  readonly downloaded: number;
}

export type SourceState =
  | { readonly type: 'off'; readonly why: SourceOff }
  /** An answer is awaited. */
  | { readonly type: 'asking' }
  /** In order; undefined: it is not asked, but tells when it has something. */
  | { readonly type: 'working'; readonly nextInMs: Millis | undefined }
  /** `problem`: a short clause, without a full stop. */
  | {
      readonly type: 'failed';
      readonly problem: string;
      readonly nextInMs: Millis | undefined;
      /** Stable, to match on, and to say it in another language. */
      readonly code?: string;
      readonly details?: FaultDetails;
    };

export type SourceOff =
  /** What is on disk is looked at first. */
  | 'not-yet'
  /** The torrent is private, and its trackers alone are asked (BEP 27). */
  | 'private'
  | 'switched-off'
  /** No tracker, or no peer, was named. */
  | 'none-named'
  /** Nobody can dial us. */
  | 'not-listening'
  /** This computer has no network for it. */
  | 'no-network';

export interface SourceStatus extends SourceCount {
  readonly state: SourceState;
  /** Links there are now. */
  readonly connected: number;
  /** Of the DHT: how many are known. */
  readonly nodes?: number;
}

export type SourceReport = Readonly<Record<PeerSource, SourceStatus>>;

/** A person named it, here or in the magnet link: it is worth more tries. */
export function isNamed(source: PeerSource): boolean {
  return source === 'given' || source === 'magnet';
}

/** Anyone can tell it, at no cost. */
export function isHearsay(source: PeerSource): boolean {
  return source === 'pex' || source === 'lsd';
}

export class SourceCounts {
  /** Absent while all are zero: thousands of torrents rest. */
  readonly #counts: Partial<Record<PeerSource, SourceCount>> = {};

  add(source: PeerSource, what: keyof SourceCount, amount = 1): void {
    if (amount === 0) return;
    const counts = this.of(source);
    this.#counts[source] = { ...counts, [what]: counts[what] + amount };
  }

  of(source: PeerSource): SourceCount {
    return this.#counts[source] ?? { given: 0, dialled: 0, links: 0, downloaded: 0 };
  }
}
