/** Searches of our own: which are under way, which wait, and what becomes of each. */
import type { Millis } from '@coequal/base';
import type { DhtHome } from './dht-home.ts';
import type { DhtHomes } from './dht-homes.ts';
import type { DhtCounters, DhtNodeOptions, DhtOutput } from './dht-types.ts';
import type { NodeContact } from './krpc-messages.ts';
import { openSearch } from './open-search.ts';
import type { AnySearch } from './open-search.ts';
import { SampleTimes } from './sample-times.ts';
import type { SampleSpec } from './sample-crawl.ts';
import { SearchQueue } from './search-queue.ts';
import type { WaitingSearch } from './search-queue.ts';
import type { SearchQuery, SearchSpec } from './search.ts';

/** Searches that are under way; the others wait. */
const SEARCHES_AT_ONCE = 24;

interface Running {
  /** Undefined stands for a search of our own: to keep the table fresh, or to announce. */
  readonly searchId: number | undefined;
  /** One of each family. */
  readonly homes: readonly DhtHome[];
  /** Those that have announced the same just now. */
  readonly before: readonly DhtHome[];
  readonly isUpkeep: boolean;
}

/** Sends what a search asks, from one of ours. False when there is too much under way. */
export type SendQuery = (search: AnySearch, home: DhtHome, query: SearchQuery) => boolean;

export class RunningSearches {
  readonly #homes: DhtHomes;
  readonly #options: DhtNodeOptions;
  readonly #counters: DhtCounters;
  readonly #running = new Map<AnySearch, Running>();
  readonly #sampleTimes = new SampleTimes();
  readonly #queue = new SearchQueue();

  constructor(homes: DhtHomes, options: DhtNodeOptions, counters: DhtCounters) {
    this.#homes = homes;
    this.#options = options;
    this.#counters = counters;
  }

  /** Those under way and those that wait. */
  get count(): number {
    return this.#running.size + this.#queue.size;
  }

  /** Somebody waits for one that has not begun. */
  get isAnyWaiting(): boolean {
    return this.#queue.size > 0;
  }

  get deadline(): Millis {
    return this.#queue.deadline ?? Infinity;
  }

  /** Whether we are looking around in the network. */
  get isLookingAround(): boolean {
    for (const { isUpkeep } of this.#running.values()) if (isUpkeep) return true;
    return false;
  }

  /** False when too many wait. */
  add(searchId: number, spec: SearchSpec | SampleSpec): boolean {
    return this.#queue.add(searchId, spec);
  }

  cancel(searchId: number): void {
    this.#queue.cancel(searchId);
    for (const [search, running] of this.#running) {
      if (running.searchId === searchId) this.#running.delete(search);
    }
  }

  /** To keep the table of that home fresh. */
  look(spec: SearchSpec, home: DhtHome, now: Millis): void {
    this.#start(spec, [], { searchId: undefined, homes: [home], before: [], isUpkeep: true }, now);
  }

  /** Who waits for what that search finds; undefined: nobody. */
  searchIdOf(search: AnySearch): number | undefined {
    return this.#running.get(search)?.searchId;
  }

  startWaiting(now: Millis): void {
    while (this.#running.size < SEARCHES_AT_ONCE) {
      const next = this.#queue.take(now);
      if (next === undefined) return;
      this.#startNext(next, now);
    }
  }

  /** Sends what searches want to ask, and tells of those that are over. */
  advance(send: SendQuery, now: Millis): readonly DhtOutput[] {
    const outputs: DhtOutput[] = [];
    for (const [search, { searchId, homes, before }] of this.#running) {
      for (const query of search.next(now)) {
        const home = homes.find(({ family }) => family === query.family);
        if (home !== undefined && send(search, home, query)) continue;
        if (query.candidate === undefined) search.written(false);
        else search.failed(query.family, query.candidate);
      }
      if (!search.isOver) continue;
      this.#running.delete(search);
      const { spec, summary } = search;
      const done = [...before, ...homes];
      if (isAnnounce(spec) && this.#homes.beside(done).length > 0) {
        this.#queue.announceLater(spec, { homes: done, known: summary.nodes }, now);
      }
      if (searchId !== undefined) outputs.push({ type: 'done', searchId, summary });
    }
    return outputs;
  }

  #startNext({ searchId, spec, after }: WaitingSearch, now: Millis): void {
    const among = after && this.#homes.beside(after.homes).filter(({ isWorking }) => isWorking);
    const homes = this.#homes.forSearch(among);
    if (homes.length === 0) return;
    const running = { searchId, homes, before: after?.homes ?? [], isUpkeep: false };
    this.#start(spec, after?.known ?? [], running, now);
  }

  #start(
    spec: SearchSpec | SampleSpec,
    known: readonly NodeContact[],
    running: Running,
    now: Millis,
  ): void {
    this.#counters.searches += 1;
    const { homes } = running;
    const search = openSearch(spec, { homes, known }, this.#options, this.#sampleTimes, now);
    this.#running.set(search, running);
  }
}

function isAnnounce(spec: SearchSpec | SampleSpec): spec is SearchSpec {
  return spec.type === 'get-peers' && spec.announce !== undefined;
}
