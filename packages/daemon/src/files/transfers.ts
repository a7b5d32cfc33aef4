/** All transfers of the peer, as API and page have them: what is there, and what a person asks for. */
import { LocalFault, TaskGroup } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { Metainfo } from '@coequal/bittorrent';
import type {
  AddTransfer,
  Category,
  ChangeTransfer,
  Inspection,
  Settings,
  Transfer,
  TransferAction,
  TransferDelta,
  TransferDetail,
} from '@coequal/contract';
import type { Journal } from '../peer/journal.ts';
import type { TransferRecords } from '../store/transfer-records.ts';
import { ContentMoves } from './content-moves.ts';
import { newRecord } from './new-record.ts';
import { movedPositions } from './queue-moves.ts';
import { settleOnceHere } from './settle-once-here.ts';
import { RevisionLog } from './revision-log.ts';
import { TransferBook } from './transfer-book.ts';
import type { AdoptedTransfer } from './transfer-book.ts';
import { detailOf, metainfoOf } from './transfer-detail.ts';
import type { TransferEntry } from './transfer-entry.ts';
import { rowOf } from './transfer-row.ts';
import { TransferRunner } from './transfer-runner.ts';
import type { TransferDisk } from './transfer-runner.ts';
import { parseSource, transferIdOf } from './transfer-source.ts';
import type { GivenSource } from './transfer-source.ts';

/** How long a removal can be undone. */
export const UNDO_MS = 300_000;

const QUEUE_MOVES: ReadonlySet<TransferAction> = new Set(['to-top', 'up', 'down', 'to-bottom']);

export interface TransfersView {
  settings(): Settings;
  category(name: string): Category | undefined;
}

export class Transfers implements AsyncDisposable {
  readonly runner: TransferRunner;
  readonly #book: TransferBook;
  readonly #ports: Ports;
  readonly #view: TransfersView;
  readonly #journal: Journal;
  readonly #revisions: RevisionLog;
  readonly #moves: ContentMoves;
  readonly #tasks: TaskGroup;
  /** What could not be settled is not tried again and again. */
  readonly #settled = new Set<string>();

  constructor(
    records: TransferRecords,
    view: TransfersView,
    journal: Journal,
    ports: Ports,
    disk: TransferDisk,
    onBug: (error: unknown) => void,
  ) {
    this.#book = new TransferBook(records, ports.clock);
    const settings = (): Settings => view.settings();
    this.runner = new TransferRunner(this.#book, settings, journal, ports, disk, onBug);
    this.#ports = ports;
    this.#view = view;
    this.#journal = journal;
    this.#revisions = new RevisionLog(ports.clock.epochNow());
    this.#tasks = new TaskGroup(onBug);
    this.#moves = new ContentMoves(this.#book, journal, {
      disk: ports.disk,
      relocate: disk.relocate,
      metainfo: (id) => this.#metainfoOf(id),
      own: (task) => this.#tasks.run(task),
      onSettled: () => this.runner.reconcile(),
    });
    this.#moves.settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#moves[Symbol.asyncDispose]();
    await this.#tasks[Symbol.asyncDispose]();
    await this.runner[Symbol.asyncDispose]();
  }

  // what is there

  /** Throws LocalFault `NO_SUCH_TRANSFER`. */
  get(id: string): TransferEntry {
    return this.#book.get(id);
  }

  /** Throws as `get`. */
  detail(id: string): TransferDetail {
    return detailOf(this.get(id), this.metainfo(id), this.#ports.clock);
  }

  has(id: string): boolean {
    return this.#book.some([id]).length > 0;
  }

  /** Over all runs of those that are there. */
  totals(): { readonly downloaded: number; readonly uploaded: number; readonly wanted: number } {
    const totals = { downloaded: 0, uploaded: 0, wanted: 0 };
    for (const { record } of this.#book.listed()) {
      totals.downloaded += record.figures.downloaded;
      totals.uploaded += record.figures.uploaded;
      totals.wanted += record.figures.wanted;
    }
    return totals;
  }

  /** Undefined for a magnet link whose metadata has not come. Throws as `get`. */
  metainfo(id: string): Metainfo | undefined {
    return this.#metainfoOf(this.get(id).id);
  }

  /** The .torrent file, when there is one. Throws as `get`. */
  torrentFile(id: string): Uint8Array | undefined {
    return this.#book.torrentFile(this.get(id).id);
  }

  /** Of all that run. */
  trackers(): readonly string[] {
    const reports = Array.from(this.#book.listed(), ({ torrent }) => torrent?.trackers ?? []);
    return [...new Set(reports.flat().map(({ url }) => url))];
  }

  countByState(): Record<string, number> {
    return this.#revisions.countByState();
  }

  /** What changed after `revision`; everything without one, or when it is too old. */
  since(revision: number | undefined): TransferDelta {
    this.refresh();
    return this.#revisions.since(revision, this.#book.listed());
  }

  /** Brings rows up to date, and says whether any changed since it was last asked. */
  refresh(): boolean {
    const { marks } = this.#book;
    if (marks.isReordered) this.#refreshAll();
    else for (const entry of new Set([...marks.active, ...marks.stale])) this.#refreshOne(entry);
    return this.#revisions.takeChanged();
  }

  /** Places in the list are told with each row. */
  #refreshAll(): void {
    this.#book.marks.isReordered = false;
    let position = 0;
    for (const entry of this.#book.listed()) {
      position += 1;
      if (entry.isRunning || entry.isStale || entry.row?.queuePosition !== position)
        this.#refreshOne(entry, position);
    }
  }

  #refreshOne(entry: TransferEntry, position = entry.row?.queuePosition ?? 0): void {
    if (entry.isRunning) entry.measure();
    if (!entry.isRemoved) {
      this.#noteCompletion(entry);
      this.#revisions.update(entry, rowOf(entry, position));
    }
    entry.isStale = false;
  }

  // what a person asks for

  /** Throws as `parseSource`. */
  async inspect(given: GivenSource, signal: AbortSignal): Promise<Inspection> {
    const parsed = await parseSource(given, this.#ports, signal);
    const id = transferIdOf(parsed);
    const about = { id, isAdded: this.#book.some([id]).length > 0 };
    if (parsed.type === 'magnet') {
      const { name = id, trackers } = parsed.magnet;
      return { ...about, name, isPrivate: false, size: 0, trackers: [...trackers] };
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

  /** Throws as `parseSource`; LocalFault `ALREADY_ADDED`, `NO_SUCH_CATEGORY`. */
  async add(request: AddTransfer, signal: AbortSignal): Promise<Transfer> {
    const parsed = await parseSource(request, this.#ports, signal);
    const known = this.#book.find(transferIdOf(parsed));
    if (known !== undefined) {
      if (!known.isRemoved) throw new LocalFault('ALREADY_ADDED', { name: known.record.name });
      known.change({ deletesData: false }); // its content is wanted again
      await this.#moves.giveUp([known]);
      await this.runner.purge([known]);
    }
    const settings = this.#view.settings();
    const category = this.#categoryOf(request.category);
    const record = newRecord(parsed, request, {
      directory: category?.directory ?? settings.downloadDirectory,
      isPaused: settings.addsPaused,
      queuePosition: this.#book.lastPosition + 1,
      addedAt: this.#ports.clock.epochNow(),
    });
    const entry = this.#book.add(record, parsed.type === 'metainfo' ? parsed.bytes : undefined);
    this.#tell('TRANSFER_ADDED', entry);
    this.runner.reconcile();
    this.refresh();
    return rowOf(entry, entry.row?.queuePosition ?? 0);
  }

  /**
   * Those that another program began: they are durable together, and their content is hashed before it counts. Ids that
   * are there already are passed over.
   */
  async adopt(given: readonly AdoptedTransfer[]): Promise<void> {
    const removed = given.map(({ record }) => this.#book.find(record.id));
    for (const entry of removed.filter((each) => each?.isRemoved === true)) {
      entry?.change({ deletesData: false }); // its content is wanted again
      if (entry !== undefined) await this.runner.purge([entry]);
    }
    const fresh = given.filter(({ record }) => this.#book.find(record.id) === undefined);
    for (const entry of this.#book.addAll(fresh)) this.#tell('TRANSFER_ADDED', entry);
    this.runner.reconcile();
    this.refresh();
  }

  get lastPosition(): number {
    return this.#book.lastPosition;
  }

  /** Ids that are gone are passed over. */
  act(ids: readonly string[], action: TransferAction): void {
    const entries = this.#book.some(ids);
    for (const entry of entries) this.#actOn(entry, action);
    if (QUEUE_MOVES.has(action))
      this.#book.place(movedPositions([...this.#book.listed()], entries, action));
    this.#book.save();
    this.runner.reconcile();
  }

  /** Throws LocalFault `NO_SUCH_TRANSFER`, `NO_SUCH_CATEGORY`, `NO_SUCH_FILE`. */
  change(id: string, changes: ChangeTransfer): void {
    const entry = this.get(id);
    const { options } = entry.record;
    const { category, tags, isSequential, isFirstAndLastFirst } = changes;
    const { limits, goals, files = [], trackers } = changes;
    this.#categoryOf(category);
    const fileCount = this.metainfo(id)?.files.length ?? 0;
    const wrong = files.find(({ index }) => index >= fileCount);
    if (wrong !== undefined) throw new LocalFault('NO_SUCH_FILE', { index: wrong.index });
    entry.change({
      ...(category !== undefined && { category: category ?? undefined }),
      ...(tags !== undefined && { tags: [...new Set(tags)] }),
    });
    const chosen = Object.fromEntries(files.map(({ index, priority }) => [index, priority]));
    entry.changeOptions({
      ...(isSequential !== undefined && { isSequential }),
      ...(isFirstAndLastFirst !== undefined && { isFirstAndLastFirst }),
      ...(limits !== undefined && { limits: { ...options.limits, ...limits } }),
      ...(goals !== undefined && { goals: { ...options.goals, ...goals } }),
      ...(trackers !== undefined && { trackers }),
      priorities: { ...options.priorities, ...chosen },
    });
    this.#book.save();
    this.runner.apply(entry);
    this.runner.reconcile();
  }

  /** Its content goes into another folder. Rejects with LocalFault `NO_SUCH_TRANSFER`, or as ContentMoves. */
  async move(id: string, directory: string): Promise<void> {
    await this.#moves.change(this.get(id), { type: 'move', directory });
  }

  /** The content stays where it was. Rejects as `get` and ContentMoves. */
  async cancelMove(id: string): Promise<void> {
    await this.#moves.cancel(this.get(id));
  }

  /** It, or one of its files, has another name on disk. Rejects as `move`. */
  async rename(id: string, file: number | undefined, name: string): Promise<void> {
    const change =
      file === undefined
        ? ({ type: 'rename', name } as const)
        : ({ type: 'rename-file', file, name } as const);
    await this.#moves.change(this.get(id), change);
  }

  /** They stop at once, and can be brought back until the time that is given. */
  remove(ids: readonly string[], deletesData: boolean): number {
    const removedUntil = this.#ports.clock.epochNow() + UNDO_MS;
    for (const entry of this.#book.some(ids)) {
      entry.change({ removedUntil, deletesData });
      this.#revisions.remove(entry);
      this.#tell('TRANSFER_REMOVED', entry);
    }
    this.#book.save();
    this.runner.reconcile();
    return removedUntil;
  }

  /** Throws LocalFault `NO_SUCH_TRANSFER` when one of them is gone for good; then none is brought back. */
  undoRemoval(ids: readonly string[]): void {
    const entries = ids.map((id) => {
      const entry = this.#book.find(id);
      if (entry === undefined) throw new LocalFault('NO_SUCH_TRANSFER', { id });
      return entry;
    });
    for (const entry of entries) entry.change({ removedUntil: undefined, deletesData: false });
    this.#book.save();
    this.runner.reconcile();
  }

  /** The category is gone. */
  forgetCategory(name: string): void {
    for (const entry of this.#book.all())
      if (entry.record.category === name) entry.change({ category: undefined });
    this.#book.save();
  }

  /** Also of a removed one. */
  #metainfoOf(id: string): Metainfo | undefined {
    const entry = this.#book.find(id);
    const bytes = (): Uint8Array | undefined => this.#book.torrentFile(id);
    return entry && metainfoOf(entry, bytes, this.#ports.hasher);
  }

  #actOn(entry: TransferEntry, action: TransferAction): void {
    switch (action) {
      case 'pause':
        entry.change({ intent: 'pause' });
        return;
      case 'resume':
      case 'force':
        entry.problem = undefined;
        this.#moves.settle(); // where it is was perhaps not found out at the start
        entry.change({ intent: action === 'force' ? 'force' : 'run' });
        return;
      case 'recheck':
        this.runner.recheck(entry);
        return;
      case 'announce':
        entry.torrent?.announceNow();
        return;
      case 'to-top':
      case 'up':
      case 'down':
      case 'to-bottom':
        return; // all of them are moved together
    }
  }

  /** Throws LocalFault `NO_SUCH_CATEGORY`. */
  #categoryOf(name: string | null | undefined): Category | undefined {
    if (name === null || name === undefined) return undefined;
    const category = this.#view.category(name);
    if (category === undefined) throw new LocalFault('NO_SUCH_CATEGORY', { category: name });
    return category;
  }

  #noteCompletion(entry: TransferEntry): void {
    if (entry.torrent?.state.type !== 'seeding') return;
    this.#settleOnceHere(entry);
    if (entry.record.completedAt !== undefined) return;
    entry.change({ completedAt: this.#ports.clock.epochNow() });
    this.#book.save();
    this.#tell('TRANSFER_COMPLETED', entry);
  }

  #settleOnceHere(entry: TransferEntry): void {
    const { id } = entry;
    if (entry.record.options.adopted?.onceHere === undefined || this.#settled.has(id)) return;
    this.#settled.add(id);
    this.#tasks.run(async () => {
      try {
        await settleOnceHere(entry, (change) => this.#moves.change(entry, change));
        this.#book.save();
      } catch (error) {
        if (!(error instanceof LocalFault)) throw error;
        if (entry.torrent === undefined) this.#settled.delete(id); // it was stopped: when it runs again
        else this.#journal.fault(error, id);
      }
    });
  }

  #tell(code: string, { id, record }: TransferEntry): void {
    this.#journal.tell('info', code, { name: record.name }, id);
  }
}
