/** Searches that wait: until others are over, or until the next of our addresses is to announce (BEP 45). */
import type { Millis } from '@coequal/base';
import type { DhtHome } from './dht-home.ts';
import { copyItem } from './item-store.ts';
import type { NodeContact } from './krpc-messages.ts';
import type { SampleSpec } from './sample-crawl.ts';
import type { SearchSpec } from './search.ts';

/** Two for each of a thousand torrents. Beyond it a new one fails, or is left out. */
const WAITING_MAX = 2_000;

/** After an announce from one address of ours the next one announces: not at once, for the same nodes are asked. */
const NEXT_ANNOUNCE_MS = 5_000;

export interface WaitingSearch {
  /** Undefined: nobody waits for what it finds. */
  readonly searchId: number | undefined;
  readonly spec: SearchSpec | SampleSpec;
  /** Of an announce from a further address of ours, which needs tokens of its own. */
  readonly after?: Announced;
}

interface Announced {
  /** Those of ours that have. */
  readonly homes: readonly DhtHome[];
  /** Those near the info hash, as the last search found them. */
  readonly known: readonly NodeContact[];
}

export class SearchQueue {
  #waiting: WaitingSearch[] = [];
  /** In the order in which they are due. */
  readonly #later: { readonly search: WaitingSearch; readonly dueAt: Millis }[] = [];

  /** Those that somebody waits for. */
  get size(): number {
    return this.#waiting.length;
  }

  get deadline(): Millis | undefined {
    return this.#later[0]?.dueAt;
  }

  /** False when too many wait. */
  add(searchId: number, spec: SearchSpec | SampleSpec): boolean {
    if (this.#waiting.length >= WAITING_MAX) return false;
    const kept = spec.type === 'put-item' ? { ...spec, item: copyItem(spec.item) } : spec;
    this.#waiting.push({ searchId, spec: kept });
    return true;
  }

  announceLater(spec: SearchSpec, after: Announced, now: Millis): void {
    if (this.#later.length >= WAITING_MAX) return;
    const search = { searchId: undefined, spec, after };
    this.#later.push({ search, dueAt: now + NEXT_ANNOUNCE_MS });
  }

  take(now: Millis): WaitingSearch | undefined {
    const [first] = this.#later;
    if (first === undefined || first.dueAt > now) return this.#waiting.shift();
    this.#later.shift();
    return first.search;
  }

  cancel(searchId: number): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.searchId !== searchId);
  }
}
