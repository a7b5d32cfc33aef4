/** Where addresses of peers come from, and what came of those of each source. */

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
  /** Those of them that became links. */
  readonly links: number;
}

/** What each source that was asked has given. */
export type SourceReport = Readonly<Partial<Record<PeerSource, SourceCount>>>;

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

  given(source: PeerSource): void {
    const { given, links } = this.#of(source);
    this.#counts[source] = { given: given + 1, links };
  }

  linked(source: PeerSource): void {
    const { given, links } = this.#of(source);
    this.#counts[source] = { given, links: links + 1 };
  }

  /** Of those that were asked, and of all others that gave something. */
  report(asked: readonly PeerSource[]): SourceReport {
    const shown = PEER_SOURCES.filter((source) => asked.includes(source) || this.#counts[source]);
    return Object.fromEntries(shown.map((source) => [source, this.#of(source)]));
  }

  #of(source: PeerSource): SourceCount {
    return this.#counts[source] ?? { given: 0, links: 0 };
  }
}
