/** Queries that wait for their answers: each by its transaction id, from the address that it went to. */
import { formatHex } from '@coequal/base';
import type { Endpoint, Millis } from '@coequal/base';
import { endpointKey } from './address-rules.ts';

/** Of all look-ups and checks together. */
const PENDING_MAX = 1_024;

/** Nodes answer within this or not at all. */
const QUERY_TIMEOUT_MS = 4_000;

/** Bounds of the time after which an answer is late, whatever was usual. */
const STALE_MS_MIN = 250;
const STALE_TIMEOUT_MS = 1_000;

/** An answer is late when it takes longer than most: mean and this many mean deviations (as RFC 6298). */
const DEVIATIONS = 4;

/** How much of a new round-trip time counts. */
const MEAN_GAIN = 1 / 16;

/** Random bits that a stranger would have to guess to answer for another: 32. */
const TRANSACTION_ID_LENGTH = 4;

export interface Pending<Purpose> {
  readonly key: string;
  readonly to: Endpoint;
  readonly purpose: Purpose;
  readonly sentAt: Millis;
  readonly staleAt: Millis;
  readonly expiresAt: Millis;
  isStale: boolean;
}

export class Transactions<Purpose> {
  readonly #pending = new Map<string, Pending<Purpose>>();
  readonly #random: (length: number) => Uint8Array;
  #meanMs = STALE_TIMEOUT_MS / 2;
  #deviationMs = STALE_TIMEOUT_MS / 8;

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  get size(): number {
    return this.#pending.size;
  }

  get isFull(): boolean {
    return this.#pending.size >= PENDING_MAX;
  }

  /** The transaction id to send. */
  open(to: Endpoint, purpose: Purpose, now: Millis): Uint8Array {
    const transactionId = this.#random(TRANSACTION_ID_LENGTH);
    const key = formatHex(transactionId);
    this.#pending.set(key, {
      key,
      to,
      purpose,
      sentAt: now,
      staleAt: now + this.#staleMs,
      expiresAt: now + QUERY_TIMEOUT_MS,
      isStale: false,
    });
    return transactionId;
  }

  /** What an answer is to; undefined for what we did not ask, or did not ask there, or not for that `isFor`. */
  take(
    transactionId: Uint8Array,
    from: Endpoint,
    isFor: (purpose: Purpose) => boolean,
    now: Millis,
  ): Pending<Purpose> | undefined {
    if (transactionId.length !== TRANSACTION_ID_LENGTH) return undefined;
    const pending = this.#pending.get(formatHex(transactionId));
    if (pending === undefined || endpointKey(pending.to) !== endpointKey(from)) return undefined;
    if (!isFor(pending.purpose)) return undefined;
    this.#pending.delete(pending.key);
    const elapsedMs = now - pending.sentAt;
    this.#deviationMs += (Math.abs(elapsedMs - this.#meanMs) - this.#deviationMs) * MEAN_GAIN;
    this.#meanMs += (elapsedMs - this.#meanMs) * MEAN_GAIN;
    return pending;
  }

  get deadline(): Millis | undefined {
    let deadline: Millis | undefined;
    for (const { isStale, staleAt, expiresAt } of this.#pending.values()) {
      const due = isStale ? expiresAt : staleAt;
      if (deadline === undefined || due < deadline) deadline = due;
    }
    return deadline;
  }

  /** Those that are late from now on. */
  takeStale(now: Millis): Pending<Purpose>[] {
    const late = [...this.#pending.values()].filter(
      ({ isStale, staleAt }) => !isStale && staleAt <= now,
    );
    for (const pending of late) pending.isStale = true;
    return late;
  }

  /** Those that will not be answered; they are forgotten. */
  takeExpired(now: Millis): Pending<Purpose>[] {
    const expired: Pending<Purpose>[] = [];
    for (const pending of this.#pending.values()) {
      if (pending.expiresAt > now) break; // the rest were sent later
      this.#pending.delete(pending.key);
      expired.push(pending);
    }
    return expired;
  }

  get #staleMs(): Millis {
    const usual = this.#meanMs + DEVIATIONS * this.#deviationMs;
    return Math.min(STALE_TIMEOUT_MS, Math.max(STALE_MS_MIN, usual));
  }
}
