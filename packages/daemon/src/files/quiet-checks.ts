/**
 * Hashes the content of transfers that were taken over from another program while they rest, one after another: what it
 * says it has is not taken for granted. In an engine of its own that neither dials, listens nor announces.
 */
import type { TaskGroup } from '@coequal/base';
import type { Engine } from '@coequal/bittorrent';
import type { TransferBook } from './transfer-book.ts';
import type { TransferEntry } from './transfer-entry.ts';

/** Opens such an engine. */
export type OpenQuietEngine = () => Promise<Engine>;

export class QuietChecks {
  readonly #book: TransferBook;
  readonly #tasks: TaskGroup;
  readonly #onChecked: () => void;
  #open: OpenQuietEngine | undefined;
  /** What could not be checked is not tried again and again. */
  readonly #tried = new Set<string>();
  #running: Promise<void> | undefined;

  constructor(book: TransferBook, tasks: TaskGroup, onChecked: () => void) {
    this.#book = book;
    this.#tasks = tasks;
    this.#onChecked = onChecked;
  }

  attach(open: OpenQuietEngine | undefined): void {
    this.#open = open;
    this.#tried.clear();
  }

  /** None is under way once this resolves. */
  async detach(): Promise<void> {
    this.#open = undefined;
    await this.#running;
  }

  /** Goes on with those that rest now, if there are any. */
  wake(): void {
    const open = this.#open;
    if (open === undefined || this.#running !== undefined || this.#next() === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#running = promise;
    this.#tasks.run(async () => {
      try {
        await this.#checkAll(open);
      } finally {
        this.#running = undefined;
        resolve();
      }
    });
  }

  async #checkAll(open: OpenQuietEngine): Promise<void> {
    await using engine = await open();
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      const bytes = this.#book.torrentFile(entry.id);
      this.#tried.add(entry.id);
      if (bytes === undefined) continue; // a magnet link: nothing is there
      await entry.verify(engine, bytes);
      this.#book.save();
      this.#onChecked();
    }
  }

  #next(): TransferEntry | undefined {
    if (this.#open === undefined) return undefined;
    for (const entry of this.#book.marks.unchecked) {
      const isDue = !entry.isRemoved && entry.isSettled && !entry.isRunning;
      if (isDue && entry.problem === undefined && !this.#tried.has(entry.id)) return entry;
    }
    return undefined;
  }
}
