/** How fast this peer may be, as the settings and the time of day say: one limit for transfers and for what is handed over. */
import type { Clock } from '@coequal/base';
import { SharedRates } from '@coequal/bittorrent';
import type { Settings } from '@coequal/contract';
import { limitsAt } from './schedule.ts';

export class PeerRates {
  /** Of every engine; who has nothing to move leaves it to the others. */
  readonly shared: SharedRates;
  readonly #settings: () => Settings;
  readonly #clock: Clock;

  constructor(settings: () => Settings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.shared = new SharedRates({}, clock);
    this.look();
  }

  /** About once a second, by whoever runs. */
  look(): void {
    const { up, down } = limitsAt(this.#settings(), new Date(this.#clock.epochNow()));
    const before = this.shared.limits;
    if (up === before.uploadBytesPerSecondMax && down === before.downloadBytesPerSecondMax) return;
    this.shared.setLimits({ uploadBytesPerSecondMax: up, downloadBytesPerSecondMax: down });
  }
}
