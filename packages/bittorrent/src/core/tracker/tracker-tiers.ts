/**
 * When to announce, and to which of a torrent's trackers: tiers (BEP 12), intervals and events (BEP 3),
 * and staying away from trackers that fail.
 */
import { assert, encodeUtf8, PeerFault } from '@coequal/base';
import type { Machine, Millis } from '@coequal/base';
import { shuffle } from '../swarm/random-choice.ts';
import { cleanTrackerText } from './announce.ts';
import type { AnnounceAnswer, AnnounceEvent } from './announce.ts';
import { describeTrackerFault } from './tracker-fault.ts';
import type { TrackerProblem } from './tracker-fault.ts';
import { formatTrackerUrl, parseTrackerUrl } from './tracker-url.ts';
import type { TrackerUrl } from './tracker-url.ts';

/** Trackers of one torrent; long public lists have 20 to 50. Those beyond it are ignored. */
const TRACKERS_MAX = 100;

/** The first retry comes quickly, for what fails once fails often by chance. */
const RETRY_FIRST_MS = 5_000;
/** Then the wait doubles from here, */
const RETRY_SECOND_MS = 15_000;
/** up to an hour: a tracker that is back should be found within one. */
const RETRY_MAX_MS = 3_600_000;

/** Waits vary by a quarter either way, so that peers cut off together do not come back together. */
const RETRY_JITTER = 0.25;

/**
 * Trackers that live answer within a second or two. One that took this long no longer holds up the
 * next, though its answer still counts; a dead UDP tracker is only known as such after minutes.
 */
const SLOW_ANNOUNCE_MS = 5_000;

export interface TrackerTiersOptions {
  /** Addresses as the torrent has them. */
  readonly tiers: readonly (readonly string[])[];
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Peers of a private torrent come from one tracker at a time (BEP 27): a slow one is waited for. */
  readonly isPrivate: boolean;
  /** Announce to the first tracker that works of every tier, and not only of all tiers. */
  readonly allTiers?: boolean;
}

export type TrackerTiersInput =
  | { readonly type: 'start' }
  | { readonly type: 'answered'; readonly tracker: number; readonly answer: AnnounceAnswer }
  | { readonly type: 'failed'; readonly tracker: number; readonly problem: TrackerProblem }
  /** The last byte was fetched. */
  | { readonly type: 'completed' }
  /** Announce again as soon as `min interval` allows. */
  | { readonly type: 'want-peers' }
  /** What was answered is of no use: the trackers that are not needed while one works are, after all. */
  | { readonly type: 'want-others' }
  /** This computer has other addresses now: who could not be reached may be, and all should know. */
  | { readonly type: 'network-changed' }
  | { readonly type: 'stop' };

export interface TrackerAnnounce {
  readonly type: 'announce';
  /** Index to answer with; the same for the life of the machine. */
  readonly tracker: number;
  readonly target: TrackerUrl;
  readonly event: AnnounceEvent | undefined;
}

/** A tracker, for the user to see. */
export interface TrackerReport {
  readonly url: string;
  /** Counted from 0. */
  readonly tier: number;
  /** `idle`: not needed while another works. */
  readonly state: 'idle' | 'announcing' | 'working' | 'failed';
  readonly lastError: TrackerProblem | undefined;
  readonly warning: string | undefined;
  readonly nextAnnounceAt: Millis | undefined;
  readonly seeds: number | undefined;
  readonly leechers: number | undefined;
  readonly downloadedCount: number | undefined;
  /** Of its latest answer. */
  readonly peersGiven: number;
}

interface Tracker {
  readonly index: number;
  readonly url: string;
  readonly tier: number;
  readonly target: TrackerUrl | undefined;
  activity: Activity;
  /** Has this peer on its list, as far as we know: `started` was answered. */
  isStarted: boolean;
  /** Of `started` but not of `completed`, which has happened. */
  owesCompleted: boolean;
  /** Min interval, or the wait after a failure. */
  notBefore: Millis;
  /** In a row. */
  failures: number;
  lastError: TrackerProblem | undefined;
  answer: AnnounceAnswer | undefined;
}

type Activity =
  | { readonly type: 'idle' }
  | { readonly type: 'announcing'; readonly event: AnnounceEvent | undefined }
  | { readonly type: 'working' }
  | { readonly type: 'failed' };

/** Trackers of which one is to work: all of them, or those of one tier. */
interface Round {
  /** In the order of BEP 12, which successes change. */
  readonly order: Tracker[];
  /** The one that worked last. */
  current: Tracker | undefined;
  state:
    | { readonly type: 'resting'; readonly until: Millis }
    /** Asking one after another, `next` being the first in `order` not yet asked. */
    | { readonly type: 'walking'; readonly next: number; readonly slowAt: Millis | undefined };
}

export class TrackerTiers implements Machine<TrackerTiersInput, TrackerAnnounce> {
  readonly #trackers: readonly Tracker[];
  readonly #rounds: readonly Round[];
  readonly #random: () => number;
  readonly #isPrivate: boolean;
  #life: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: TrackerTiersOptions) {
    this.#random = options.random;
    this.#isPrivate = options.isPrivate;
    this.#trackers = makeTrackers(options.tiers);
    const tiers = options.tiers.map((_, tier) =>
      shuffle(
        this.#trackers.filter((tracker) => tracker.tier === tier),
        options.random,
      ),
    );
    const orders = options.allTiers === true && !options.isPrivate ? tiers : [tiers.flat()];
    this.#rounds = orders.map((order) => ({
      order,
      current: undefined,
      state: { type: 'resting', until: Infinity },
    }));
  }

  get deadline(): Millis | undefined {
    if (this.#life !== 'running') return undefined;
    const due = Math.min(
      ...this.#rounds.map(({ state }) =>
        state.type === 'resting' ? state.until : (state.slowAt ?? Infinity),
      ),
    );
    return due === Infinity ? undefined : due;
  }

  /** In the order of the torrent. */
  get reports(): readonly TrackerReport[] {
    return this.#trackers.map((tracker) => this.#report(tracker));
  }

  step(
    input: TrackerTiersInput | { readonly type: 'timeout' },
    now: Millis,
  ): readonly TrackerAnnounce[] {
    if (this.#life === 'stopped') return [];
    switch (input.type) {
      case 'start':
        this.#life = 'running';
        return this.#rounds.flatMap((round) => this.#walk(round, 0, now));
      case 'answered':
        return this.#answered(this.#tracker(input.tracker), input.answer, now);
      case 'failed':
        return this.#failed(this.#tracker(input.tracker), input.problem, now);
      case 'completed':
        return this.#completed();
      case 'want-peers':
        return this.#wantPeers(now);
      case 'want-others':
        return this.#wantOthers(now);
      case 'network-changed':
        return this.#networkChanged(now);
      case 'stop':
        return this.#stop();
      case 'timeout':
        return this.#rounds.flatMap((round) => this.#roundTimeout(round, now));
    }
  }

  #roundTimeout(round: Round, now: Millis): readonly TrackerAnnounce[] {
    const { state } = round;
    if (state.type === 'resting') return now >= state.until ? this.#walk(round, 0, now) : [];
    const isSlow = state.slowAt !== undefined && now >= state.slowAt;
    return isSlow ? this.#walk(round, state.next, now) : [];
  }

  /** Asks the next that may be asked now; with none left, waits for those asked, or rests. */
  #walk(round: Round, from: number, now: Millis): readonly TrackerAnnounce[] {
    const slowAt = this.#isPrivate ? undefined : now + SLOW_ANNOUNCE_MS;
    for (const [position, tracker] of round.order.entries()) {
      if (position < from) continue;
      const isAsked = tracker.activity.type === 'announcing';
      if (!isAsked && (tracker.target === undefined || tracker.notBefore > now)) continue;
      round.state = { type: 'walking', next: position + 1, slowAt };
      return isAsked ? [] : [this.#announce(tracker)];
    }
    round.state = round.order.some(({ activity }) => activity.type === 'announcing')
      ? { type: 'walking', next: round.order.length, slowAt: undefined }
      : { type: 'resting', until: earliest(round.order) };
    return [];
  }

  #announce(tracker: Tracker): TrackerAnnounce {
    assert(tracker.target, 'only trackers that are supported are asked');
    const event = tracker.isStarted ? (tracker.owesCompleted ? 'completed' : undefined) : 'started';
    tracker.activity = { type: 'announcing', event };
    return { type: 'announce', tracker: tracker.index, target: tracker.target, event };
  }

  #answered(tracker: Tracker, answer: AnnounceAnswer, now: Millis): readonly TrackerAnnounce[] {
    const event = tracker.activity.type === 'announcing' ? tracker.activity.event : undefined;
    if (event === 'completed') tracker.owesCompleted = false;
    tracker.isStarted = true;
    tracker.activity = { type: 'working' };
    tracker.failures = 0;
    tracker.lastError = undefined;
    tracker.answer = answer;
    tracker.notBefore = now + answer.minIntervalMs;
    const round = this.#roundOf(tracker);
    if (round.state.type === 'walking' || round.current === tracker) {
      round.state = { type: 'resting', until: now + answer.intervalMs };
      round.current = tracker;
      moveToFront(round.order, tracker);
    }
    return tracker.owesCompleted ? [this.#announce(tracker)] : [];
  }

  #failed(tracker: Tracker, problem: TrackerProblem, now: Millis): readonly TrackerAnnounce[] {
    tracker.activity = { type: 'failed' };
    tracker.failures += 1;
    tracker.lastError = problem;
    tracker.notBefore =
      now + Math.max(this.#backOffMs(tracker.failures), problem.retryAfterMs ?? 0);
    const round = this.#roundOf(tracker);
    if (round.state.type === 'walking') return this.#walk(round, round.state.next, now);
    if (round.current !== tracker) return [];
    round.current = undefined; // it failed outside a round, with `completed`: another must take over
    return this.#walk(round, 0, now);
  }

  /** Events are told at once, whatever `min interval` says, to all who have this peer as a leecher. */
  #completed(): readonly TrackerAnnounce[] {
    const announces: TrackerAnnounce[] = [];
    for (const tracker of this.#trackers) {
      const isAsked = tracker.activity.type === 'announcing';
      tracker.owesCompleted ||= tracker.isStarted || isAsked;
      if (tracker.activity.type === 'working') announces.push(this.#announce(tracker));
    }
    return announces;
  }

  #wantPeers(now: Millis): readonly TrackerAnnounce[] {
    return this.#rounds.flatMap((round) => {
      if (this.#life !== 'running' || round.state.type === 'walking') return [];
      const until = Math.min(round.state.until, Math.max(now, earliest(round.order)));
      round.state = { type: 'resting', until };
      return this.#roundTimeout(round, now);
    });
  }

  /** The next of each round that may be asked. A private torrent changes only from one that fails (BEP 27). */
  #wantOthers(now: Millis): readonly TrackerAnnounce[] {
    if (this.#life !== 'running' || this.#isPrivate) return [];
    return this.#rounds.flatMap((round) => {
      const isAnyLeft = round.order.some(
        ({ target, notBefore }) => target !== undefined && notBefore <= now,
      );
      return round.state.type === 'resting' && isAnyLeft ? this.#walk(round, 0, now) : [];
    });
  }

  #networkChanged(now: Millis): readonly TrackerAnnounce[] {
    for (const tracker of this.#trackers) {
      // one that said itself how long to stay away meant every address of ours
      const isTold = tracker.lastError?.retryAfterMs !== undefined;
      if (tracker.activity.type !== 'failed' || isTold) continue;
      tracker.failures = 0;
      tracker.notBefore = now;
    }
    return this.#wantPeers(now);
  }

  #stop(): readonly TrackerAnnounce[] {
    this.#life = 'stopped';
    return this.#trackers.flatMap(({ index, target, isStarted, activity }) =>
      target !== undefined && isStarted && activity.type !== 'failed'
        ? [{ type: 'announce', tracker: index, target, event: 'stopped' }]
        : [],
    );
  }

  #backOffMs(failures: number): number {
    const wait =
      failures === 1
        ? RETRY_FIRST_MS
        : Math.min(RETRY_SECOND_MS * 2 ** (failures - 2), RETRY_MAX_MS);
    return wait * (1 - RETRY_JITTER + 2 * RETRY_JITTER * this.#random());
  }

  #report(tracker: Tracker): TrackerReport {
    const { url, tier, activity, lastError, answer } = tracker;
    return {
      url,
      tier,
      state: activity.type,
      lastError,
      warning: answer?.warning,
      nextAnnounceAt: this.#nextAnnounceAt(tracker),
      seeds: answer?.seeds,
      leechers: answer?.leechers,
      downloadedCount: answer?.downloadedCount,
      peersGiven: answer?.peers.length ?? 0,
    };
  }

  #nextAnnounceAt(tracker: Tracker): Millis | undefined {
    if (this.#life !== 'running' || tracker.target === undefined) return undefined;
    const { current, state } = this.#roundOf(tracker);
    const roundAt = state.type === 'resting' ? state.until : 0;
    if (tracker === current && state.type === 'resting') return roundAt;
    return tracker.activity.type === 'failed' ? Math.max(roundAt, tracker.notBefore) : undefined;
  }

  #tracker(index: number): Tracker {
    const tracker = this.#trackers[index];
    assert(tracker, 'an answer is from a tracker that was asked');
    return tracker;
  }

  #roundOf(tracker: Tracker): Round {
    const round = this.#rounds.find(({ order }) => order.includes(tracker));
    assert(round, 'every tracker is in a round');
    return round;
  }
}

/** Each address once, in the first tier that has it. */
function makeTrackers(tiers: readonly (readonly string[])[]): Tracker[] {
  const trackers = new Map<string, Tracker>();
  for (const [tier, urls] of tiers.entries()) {
    for (const text of urls) {
      if (trackers.size >= TRACKERS_MAX) return [...trackers.values()];
      const known = readUrl(text);
      if (trackers.has(known.url)) continue;
      trackers.set(known.url, {
        index: trackers.size,
        tier,
        ...known,
        isStarted: false,
        owesCompleted: false,
        notBefore: 0,
        failures: 0,
        answer: undefined,
      });
    }
  }
  return [...trackers.values()];
}

function readUrl(text: string): Pick<Tracker, 'url' | 'target' | 'activity' | 'lastError'> {
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

/** When one of them may be asked again; never, for lack of trackers, is Infinity. */
function earliest(trackers: readonly Tracker[]): Millis {
  return Math.min(...trackers.flatMap(({ target, notBefore }) => (target ? [notBefore] : [])));
}

/** To the front of its tier, which is a run of `order` (BEP 12). */
function moveToFront(order: Tracker[], tracker: Tracker): void {
  order.splice(order.indexOf(tracker), 1);
  const front = order.findIndex(({ tier }) => tier >= tracker.tier);
  order.splice(front === -1 ? order.length : front, 0, tracker);
}
