/** The fields of `torrent_get` about trackers, and the text in which they are set: an address a line, an empty line between tiers. */
import type { Tracker } from '@coequal/contract';
import type { TransferEntry } from '../../files/transfer-entry.ts';
import { bad } from './arguments.ts';
import type { Field } from './fields.ts';

/** As in the API: tiers, and trackers of a tier. */
const TRACKERS_MAX = 200;
/** They all, with an address of usual length each. */
export const TRACKER_LIST_LENGTH_MAX = 100_000;
const ADDRESS_LENGTH_MAX = 4_096;

const ANNOUNCE_STATE: Readonly<Record<Tracker['state'], number>> = {
  off: 0,
  idle: 1,
  working: 1,
  failed: 1,
  announcing: 3,
};
const NOT_KNOWN = -1;

type Tiers = readonly (readonly string[])[];

export const trackerFields: Readonly<Record<string, Field>> = {
  trackers: ({ detail }) =>
    detail.trackers.map(({ url, tier }, id) => ({
      announce: url,
      id,
      scrape: '',
      sitename: hostOf(url),
      tier,
    })),
  tracker_list: ({ detail }) => formatTrackers(tiersOf(detail.trackers)),
  tracker_stats: ({ detail }) => detail.trackers.map(statsOf),
};

/** What the first tracker that fails says, as long as none answers. */
export function trackerProblem({ torrent }: TransferEntry): string | undefined {
  const trackers = torrent?.trackers ?? [];
  if (trackers.some(({ state }) => state === 'working')) return undefined;
  return trackers.find(({ state }) => state === 'failed')?.lastError?.text;
}

export function tiersOf(trackers: readonly Tracker[]): string[][] {
  const tiers = new Map<number, string[]>();
  for (const { url, tier } of trackers) {
    const urls = tiers.get(tier) ?? [];
    urls.push(url);
    tiers.set(tier, urls);
  }
  return [...tiers.entries()].toSorted(([one], [other]) => one - other).map(([, urls]) => urls);
}

export function parseTrackers(text: string): string[][] {
  const tiers = text
    .split(/\r?\n[ \t]*(?:\r?\n[ \t]*)+/)
    .map((tier) => tier.split(/\r?\n/).map((line) => line.trim()))
    .map((lines) => lines.filter((line) => line !== ''));
  return checkTrackers(tiers.filter((tier) => tier.length > 0));
}

/** Throws LocalFault `BAD_REQUEST`. */
export function checkTrackers(tiers: string[][]): string[][] {
  if (tiers.length > TRACKERS_MAX || tiers.some(({ length }) => length > TRACKERS_MAX))
    throw bad('trackers', 'are too many');
  for (const url of tiers.flat())
    if (url.length > ADDRESS_LENGTH_MAX || !/^(https?|udp|wss?):\/\/./i.test(url))
      throw bad('trackers', `has ${url.slice(0, 200)}, which is no address of a tracker`);
  return tiers;
}

function formatTrackers(tiers: Tiers): string {
  return tiers.map((tier) => tier.join('\n')).join('\n\n');
}

function statsOf(tracker: Tracker, id: number): Record<string, unknown> {
  const { url, tier, state, problem, nextAnnounceAt, seeds, leeches } = tracker;
  const isTried = state === 'working' || state === 'failed';
  const success = state === 'working' ? 'Success' : '';
  return {
    announce: url,
    announce_state: ANNOUNCE_STATE[state],
    download_count: NOT_KNOWN,
    has_announced: isTried,
    has_scraped: false,
    host: hostOf(url),
    id,
    is_backup: false,
    last_announce_peer_count: 0,
    last_announce_result: problem?.text ?? success,
    last_announce_start_time: 0,
    last_announce_succeeded: state === 'working',
    last_announce_time: 0,
    last_announce_timed_out: false,
    last_scrape_result: '',
    last_scrape_start_time: 0,
    last_scrape_succeeded: false,
    last_scrape_time: 0,
    last_scrape_timed_out: false,
    leecher_count: leeches ?? NOT_KNOWN,
    next_announce_time: Math.floor((nextAnnounceAt ?? 0) / 1_000),
    next_scrape_time: 0,
    scrape: '',
    scrape_state: 0,
    seeder_count: seeds ?? NOT_KNOWN,
    sitename: hostOf(url),
    tier,
  };
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? '';
}
