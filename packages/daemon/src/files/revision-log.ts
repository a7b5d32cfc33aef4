/** Which rows changed when: so that whoever has seen some revision is told what is new since, and no more. */
import type { Transfer, TransferDelta } from '@coequal/contract';

/** Removed ids that are remembered; who missed more gets everything anew. */
const REMOVALS_MAX = 10_000;

/** What has a row, and knows at which revision it changed. */
interface Revised {
  readonly id: string;
  row: Transfer | undefined;
  /** `row` as JSON: to compare two texts is cheaper than to compare two rows. */
  told: string;
  revision: number;
}

/** So many overtaken changes gather before they are thrown away together. */
const COMPACT_AFTER = 10_000;

export class RevisionLog {
  /** The oldest first; one whose row changed again since is overtaken. */
  #changes: { readonly entry: Revised; readonly revision: number }[] = [];
  #compactAt = COMPACT_AFTER;
  readonly #states = new Map<Transfer['state'], number>();
  /** At which revision each of the last removals was, the oldest first. */
  readonly #removals = new Map<string, number>();
  #revision: number;
  /** What is older than this is not known in full. */
  #oldest: number;
  #hasChanged = false;

  /** `start`: higher than any revision of an earlier run; milliseconds of the epoch are. */
  constructor(start: number) {
    this.#revision = this.#oldest = start;
  }

  update(entry: Revised, row: Transfer): void {
    const told = JSON.stringify(row);
    if (entry.row !== undefined && entry.told === told) return;
    this.#count(entry.row, row);
    entry.row = row;
    entry.told = told;
    entry.revision = ++this.#revision;
    this.#note(entry);
    this.#removals.delete(entry.id);
    this.#hasChanged = true;
  }

  remove(entry: Revised): void {
    this.#count(entry.row, undefined);
    entry.row = undefined;
    this.#removals.set(entry.id, ++this.#revision);
    this.#hasChanged = true;
    if (this.#removals.size <= REMOVALS_MAX) return;
    const [oldest] = this.#removals;
    if (oldest === undefined) return;
    this.#removals.delete(oldest[0]);
    this.#oldest = oldest[1];
  }

  /** Whether anything changed since this was last asked. */
  takeChanged(): boolean {
    const hasChanged = this.#hasChanged;
    this.#hasChanged = false;
    return hasChanged;
  }

  since(revision: number | undefined, entries: Iterable<Revised>): TransferDelta {
    const isWhole = revision === undefined || revision < this.#oldest || revision > this.#revision;
    const changed: Transfer[] = [];
    const later = isWhole ? entries : this.#changedAfter(revision);
    for (const { row } of later) if (row !== undefined) changed.push(row);
    const removed = isWhole
      ? []
      : [...this.#removals].filter(([, at]) => at > revision).map(([id]) => id);
    return { since: isWhole ? 0 : revision, revision: this.#revision, isWhole, changed, removed };
  }

  countByState(): Record<string, number> {
    return Object.fromEntries([...this.#states].filter(([, count]) => count > 0));
  }

  #note(entry: Revised): void {
    this.#changes.push({ entry, revision: entry.revision });
    if (this.#changes.length < this.#compactAt) return;
    this.#changes = this.#changes.filter(
      ({ entry: { row, revision: latest }, revision }) => row !== undefined && latest === revision,
    );
    this.#compactAt = 2 * this.#changes.length + COMPACT_AFTER;
  }

  *#changedAfter(revision: number): Generator<Revised> {
    let at = this.#changes.length;
    while ((this.#changes[at - 1]?.revision ?? revision) > revision) at -= 1;
    for (const { entry, revision: changedAt } of this.#changes.slice(at))
      if (entry.revision === changedAt) yield entry;
  }

  #count(before: Transfer | undefined, now: Transfer | undefined): void {
    const add = (state: Transfer['state'], by: number): void =>
      void this.#states.set(state, (this.#states.get(state) ?? 0) + by);
    if (before !== undefined) add(before.state, -1);
    if (now !== undefined) add(now.state, 1);
  }
}
