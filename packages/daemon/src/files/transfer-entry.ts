/** One transfer: what is kept of it, and the torrent while it runs. */
import { isAbort, LocalFault, PeerFault } from '@coequal/base';
import type {
  AddOptions,
  Engine,
  RelocateProgress,
  Torrent,
  TorrentLimits,
} from '@coequal/bittorrent';
import type { Explanation, Transfer, TransferLimits } from '@coequal/contract';
import { explain } from '../peer/explain.ts';
import type {
  TransferFigures,
  TransferOptions,
  TransferRecord,
} from '../store/transfer-records.ts';
import { mark } from './entry-marks.ts';
import type { EntryMarks } from './entry-marks.ts';
import type { QueueEntry } from './queue.ts';
import type { Shortage } from './space-guard.ts';
import { SpeedRings } from './speed-rings.ts';

/** What runs, or is about to. */
type Run =
  | { readonly type: 'resting' }
  | { readonly type: 'starting' }
  | { readonly type: 'live'; readonly torrent: Torrent; readonly rings: SpeedRings }
  /** Nobody can reach it. */
  | { readonly type: 'verifying'; readonly ending: AbortController }
  | { readonly type: 'stopping' };

/** Its content is on the way to another place, or gets another name. */
export interface Relocation {
  /** The folder; empty when it stays in its own. */
  readonly to: string;
  /** It does not run meanwhile. */
  readonly isHeld: boolean;
  readonly progress: RelocateProgress | undefined;
}

export class TransferEntry {
  record: TransferRecord;
  /** Its goal of passing on is reached. */
  isSatisfied = false;
  /** Why nothing is fetched although it is wanted. */
  shortage: Shortage | undefined;
  /** All is to be hashed again as soon as it runs. */
  wantsRecheck = false;
  /** As last told, also as JSON, and at which revision that changed. */
  row: Transfer | undefined;
  told = '';
  revision = 0;
  readonly #marks: EntryMarks<TransferEntry>;
  #relocation: Relocation | undefined;
  #run: Run = { type: 'resting' };
  #problem: Explanation | undefined;
  /** The last start or stop. */
  #move: Promise<void> | undefined;

  constructor(record: TransferRecord, marks: EntryMarks<TransferEntry>) {
    this.record = record;
    this.#marks = marks;
    marks.isReordered = true;
    mark(marks.removed, this, this.isRemoved);
    mark(marks.unchecked, this, this.isUnchecked);
    this.isStale = true;
  }

  get id(): string {
    return this.record.id;
  }

  get torrent(): Torrent | undefined {
    return this.#run.type === 'live' ? this.#run.torrent : undefined;
  }

  get rings(): SpeedRings | undefined {
    return this.#run.type === 'live' ? this.#run.rings : undefined;
  }

  get isRemoved(): boolean {
    return this.record.removedUntil !== undefined;
  }

  /** The row may be another by now, though nothing runs, and so may its turn. */
  get isStale(): boolean {
    return this.#marks.stale.has(this);
  }

  set isStale(isStale: boolean) {
    mark(this.#marks.stale, this, isStale);
    if (isStale) this.#marks.turns.add(this);
  }

  /** The record differs from what is stored. */
  get isUnsaved(): boolean {
    return this.#marks.unsaved.has(this);
  }

  set isUnsaved(isUnsaved: boolean) {
    mark(this.#marks.unsaved, this, isUnsaved);
  }

  /** Neither a start nor a stop is under way, and nobody works on its content while it rests. */
  get isSettled(): boolean {
    if (this.#relocation?.isHeld === true) return false;
    return this.#run.type === 'live' || this.#run.type === 'resting';
  }

  get isRunning(): boolean {
    return this.#run.type === 'live';
  }

  /** What is there is hashed, and nothing else. */
  get isVerifying(): boolean {
    return this.#run.type === 'verifying';
  }

  /** It came from another program, and what there is of it was not hashed yet. */
  get isUnchecked(): boolean {
    return this.record.options.adopted?.isUnchecked === true;
  }

  get isComplete(): boolean {
    const { size, wanted, have } = this.record.figures;
    return size > 0 && have >= wanted;
  }

  /** Why it failed; it waits for a person until that is cleared. */
  get problem(): Explanation | undefined {
    return this.#problem;
  }

  set problem(problem: Explanation | undefined) {
    this.#problem = problem;
    this.isStale = true;
  }

  get relocation(): Relocation | undefined {
    return this.#relocation;
  }

  set relocation(relocation: Relocation | undefined) {
    this.#relocation = relocation;
    this.isStale = true;
  }

  noteRelocation(progress: RelocateProgress): void {
    if (this.#relocation !== undefined) this.relocation = { ...this.#relocation, progress };
  }

  get queueEntry(): QueueEntry {
    const { record, isComplete, isSatisfied, problem } = this;
    const { id, intent } = record;
    const [hasFailed, lacksSpace] = [problem !== undefined, this.shortage !== undefined];
    return { id, intent, isComplete, isSatisfied, hasFailed, lacksSpace };
  }

  change(changes: Partial<TransferRecord>): void {
    this.record = { ...this.record, ...changes };
    mark(this.#marks.removed, this, this.isRemoved);
    mark(this.#marks.unchecked, this, this.isUnchecked);
    if ('removedUntil' in changes || 'queuePosition' in changes) this.#marks.isReordered = true;
    this.isUnsaved = true;
    this.isStale = true;
  }

  changeOptions(changes: Partial<TransferOptions>): void {
    this.change({ options: { ...this.record.options, ...changes } });
  }

  /** `source`: a .torrent file, or a magnet link. What goes wrong is its problem, and rests it. */
  start(engine: Engine, source: Uint8Array | string, useTrackers: boolean): Promise<void> {
    const starting = this.#start(engine, source, useTrackers);
    this.#move = starting;
    return starting;
  }

  /** It rests once this resolves, whatever was under way, and what was fetched is durable. */
  async stop(): Promise<void> {
    if (this.#run.type === 'verifying') this.#run.ending.abort();
    await this.#move;
    if (this.#run.type !== 'live') return;
    this.#move = this.#stop(this.#run.torrent);
    await this.#move;
  }

  /**
   * Hashes what is there, in an engine that reaches nobody; it rests again once this resolves. `stop` ends it early,
   * and then it is as unchecked as before.
   */
  verify(engine: Engine, source: Uint8Array): Promise<void> {
    const verifying = this.#verify(engine, source);
    this.#move = verifying;
    return verifying;
  }

  async #verify(engine: Engine, source: Uint8Array): Promise<void> {
    const ending = new AbortController();
    this.#enter({ type: 'verifying', ending });
    try {
      await using torrent = await engine.add(source, {
        ...addOptionsOf(this.record),
        useTrackers: false,
      });
      await untilChecked(torrent, ending.signal);
      this.measure(torrent);
    } catch (error) {
      if (isAbort(error, ending.signal)) return;
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      this.problem = explain(error);
    } finally {
      this.#enter({ type: 'resting' });
    }
  }

  async #start(engine: Engine, source: Uint8Array | string, useTrackers: boolean): Promise<void> {
    this.#enter({ type: 'starting' });
    try {
      const torrent = await engine.add(source, { ...addOptionsOf(this.record), useTrackers });
      this.#enter({ type: 'live', torrent, rings: new SpeedRings() });
    } catch (error) {
      this.#enter({ type: 'resting' });
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      this.problem = explain(error);
    }
  }

  async #stop(torrent: Torrent): Promise<void> {
    this.measure();
    this.#enter({ type: 'stopping' });
    try {
      await torrent[Symbol.asyncDispose]();
    } finally {
      this.#enter({ type: 'resting' });
    }
  }

  /** Takes what the running torrent tells of itself into the record. */
  measure(torrent: Torrent | undefined = this.torrent): void {
    if (torrent === undefined) return;
    const { metainfo, stats } = torrent;
    const { state } = stats;
    if (state.type === 'failed') this.problem = explain(state.fault);
    const { figures, name, options } = this.record;
    const { adopted } = options;
    const before = adopted?.before ?? NOTHING_BEFORE;
    // until content was checked, what was known before is the better figure
    const isKnown = state.type === 'downloading' || state.type === 'seeding';
    const next: TransferFigures = {
      size: metainfo?.length ?? figures.size,
      wanted: isKnown ? stats.total : figures.wanted,
      have: isKnown ? stats.have : figures.have,
      downloaded: Math.max(before.downloaded + stats.allTimeDownloaded, figures.downloaded),
      uploaded: Math.max(before.uploaded + stats.allTimeUploaded, figures.uploaded),
      isPrivate: metainfo?.isPrivate ?? figures.isPrivate,
      seedSeconds: Math.max(
        before.seedSeconds + Math.floor(stats.seedingSeconds),
        figures.seedSeconds,
      ),
    };
    if (isKnown && adopted?.isUnchecked)
      this.changeOptions({ adopted: { ...adopted, isUnchecked: false } });
    if (!isSame(next, figures)) this.change({ figures: next });
    const shown = adopted?.name ?? torrent.name;
    if (metainfo !== undefined && shown !== name) this.change({ name: shown });
  }

  #enter(run: Run): void {
    this.#run = run;
    mark(this.#marks.active, this, run.type !== 'resting');
    this.isStale = true;
  }
}

const NOTHING_BEFORE = { uploaded: 0, downloaded: 0, seedSeconds: 0 };

/** Or has failed. Rejects with the signal's reason. */
async function untilChecked(torrent: Torrent, signal: AbortSignal): Promise<void> {
  const isChecking = (): boolean => torrent.state.type === 'checking';
  if (isChecking())
    for await (const _ of torrent.events(signal)) {
      if (!isChecking()) break;
    }
  signal.throwIfAborted();
}

export function limitsOf({ up, down, isExempt }: TransferLimits): TorrentLimits {
  return {
    ...(up !== null && { uploadBytesPerSecondMax: up }),
    ...(down !== null && { downloadBytesPerSecondMax: down }),
    ignoresEngineLimits: isExempt,
  };
}

function addOptionsOf({ directory, contentPath, options }: TransferRecord): AddOptions {
  const { priorities, isSequential, isFirstAndLastFirst, isTrusted, limits, trackers, adopted } =
    options;
  return {
    directory,
    sequential: isSequential,
    firstAndLastFirst: isFirstAndLastFirst,
    trust: isTrusted,
    limits: limitsOf(limits),
    ...(trackers !== undefined && { trackers }),
    ...(contentPath !== undefined && { contentPath }),
    ...(adopted?.fileNames !== undefined && { fileNames: namesOf(adopted.fileNames) }),
    ...(Object.values(priorities).includes('skip') && {
      select: (_path, index) => priorities[index] !== 'skip',
    }),
  };
}

/** JSON has no numbers as keys. */
function namesOf(names: Readonly<Record<number, string>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(names).map(([file, name]) => [Number(file), name]));
}

function isSame(one: TransferFigures, other: TransferFigures): boolean {
  return (
    one.have === other.have &&
    one.wanted === other.wanted &&
    one.size === other.size &&
    one.downloaded === other.downloaded &&
    one.uploaded === other.uploaded &&
    one.isPrivate === other.isPrivate &&
    one.seedSeconds === other.seedSeconds
  );
}
