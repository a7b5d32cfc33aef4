/** For how long a torrent has run in this session, and for how long of it as a seed. */
import type { Millis } from '@coequal/base';

type Doing = 'nothing' | 'fetching' | 'seeding';

export class Activity {
  #doing: Doing = 'nothing';
  #since: Millis = 0;
  #fetchingMs = 0;
  #seedingMs = 0;

  enter(doing: Doing, now: Millis): void {
    if (doing === this.#doing) return;
    this.#count(now);
    this.#doing = doing;
  }

  /** Whole seconds, since that is what is stored. */
  at(now: Millis): { readonly activeSeconds: number; readonly seedingSeconds: number } {
    this.#count(now);
    return {
      activeSeconds: Math.floor((this.#fetchingMs + this.#seedingMs) / 1_000),
      seedingSeconds: Math.floor(this.#seedingMs / 1_000),
    };
  }

  #count(now: Millis): void {
    const passed = now - this.#since;
    this.#since = now;
    if (this.#doing === 'fetching') this.#fetchingMs += passed;
    if (this.#doing === 'seeding') this.#seedingMs += passed;
  }
}
