/** Which transfers are shown, and in which order. */
import { ratioOf as knownRatioOf } from '@coequal/contract';
import type { Transfer } from '@coequal/contract';

export const STATE_GROUPS = [
  'all',
  'moving',
  'fetching',
  'passing-on',
  'waiting',
  'paused',
  'finished',
  'failed',
] as const;
export type StateGroup = (typeof STATE_GROUPS)[number];

export const SORT_KEYS = [
  'added',
  'name',
  'progress',
  'size',
  'down',
  'up',
  'ratio',
  'queue',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

export interface Filter {
  readonly text: string;
  readonly group: StateGroup;
  /** Undefined: any; empty: those without one. */
  readonly category: string | undefined;
  readonly tag: string | undefined;
}

export const NO_FILTER: Filter = { text: '', group: 'all', category: undefined, tag: undefined };
export const NEWEST_FIRST: Sorting = { key: 'added', isDescending: true };

function isInGroup(transfer: Transfer, group: StateGroup): boolean {
  switch (group) {
    case 'all':
      return true;
    case 'moving':
      return transfer.down > 0 || transfer.up > 0;
    case 'fetching':
      return ['downloading', 'metadata', 'checking', 'moving'].includes(transfer.state);
    case 'passing-on':
      return transfer.state === 'seeding';
    case 'waiting':
      return transfer.state === 'queued';
    case 'paused':
      return transfer.state === 'paused';
    case 'finished':
      return transfer.state === 'finished';
    case 'failed':
      return transfer.state === 'failed';
  }
}

/** Nothing is a ratio as well, while the size is not known. */
export function ratioOf(transfer: Transfer): number {
  return knownRatioOf(transfer) ?? 0;
}

export function progressOf({ have, wanted, state }: Transfer): number {
  if (wanted === 0) return state === 'seeding' || state === 'finished' ? 1 : 0;
  return have / wanted;
}

/** Keeps what each name looks like to the search box, and the last order, which is nearly the next one. */
export class TransferList {
  readonly #compareNames: (one: string, other: string) => number;
  readonly #searched = new Map<string, string>();
  #order: readonly Transfer[] = [];
  #ordered: ReadonlyMap<string, Transfer> | undefined;
  #sorting: Sorting | undefined;

  constructor(locale: string) {
    this.#compareNames = new Intl.Collator(locale, { numeric: true }).compare;
  }

  show(byId: ReadonlyMap<string, Transfer>, filter: Filter, sorting: Sorting): Transfer[] {
    this.#sort(byId, sorting);
    const words = searchable(filter.text).split(/\s+/).filter(Boolean);
    return this.#order.filter((transfer) => this.#matches(transfer, filter, words));
  }

  #matches(transfer: Transfer, filter: Filter, words: readonly string[]): boolean {
    if (!isInGroup(transfer, filter.group)) return false;
    if (filter.category !== undefined && (transfer.category ?? '') !== filter.category)
      return false;
    if (filter.tag !== undefined && !transfer.tags.includes(filter.tag)) return false;
    if (words.length === 0) return true;
    const name = this.#searchedName(transfer.name);
    return words.every((word) => name.includes(word) || isHashPart(word, transfer.id));
  }

  #searchedName(name: string): string {
    const known = this.#searched.get(name);
    if (known !== undefined) return known;
    const made = searchable(name);
    this.#searched.set(name, made);
    return made;
  }

  #sort(byId: ReadonlyMap<string, Transfer>, sorting: Sorting): void {
    const isSame =
      this.#sorting?.key === sorting.key && this.#sorting.isDescending === sorting.isDescending;
    if (isSame && this.#ordered === byId) return;
    this.#order = this.#nearlySorted(byId).toSorted(this.#comparison(sorting));
    this.#ordered = byId;
    this.#sorting = sorting;
  }

  /** In the last order, new ones behind: sorting what is nearly sorted is quick. */
  #nearlySorted(byId: ReadonlyMap<string, Transfer>): Transfer[] {
    const kept: Transfer[] = [];
    for (const { id } of this.#order) {
      const transfer = byId.get(id);
      if (transfer !== undefined) kept.push(transfer);
    }
    if (kept.length === byId.size) return kept;
    const seen = new Set(kept.map(({ id }) => id));
    for (const [id, transfer] of byId) if (!seen.has(id)) kept.push(transfer);
    return kept;
  }

  #comparison({ key, isDescending }: Sorting): (one: Transfer, other: Transfer) => number {
    const sign = isDescending ? -1 : 1;
    const byId = (one: Transfer, other: Transfer): number => (one.id < other.id ? -1 : 1);
    if (key === 'name') {
      const compare = this.#compareNames;
      return (one, other) => sign * compare(one.name, other.name) || byId(one, other);
    }
    const value = SORT_VALUES[key];
    return (one, other) => sign * (value(one) - value(other)) || byId(one, other);
  }
}

const SORT_VALUES: Readonly<Record<Exclude<SortKey, 'name'>, (transfer: Transfer) => number>> = {
  added: ({ addedAt }) => addedAt,
  progress: progressOf,
  size: ({ size }) => size,
  down: ({ down }) => down,
  up: ({ up }) => up,
  ratio: ratioOf,
  queue: ({ queuePosition }) => (queuePosition === 0 ? Number.MAX_SAFE_INTEGER : queuePosition),
};

/** Shorter ones are in thousands of hashes by chance. */
const HASH_PART_LENGTH_MIN = 8;

function isHashPart(word: string, id: string): boolean {
  return word.length >= HASH_PART_LENGTH_MIN && id.startsWith(word);
}

/** Case, accents and the dots of file names make no difference to a search. */
function searchable(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[._]+/g, ' ').toLocaleLowerCase();
}

export interface Facets {
  readonly groups: Readonly<Record<StateGroup, number>>;
  readonly tags: readonly string[];
  readonly categories: readonly string[];
}

/** How many there are of each, over all transfers. */
export function countFacets(byId: ReadonlyMap<string, Transfer>): Facets {
  const groups = Object.fromEntries(STATE_GROUPS.map((group) => [group, 0])) as Record<
    StateGroup,
    number
  >;
  const tags = new Set<string>();
  const categories = new Set<string>();
  for (const transfer of byId.values()) {
    for (const group of STATE_GROUPS) if (isInGroup(transfer, group)) groups[group] += 1;
    for (const tag of transfer.tags) tags.add(tag);
    if (transfer.category !== undefined) categories.add(transfer.category);
  }
  return { groups, tags: [...tags].toSorted(), categories: [...categories].toSorted() };
}
