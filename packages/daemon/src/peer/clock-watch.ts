/**
 * What can be known of this computer's clock without asking anybody: the `Date` that servers put on answers that
 * were fetched anyway (RFC 9110, section 6.6.1), and whether the clock was set back while the peer ran.
 */
import type { Clock, Http, Millis } from '@coequal/base';

/** Servers whose word is kept: the last of each host. */
const SERVERS_MAX = 15;
/** What was said longer ago says nothing of a clock that may have been set since. */
const HEARD_MS: Millis = 24 * 3_600_000;
/** Clocks are corrected by less than this all the time. */
const STEP_BACK_MS: Millis = 5_000;
/** A step is told for so long. */
const STEP_TOLD_MS: Millis = 3_600_000;

export interface ClockReport {
  readonly now: number;
  /** How far it is ahead of what servers say, the middle of them; undefined: nobody has said anything. */
  readonly aheadMs: number | undefined;
  readonly servers: number;
  /** It was set back by so much while the peer ran, not long ago. */
  readonly setBackMs: number | undefined;
}

interface Told {
  readonly aheadMs: number;
  readonly at: Millis;
}

export class ClockWatch {
  readonly #clock: Clock;
  readonly #told = new Map<string, Told>();
  /** Of the wall clock against the one that only goes on. */
  #offset: number;
  #step: { readonly backMs: number; readonly at: Millis } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.epochNow() - clock.now();
  }

  /** To be called now and then. A step forward is also what a computer that slept looks like. */
  look(): void {
    const now = this.#clock.now();
    const offset = this.#clock.epochNow() - now;
    const backMs = this.#offset - offset;
    this.#offset = offset;
    if (backMs >= STEP_BACK_MS) this.#step = { backMs, at: now };
  }

  /** The same, but it listens to what servers say of the time. */
  over(http: Http): Http {
    return {
      fetch: async (request, signal) => {
        const response = await http.fetch(request, signal);
        this.#heard(request.url, response.headers);
        return response;
      },
    };
  }

  get report(): ClockReport {
    this.look();
    const now = this.#clock.now();
    const heard = [...this.#told.values()].filter(({ at }) => now - at <= HEARD_MS);
    const ahead = heard.map(({ aheadMs }) => aheadMs).toSorted((one, other) => one - other);
    const isRecent = this.#step !== undefined && now - this.#step.at <= STEP_TOLD_MS;
    return {
      now: this.#clock.epochNow(),
      aheadMs: ahead[Math.floor(ahead.length / 2)],
      servers: ahead.length,
      setBackMs: isRecent ? this.#step?.backMs : undefined,
    };
  }

  #heard(url: string, headers: Readonly<Record<string, string>>): void {
    const date = Date.parse(headers['date'] ?? '');
    if (Number.isNaN(date)) return;
    // a copy that somebody kept bears the time at which it was made
    const ageMs = Number(headers['age'] ?? 0) * 1_000 || 0;
    const { host } = new URL(url);
    this.#told.delete(host);
    const aheadMs = this.#clock.epochNow() - date - ageMs;
    this.#told.set(host, { aheadMs, at: this.#clock.now() });
    const [oldest] = this.#told.keys();
    if (this.#told.size > SERVERS_MAX && oldest !== undefined) this.#told.delete(oldest);
  }
}
