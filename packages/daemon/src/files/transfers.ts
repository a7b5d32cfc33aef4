/** All transfers of the peer: what is wanted of each, and a loop that brings about what is. */
import { join } from 'node:path';
import { assert, isAbort, LocalFault, TaskGroup } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { Engine, Metainfo } from '@coequal/bittorrent';
import type {
  AddTransfer,
  Category,
  ChangeTransfer,
  Inspection,
  SettingKey,
  Settings,
  Transfer,
  TransferAction,
  TransferDelta,
} from '@coequal/contract';
import type { Journal } from '../peer/journal.ts';
import { definite } from '../peer/explain.ts';
import { NO_FIGURES, OPTION_DEFAULTS } from '../store/transfer-records.ts';
import type { TransferRecord, TransferRecords } from '../store/transfer-records.ts';
import { deleteContent } from './delete-content.ts';
import { isSatisfied } from './goals.ts';
import { chooseRunning } from './queue.ts';
import { movedPositions } from './queue-moves.ts';
import { RevisionLog } from './revision-log.ts';
import type { SpeedRings } from './speed-rings.ts';
import { metainfoOf } from './transfer-detail.ts';
import { rowOf } from './transfer-row.ts';
import { TransferEntry } from './transfer-entry.ts';
import { parseFile, parseSource, transferIdOf } from './transfer-source.ts';
import type { GivenSource, ParsedSource } from './transfer-source.ts';

/** How long a removal can be undone. */
export const UNDO_MS = 300_000;
/** Figures that change all the time are written so often: after a crash less than this is counted anew. */
const SAVE_INTERVAL_MS = 30_000;

export interface TransfersView {
  settings(): Settings;
  category(name: string): Category | undefined;
}

export class Transfers {
  readonly #records: TransferRecords;
  readonly #ports: Ports;
  readonly #view: TransfersView;
  readonly #journal: Journal;
  readonly #entries = new Map<string, TransferEntry>();
  readonly #revisions: RevisionLog;
  readonly #tasks: TaskGroup;
  #engine: Engine | undefined;
  #measuredAt: number;
  #savedAt: number;

  constructor(
    records: TransferRecords,
    view: TransfersView,
    journal: Journal,
    ports: Ports,
    onBug: (error: unknown) => void,
  ) {
    this.#records = records;
    this.#ports = ports;
    this.#view = view;
    this.#journal = journal;
    this.#measuredAt = this.#savedAt = ports.clock.now();
    this.#revisions = new RevisionLog(ports.clock.epochNow());
    this.#tasks = new TaskGroup(onBug);
    for (const record of records.all()) this.#entries.set(record.id, new TransferEntry(record));
  }

  // what is there

  /** Those that were not removed, in the order of the queue. */
  *#listed(): Generator<TransferEntry> {
    for (const entry of this.#entries.values())
      if (entry.record.removedUntil === undefined) yield entry;
  }

  get count(): number {
    return [...this.#listed()].length;
  }

  has(id: string): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && entry.record.removedUntil === undefined;
  }

  /** Throws LocalFault `NO_SUCH_TRANSFER`. */
  get(id: string): TransferEntry {
    const entry = this.#entries.get(id);
    if (entry === undefined || entry.record.removedUntil !== undefined)
      throw new LocalFault('NO_SUCH_TRANSFER', { id });
    return entry;
  }

  /** Undefined for a magnet link whose metadata has not come. Throws as `get`. */
  metainfo(id: string): Metainfo | undefined {
    const bytes = (): Uint8Array | undefined => this.#records.metainfo(id);
    return metainfoOf(this.get(id), bytes, this.#ports.hasher);
  }

  /** The .torrent file, when there is one. */
  torrentFile(id: string): Uint8Array | undefined {
    return this.#records.metainfo(this.get(id).id);
  }

  /** Of all that run. */
  trackers(): readonly string[] {
    const urls = [...this.#listed()].flatMap(({ torrent }) => torrent?.trackers ?? []);
    return [...new Set(urls.map(({ url }) => url))];
  }

  row(id: string): Transfer {
    const entry = this.get(id);
    return rowOf(entry, entry.row?.queuePosition ?? 0);
  }

  rings(id: string): SpeedRings | undefined {
    return this.get(id).rings;
  }

  /** What changed after `revision`; everything without one, or when it is too old. */
  since(revision: number | undefined): TransferDelta {
    this.refresh();
    return this.#revisions.since(revision, this.#listed());
  }

  /** Brings rows up to date, and says whether any changed. */
  refresh(): boolean {
    const now = this.#ports.clock.now();
    const seconds = (now - this.#measuredAt) / 1_000;
    this.#measuredAt = now;
    let position = 0;
    for (const entry of this.#listed()) {
      position += 1;
      if (entry.isRunning) entry.measure(seconds);
      // of ten thousand most rest: their rows are as they were
      else if (!entry.isStale && entry.row?.queuePosition === position) continue;
      this.#noteCompletion(entry);
      entry.isStale = false;
      this.#revisions.update(entry, rowOf(entry, position));
    }
    return this.#revisions.takeChanged();
  }

  /** Over all runs of those that are there. */
  totals(): { readonly downloaded: number; readonly uploaded: number } {
    const figures = [...this.#listed()].map(({ record }) => record.figures);
    return {
      downloaded: figures.reduce((sum, { downloaded }) => sum + downloaded, 0),
      uploaded: figures.reduce((sum, { uploaded }) => sum + uploaded, 0),
    };
  }

  countByState(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { row } of this.#listed())
      if (row !== undefined) counts[row.state] = (counts[row.state] ?? 0) + 1;
    return counts;
  }

  // what a person asks for

  async inspect(given: GivenSource, signal: AbortSignal): Promise<Inspection> {
    const parsed = await parseSource(given, this.#ports, signal);
    const id = transferIdOf(parsed);
    const isAdded = this.#entries.get(id)?.record.removedUntil === undefined;
    const about = { id, isAdded: isAdded && this.#entries.has(id) };
    if (parsed.type === 'magnet') {
      const { name, trackers } = parsed.magnet;
      return { ...about, name: name ?? id, isPrivate: false, size: 0, trackers: [...trackers] };
    }
    const { name, isPrivate, length, trackers, files } = parsed.metainfo;
    return {
      ...about,
      name,
      isPrivate,
      size: length,
      trackers: trackers.flat(),
      files: files.map((file) => ({ path: file.path.join('/'), length: file.length })),
    };
  }

  /** Throws as `parseSource`; LocalFault `ALREADY_ADDED`, `NO_SUCH_CATEGORY`, `BAD_PATH`. */
  async add(request: AddTransfer, signal: AbortSignal): Promise<Transfer> {
    const parsed = await parseSource(request, this.#ports, signal);
    const id = transferIdOf(parsed);
    const known = this.#entries.get(id);
    if (known !== undefined && known.record.removedUntil === undefined)
      throw new LocalFault('ALREADY_ADDED', { name: known.record.name });
    const record = this.#newRecord(id, parsed, request);
    if (known !== undefined) await this.#purge([known]); // it was removed, and is wanted anew
    this.#records.add(record, parsed.type === 'metainfo' ? parsed.bytes : undefined);
    const entry = new TransferEntry(record);
    this.#entries.set(id, entry);
    this.#tell('TRANSFER_ADDED', entry);
    this.reconcile();
    this.refresh();
    return this.row(id);
  }

  act(ids: readonly string[], action: TransferAction): void {
    const entries = ids.flatMap((id) => {
      const entry = this.#entries.get(id);
      return entry === undefined || entry.record.removedUntil !== undefined ? [] : [entry];
    });
    for (const entry of entries) this.#actOn(entry, action);
    const positions = movedPositions([...this.#listed()], entries, action);
    for (const [entry, queuePosition] of positions) entry.change({ queuePosition });
    if (positions.size > 0) this.#sort();
    this.#save();
    this.reconcile();
  }

  /** Throws LocalFault `NO_SUCH_TRANSFER`, `NO_SUCH_CATEGORY`, `NO_SUCH_FILE`. */
  change(id: string, changes: ChangeTransfer): void {
    const entry = this.get(id);
    const { options } = entry.record;
    const { category, tags, isSequential, limits, goals, files, trackers } = changes;
    if (typeof category === 'string') this.#requireCategory(category);
    const fileCount = entry.torrent?.metainfo?.files.length;
    const wrong = files?.find(({ index }) => fileCount !== undefined && index >= fileCount);
    if (wrong !== undefined) throw new LocalFault('NO_SUCH_FILE', { index: wrong.index });
    entry.change({
      ...(category !== undefined && { category: category ?? undefined }),
      ...(tags !== undefined && { tags: [...new Set(tags)] }),
    });
    entry.changeOptions({
      ...(isSequential !== undefined && { isSequential }),
      ...(limits !== undefined && { limits: { ...options.limits, ...limits } }),
      ...(goals !== undefined && { goals: { ...options.goals, ...goals } }),
      ...(trackers !== undefined && { trackers }),
      ...(files !== undefined && {
        priorities: {
          ...options.priorities,
          ...Object.fromEntries(files.map(({ index, priority }) => [index, priority])),
        },
      }),
    });
    this.#save();
    if (files !== undefined) this.#select(entry);
    this.reconcile();
  }

  /** The content goes to another folder. Throws LocalFault `NOT_POSSIBLE_NOW`. */
  async move(id: string, _directory: string): Promise<void> {
    this.get(id);
    throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'move' });
  }

  async rename(id: string, _index: number | undefined, _name: string): Promise<void> {
    this.get(id);
    throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'rename' });
  }

  /** The category is gone. */
  forgetCategory(name: string): void {
    for (const entry of this.#entries.values())
      if (entry.record.category === name) entry.change({ category: undefined });
    this.#save();
  }

  /** They stop at once, and can be brought back until the time that is given. */
  remove(ids: readonly string[], deletesData: boolean): number {
    const removedUntil = this.#ports.clock.epochNow() + UNDO_MS;
    for (const id of ids) {
      const entry = this.#entries.get(id);
      if (entry === undefined || entry.record.removedUntil !== undefined) continue;
      entry.change({ removedUntil, deletesData });
      this.#revisions.remove(entry);
      this.#tell('TRANSFER_REMOVED', entry);
    }
    this.#save();
    this.reconcile();
    return removedUntil;
  }

  /** Throws LocalFault `NO_SUCH_TRANSFER` when one of them is gone for good; then none is brought back. */
  undoRemoval(ids: readonly string[]): void {
    const entries = ids.map((id) => {
      const entry = this.#entries.get(id);
      if (entry === undefined) throw new LocalFault('NO_SUCH_TRANSFER', { id });
      return entry;
    });
    for (const entry of entries) entry.change({ removedUntil: undefined, deletesData: false });
    this.#save();
    this.reconcile();
  }

  // the loop

  /** From now on transfers run in this engine. */
  attach(engine: Engine): void {
    this.#engine = engine;
    this.reconcile();
  }

  /** Stops all; what was fetched is durable once this resolves. */
  async detach(): Promise<void> {
    this.#engine = undefined;
    const entries = [...this.#entries.values()];
    await Promise.all(entries.map((entry) => entry.stop()));
    for (const entry of entries) entry.abandon();
    this.#save();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.detach();
    await this.#tasks[Symbol.asyncDispose]();
  }

  /** About once a second: measures, saves now and then, and starts and stops what is to be. */
  tick(): void {
    const now = this.#ports.clock.now();
    for (const { rings, torrent } of this.#entries.values()) {
      if (torrent !== undefined) rings?.add(torrent.stats.downRate, torrent.stats.upRate);
    }
    if (now - this.#savedAt >= SAVE_INTERVAL_MS) this.#saveFigures();
    this.reconcile();
    this.#purgeExpired();
  }

  settingsChanged(keys: ReadonlySet<SettingKey>): void {
    if (keys.size > 0) this.reconcile();
  }

  /** Starts what is to run and does not, stops what runs and is not to. */
  reconcile(): void {
    const settings = this.#view.settings();
    const shared = { ratio: settings.ratioGoal, seedMinutes: settings.seedMinutesGoal };
    for (const entry of this.#listed()) {
      const { uploaded, wanted, seedSeconds } = entry.record.figures;
      const given = { uploaded, wanted, seedSeconds };
      const satisfied = isSatisfied(given, entry.record.options.goals, shared);
      if (entry.isSatisfied !== satisfied) entry.isStale = true;
      entry.isSatisfied = satisfied;
    }
    const chosen = chooseRunning(
      [...this.#listed()].map(({ queueEntry }) => queueEntry),
      settings,
    );
    for (const entry of this.#entries.values()) {
      if (!entry.isSettled || entry.isRunning === chosen.has(entry.id)) continue;
      if (entry.isRunning) this.#tasks.run(() => this.#stop(entry));
      else if (this.#engine !== undefined) this.#start(entry, this.#engine);
    }
  }

  #start(entry: TransferEntry, engine: Engine): void {
    const { id, magnet } = entry.record;
    const source = this.#records.metainfo(id) ?? magnet;
    assert(source !== undefined, 'a transfer has a magnet link or a metainfo');
    this.#tasks.run(async (signal) => {
      await entry.start(engine, source, this.#view.settings().usesTrackers);
      if (this.#engine !== engine) return await entry.stop();
      const { torrent } = entry;
      if (torrent === undefined || !entry.wantsRecheck) return;
      entry.wantsRecheck = false;
      try {
        await torrent.recheck(signal);
      } catch (error) {
        if (!isAbort(error, signal) && !(error instanceof LocalFault)) throw error;
      }
    });
  }

  async #stop(entry: TransferEntry): Promise<void> {
    await entry.stop();
    this.#save();
    this.reconcile(); // it may be wanted again by now
  }

  #actOn(entry: TransferEntry, action: TransferAction): void {
    switch (action) {
      case 'pause':
        entry.change({ intent: 'pause' });
        return;
      case 'resume':
      case 'force':
        entry.problem = undefined;
        entry.change({ intent: action === 'force' ? 'force' : 'run' });
        return;
      case 'recheck':
        this.#recheck(entry);
        return;
      case 'announce':
      case 'to-top':
      case 'up':
      case 'down':
      case 'to-bottom':
        return;
    }
  }

  #recheck(entry: TransferEntry): void {
    entry.problem = undefined;
    entry.isStale = true;
    const { torrent } = entry;
    if (torrent === undefined) {
      entry.wantsRecheck = true;
      return;
    }
    this.#tasks.run(async (signal) => {
      try {
        await torrent.recheck(signal);
      } catch (error) {
        if (!(error instanceof LocalFault)) throw error; // its state tells
      }
    });
  }

  #select(entry: TransferEntry): void {
    const { torrent } = entry;
    const files = torrent?.metainfo?.files;
    if (torrent === undefined || files === undefined) return;
    const { priorities } = entry.record.options;
    const wanted = [...files.keys()].filter((index) => priorities[index] !== 'skip');
    this.#tasks.run(async () => {
      try {
        await torrent.select(new Set(wanted));
      } catch (error) {
        if (!(error instanceof LocalFault)) throw error;
        this.#journal.fault(error, entry.id);
      }
    });
  }

  #newRecord(id: string, parsed: ParsedSource, request: AddTransfer): TransferRecord {
    const settings = this.#view.settings();
    const { category, tags = [], isPaused = settings.addsPaused, contentPath } = request;
    if (typeof category === 'string') this.#requireCategory(category);
    const inCategory = typeof category === 'string' ? this.#view.category(category) : undefined;
    const last = [...this.#entries.values()].at(-1)?.record.queuePosition ?? 0;
    const { magnet, metainfo } =
      parsed.type === 'magnet'
        ? { ...parsed, metainfo: undefined }
        : { ...parsed, magnet: undefined };
    return {
      id,
      magnet: parsed.type === 'magnet' ? parsed.text : undefined,
      name: metainfo?.name ?? magnet?.name ?? id,
      directory: request.directory ?? inCategory?.directory ?? settings.downloadDirectory,
      contentPath,
      intent: isPaused ? 'pause' : 'run',
      category: category ?? undefined,
      tags: [...new Set(tags)],
      options: {
        ...OPTION_DEFAULTS,
        isSequential: request.isSequential ?? false,
        isTrusted: request.isTrusted ?? false,
        priorities: prioritiesOf(request.files, metainfo?.files.length),
      },
      queuePosition: last + 1,
      addedAt: this.#ports.clock.epochNow(),
      completedAt: undefined,
      figures: {
        ...NO_FIGURES,
        size: metainfo?.length ?? 0,
        wanted: metainfo?.length ?? 0,
        isPrivate: metainfo?.isPrivate ?? false,
      },
      removedUntil: undefined,
      deletesData: false,
    };
  }

  #requireCategory(name: string): void {
    if (this.#view.category(name) === undefined)
      throw new LocalFault('NO_SUCH_CATEGORY', { category: name });
  }

  #noteCompletion(entry: TransferEntry): void {
    if (entry.torrent?.state.type !== 'seeding' || entry.record.completedAt !== undefined) return;
    entry.change({ completedAt: this.#ports.clock.epochNow() });
    this.#save();
    this.#tell('TRANSFER_COMPLETED', entry);
  }

  #purgeExpired(): void {
    const now = this.#ports.clock.epochNow();
    const expired = [...this.#entries.values()].filter(
      ({ record, isSettled, isRunning }) =>
        record.removedUntil !== undefined && record.removedUntil <= now && isSettled && !isRunning,
    );
    if (expired.length > 0) this.#tasks.run(() => this.#purge(expired));
  }

  /** For good. */
  async #purge(entries: readonly TransferEntry[]): Promise<void> {
    for (const entry of entries) {
      await entry.stop();
      this.#entries.delete(entry.id);
      const bytes = this.#records.metainfo(entry.id);
      if (!entry.record.deletesData || bytes === undefined) continue;
      const { metainfo } = parseFile(bytes, this.#ports);
      const { directory, contentPath } = entry.record;
      const kept = await deleteContent(metainfo, contentPath ?? join(directory, metainfo.name));
      if (kept > 0) this.#tell('DATA_KEPT', entry, { files: kept });
    }
    this.#records.delete(entries.map(({ id }) => id));
  }

  #sort(): void {
    const sorted = [...this.#entries.values()].toSorted(
      (one, other) => one.record.queuePosition - other.record.queuePosition,
    );
    this.#entries.clear();
    for (const entry of sorted) this.#entries.set(entry.id, entry);
  }

  #save(): void {
    const unsaved = [...this.#entries.values()].filter(({ isUnsaved }) => isUnsaved);
    this.#records.putAll(unsaved.map(({ record }) => record));
    for (const entry of unsaved) entry.isUnsaved = false;
    this.#savedAt = this.#ports.clock.now();
  }

  /** They can wait: when the disk of the store is full, transfers go on. */
  #saveFigures(): void {
    try {
      this.#save();
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      this.#savedAt = this.#ports.clock.now();
      this.#journal.fault(error);
    }
  }

  #tell(code: string, { id, record }: TransferEntry, details = {}): void {
    this.#journal.tell('info', code, definite({ name: record.name, ...details }), id);
  }
}

/** Which of the files are not wanted, by index. */
function prioritiesOf(
  wanted: readonly number[] | undefined,
  fileCount: number | undefined,
): TransferRecord['options']['priorities'] {
  if (wanted === undefined || fileCount === undefined) return {};
  const chosen = new Set(wanted);
  const skipped = Array.from({ length: fileCount }, (_, index) => index).filter(
    (index) => !chosen.has(index),
  );
  return Object.fromEntries(skipped.map((index) => [index, 'skip' as const]));
}
