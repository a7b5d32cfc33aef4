/** Transmission names torrents by small numbers; here they are given as torrents are seen, and are good for one run. */
import type { Clock } from '@coequal/base';
import type { Transfer } from '@coequal/contract';
import type { Transfers } from '../../files/transfers.ts';
import { bad } from './arguments.ts';
import type { Arguments } from './arguments.ts';

/** What changed so lately is "recently active", as in Transmission. */
const RECENT_MS = 60_000;
/** As long as transfers are in the list of the API. */
const IDS_MAX = 100_000;

export interface Selection {
  readonly rows: readonly Transfer[];
  /** Numbers of those that went lately, if that was asked. */
  readonly removed?: readonly number[];
}

export class TorrentIds {
  readonly #transfers: Transfers;
  readonly #clock: Clock;
  /** By hash, as last seen. */
  readonly #rows = new Map<string, Transfer>();
  readonly #numbers = new Map<string, number>();
  readonly #hashes = new Map<number, string>();
  readonly #changedAt = new Map<string, number>();
  /** When each number went. */
  readonly #removals = new Map<number, number>();
  #revision: number | undefined;
  #last = 0;

  constructor(transfers: Transfers, clock: Clock) {
    this.#transfers = transfers;
    this.#clock = clock;
  }

  numberOf(hash: string): number {
    const known = this.#numbers.get(hash);
    if (known !== undefined) return known;
    this.#last += 1;
    this.#numbers.set(hash, this.#last);
    this.#hashes.set(this.#last, hash);
    return this.#last;
  }

  /** All as they are now. */
  rows(): readonly Transfer[] {
    this.#update();
    return [...this.#rows.values()];
  }

  /** None named: all. Names of what is not there are passed over. */
  select(args: Arguments): Selection {
    const ids = args.raw('ids');
    const all = this.rows();
    if (ids === undefined || (Array.isArray(ids) && ids.length === 0)) return { rows: all };
    if (ids === 'recently-active' || ids === 'recently_active') return this.#recent(all);
    const list = Array.isArray(ids) ? (ids as unknown[]) : [ids];
    if (list.length > IDS_MAX) throw bad('ids', 'is too long');
    const chosen = new Set(list.map((id) => this.#hashOf(id)));
    return { rows: all.filter(({ id }) => chosen.has(id)) };
  }

  /** When it was last seen to be another than before, in milliseconds of the epoch; 0: not in this run. */
  changedAt(hash: string): number {
    return this.#changedAt.get(hash) ?? 0;
  }

  #hashOf(id: unknown): string | undefined {
    if (typeof id === 'number') return this.#hashes.get(id);
    if (typeof id !== 'string') throw bad('ids', 'must have numbers and hashes');
    // some clients send the number as a text
    return /^\d{1,9}$/.test(id) ? this.#hashes.get(Number(id)) : id.toLowerCase();
  }

  #recent(all: readonly Transfer[]): Selection {
    const since = this.#clock.epochNow() - RECENT_MS;
    return {
      rows: all.filter(({ id }) => this.changedAt(id) >= since),
      removed: [...this.#removals].filter(([, at]) => at >= since).map(([number]) => number),
    };
  }

  #update(): void {
    const isFirst = this.#revision === undefined;
    const { revision, isWhole, changed, removed } = this.#transfers.since(this.#revision);
    const now = this.#clock.epochNow();
    this.#revision = revision;
    const there = new Set(changed.map(({ id }) => id));
    const gone = isWhole ? [...this.#rows.keys()].filter((id) => !there.has(id)) : removed;
    for (const id of gone) this.#forget(id, now);
    for (const row of changed) {
      this.#rows.set(row.id, row);
      this.numberOf(row.id);
      if (!isFirst) this.#changedAt.set(row.id, now);
    }
    for (const [number, at] of this.#removals)
      if (at < now - RECENT_MS) this.#removals.delete(number);
  }

  #forget(hash: string, now: number): void {
    this.#rows.delete(hash);
    this.#changedAt.delete(hash);
    const number = this.#numbers.get(hash);
    if (number === undefined) return;
    this.#numbers.delete(hash);
    this.#hashes.delete(number);
    this.#removals.set(number, now);
  }
}
