/** Asks a tracker how many have a torrent (BEP 48, BEP 15). */
import { assert, LocalFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { InfoHash } from '../../core/ids.ts';
import { SCRAPE_HASHES_MAX } from '../../core/tracker/announce.ts';
import type { ScrapeCounts } from '../../core/tracker/announce.ts';
import { decodeHttpScrape, scrapeQueryUrl } from '../../core/tracker/http-announce.ts';
import { parseTrackerUrl, scrapeUrl } from '../../core/tracker/tracker-url.ts';
import type { TrackerUrl } from '../../core/tracker/tracker-url.ts';
import { fetchFromTracker } from './tracker-http.ts';
import { UdpTrackers } from './tracker-udp.ts';

type ScrapePorts = Pick<Ports, 'clock' | 'random' | 'net' | 'http'>;

/**
 * Counts of torrents, in order; undefined for those the tracker does not know. Rejects with a
 * PeerFault or LocalFault of the tracker; `NO_SCRAPE` when its address allows none (BEP 48).
 */
export async function scrapeTorrent(
  url: string,
  infoHashes: readonly InfoHash[],
  ports: ScrapePorts,
  signal: AbortSignal,
): Promise<readonly (ScrapeCounts | undefined)[]> {
  assert(infoHashes.length <= SCRAPE_HASHES_MAX, 'a scrape fits one packet');
  const target = parseTrackerUrl(url);
  if (target.type === 'udp') return scrapeOverUdp(target, infoHashes, ports, signal);
  const base = scrapeUrl(target.url);
  if (base === undefined) throw new LocalFault('NO_SCRAPE');
  const answer = await fetchFromTracker({ url: scrapeQueryUrl(base, infoHashes) }, ports, signal);
  return decodeHttpScrape(answer, infoHashes);
}

async function scrapeOverUdp(
  target: Extract<TrackerUrl, { type: 'udp' }>,
  infoHashes: readonly InfoHash[],
  ports: ScrapePorts,
  signal: AbortSignal,
): Promise<readonly ScrapeCounts[]> {
  await using udp = new UdpTrackers(ports);
  const endpoints = await udp.resolve(target, signal);
  const firstAnswered = new AbortController();
  const either = AbortSignal.any([signal, firstAnswered.signal]);
  const exchanges = endpoints.map((to) => udp.ask(to, { type: 'scrape', infoHashes }, either));
  try {
    const reply = await Promise.any(exchanges);
    assert(reply.type === 'scraped', 'a scrape is answered with counts');
    return reply.counts;
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    firstAnswered.abort();
    await Promise.allSettled(exchanges);
  }
}
