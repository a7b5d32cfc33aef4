/** How look-ups fare in a network that has lost a part of its nodes. */
import { infoHashOf } from '../../src/core/ids.ts';
import { DhtNetwork } from './dht-network.ts';
import type { SearchResult } from './dht-network.ts';

/** Queries under way at a time in a look-up. */
const ALPHA = 4;

/** Of each swarm: announced before the nodes go. */
const PEERS = 3;

/** Between two nodes that join, */
const JOIN_INTERVAL_MS = 5;

/** and after the last. */
const SETTLE_MS = 20_000;

export interface LookupPlan {
  readonly nodes: number;
  readonly lookups: number;
  readonly swarms: number;
  readonly deadShare: number;
  readonly seed: number;
}

export interface LookupReport {
  readonly nodes: number;
  readonly found: number;
  readonly lookups: number;
  /** ceil(log2 n): what is allowed. */
  readonly roundsMax: number;
  readonly results: readonly SearchResult[];
  /** Queries until the first peer came, in rounds of alpha. */
  readonly foundRounds: readonly number[];
  /** Queries until the nearest nodes have all answered, in rounds of alpha. */
  readonly overRounds: readonly number[];
  readonly datagrams: number;
}

/** Look-ups after a share of the nodes is gone, before anyone can have noticed. */
export async function measureLookups(plan: LookupPlan): Promise<LookupReport> {
  const { nodes, lookups, swarms, deadShare, seed } = plan;
  const network = new DhtNetwork(seed);
  network.grow(nodes, JOIN_INTERVAL_MS);
  network.run(SETTLE_MS);
  const hashes = Array.from({ length: swarms }, () => infoHashOf(network.bytes(20)));
  for (const infoHash of hashes) {
    for (let peer = 0; peer < PEERS; peer++) {
      const announce = { port: 6_881, impliedPort: false, isSeed: false };
      void network.search(network.pickAlive(), {
        type: 'get-peers',
        infoHash,
        noSeeds: false,
        scrape: false,
        announce,
      });
    }
    network.run(200);
  }
  network.run(30_000);
  network.kill(deadShare);
  const results: SearchResult[] = [];
  for (let i = 0; i < lookups; i++) {
    const infoHash = hashes[i % hashes.length];
    if (infoHash === undefined) break;
    const search = network.search(network.pickAlive(), {
      type: 'get-peers',
      infoHash,
      noSeeds: false,
      scrape: false,
    });
    network.run(50);
    void search.then((result) => results.push(result));
  }
  network.run(60_000);
  await Promise.resolve();
  const found = results.filter(({ peers }) => peers.length > 0);
  return {
    nodes,
    found: found.length,
    lookups,
    roundsMax: ceilLog2(nodes),
    results,
    foundRounds: found.map(({ summary }) => Math.ceil((summary.firstFound?.queries ?? 0) / ALPHA)),
    overRounds: results.map(({ summary }) => Math.ceil(summary.queries / ALPHA)),
    datagrams: network.datagrams,
  };
}

/** The value that so large a part of all does not exceed. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

function ceilLog2(value: number): number {
  return Math.ceil(Math.log2(value));
}
