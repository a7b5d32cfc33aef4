/**
 * When to announce, and to which of a torrent's trackers: tiers (BEP 12), intervals and events (BEP 3),
 * and staying away from trackers that fail.
 */
import { assert } from '@coequal/base';
import type { Machine, Millis } from '@coequal/base';
import type { AnnounceAnswer, AnnounceEvent } from './announce.ts';
import type { TrackerProblem } from './tracker-fault.ts';
import { earliest, makeTrackers, moveToFront, orderOf } from './tracker-list.ts';
import type { Round, Tracker } from './tracker-list.ts';
import type { TrackerReport } from './tracker-report.ts';
import type { TrackerUrl } from './tracker-url.ts';

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
  /** Announce again as soon as `min interval` allows, to who failed as well. */
  | { readonly type: 'announce-now' }
  /** What trackers were told of us is wrong: it is told anew, whatever `min interval` says. */
  | { readonly type: 'port-changed' }
  /** This computer has other addresses now: who could not be reached may be, and all should know. */
  | { readonly type: 'network-changed' }
  /** What was answered is of no use: the trackers that are not needed while one works are, after all. */
  | { readonly type: 'want-others' }
  /** These instead of those before: who is gone is told so, the first who is new is announced to. */
  | { readonly type: 'set-tiers'; readonly tiers: TrackerTiersOptions['tiers'] }
  | { readonly type: 'stop' };

export interface TrackerAnnounce {
  readonly type: 'announce';
  /** Index to answer with; the same for the life of the machine. */
  readonly tracker: number;
  readonly target: TrackerUrl;
  readonly event: AnnounceEvent | undefined;
}

export class TrackerTiers implements Machine<TrackerTiersInput, TrackerAnnounce> {
  #trackers: readonly Tracker[];
  #rounds: readonly Round[];
  readonly #random: () => number;
  readonly #isPrivate: boolean;
  readonly #usesAllTiers: boolean;
  #nextIndex: number;
  #life: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: TrackerTiersOptions) {
    this.#random = options.random;
    this.#isPrivate = options.isPrivate;
    this.#usesAllTiers = options.allTiers === true && !options.isPrivate;
    this.#trackers = makeTrackers(options.tiers, [], 0);
    this.#nextIndex = this.#trackers.length;
    this.#rounds = this.#makeRounds();
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

  /** Whether an answer from it counts. */
  has(index: number): boolean {
    return this.#trackers.some((tracker) => tracker.index === index);
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
        return this.#answered(input.tracker, input.answer, now);
      case 'failed':
        return this.#failed(input.tracker, input.problem, now);
      case 'completed':
        return this.#completed();
      case 'announce-now':
        return this.#announceNow(now);
      case 'port-changed':
        return this.#trackers
          .filter(({ activity: { type } }) => type === 'working' || type === 'announcing')
          .map((tracker) => this.#announce(tracker));
      case 'network-changed':
        return this.#networkChanged(now);
      case 'want-others':
        return this.#wantOthers(now);
      case 'set-tiers':
        return this.#setTiers(input.tiers, now);
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

  #answered(index: number, answer: AnnounceAnswer, now: Millis): readonly TrackerAnnounce[] {
    const tracker = this.#trackers.find((known) => known.index === index);
    if (tracker === undefined) return []; // it is gone by now
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

  #failed(index: number, problem: TrackerProblem, now: Millis): readonly TrackerAnnounce[] {
    const tracker = this.#trackers.find((known) => known.index === index);
    if (tracker === undefined) return []; // it is gone by now
    tracker.activity = { type: 'failed' };
    tracker.failures += 1;
    tracker.lastError = problem;
    const retryAfterMs = problem.retryAfterMs ?? 0;
    tracker.notBefore = now + Math.max(this.#backOffMs(tracker.failures), retryAfterMs);
    tracker.retryFrom = now + Math.max(RETRY_FIRST_MS, retryAfterMs);
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

  #announceNow(now: Millis): readonly TrackerAnnounce[] {
    for (const tracker of this.#trackers)
      if (tracker.activity.type === 'failed')
        tracker.notBefore = Math.min(tracker.notBefore, tracker.retryFrom);
    return this.#rounds.flatMap((round) => {
      if (this.#life !== 'running' || round.state.type === 'walking') return [];
      const until = Math.min(round.state.until, Math.max(now, earliest(round.order)));
      round.state = { type: 'resting', until };
      return this.#roundTimeout(round, now);
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
    return this.#announceNow(now);
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

  #setTiers(tiers: TrackerTiersOptions['tiers'], now: Millis): readonly TrackerAnnounce[] {
    const before = this.#trackers;
    const roundsBefore = this.#rounds;
    this.#trackers = makeTrackers(tiers, before, this.#nextIndex);
    this.#nextIndex += this.#trackers.length;
    this.#rounds = this.#makeRounds();
    if (this.#life !== 'running') return [];
    const gone = before.filter((tracker) => !this.#trackers.includes(tracker));
    const announces = this.#rounds.flatMap((round) => {
      const past = roundsBefore.find(({ current }) => current && round.order.includes(current));
      round.current = past?.current;
      if (round.current !== undefined) moveToFront(round.order, round.current);
      const isNew = (tracker: Tracker): boolean => !before.includes(tracker);
      // a private torrent changes only from a tracker that fails (BEP 27)
      const firstNew = this.#isPrivate ? -1 : round.order.findIndex(isNew);
      if (firstNew >= 0 || past?.state.type !== 'resting')
        return this.#walk(round, Math.max(firstNew, 0), now);
      round.state = past.state;
      return [];
    });
    return [...goodbyesTo(gone), ...announces];
  }

  #stop(): readonly TrackerAnnounce[] {
    this.#life = 'stopped';
    return goodbyesTo(this.#trackers);
  }

  #makeRounds(): readonly Round[] {
    const tiers = orderOf(this.#trackers, this.#random);
    const orders = this.#usesAllTiers ? tiers : [tiers.flat()];
    return orders.map((order) => ({
      order,
      current: undefined,
      state: { type: 'resting', until: Infinity },
    }));
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

  #roundOf(tracker: Tracker): Round {
    const round = this.#rounds.find(({ order }) => order.includes(tracker));
    assert(round, 'every tracker is in a round');
    return round;
  }
}

/** To all that have this peer on their lists and can be reached, as far as we know. */
function goodbyesTo(trackers: readonly Tracker[]): readonly TrackerAnnounce[] {
  return trackers.flatMap(({ index, target, isStarted, activity }) =>
    target !== undefined && isStarted && activity.type !== 'failed'
      ? [{ type: 'announce', tracker: index, target, event: 'stopped' }]
      : [],
  );
}
