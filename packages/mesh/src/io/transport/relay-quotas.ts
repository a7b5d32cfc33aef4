/** How much a relay carries for each user and for all, a day. */
import type { Clock, DeviceKey, Millis } from '@coequal/base';

const DAY_MS: Millis = 86_400_000;

/** Users whose bytes are counted; beyond it nobody new is served until the day is over. */
const USERS_MAX = 10_000;

export interface RelayQuotas {
  readonly bytesOfUser: number;
  readonly bytesOfAll: number;
}

/**
 * An afternoon of talk and some files, for some contacts at a time: what a home's connection does not feel. Who wants
 * to give more or less says so.
 */
export const DEFAULT_RELAY_QUOTAS: RelayQuotas = {
  bytesOfUser: 2 ** 30,
  bytesOfAll: 10 * 2 ** 30,
};

export class RelayLedger {
  readonly #quotas: RelayQuotas;
  readonly #clock: Clock;
  readonly #used = new Map<DeviceKey, number>();
  #all = 0;
  #dayEnds: Millis;

  constructor(quotas: RelayQuotas, clock: Clock) {
    this.#quotas = quotas;
    this.#clock = clock;
    this.#dayEnds = clock.now() + DAY_MS;
  }

  /** Of all users, today. */
  get usedByAll(): number {
    this.#turn();
    return this.#all;
  }

  hasLeft(user: DeviceKey): boolean {
    this.#turn();
    const used = this.#used.get(user);
    if (used === undefined && this.#used.size >= USERS_MAX) return false;
    return (used ?? 0) < this.#quotas.bytesOfUser && this.#all < this.#quotas.bytesOfAll;
  }

  /** Both of a pair are charged: each had the use of it. False when one, or all, have none left. */
  charge(users: readonly [DeviceKey, DeviceKey], length: number): boolean {
    for (const user of users) this.#used.set(user, (this.#used.get(user) ?? 0) + length);
    this.#all += length;
    return users.every((user) => this.hasLeft(user));
  }

  #turn(): void {
    if (this.#clock.now() < this.#dayEnds) return;
    this.#used.clear();
    this.#all = 0;
    this.#dayEnds = this.#clock.now() + DAY_MS;
  }
}
