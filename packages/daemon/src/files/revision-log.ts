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

export class RevisionLog {
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
    entry.row = row;
    entry.told = told;
    entry.revision = ++this.#revision;
    this.#removals.delete(entry.id);
    this.#hasChanged = true;
  }

  remove(entry: Revised): void {
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
    for (const entry of entries) {
      if (entry.row !== undefined && (isWhole || entry.revision > revision))
        changed.push(entry.row);
    }
    const removed = isWhole
      ? []
      : [...this.#removals].filter(([, at]) => at > revision).map(([id]) => id);
    return { since: isWhole ? 0 : revision, revision: this.#revision, isWhole, changed, removed };
  }
}
