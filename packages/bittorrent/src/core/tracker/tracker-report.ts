/** What is shown of a torrent's trackers: of each, and of all together as a source of peers. */
import type { Millis } from '@coequal/base';
import type { SourceState } from '../swarm/peer-source.ts';
import type { TrackerProblem } from './tracker-fault.ts';

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

/** Of all of them: the best of their states, and the first to be asked again. There is one at least. */
export function trackersState(reports: readonly TrackerReport[], now: Millis): SourceState {
  const inState = (state: TrackerReport['state']): readonly TrackerReport[] =>
    reports.filter((report) => report.state === state);
  const working = inState('working');
  if (working.length > 0) return { type: 'working', nextInMs: firstOf(working, now) };
  const failed = inState('failed');
  const problem = failed.find(({ lastError }) => lastError !== undefined)?.lastError;
  if (problem === undefined || inState('announcing').length > 0) return { type: 'asking' };
  const { text, code, details = {} } = problem;
  return { type: 'failed', problem: text, code, details, nextInMs: firstOf(failed, now) };
}

function firstOf(reports: readonly TrackerReport[], now: Millis): Millis | undefined {
  const first = Math.min(...reports.map((report) => waitOf(report, now) ?? Infinity));
  return first === Infinity ? undefined : first;
}

function waitOf({ nextAnnounceAt }: TrackerReport, now: Millis): Millis | undefined {
  return nextAnnounceAt === undefined ? undefined : Math.max(nextAnnounceAt - now, 0);
}
