/** Why a transfer does not move: facts in, one reason out. The words are the shell's. */

export interface TrackerFact {
  readonly url: string;
  readonly state: 'idle' | 'announcing' | 'working' | 'failed';
  readonly problem: string | undefined;
}

export interface StallFacts {
  readonly hasMetadata: boolean;
  readonly peers: number;
  readonly dialing: number;
  /** Known addresses, those that do not answer included. */
  readonly candidates: number;
  readonly trackers: readonly TrackerFact[];
  /** Somebody else is asked for peers: the DHT, the local network. */
  readonly isSought: boolean;
  /** Peers that do not choke us. */
  readonly unchokedBy: number;
  /** Peers that have a piece we lack. */
  readonly useful: number;
  /** Whole copies of the content among the peers; below 1 nobody can finish. */
  readonly copies: number;
  readonly diskFull: { readonly path: string; readonly bytesNeeded: number } | undefined;
}

export type StallReason =
  | { readonly type: 'disk-full'; readonly path: string; readonly bytesNeeded: number }
  /** Nobody to ask for peers: neither a tracker nor anybody else, and no peer was named. */
  | { readonly type: 'no-sources' }
  | { readonly type: 'asking-trackers'; readonly trackers: number }
  | {
      readonly type: 'no-peers';
      readonly answered: number;
      readonly failed: number;
      readonly problem: string | undefined;
    }
  | { readonly type: 'dialing'; readonly dialing: number }
  | { readonly type: 'unreachable'; readonly candidates: number }
  | { readonly type: 'waiting-for-metadata'; readonly peers: number }
  | { readonly type: 'pieces-missing'; readonly peers: number; readonly copies: number }
  | { readonly type: 'choked'; readonly peers: number }
  | { readonly type: 'waiting-for-blocks'; readonly peers: number };

/** The reason nearest to the person: what is wrong here first, then trackers, then peers. */
export function explainStall(facts: StallFacts): StallReason {
  if (facts.diskFull !== undefined) return { type: 'disk-full', ...facts.diskFull };
  if (facts.peers === 0) return explainNoPeers(facts);
  if (!facts.hasMetadata) return { type: 'waiting-for-metadata', peers: facts.peers };
  if (facts.useful === 0)
    return { type: 'pieces-missing', peers: facts.peers, copies: facts.copies };
  if (facts.unchokedBy === 0) return { type: 'choked', peers: facts.useful };
  return { type: 'waiting-for-blocks', peers: facts.unchokedBy };
}

function explainNoPeers(facts: StallFacts): StallReason {
  const { trackers, dialing, candidates } = facts;
  if (dialing > 0) return { type: 'dialing', dialing };
  if (candidates > 0) return { type: 'unreachable', candidates };
  if (trackers.length === 0 && !facts.isSought) return { type: 'no-sources' };
  const answered = trackers.filter(({ state }) => state === 'working').length;
  const failed = trackers.filter(({ state }) => state === 'failed').length;
  if (trackers.length > 0 && answered === 0 && failed === 0)
    return { type: 'asking-trackers', trackers: trackers.length };
  const problem = trackers.find((tracker) => tracker.problem !== undefined)?.problem;
  return { type: 'no-peers', answered, failed, problem };
}
