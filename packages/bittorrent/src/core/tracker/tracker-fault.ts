/** What went wrong with a tracker, in words for the user. */
import type { FaultDetails, LocalFault, PeerFault } from '@coequal/base';

export interface TrackerProblem {
  /** Of the fault: stable, to match on. */
  readonly code: string;
  /** Of the fault: what fills in the words of another language. */
  readonly details?: FaultDetails;
  /** A short clause, without a full stop. */
  readonly text: string;
  /** When the tracker itself said how long to stay away (BEP 31). */
  readonly retryAfterMs?: number;
}

export function describeTrackerFault(fault: PeerFault | LocalFault): TrackerProblem {
  const { code, details } = fault;
  const retry = details['retryAfterMs'];
  return {
    code,
    details,
    text: faultText(fault),
    ...(typeof retry === 'number' && { retryAfterMs: retry }),
  };
}

function faultText({ code, details }: PeerFault | LocalFault): string {
  switch (code) {
    case 'TRACKER_REFUSED':
      return `the tracker refused: ${details['reason'] || 'it gave no reason'}`;
    case 'TRACKER_TIMEOUT':
    case 'HTTP_TIMEOUT':
      return 'the tracker did not answer';
    case 'TRACKER_HTTP_STATUS':
      return `the tracker answered with HTTP status ${details['status']}`;
    case 'TRACKER_NOT_SUPPORTED':
      return details['scheme'] === 'ws' || details['scheme'] === 'wss'
        ? 'this kind of tracker is not supported: WebTorrent trackers come later'
        : 'this kind of tracker is not supported';
    case 'TRACKER_URL_REFUSED':
      return 'the address is that of a service on this computer, not of a tracker';
    case 'BAD_TRACKER_URL':
      return 'the address of the tracker is not valid';
    case 'NO_SCRAPE':
      return 'the tracker has no address for scrapes';
    case 'NAME_NOT_FOUND':
      return 'the name of the tracker was not found';
    case 'HTTP_FAILED':
    case 'LISTEN_FAILED':
      return `the tracker cannot be reached${whyText(details['errno'])}`;
    case 'ADDRESS_GONE':
      return 'the address to send from is gone';
    case 'OUTSIDE_REACH':
      return 'the tracker is beyond the network that may be used';
    case 'HTTP_BODY_TOO_LONG':
      return 'the answer of the tracker is too long';
    default:
      return 'the tracker gave an answer that is not valid';
  }
}

/** In words, where there are some that say more. */
const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken off',
  EHOSTUNREACH: 'no way there',
  ENETUNREACH: 'no network that leads there',
  ENOTFOUND: 'its name was not found',
  EAI_AGAIN: 'no name server answers',
};

function whyText(errno: unknown): string {
  const why = typeof errno === 'string' ? WHY[errno] : undefined;
  return why === undefined ? '' : `: ${why}`;
}
