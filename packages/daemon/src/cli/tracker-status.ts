/** A tracker, as `--json` has it: how long until it is asked again instead of when, which only a clock of ours could tell. */
import type { TrackerReport } from '@coequal/bittorrent';

export interface TrackerStatus {
  readonly url: string;
  /** `idle`: not needed while another works. */
  readonly state: TrackerReport['state'];
  /** What went wrong last: a short clause, without a full stop. */
  readonly problem: string | undefined;
  /** What the tracker itself has to say. */
  readonly warning: string | undefined;
  /** Until it is asked again; undefined: not before something happens. */
  readonly nextInMs: number | undefined;
  /** Addresses in its latest answer. */
  readonly given: number;
  /** As it counts them. */
  readonly seeds: number | undefined;
  readonly leechers: number | undefined;
}

export function trackerStatus(report: TrackerReport, now: number): TrackerStatus {
  const { url, state, lastError, warning, nextAnnounceAt, peersGiven, seeds, leechers } = report;
  return {
    url,
    state,
    problem: lastError?.text,
    warning,
    nextInMs: nextAnnounceAt === undefined ? undefined : Math.max(nextAnnounceAt - now, 0),
    given: peersGiven,
    seeds,
    leechers,
  };
}
