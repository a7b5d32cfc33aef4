/** Brings about what is wanted: starts what is to run and does not, stops what runs and is not to. */
import { join } from 'node:path';
import { assert, isAbort, LocalFault, TaskGroup } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { Engine, Metainfo, Torrent } from '@coequal/bittorrent';
import type { FilePriority, Settings } from '@coequal/contract';
import type { Journal } from '../peer/journal.ts';
import type { RelocateResting } from './content-moves.ts';
import { isSatisfied } from './goals.ts';
import { Queue } from './queue.ts';
import { QuietChecks } from './quiet-checks.ts';
import type { OpenQuietEngine } from './quiet-checks.ts';
import { SpaceGuard } from './space-guard.ts';
import type { TransferBook } from './transfer-book.ts';
import { limitsOf } from './transfer-entry.ts';
import type { TransferEntry } from './transfer-entry.ts';
import { parseFile } from './transfer-source.ts';

/** So often all are looked at, marked or not: should a mark ever be missed, that is put right. */
const WHOLE_LOOK_MS = 60_000;

/** What is asked of the disk beside the engine: `@coequal/base`'s Disk neither deletes whole contents nor measures. */
export interface TransferDisk {
  freeBytes(directory: string): Promise<number | undefined>;
  deleteContent(
    metainfo: Metainfo,
    contentPath: string,
    fileNames?: Readonly<Record<number, string>>,
  ): Promise<number>;
  readonly relocate: RelocateResting;
}

export class TransferRunner implements AsyncDisposable {
  readonly #book: TransferBook;
  readonly #settings: () => Settings;
  readonly #journal: Journal;
  readonly #ports: Ports;
  readonly #disk: TransferDisk;
  readonly #tasks: TaskGroup;
  readonly #space: SpaceGuard;
  #queue = new Queue();
  #wholeLookAt = -Infinity;
  /** Settings that whose turn it is depends on, as of then. */
  #lookedBy = '';
  readonly #checks: QuietChecks;
  #engine: Engine | undefined;

  constructor(
    book: TransferBook,
    settings: () => Settings,
    journal: Journal,
    ports: Ports,
    disk: TransferDisk,
    onBug: (error: unknown) => void,
  ) {
    this.#book = book;
    this.#disk = disk;
    this.#settings = settings;
    this.#journal = journal;
    this.#ports = ports;
    this.#space = new SpaceGuard((directory) => disk.freeBytes(directory), ports.clock);
    this.#tasks = new TaskGroup(onBug);
    this.#checks = new QuietChecks(book, this.#tasks, () => this.reconcile());
  }

  /** From now on transfers run in this engine. `openQuiet` opens one for what is only to be hashed. */
  attach(engine: Engine, openQuiet?: OpenQuietEngine): void {
    this.#engine = engine;
    this.#checks.attach(openQuiet);
    this.reconcile();
  }

  /** Stops all; what was fetched is durable once this resolves. */
  async detach(): Promise<void> {
    this.#engine = undefined;
    const checked = this.#checks.detach();
    await Promise.all(Array.from(this.#book.all(), (entry) => entry.stop()));
    await checked;
    this.#book.save();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach();
    await this.#tasks[Symbol.asyncDispose]();
  }

  /** About once a second. */
  tick(): void {
    for (const entry of this.#book.marks.active) {
      const { rings, torrent } = entry;
      if (torrent === undefined) continue;
      const { downRate, upRate } = torrent.stats;
      rings?.add(downRate, upRate);
      entry.measure(); // also when nobody looks: others wait for its turn to end
    }
    this.#learnMetadata();
    if (this.#space.isDue) this.#tasks.run(() => this.#lookForSpace());
    this.reconcile();
    this.#purgeExpired();
    this.#saveFigures();
  }

  reconcile(): void {
    this.#lookAtTurns();
    const chosen = this.#queue.choose(this.#settings());
    for (const entry of this.#book.marks.active)
      if (entry.isSettled && entry.isRunning && !chosen.has(entry.id))
        this.#tasks.run(() => this.#stop(entry));
    for (const id of chosen) {
      const entry = this.#book.find(id);
      if (entry === undefined || !entry.isSettled || entry.isRunning) continue;
      if (this.#engine !== undefined) this.#start(entry, this.#engine);
    }
    this.#checks.wake();
  }

  /** Of those that became others since the last time; of all when settings did, and now and then. */
  #lookAtTurns(): void {
    const { ratioGoal, seedMinutesGoal, freeSpaceMin } = this.#settings();
    const lookedBy = JSON.stringify([ratioGoal, seedMinutesGoal, freeSpaceMin]);
    const now = this.#ports.clock.now();
    const isWhole = lookedBy !== this.#lookedBy || now - this.#wholeLookAt >= WHOLE_LOOK_MS;
    const { turns } = this.#book.marks;
    const entries = [...(isWhole ? this.#book.all() : turns)];
    if (isWhole) {
      this.#queue = new Queue();
      this.#lookedBy = lookedBy;
      this.#wholeLookAt = now;
    }
    for (const entry of entries) this.#lookAtTurn(entry);
    turns.clear();
  }

  #lookAtTurn(entry: TransferEntry): void {
    if (entry.isRemoved) return this.#queue.drop(entry.id);
    const { ratioGoal, seedMinutesGoal, freeSpaceMin } = this.#settings();
    const { figures, options, directory, queuePosition } = entry.record;
    const goals = { ratio: ratioGoal, seedMinutes: seedMinutesGoal };
    const satisfied = isSatisfied(figures, options.goals, goals);
    const shortage = entry.isComplete ? undefined : this.#space.shortageOf(directory, freeSpaceMin);
    if (entry.isSatisfied !== satisfied || entry.shortage?.free !== shortage?.free)
      entry.isStale = true;
    entry.isSatisfied = satisfied;
    entry.shortage = shortage;
    return this.#queue.put(entry.queueEntry, queuePosition);
  }

  recheck(entry: TransferEntry): void {
    entry.problem = undefined;
    const { torrent } = entry;
    if (torrent === undefined) entry.wantsRecheck = true;
    else this.#tasks.run((signal) => this.#hashAll(torrent, signal));
  }

  /** What its options say now. */
  apply(entry: TransferEntry): void {
    const { torrent } = entry;
    if (torrent === undefined) return;
    const { isSequential, isFirstAndLastFirst, limits, priorities, trackers } =
      entry.record.options;
    torrent.setSequential(isSequential);
    torrent.setFirstAndLastFirst(isFirstAndLastFirst);
    torrent.setLimits(limitsOf(limits));
    if (trackers !== undefined) torrent.setTrackers(trackers);
    this.#tasks.run(() => this.#prioritise(entry, torrent, priorities));
  }

  /** They go for good, with their data where that was asked for. */
  async purge(entries: readonly TransferEntry[]): Promise<void> {
    for (const entry of entries) await entry.stop();
    const files = entries.map((entry) => this.#book.torrentFile(entry.id));
    this.#book.forget(entries);
    for (const [index, entry] of entries.entries()) {
      const bytes = files[index];
      if (!entry.record.deletesData || bytes === undefined) continue;
      const { metainfo } = parseFile(bytes, this.#ports);
      const { directory, contentPath, name, options } = entry.record;
      const place = contentPath ?? join(directory, metainfo.name);
      const kept = await this.#disk.deleteContent(metainfo, place, options.adopted?.fileNames);
      if (kept > 0) this.#journal.tell('warning', 'DATA_KEPT', { name, files: kept });
    }
  }

  #start(entry: TransferEntry, engine: Engine): void {
    const source = this.#book.torrentFile(entry.id) ?? entry.record.magnet;
    assert(source !== undefined, 'a transfer has a magnet link or a .torrent file');
    this.#tasks.run(async (signal) => {
      await entry.start(engine, source, this.#settings().usesTrackers);
      if (this.#engine !== engine) return await entry.stop(); // it went meanwhile
      const { torrent, record } = entry;
      if (torrent === undefined) return;
      await this.#prioritise(entry, torrent, record.options.priorities);
      if (!entry.wantsRecheck) return;
      entry.wantsRecheck = false;
      await this.#hashAll(torrent, signal);
    });
  }

  async #stop(entry: TransferEntry): Promise<void> {
    await entry.stop();
    this.#book.save();
    this.reconcile(); // it may be wanted again by now
  }

  async #hashAll(torrent: Torrent, signal: AbortSignal): Promise<void> {
    try {
      await torrent.recheck(signal);
    } catch (error) {
      // its state tells of what the disk refuses, and a closed torrent is checked no more
      if (!(error instanceof LocalFault) && !isAbort(error, signal)) throw error;
    }
  }

  async #prioritise(
    entry: TransferEntry,
    torrent: Torrent,
    priorities: Readonly<Record<number, FilePriority>>,
  ): Promise<void> {
    const given = Object.entries(priorities);
    if (given.length === 0) return;
    try {
      await torrent.setFilePriorities(
        new Map(given.map(([index, priority]) => [Number(index), priority])),
      );
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      this.#journal.fault(error, entry.id);
    }
  }

  /** They can wait: when the disk of the store is full, transfers go on. */
  #saveFigures(): void {
    try {
      this.#book.saveNowAndThen();
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      this.#journal.fault(error);
    }
  }

  async #lookForSpace(): Promise<void> {
    const fetching = Array.from(this.#book.listed()).filter(({ isComplete }) => !isComplete);
    await this.#space.look(new Set(fetching.map(({ record }) => record.directory)));
    const { freeSpaceMin } = this.#settings();
    for (const entry of fetching) {
      const shortage = this.#space.shortageOf(entry.record.directory, freeSpaceMin);
      if (shortage?.free !== entry.shortage?.free) entry.isStale = true; // its turn is looked at
    }
  }

  /** From then on it is a .torrent file, which needs no peer to tell what it holds. */
  #learnMetadata(): void {
    for (const entry of this.#book.marks.active) {
      if (entry.isRemoved || entry.record.magnet === undefined) continue;
      const bytes = entry.torrent?.encodeTorrent();
      if (bytes !== undefined) this.#book.learn(entry, bytes);
    }
  }

  #purgeExpired(): void {
    const now = this.#ports.clock.epochNow();
    const expired = [...this.#book.marks.removed].filter(
      ({ record, isSettled, isRunning }) =>
        record.removedUntil !== undefined && record.removedUntil <= now && isSettled && !isRunning,
    );
    if (expired.length > 0) this.#tasks.run(() => this.purge(expired));
  }
}
