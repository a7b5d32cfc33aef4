/** What the doctor wants to know of the time before it was asked: how the clock went, and who did not answer. */
import type { Clock } from '@coequal/base';
import type { Engine } from '@coequal/bittorrent';
import { AnswerWindow } from './answer-window.ts';
import type { Asked } from './answer-window.ts';
import { ClockWatch } from './clock-watch.ts';

export interface HealthReport {
  readonly clock: ClockWatch['report'];
  readonly dials: Asked;
  readonly dhtQueries: Asked;
  /** Of the trackers of running transfers, as they are now: a tracker is asked seldom. */
  readonly trackers: Asked;
  /** Files and sockets that the engine may have open; undefined while it does not run. */
  readonly engineHandlesMax: number | undefined;
}

const TRACKER_TIMEOUTS: ReadonlySet<string> = new Set(['TRACKER_TIMEOUT', 'HTTP_TIMEOUT']);

export class PeerHealth {
  readonly clock: ClockWatch;
  readonly #clock: Clock;
  readonly #engine: () => Engine | undefined;
  readonly #dials = new AnswerWindow();
  readonly #dhtQueries = new AnswerWindow();

  constructor(clock: Clock, engine: () => Engine | undefined) {
    this.#clock = clock;
    this.#engine = engine;
    this.clock = new ClockWatch(clock);
  }

  /** About once a second, while files are carried. */
  look(): void {
    this.clock.look();
    const answers = this.#engine()?.stats.answers;
    if (answers === undefined) return;
    const now = this.#clock.now();
    this.#dials.note(answers.dials, now);
    this.#dhtQueries.note(answers.dhtQueries, now);
  }

  get report(): HealthReport {
    this.look();
    const engine = this.#engine();
    return {
      clock: this.clock.report,
      dials: this.#dials.recent,
      dhtQueries: this.#dhtQueries.recent,
      trackers: trackersOf(engine),
      engineHandlesMax: engine?.stats.handlesMax,
    };
  }
}

function trackersOf(engine: Engine | undefined): Asked {
  const reports = engine?.torrents.flatMap(({ trackers }) => trackers) ?? [];
  const failed = reports.filter(({ state }) => state === 'failed');
  const working = reports.filter(({ state }) => state === 'working');
  const silent = failed.filter(({ lastError }) => TRACKER_TIMEOUTS.has(lastError?.code ?? ''));
  return { ended: failed.length + working.length, timedOut: silent.length };
}
