/** Checks of the doctor that look at numbers: the clock, open files and sockets, and who does not answer. */
import type { DoctorReport } from '@coequal/contract';
import { formatDuration } from '../cli/format.ts';
import type { Asked } from './answer-window.ts';
import type { ClockReport } from './clock-watch.ts';
import type { Handles } from './open-handles.ts';

type Check = DoctorReport['checks'][number];

/** Certificates, and log entries of two computers side by side, bear as much. */
const AHEAD_ODD_MS = 60_000;
/** From here on https may refuse to work, and a schedule is visibly wrong. */
const AHEAD_BAD_MS = 3_600_000;
/** This version is of that year; a computer whose battery is empty begins at 1970 or so. */
const EARLIEST_YEAR = 2026;
/** Nobody runs this version then. */
const LATEST_YEAR = 2100;

const SET_CLOCK =
  'Let the system set its clock from the network (Linux: "timedatectl set-ntp true"), or set date, time and time zone by hand.';

export function checkClock({ now, aheadMs, servers, setBackMs }: ClockReport): Check {
  const name = 'clock';
  const year = new Date(now).getUTCFullYear();
  if (year < EARLIEST_YEAR || year > LATEST_YEAR) {
    const text = `the clock of this computer says that it is the year ${year}`;
    return told(name, 'bad', 'CLOCK_IMPLAUSIBLE', { year: String(year) }, text, SET_CLOCK);
  }
  const isOff = aheadMs !== undefined && Math.abs(aheadMs) > AHEAD_ODD_MS;
  if (isOff) {
    const seconds = Math.round(Math.abs(aheadMs) / 1_000);
    const by = formatDuration(seconds);
    const code = aheadMs > 0 ? 'CLOCK_AHEAD' : 'CLOCK_BEHIND';
    const where = aheadMs > 0 ? 'ahead of' : 'behind';
    const text = `the clock of this computer is ${by} ${where} what ${servers} of the servers that were asked for something say`;
    const verdict = Math.abs(aheadMs) > AHEAD_BAD_MS ? 'bad' : 'odd';
    return told(name, verdict, code, { seconds, servers }, text, SET_CLOCK);
  }
  if (setBackMs !== undefined) {
    const seconds = Math.round(setBackMs / 1_000);
    const text = `the clock of this computer was set back by ${formatDuration(seconds)} while the peer ran`;
    const hint = `If nobody did that on purpose, look after it: ${SET_CLOCK}`;
    return told(name, 'odd', 'CLOCK_SET_BACK', { seconds }, text, hint);
  }
  if (aheadMs === undefined) {
    const text = 'nobody has told the time yet; the year is plausible, and the clock runs steadily';
    const hint =
      'Nobody is asked for it: it shows when a web tracker or an https address was used.';
    return told(name, 'unknown', 'CLOCK_UNTOLD', {}, text, hint);
  }
  const text = `the clock is right, as ${servers} of the servers that were asked for something say`;
  return told(name, 'good', 'CLOCK_RIGHT', { servers }, text);
}

/** Files of the store, the log, the page's connections, and what the system's libraries hold. */
const OTHER_HANDLES = 150;
/** Of the limit, from where on it is near. */
const NEAR = 0.8;
const FULL = 0.95;

export function checkHandles({ open, limit }: Handles, engineMax: number | undefined): Check {
  const name = 'handles';
  if (open === undefined || limit === undefined) {
    const text = 'this system does not tell how many files a program may open';
    const known = open === undefined ? {} : { open };
    return told(name, 'unknown', 'HANDLES_UNKNOWN', known, text, '"ulimit -n" in a terminal does.');
  }
  const needed = (engineMax ?? 0) + OTHER_HANDLES;
  const details = { open, limit, needed };
  const raise = `Raise the limit to ${Math.max(4_096, 2 * needed)} or so: "ulimit -n" in the terminal before the peer is started, "LimitNOFILE=" in its systemd unit.`;
  const isNear = open > limit * NEAR;
  if (isNear) {
    const text = `${open} files and connections are open, and the system allows ${limit}`;
    return told(name, open > limit * FULL ? 'bad' : 'odd', 'HANDLES_NEAR', details, text, raise);
  }
  if (limit < needed) {
    const text = `the system allows ${limit} open files and connections, and a busy peer wants ${needed}`;
    return told(name, 'odd', 'HANDLES_FEW', details, text, raise);
  }
  const text = `${open} files and connections are open; the system allows ${limit}, and a busy peer wants ${needed}`;
  return told(name, 'good', 'HANDLES_GOOD', details, text);
}

/** Fewer say nothing: one address that is gone is half of two. */
const ASKED_MIN = 20;
const TRACKERS_MIN = 2;
/**
 * Addresses of peers are often old: most dials of a healthy peer lead nowhere. Nodes of the DHT were seen lately, and
 * a tracker has a name. From these shares on, something between us and them is likelier than their absence.
 */
const SHARE_ODD = { dials: 0.9, dht: 0.7, trackers: 0.9 } as const;

export interface AnswersView {
  readonly dials: Asked;
  readonly dhtQueries: Asked;
  readonly trackers: Asked;
}

export function checkTimeOuts({ dials, dhtQueries, trackers }: AnswersView): Check[] {
  return [
    timeOutsOf('dials', dials, SHARE_ODD.dials, ASKED_MIN),
    timeOutsOf('dht', dhtQueries, SHARE_ODD.dht, ASKED_MIN),
    timeOutsOf('trackers', trackers, SHARE_ODD.trackers, TRACKERS_MIN),
  ];
}

const WHO = {
  dials: { code: 'DIALS', what: 'connections that were tried in the last ten minutes' },
  dht: { code: 'DHT', what: 'questions to the DHT in the last ten minutes' },
  trackers: { code: 'TRACKERS', what: 'trackers that were asked' },
} as const;

const MEANING = {
  dials:
    'Peers come and go, so many never answer. Nearly all at once means that a firewall or the network holds back connections: let Coequal out (TCP and UDP, any port), or try another network.',
  dht: 'Something holds back UDP. Let Coequal send and receive UDP in the firewall; some guest and company networks do not allow it. Trackers and other peers go on finding peers.',
  trackers:
    'They are down, or the network holds them back: see whether their addresses open elsewhere. Without trackers, public transfers still find peers in the DHT and by other peers.',
} as const;

function timeOutsOf(
  kind: keyof typeof WHO,
  { ended, timedOut }: Asked,
  shareOdd: number,
  min: number,
): Check {
  const { code, what } = WHO[kind];
  const name = `time-outs-${kind}`;
  const details = { ended, timedOut };
  if (ended < min) {
    const text = `too few ${what} to say how many are answered`;
    return told(name, 'unknown', `TIME_OUTS_${code}_FEW`, details, text);
  }
  const text = `${timedOut} of ${ended} ${what} got no answer`;
  if (timedOut >= ended * shareOdd)
    return told(name, 'odd', `TIME_OUTS_${code}_MANY`, details, text, MEANING[kind]);
  return told(name, 'good', `TIME_OUTS_${code}_GOOD`, details, text);
}

function told(
  name: string,
  verdict: Check['verdict'],
  code: string,
  details: Check['finding']['details'],
  text: string,
  hint?: string,
): Check {
  return { name, verdict, finding: { code, details, text, ...(hint !== undefined && { hint }) } };
}
