/** All transfers, in the order of the queue, and what is stored of them. */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import type { TransferRecord, TransferRecords } from '../store/transfer-records.ts';
import { EntryMarks } from './entry-marks.ts';
import { TransferEntry } from './transfer-entry.ts';

/** Figures that change all the time are written so often: after a crash less than this is counted anew. */
const SAVE_INTERVAL_MS = 30_000;

/** One that another program began. */
export interface AdoptedTransfer {
  readonly record: TransferRecord;
  /** Undefined for a magnet link. */
  readonly metainfo: Uint8Array | undefined;
}

export class TransferBook {
  readonly marks: EntryMarks<TransferEntry> = new EntryMarks();
  readonly #records: TransferRecords;
  readonly #clock: Clock;
  readonly #entries = new Map<string, TransferEntry>();
  #savedAt: number;

  constructor(records: TransferRecords, clock: Clock) {
    this.#records = records;
    this.#clock = clock;
    this.#savedAt = clock.now();
    for (const record of records.all())
      this.#entries.set(record.id, new TransferEntry(record, this.marks));
  }

  /** Those that were removed and can be brought back, too. */
  all(): Iterable<TransferEntry> {
    return this.#entries.values();
  }

  /** Those that were not removed. */
  *listed(): Generator<TransferEntry> {
    for (const entry of this.#entries.values()) if (!entry.isRemoved) yield entry;
  }

  /** Also a removed one. */
  find(id: string): TransferEntry | undefined {
    return this.#entries.get(id);
  }

  /** Throws LocalFault `NO_SUCH_TRANSFER`. */
  get(id: string): TransferEntry {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.isRemoved) throw new LocalFault('NO_SUCH_TRANSFER', { id });
    return entry;
  }

  /** Of those ids that are there. */
  some(ids: readonly string[]): TransferEntry[] {
    const entries = ids.map((id) => this.#entries.get(id)).filter((entry) => entry !== undefined);
    return entries.filter(({ isRemoved }) => !isRemoved);
  }

  get lastPosition(): number {
    return [...this.#entries.values()].at(-1)?.record.queuePosition ?? 0;
  }

  add(record: TransferRecord, metainfo: Uint8Array | undefined): TransferEntry {
    this.#records.add(record, metainfo);
    const entry = new TransferEntry(record, this.marks);
    this.#entries.set(record.id, entry);
    return entry;
  }

  /** All of them, or none when that fails; ids must be new. */
  addAll(given: readonly AdoptedTransfer[]): readonly TransferEntry[] {
    this.#records.addAll(given);
    return given.map(({ record }) => {
      const entry = new TransferEntry(record, this.marks);
      this.#entries.set(record.id, entry);
      return entry;
    });
  }

  /** The bytes of its .torrent file; undefined while a magnet link has none. */
  torrentFile(id: string): Uint8Array | undefined {
    return this.#records.metainfo(id);
  }

  /** What a magnet link turned out to be. */
  learn(entry: TransferEntry, torrentFile: Uint8Array): void {
    entry.change({ magnet: undefined });
    this.#records.add(entry.record, torrentFile);
    entry.isUnsaved = false;
  }

  /** For good. */
  forget(entries: readonly TransferEntry[]): void {
    for (const entry of entries) {
      this.#entries.delete(entry.id);
      this.marks.forget(entry);
    }
    this.#records.delete(entries.map(({ id }) => id));
  }

  /** New places in the queue. */
  place(positions: ReadonlyMap<TransferEntry, number>): void {
    if (positions.size === 0) return;
    for (const [entry, queuePosition] of positions) entry.change({ queuePosition });
    const sorted = [...this.#entries.values()].toSorted(
      (one, other) => one.record.queuePosition - other.record.queuePosition,
    );
    this.#entries.clear();
    for (const entry of sorted) this.#entries.set(entry.id, entry);
  }

  /** What changed is durable once this returns. */
  save(): void {
    const unsaved = [...this.marks.unsaved];
    this.#records.putAll(unsaved.map(({ record }) => record));
    for (const entry of unsaved) entry.isUnsaved = false;
    this.#savedAt = this.#clock.now();
  }

  saveNowAndThen(): void {
    const now = this.#clock.now();
    if (now - this.#savedAt < SAVE_INTERVAL_MS) return;
    this.#savedAt = now; // also when it fails: then it is tried again as late
    this.save();
  }
}
