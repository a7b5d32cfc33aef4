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

/** What each group is; the two others ask for more than the state. */
const GROUP_STATES: Readonly<
  Record<Exclude<StateGroup, 'all' | 'moving'>, readonly Transfer['state'][]>
> = {
  fetching: ['downloading', 'metadata', 'checking', 'moving'],
  'passing-on': ['seeding'],
  waiting: ['queued'],
  paused: ['paused'],
  finished: ['finished'],
  failed: ['failed'],
};

function isInGroup(transfer: Transfer, group: StateGroup): boolean {
  if (group === 'all') return true;
  if (group === 'moving') return transfer.down > 0 || transfer.up > 0;
  return GROUP_STATES[group].includes(transfer.state);
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
  #shown: readonly string[] = [];
  #facets: Facets | undefined;

  constructor(locale: string) {
    this.#compareNames = new Intl.Collator(locale, { numeric: true }).compare;
  }

  /** Ids; the same array as before when they are the same, so that nothing is drawn again. */
  show(byId: ReadonlyMap<string, Transfer>, filter: Filter, sorting: Sorting): readonly string[] {
    this.#sort(byId, sorting);
    const words = searchable(filter.text).split(/\s+/).filter(Boolean);
    const shown: string[] = [];
    for (const transfer of this.#order)
      if (this.#matches(transfer, filter, words)) shown.push(transfer.id);
    if (!isEqual(shown, this.#shown)) this.#shown = shown;
    return this.#shown;
  }

  /** Over all; the same object as before when they are the same. */
  facets(byId: ReadonlyMap<string, Transfer>): Facets {
    this.#facets = countFacets(byId, this.#facets);
    return this.#facets;
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
    const { order, isSorted } = this.#lastOrder(byId, sorting.key);
    this.#order = isSame && isSorted ? order : order.toSorted(this.#comparison(sorting));
    this.#ordered = byId;
    this.#sorting = sorting;
  }

  /**
   * In the last order, new ones behind: sorting what is nearly sorted is quick. It is still sorted when none is new
   * and none has another value of what is sorted by, as in most seconds.
   */
  #lastOrder(
    byId: ReadonlyMap<string, Transfer>,
    key: SortKey,
  ): { order: Transfer[]; isSorted: boolean } {
    const value = key === 'name' ? nameOf : SORT_VALUES[key];
    const order: Transfer[] = [];
    let isSorted = true;
    for (const last of this.#order) {
      const transfer = byId.get(last.id);
      if (transfer === undefined) continue;
      order.push(transfer);
      if (transfer !== last && value(transfer) !== value(last)) isSorted = false;
    }
    if (order.length === byId.size) return { order, isSorted };
    const seen = new Set(order.map(({ id }) => id));
    for (const [id, transfer] of byId) if (!seen.has(id)) order.push(transfer);
    return { order, isSorted: false };
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

function nameOf({ name }: Transfer): string {
  return name;
}

function isEqual(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, at) => id === other[at]);
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

/** How many there are of each, over all transfers; `before` itself, or its parts, where they are the same. */
export function countFacets(byId: ReadonlyMap<string, Transfer>, before?: Facets): Facets {
  const states: Partial<Record<Transfer['state'], number>> = {};
  const tags = new Set<string>();
  const categories = new Set<string>();
  let moving = 0;
  for (const transfer of byId.values()) {
    states[transfer.state] = (states[transfer.state] ?? 0) + 1;
    if (isInGroup(transfer, 'moving')) moving += 1;
    for (const tag of transfer.tags) tags.add(tag);
    if (transfer.category !== undefined) categories.add(transfer.category);
  }
  const groups = groupsOf(states, moving, byId.size);
  const facets: Facets = {
    groups,
    tags: keep(before?.tags, [...tags].toSorted()),
    categories: keep(before?.categories, [...categories].toSorted()),
  };
  const isSame =
    before !== undefined &&
    facets.tags === before.tags &&
    facets.categories === before.categories &&
    STATE_GROUPS.every((group) => groups[group] === before.groups[group]);
  return isSame ? before : facets;
}

function groupsOf(
  states: Partial<Record<Transfer['state'], number>>,
  moving: number,
  all: number,
): Record<StateGroup, number> {
  const count = (group: StateGroup): number => {
    if (group === 'all') return all;
    if (group === 'moving') return moving;
    return GROUP_STATES[group].reduce((sum, state) => sum + (states[state] ?? 0), 0);
  };
  return Object.fromEntries(STATE_GROUPS.map((group) => [group, count(group)])) as Record<
    StateGroup,
    number
  >;
}

function keep(before: readonly string[] | undefined, now: readonly string[]): readonly string[] {
  return before !== undefined && isEqual(before, now) ? before : now;
}
