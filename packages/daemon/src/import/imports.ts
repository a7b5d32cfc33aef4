/**
 * Takes over transfers of qBittorrent and Transmission: looks for their state, says what is in it, and adds what a person
 * chose. The state is only read. What it says is there is hashed before it counts.
 */
import { lstat, readdir } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { LocalFault } from '@coequal/base';
import type { Ports } from '@coequal/base';
import { IMPORT_PROGRAM_NAMES } from '@coequal/contract';
import type {
  ImportPlace,
  ImportPlan,
  ImportReport,
  PlanImport,
  RunImport,
} from '@coequal/contract';
import type { AdoptedTransfer } from '../files/transfer-book.ts';
import { factsHere } from '../home.ts';
import type { HomeFacts } from '../home.ts';
import { explain } from '../peer/explain.ts';
import type { ContentDisk } from './find-content.ts';
import { countEntries, openForeignState } from './foreign-state.ts';
import type { ForeignState } from './foreign-state.ts';
import { labelOf } from './foreign-transfer.ts';
import { planEntry } from './plan-entry.ts';
import type { Planned } from './plan-entry.ts';
import { isThere, placeIn, seemsToRun, usualPlaces } from './state-places.ts';
import type { StatePlace } from './state-places.ts';

/** Kept in memory and in one transaction at a time: their .torrent files are with them. */
const BATCH = 100;

/** What an import needs of the peer. */
export interface ImportsView {
  has(id: string): boolean;
  /** Of the queue. */
  lastPosition(): number;
  /** False: there was one of that name, which stays as it is. */
  makeCategory(name: string, directory: string | undefined): boolean;
  adopt(given: readonly AdoptedTransfer[]): Promise<void>;
  /** So many were taken over, of which so many are not paused. */
  onImported(program: string, added: number, running: number): void;
}

export class Imports {
  readonly #ports: Pick<Ports, 'hasher' | 'http' | 'clock'>;
  readonly #view: ImportsView;
  readonly #facts: HomeFacts;
  #isBusy = false;

  constructor(
    ports: Pick<Ports, 'hasher' | 'http' | 'clock'>,
    view: ImportsView,
    facts: HomeFacts = factsHere(),
  ) {
    this.#ports = ports;
    this.#view = view;
    this.#facts = facts;
  }

  /** In the usual places; those that cannot be read are passed over. */
  async find(): Promise<ImportPlace[]> {
    const found: ImportPlace[] = [];
    for (const place of usualPlaces(this.#facts)) {
      if (!(await isThere(place))) continue;
      try {
        const { program, directory } = place;
        const count = await countEntries(place);
        if (count > 0) found.push({ program, directory, count });
      } catch (error) {
        if (!(error instanceof LocalFault)) throw error;
      }
    }
    return found;
  }

  /** Rejects with LocalFault `NO_FOREIGN_STATE`, `NOT_POSSIBLE_NOW` while another is read, `IMPORT_UNREADABLE`. */
  async plan(request: PlanImport, signal: AbortSignal): Promise<ImportPlan> {
    return await this.#alone(async () => {
      const place = await this.#placeOf(request);
      await using state = await openForeignState(place);
      const items = [];
      for (const key of state.keys) {
        signal.throwIfAborted();
        items.push((await this.#planOne(state, key, place)).item);
      }
      const program = IMPORT_PROGRAM_NAMES[place.program];
      const problems = [
        ...((await seemsToRun(place)) ? [new LocalFault('IMPORT_PROGRAM_RUNS', { program })] : []),
        ...(state.isCut ? [new LocalFault('IMPORT_TOO_MANY', { count: state.keys.length })] : []),
      ].map(explain);
      return { program: place.program, directory: place.directory, items, problems };
    });
  }

  /** Rejects as `plan`. What was added before that stays. */
  async run(request: RunImport, signal: AbortSignal): Promise<ImportReport> {
    return await this.#alone(async () => {
      const place = await this.#placeOf(request);
      await using state = await openForeignState(place);
      const report: ImportReport = { added: [], refused: [] };
      const chosen = new Set(request.keys);
      const keys = state.keys.filter((key) => chosen.delete(key));
      let running = 0;
      for (let begin = 0; begin < keys.length; begin += BATCH) {
        signal.throwIfAborted();
        const batch = await this.#take(state, keys.slice(begin, begin + BATCH), place, report);
        running += batch.filter(({ record }) => record.intent !== 'pause').length;
      }
      for (const key of chosen) refuseGone(report, key);
      if (report.added.length > 0)
        this.#view.onImported(IMPORT_PROGRAM_NAMES[place.program], report.added.length, running);
      return report;
    });
  }

  async #take(
    state: ForeignState,
    keys: readonly string[],
    place: StatePlace,
    report: ImportReport,
  ): Promise<readonly AdoptedTransfer[]> {
    const batch = new Map<string, AdoptedTransfer>();
    for (const key of keys) {
      const { item, adopted } = await this.#planOne(state, key, place);
      const [problem] = item.problems;
      if (adopted === undefined && problem !== undefined)
        report.refused.push({ key, name: item.name, problem });
      if (adopted !== undefined) batch.set(adopted.record.id, adopted);
    }
    const first = this.#view.lastPosition() + 1;
    const placed = [...batch.values()].map(({ record, metainfo }, at) => ({
      metainfo,
      record: {
        ...record,
        queuePosition: first + at,
        addedAt: record.addedAt || this.#ports.clock.epochNow(),
      },
    }));
    for (const { record } of placed) this.#makeCategory(record.category, state);
    await this.#view.adopt(placed);
    report.added.push(...placed.map(({ record }) => record.id));
    return placed;
  }

  #makeCategory(name: string | undefined, { categories }: ForeignState): void {
    if (name === undefined) return;
    const directory = [...categories].find(([each]) => labelOf(each) === name)?.[1];
    const isUsable = directory !== undefined && isAbsolute(directory);
    this.#view.makeCategory(name, isUsable ? directory : undefined);
  }

  #planOne(state: ForeignState, key: string, { program }: StatePlace): Promise<Planned> {
    return state.read(key).then((entry) =>
      planEntry(entry, {
        program,
        ports: this.#ports,
        disk: REAL_DISK,
        has: (id) => this.#view.has(id),
      }),
    );
  }

  async #placeOf({ program, directory }: PlanImport): Promise<StatePlace> {
    const usual = usualPlaces(this.#facts);
    if (directory !== undefined) {
      const given = isAbsolute(directory) ? await placeIn(directory, usual, program) : undefined;
      if (given === undefined) throw new LocalFault('NO_FOREIGN_STATE', { path: directory });
      return given;
    }
    for (const place of usual) {
      const isAskedFor = program === undefined || program === place.program;
      if (isAskedFor && (await isThere(place))) return place;
    }
    throw new LocalFault('NO_FOREIGN_STATE', { path: '' });
  }

  /** Each reads thousands of files. */
  async #alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isBusy) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'import' });
    this.#isBusy = true;
    try {
      return await work();
    } finally {
      this.#isBusy = false;
    }
  }
}

function refuseGone(report: ImportReport, key: string): void {
  const gone = new LocalFault('IMPORT_UNREADABLE', { why: 'it is gone' });
  report.refused.push({ key, name: key, problem: explain(gone) });
}

const REAL_DISK: ContentDisk = {
  isFile: async (path) => {
    try {
      return (await lstat(path)).isFile();
    } catch {
      return false; // not there, or not to be looked at: it counts as missing
    }
  },
  list: async (folder) => {
    try {
      return await readdir(folder);
    } catch {
      return [];
    }
  },
};
