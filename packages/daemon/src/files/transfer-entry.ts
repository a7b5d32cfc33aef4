/** One transfer: what is kept of it, and the torrent while it runs. */
import { LocalFault, PeerFault } from '@coequal/base';
import type { Engine, Torrent } from '@coequal/bittorrent';
import type { Explanation, Transfer } from '@coequal/contract';
import { explain } from '../peer/explain.ts';
import type {
  TransferFigures,
  TransferOptions,
  TransferRecord,
} from '../store/transfer-records.ts';
import type { QueueEntry } from './queue.ts';
import { SpeedRings } from './speed-rings.ts';

/** What runs, or is about to. */
type Run =
  | { readonly type: 'resting' }
  | { readonly type: 'starting' }
  | { readonly type: 'live'; readonly torrent: Torrent; readonly rings: SpeedRings }
  | { readonly type: 'stopping' };

export class TransferEntry {
  record: TransferRecord;
  /** Since it was last asked to run. */
  problem: Explanation | undefined;
  /** Its goal of passing on is reached. */
  isSatisfied = false;
  /** All is to be hashed again as soon as it runs. */
  wantsRecheck = false;
  /** As last told, and at which revision that changed. */
  row: Transfer | undefined;
  told = '';
  revision = 0;
  /** The row may be another by now, though nothing runs. */
  isStale = true;
  /** The record differs from what is stored. */
  isUnsaved = false;
  #run: Run = { type: 'resting' };
  /** Of earlier runs, while this one counts its own. */
  #before: TransferFigures;

  constructor(record: TransferRecord) {
    this.record = record;
    this.#before = record.figures;
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

  /** Whether it may be started or stopped: neither is under way. */
  get isSettled(): boolean {
    return this.#run.type === 'live' || this.#run.type === 'resting';
  }

  get isRunning(): boolean {
    return this.#run.type === 'live';
  }

  get isComplete(): boolean {
    const { size, wanted, have } = this.record.figures;
    return size > 0 && have >= wanted;
  }

  get queueEntry(): QueueEntry {
    const { record, isComplete, isSatisfied, problem } = this;
    const { id, intent } = record;
    return { id, intent, isComplete, isSatisfied, hasFailed: problem !== undefined };
  }

  change(changes: Partial<TransferRecord>): void {
    this.record = { ...this.record, ...changes };
    this.isUnsaved = true;
    this.isStale = true;
  }

  changeOptions(changes: Partial<TransferOptions>): void {
    this.change({ options: { ...this.record.options, ...changes } });
  }

  /** `source` is the metainfo's bytes or the magnet link. What goes wrong is its problem, and rests it. */
  async start(engine: Engine, source: Uint8Array | string, useTrackers: boolean): Promise<void> {
    this.#enter({ type: 'starting' });
    try {
      const { directory, contentPath, options } = this.record;
      const { priorities, isSequential, isTrusted } = options;
      const torrent = await engine.add(source, {
        directory,
        sequential: isSequential,
        trust: isTrusted,
        useTrackers,
        ...(contentPath !== undefined && { contentPath }),
        ...(Object.keys(priorities).length > 0 && {
          select: (_path, index) => priorities[index] !== 'skip',
        }),
      });
      this.#before = this.record.figures;
      this.#enter({ type: 'live', torrent, rings: new SpeedRings() });
    } catch (error) {
      this.#enter({ type: 'resting' });
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      this.problem = explain(error);
    }
  }

  /** What was fetched is durable once this resolves. */
  async stop(): Promise<void> {
    if (this.#run.type !== 'live') return;
    const { torrent } = this.#run;
    this.measure(0);
    this.#enter({ type: 'stopping' });
    try {
      await torrent[Symbol.asyncDispose]();
    } finally {
      this.#enter({ type: 'resting' });
    }
  }

  /** The engine is gone, and the torrent with it. */
  abandon(): void {
    this.#enter({ type: 'resting' });
  }

  /** Takes the figures of the running torrent into the record. `seconds` since the last time. */
  measure(seconds: number): void {
    const { torrent } = this;
    if (torrent === undefined) return;
    const { state, have, total, downloaded, uploaded } = torrent.stats;
    if (state.type === 'failed') this.problem = explain(state.fault);
    const before = this.#before;
    const { figures, name } = this.record;
    // until content is checked, what was known before is the better figure
    const isKnown = state.type === 'downloading' || state.type === 'seeding';
    const next: TransferFigures = {
      size: torrent.metainfo?.length ?? figures.size,
      wanted: isKnown ? total : figures.wanted,
      have: isKnown ? have : figures.have,
      downloaded: before.downloaded + downloaded,
      uploaded: before.uploaded + uploaded,
      isPrivate: torrent.metainfo?.isPrivate ?? figures.isPrivate,
      seedSeconds: figures.seedSeconds + (state.type === 'seeding' ? seconds : 0),
    };
    if (!isSame(next, figures)) this.change({ figures: next });
    if (torrent.metainfo !== undefined && torrent.name !== name)
      this.change({ name: torrent.name });
  }

  #enter(run: Run): void {
    this.#run = run;
    this.isStale = true;
  }
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
