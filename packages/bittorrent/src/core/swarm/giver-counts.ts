/**
 * How many addresses each network told of by hearsay (PEX, LSD): whoever sends thousands that lead nowhere
 * cannot crowd out what others tell.
 */
import { LeanMap } from '@coequal/base';

/** Addresses in the pool at a time that one network (an IPv4 address, or the /64 of an IPv6 one) told of. */
const GIVEN_BY_ONE_MAX = 100;

/** Those of all networks together: half of the pool stays for other sources. */
const HEARSAY_MAX = 1_000;

export class GiverCounts {
  readonly #counts = new LeanMap<string, number>();
  #total = 0;

  mayGive(network: string): boolean {
    return (this.#counts.get(network) ?? 0) < GIVEN_BY_ONE_MAX && this.#total < HEARSAY_MAX;
  }

  /** An address that it told of comes or goes; nothing is counted for undefined. */
  count(network: string | undefined, change: 1 | -1): void {
    if (network === undefined) return;
    this.#total += change;
    const count = (this.#counts.get(network) ?? 0) + change;
    if (count > 0) this.#counts.set(network, count);
    else this.#counts.delete(network);
  }
}
