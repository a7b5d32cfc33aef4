/** How many share a torrent, as its trackers say (BEP 48). */
import { LocalFault, PeerFault } from '@coequal/base';
import { describeTrackerFault, scrapeTorrent, wireHashes } from '@coequal/bittorrent';
import type { Magnet, Metainfo, ScrapeCounts } from '@coequal/bittorrent';
import { openPortsWithin } from '../reach.ts';
import type { Reach } from '../reach.ts';

/** Trackers asked, all at once: long public lists have more, which repeat each other. */
const TRACKERS_ASKED_MAX = 20;

export interface TrackerCounts {
  readonly url: string;
  /** Undefined when it does not know the torrent, or has a problem. */
  readonly counts: ScrapeCounts | undefined;
  readonly problem: string | undefined;
}

export async function scrapeTrackers(
  torrent: Metainfo | Magnet,
  reach: Reach,
  signal: AbortSignal,
): Promise<readonly TrackerCounts[]> {
  await using ports = openPortsWithin(reach);
  const [infoHash] = wireHashes(torrent);
  if (infoHash === undefined) return [];
  const urls = [...new Set(torrent.trackers.flat())].slice(0, TRACKERS_ASKED_MAX);
  const ask = async (url: string): Promise<TrackerCounts> => {
    try {
      const [counts] = await scrapeTorrent(url, [infoHash], ports, signal);
      return { url, counts, problem: undefined };
    } catch (error) {
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      return { url, counts: undefined, problem: describeTrackerFault(error).text };
    }
  };
  return await Promise.all(urls.map(ask));
}
