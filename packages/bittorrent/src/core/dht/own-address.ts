/** What others see as our address (BEP 42), and whether strangers reach us there (BEP 43). */
import type { Millis } from '@coequal/base';
import { networkOf } from '../swarm/network.ts';
import { isPrivate, neighbourhoodOf } from './address-rules.ts';

/** Voters of different neighbourhoods that must agree: a few liars at one place are one voice. */
const VOTES_MIN = 4;

/** Votes that are kept: the latest. */
const VOTES_MAX = 32;

/** Tells our address by the majority of the nodes that answered us lately. */
export class AddressVotes {
  /** Of each neighbourhood, from the oldest to the youngest. */
  readonly #votes = new Map<string, string>();

  add(voterHost: string, address: string): void {
    if (isPrivate(address)) return; // a router's view of us, or a lie
    const voter = neighbourhoodOf(voterHost);
    this.#votes.delete(voter);
    this.#votes.set(voter, address);
    const [oldest] = this.#votes.keys();
    if (this.#votes.size > VOTES_MAX && oldest !== undefined) this.#votes.delete(oldest);
  }

  /** Undefined as long as they do not agree. */
  get address(): string | undefined {
    const counts = new Map<string, number>();
    for (const address of this.#votes.values()) {
      const count = (counts.get(address) ?? 0) + 1;
      if (count >= VOTES_MIN && count * 2 > this.#votes.size) return address;
      counts.set(address, count);
    }
    return undefined;
  }
}

/** How long we take queries to be possible before nobody new has sent one. */
const TRIAL_MS = 10 * 60_000;

/** After that long as a read-only node we try again: ports get opened. */
const RETRIAL_MS = 3_600_000;

/** How long one query of a stranger shows that we are reachable. */
const REACHED_VALID_MS = 3_600_000;

/** Networks that we sent to: from there an answer to the port we used gets through most routers. */
const CONTACTED_MAX = 1_000;

/**
 * Read-only as long as only those reach us whom we wrote to first (BEP 43). Nobody would ever try without
 * knowing of us, so each trial begins with some minutes in which we do not say so.
 */
export class Reachability {
  readonly #contacted = new Set<string>();
  #trialAt: Millis;
  #reachedAt: Millis | undefined;

  constructor(now: Millis) {
    this.#trialAt = now;
  }

  contacted(host: string): void {
    const network = networkOf(host);
    this.#contacted.delete(network);
    this.#contacted.add(network);
    const [oldest] = this.#contacted;
    if (this.#contacted.size > CONTACTED_MAX && oldest !== undefined) {
      this.#contacted.delete(oldest);
    }
  }

  /** A query came from there. */
  reached(host: string, now: Millis): void {
    if (!this.#contacted.has(networkOf(host))) this.#reachedAt = now;
  }

  isReadOnly(now: Millis): boolean {
    if (this.#reachedAt !== undefined && now - this.#reachedAt < REACHED_VALID_MS) return false;
    if (now - this.#trialAt >= TRIAL_MS + RETRIAL_MS) this.#trialAt = now;
    return now - this.#trialAt >= TRIAL_MS;
  }
}
