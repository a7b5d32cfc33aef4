/** How far a walk through the DHT goes that asks for samples of info hashes (BEP 51). */
import type { SampleSpec } from '../../core/dht/sample-crawl.ts';

/** Nodes of one walk: some megabytes. */
const SAMPLED_NODES_MAX = 20_000;

/** Info hashes of one walk, which are remembered so that each is given out once: about ten megabytes. */
const SAMPLED_HASHES_MAX = 100_000;

export interface SampleOptions {
  /** Nodes that are asked and remembered; 20,000 if absent. */
  readonly nodesMax?: number;
  /** It ends when it has given out so many info hashes; 100,000 if absent. */
  readonly infoHashesMax?: number;
  /** How often a node is asked that stores more than it gave, after the interval it named; once if absent. */
  readonly rounds?: number;
  readonly signal: AbortSignal;
}

export function sampleSpecOf({
  nodesMax = SAMPLED_NODES_MAX,
  infoHashesMax = SAMPLED_HASHES_MAX,
  rounds = 1,
}: SampleOptions): SampleSpec {
  return { type: 'sample', nodesMax, infoHashesMax, rounds };
}
