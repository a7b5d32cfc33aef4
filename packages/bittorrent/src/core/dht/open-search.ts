/** Begins what a search is for: with the nodes of our tables that it asks first. */
import type { Millis } from '@coequal/base';
import { addressFamily } from '../compact-peers.ts';
import type { DhtHome } from './dht-home.ts';
import type { DhtNodeOptions } from './dht-types.ts';
import { K } from './krpc-messages.ts';
import type { NodeContact } from './krpc-messages.ts';
import { SampleCrawl } from './sample-crawl.ts';
import type { SampleSpec } from './sample-crawl.ts';
import type { SampleTimes } from './sample-times.ts';
import { Search, targetOf } from './search.ts';
import type { SearchSpec } from './search.ts';

/** Nodes of the table that a search begins with: some will be gone. */
const SEARCH_SEEDS = 2 * K;

/** A search, or a crawl: both say what to ask next, and are told the answers. */
export type AnySearch = Search | SampleCrawl;

interface Beginning {
  /** Those of our nodes that ask, one of each family. */
  readonly homes: readonly DhtHome[];
  /** Nodes beside those of their tables. */
  readonly known: readonly NodeContact[];
}

export function openSearch(
  spec: SearchSpec | SampleSpec,
  { homes, known }: Beginning,
  options: DhtNodeOptions,
  times: SampleTimes,
  now: Millis,
): AnySearch {
  const { crypto, acceptsPrivate } = options;
  if (spec.type === 'sample') {
    const own = homes.map(({ family, id, table }) => ({
      family,
      id,
      known: [...table.nodes()],
    }));
    return new SampleCrawl(spec, { ...options, own, times });
  }
  const target = targetOf(spec, crypto);
  const own = homes.map(({ family, id, table }) => {
    table.lookedUp(target, now);
    const near = known.filter(({ host }) => addressFamily(host) === family);
    return { family, id, known: [...near, ...table.seeds(target, SEARCH_SEEDS)] };
  });
  return new Search(spec, own, crypto, acceptsPrivate);
}
