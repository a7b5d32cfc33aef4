/** How many queries are answered: of one network, and of all, for addresses of queries can be forged. */
import type { Millis } from '@coequal/base';
import { networkOf } from '../swarm/network.ts';

/** Of an IPv4 address, or a /64 of IPv6: a look-up asks each node once or twice. */
const QUERIES_PER_SECOND_MAX = 10;

/** What may come at once. */
const BURST_MAX = 40;

/** Of all together: about 200 KB/s of answers. */
const ALL_PER_SECOND_MAX = 500;

/** Networks that are counted; beyond it the one that was quiet longest is forgotten. */
const NETWORKS_MAX = 2_000;

interface Account {
  tokens: number;
  countedAt: Millis;
}

export class QueryLimiter {
  readonly #accounts = new Map<string, Account>();
  readonly #all: Account;

  constructor(now: Millis) {
    this.#all = { tokens: ALL_PER_SECOND_MAX, countedAt: now };
  }

  /** Whether a query from there may be answered; it counts if so. */
  allows(host: string, now: Millis): boolean {
    const network = networkOf(host);
    const account = this.#accounts.get(network) ?? { tokens: BURST_MAX, countedAt: now };
    this.#accounts.delete(network); // so that it becomes the youngest
    this.#accounts.set(network, account);
    const [oldest] = this.#accounts.keys();
    if (this.#accounts.size > NETWORKS_MAX && oldest !== undefined) this.#accounts.delete(oldest);
    refill(account, QUERIES_PER_SECOND_MAX, BURST_MAX, now);
    refill(this.#all, ALL_PER_SECOND_MAX, ALL_PER_SECOND_MAX, now);
    if (account.tokens < 1 || this.#all.tokens < 1) return false;
    account.tokens -= 1;
    this.#all.tokens -= 1;
    return true;
  }
}

function refill(account: Account, perSecond: number, burst: number, now: Millis): void {
  const elapsedMs = Math.max(0, now - account.countedAt);
  account.tokens = Math.min(burst, account.tokens + (elapsedMs * perSecond) / 1_000);
  account.countedAt = now;
}
