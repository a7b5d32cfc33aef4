/** What is shown of a torrent's trackers: of each, and of all together as a source of peers. */
import type { Millis } from '@coequal/base';
import type { SourceState } from '../swarm/peer-source.ts';
import type { TrackerReport } from './tracker-tiers.ts';

/** A tracker, as `stats` has it. */
export interface TrackerStatus {
  readonly url: string;
  /** `idle`: not needed while another works. */
  readonly state: TrackerReport['state'];
  /** What went wrong last: a short clause, without a full stop. */
  readonly problem: string | undefined;
  /** What the tracker itself has to say. */
  readonly warning: string | undefined;
  /** Until it is asked again; undefined: not before something happens. */
  readonly nextInMs: Millis | undefined;
  /** Addresses in its latest answer. */
  readonly given: number;
  /** As it counts them. */
  readonly seeds: number | undefined;
  readonly leechers: number | undefined;
}

export function trackerStatus(report: TrackerReport, now: Millis): TrackerStatus {
  const { url, state, lastError, warning, peersGiven, seeds, leechers } = report;
  const nextInMs = waitOf(report, now);
  return {
    url,
    state,
    problem: lastError?.text,
    warning,
    nextInMs,
    given: peersGiven,
    seeds,
    leechers,
  };
}

/** Of all of them: the best of their states, and the first to be asked again. There is one at least. */
export function trackersState(reports: readonly TrackerReport[], now: Millis): SourceState {
  const inState = (state: TrackerReport['state']): readonly TrackerReport[] =>
    reports.filter((report) => report.state === state);
  const working = inState('working');
  if (working.length > 0) return { type: 'working', nextInMs: firstOf(working, now) };
  const failed = inState('failed');
  const problem = failed.find(({ lastError }) => lastError !== undefined)?.lastError?.text;
  if (problem === undefined || inState('announcing').length > 0) return { type: 'asking' };
  return { type: 'failed', problem, nextInMs: firstOf(failed, now) };
}

function firstOf(reports: readonly TrackerReport[], now: Millis): Millis | undefined {
  const first = Math.min(...reports.map((report) => waitOf(report, now) ?? Infinity));
  return first === Infinity ? undefined : first;
}

function waitOf({ nextAnnounceAt }: TrackerReport, now: Millis): Millis | undefined {
  return nextAnnounceAt === undefined ? undefined : Math.max(nextAnnounceAt - now, 0);
}
