/** When a relayed lane looks for a direct way: soon at first, then less and less often. */
import type { Millis } from '@coequal/base';

const UPGRADE_MS_MIN: Millis = 10_000;
const UPGRADE_MS_MAX: Millis = 600_000;

export class UpgradePlan {
  #waitMs: Millis = UPGRADE_MS_MIN;
  #at: Millis = Infinity;

  /** Infinity as long as there is nothing to look for. */
  get at(): Millis {
    return this.#at;
  }

  /** The path that is used is another. */
  pathChanged(isRelayed: boolean, now: Millis): void {
    if (!isRelayed) this.#at = Infinity;
    else if (this.#at === Infinity) this.next(now);
  }

  /** It is looked now: the next time is later. */
  next(now: Millis): void {
    this.#at = now + this.#waitMs;
    this.#waitMs = Math.min(this.#waitMs * 2, UPGRADE_MS_MAX);
  }

  /** The network is another: what failed may work now. */
  beginAnew(): void {
    this.#waitMs = UPGRADE_MS_MIN;
  }
}
