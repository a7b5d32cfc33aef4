/**
 * Who gives way when a torrent has as many links as it may have. Without it, whoever came first could
 * hold all of them and give nothing, from one address or from many.
 */
import type { Millis } from '@coequal/base';
import type { PeerKey } from '../picker/peer-key.ts';

/** One link in so much time is given to another peer: those of a whole torrent in forty minutes. */
const TURNOVER_MS = 30_000;
/** So long a peer has to show what it is good for. */
const TRIAL_MS = 60_000;

export interface Standing {
  readonly key: PeerKey;
  /** As `networkOf` has it. */
  readonly network: string;
  readonly openedAt: Millis;
  /** Bytes per second of blocks, both ways. */
  readonly rate: number;
  /** Canonical peer priority (BEP 40). */
  readonly priority: number;
}

export class Turnover {
  #dueAt: Millis = -Infinity;

  /** The link to close for a peer from that network, which waits at the door; undefined: none. */
  forNewcomer(network: string, links: readonly Standing[], now: Millis): PeerKey | undefined {
    const counts = countNetworks(links);
    const most = Math.max(...counts.values());
    // with a link less, that network still has no fewer than the newcomer's
    if (most >= (counts.get(network) ?? 0) + 2) {
      return worstOf(links.filter((link) => counts.get(link.network) === most))?.key;
    }
    return this.forCandidate(links, now);
  }

  /** The link to close for a peer that is known and not tried yet; undefined: none. */
  forCandidate(links: readonly Standing[], now: Millis): PeerKey | undefined {
    if (now < this.#dueAt) return undefined;
    const worst = worstOf(links.filter(({ openedAt }) => now - openedAt >= TRIAL_MS));
    if (worst !== undefined) this.#dueAt = now + TURNOVER_MS;
    return worst?.key;
  }
}

function countNetworks(links: readonly Standing[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { network } of links) counts.set(network, (counts.get(network) ?? 0) + 1);
  return counts;
}

/** The slowest; of those the one of the lowest priority, and of those the one that had longest to be faster. */
function worstOf(links: readonly Standing[]): Standing | undefined {
  let worst: Standing | undefined;
  for (const link of links) {
    const order = worst
      ? link.rate - worst.rate || link.priority - worst.priority || link.openedAt - worst.openedAt
      : -1;
    if (order < 0) worst = link;
  }
  return worst;
}
