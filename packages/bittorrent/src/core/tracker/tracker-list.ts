/** The trackers of a torrent: what is known of each, and in which order they are asked (BEP 12). */
import { encodeUtf8, PeerFault } from '@coequal/base';
import type { Millis } from '@coequal/base';
import { shuffle } from '../swarm/random-choice.ts';
import { cleanTrackerText } from './announce.ts';
import type { AnnounceAnswer, AnnounceEvent } from './announce.ts';
import { describeTrackerFault } from './tracker-fault.ts';
import type { TrackerProblem } from './tracker-fault.ts';
import { formatTrackerUrl, parseTrackerUrl } from './tracker-url.ts';
import type { TrackerUrl } from './tracker-url.ts';

/** Trackers of one torrent; long public lists have 20 to 50. Those beyond it are ignored. */
const TRACKERS_MAX = 100;

export interface Tracker {
  readonly index: number;
  readonly url: string;
  tier: number;
  readonly target: TrackerUrl | undefined;
  activity: Activity;
  /** Has this peer on its list, as far as we know: `started` was answered. */
  isStarted: boolean;
  /** Of `started` but not of `completed`, which has happened. */
  owesCompleted: boolean;
  /** Min interval, or the wait after a failure. */
  notBefore: Millis;
  /** After a failure: from when on a person may have it asked again. */
  retryFrom: Millis;
  /** In a row. */
  failures: number;
  lastError: TrackerProblem | undefined;
  answer: AnnounceAnswer | undefined;
}

export type Activity =
  | { readonly type: 'idle' }
  | { readonly type: 'announcing'; readonly event: AnnounceEvent | undefined }
  | { readonly type: 'working' }
  | { readonly type: 'failed' };

/** Trackers of which one is to work: all of them, or those of one tier. */
export interface Round {
  /** In the order of BEP 12, which successes change. */
  readonly order: Tracker[];
  /** The one that worked last. */
  current: Tracker | undefined;
  state:
    | { readonly type: 'resting'; readonly until: Millis }
    /** Asking one after another, `next` being the first in `order` not yet asked. */
    | { readonly type: 'walking'; readonly next: number; readonly slowAt: Millis | undefined };
}

/**
 * Each address once, in the first tier that has it. Those that are `known` by their address stay what they are,
 * in the tier where they are now; new ones are numbered from `firstIndex`.
 */
export function makeTrackers(
  tiers: readonly (readonly string[])[],
  known: readonly Tracker[],
  firstIndex: number,
): Tracker[] {
  const before = new Map(known.map((tracker) => [tracker.url, tracker]));
  const trackers = new Map<string, Tracker>();
  let index = firstIndex;
  for (const [tier, urls] of tiers.entries()) {
    for (const text of urls) {
      if (trackers.size >= TRACKERS_MAX) return [...trackers.values()];
      const read = readUrl(text);
      if (trackers.has(read.url)) continue;
      const kept = before.get(read.url);
      if (kept !== undefined) kept.tier = tier;
      trackers.set(read.url, kept ?? newTracker(index++, tier, read));
    }
  }
  return [...trackers.values()];
}

type ReadUrl = Pick<Tracker, 'url' | 'target' | 'activity' | 'lastError'>;

function newTracker(index: number, tier: number, read: ReadUrl): Tracker {
  return {
    index,
    tier,
    ...read,
    isStarted: false,
    owesCompleted: false,
    notBefore: 0,
    retryFrom: 0,
    failures: 0,
    answer: undefined,
  };
}

function readUrl(text: string): ReadUrl {
  try {
    const target = parseTrackerUrl(text);
    const url = formatTrackerUrl(target);
    return { url, target, activity: { type: 'idle' }, lastError: undefined };
  } catch (error) {
    if (!(error instanceof PeerFault)) throw error;
    return {
      url: cleanTrackerText(encodeUtf8(text.slice(0, 1_000))), // of which 200 characters are shown
      target: undefined,
      activity: { type: 'failed' },
      lastError: describeTrackerFault(error),
    };
  }
}

/** In the order in which they are asked: tier after tier, each shuffled (BEP 12). */
export function orderOf(trackers: readonly Tracker[], random: () => number): readonly Tracker[][] {
  const tiers = [...Map.groupBy(trackers, ({ tier }) => tier)].toSorted(([a], [b]) => a - b);
  return tiers.map(([, tier]) => shuffle(tier, random));
}

/** When one of them may be asked again; never, for lack of trackers, is Infinity. */
export function earliest(trackers: readonly Tracker[]): Millis {
  return Math.min(...trackers.flatMap(({ target, notBefore }) => (target ? [notBefore] : [])));
}

/** To the front of its tier, which is a run of `order` (BEP 12). */
export function moveToFront(order: Tracker[], tracker: Tracker): void {
  order.splice(order.indexOf(tracker), 1);
  const front = order.findIndex(({ tier }) => tier >= tracker.tier);
  order.splice(front === -1 ? order.length : front, 0, tracker);
}
