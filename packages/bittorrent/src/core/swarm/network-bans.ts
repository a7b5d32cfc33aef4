/**
 * From which networks no peers are taken for a while, because some from there sent wrong data
 * (docs/decisions/0011). A peer that dials in is known by its network alone: ports cost nothing.
 */
import { LeanMap } from '@coequal/base';
import type { Millis } from '@coequal/base';

/** The first ban of a network. Each further one lasts twice as long: each has cost us a wrong piece. */
const NETWORK_BAN_MS = 10 * 60_000;
/** The longest: that costs one wrong piece a day. */
const NETWORK_BAN_MAX_MS = 24 * 60 * 60_000;
/** Bans from which on a network is not dialled either: one of many ports may be one of many people. */
const STRIKES_BEFORE_DIALS_END = 3;
/** Networks remembered; beyond it the oldest ban is lifted. */
const NETWORKS_MAX = 1_000;

interface Strikes {
  readonly count: number;
  readonly until: Millis;
}

export class NetworkBans {
  readonly #strikes = new LeanMap<string, Strikes>();

  /** A peer from there is proven to have lied. */
  strike(network: string, now: Millis): void {
    const count = (this.#strikes.get(network)?.count ?? 0) + 1;
    const lastsMs = Math.min(NETWORK_BAN_MS * 2 ** (count - 1), NETWORK_BAN_MAX_MS);
    this.#strikes.delete(network); // the newest go last
    this.#strikes.set(network, { count, until: now + lastsMs });
    const [oldest] = this.#strikes.keys();
    if (this.#strikes.size > NETWORKS_MAX && oldest !== undefined) this.#strikes.delete(oldest);
  }

  /** Peers from there that dial us are turned away. */
  refuses(network: string, now: Millis): boolean {
    return now < (this.#strikes.get(network)?.until ?? -Infinity);
  }

  /** Nor are peers there dialled. */
  refusesDials(network: string, now: Millis): boolean {
    const count = this.#strikes.get(network)?.count ?? 0;
    return count >= STRIKES_BEFORE_DIALS_END && this.refuses(network, now);
  }
}
