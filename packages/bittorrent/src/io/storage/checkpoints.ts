/**
 * When what was written becomes durable, and in which order: files, their folders, then the resume data
 * that claims it. The other way round for what was lost or is placed anew: no byte is written while stored
 * resume data still claim what was before, since a sparse file of the right length looks as if it were had.
 */
import { TaskGroup } from '@coequal/base';
import type { Cancel, Clock, Millis, SafePath } from '@coequal/base';
import type { FileMark, ResumeData } from '../../core/resume-data.ts';
import { Coalesced } from './coalesced.ts';
import type { ResumeStore } from './resume-store.ts';
import type { WrittenFiles } from './written-files.ts';

/** What a loss of power costs at most, in time; often enough that a person does not mind. */
const CHECKPOINT_MS: Millis = 30_000;

/** What a loss of power costs at most, in bytes; also keeps each sync short. */
const CHECKPOINT_LENGTH: number = 256 * 2 ** 20;

/** Where nothing is written but much is given, what a crash costs of the count of it. */
const COUNTS_MS: Millis = 10 * 60_000;

export interface CheckpointNeeds {
  /** What is so now, without marks; its pieces were noted as written. */
  snapshot(): ResumeData;
  /** These files are gone: their pieces are lost. */
  onVanished(paths: readonly string[]): void;
  /** Of every file, as it is now. */
  marks(): Promise<readonly (FileMark | undefined)[]>;
  /** A checkpoint that nobody asked for failed; the next is tried in time. */
  onFailure(error: unknown): void;
}

export class Checkpoints implements AsyncDisposable {
  readonly #needs: CheckpointNeeds;
  readonly #clock: Clock;
  readonly #written: WrittenFiles;
  readonly #resume: ResumeStore | undefined;
  /** The content is never written, so that marks are as good now as after a clean stop. */
  readonly #isReadOnly: boolean;
  readonly #runs = new Coalesced(() => this.#run());
  readonly #tasks: TaskGroup;
  /** Whole files, to be synced ahead of the next checkpoint. */
  readonly #ahead = new Set<SafePath>();
  #timer: Cancel | undefined;
  #countsTimer: Cancel | undefined;
  #lengthWritten = 0;
  /** Times that stored data became outdated, and how many of them what is stored now accounts for. */
  #changes = 0;
  #changesStored = 0;

  constructor(
    needs: CheckpointNeeds,
    clock: Clock,
    stores: {
      readonly written: WrittenFiles;
      readonly resume: ResumeStore | undefined;
      readonly isReadOnly: boolean;
    },
  ) {
    this.#needs = needs;
    this.#clock = clock;
    this.#written = stores.written;
    this.#resume = stores.resume;
    this.#isReadOnly = stores.isReadOnly;
    this.#tasks = new TaskGroup((error) => needs.onFailure(error));
  }

  /** Resolves once all that was noted as written before this call is durable and claimed. */
  request(): Promise<void> {
    return this.#runs.request();
  }

  /** As `request`, but nobody waits. */
  requestSoon(): void {
    this.#tasks.run(() => this.request());
  }

  noteWritten(length: number): void {
    this.#lengthWritten += length;
    if (this.#lengthWritten >= CHECKPOINT_LENGTH) {
      this.#lengthWritten = 0;
      this.requestSoon();
    } else this.#startTimer();
  }

  /**
   * Nothing more will be written to this file: it is made durable in the background, so that checkpoints, and
   * above all the one at the end, find little left. One file at a time: the disk has pieces to write.
   */
  noteWhole(path: SafePath): void {
    if (this.#ahead.size === 0) this.#tasks.run((signal) => this.#syncAhead(signal));
    this.#ahead.add(path);
  }

  /** What is stored is no longer so: a piece was lost, or bytes will be written to another place. */
  noteOutdated(): void {
    if (this.#resume === undefined) return;
    this.#changes += 1;
    this.#startTimer();
  }

  /** Bytes are given to peers: the counts of it are stored now and then. */
  noteRead(): void {
    if (this.#resume === undefined) return;
    this.#countsTimer ??= this.#clock.at(this.#clock.now() + COUNTS_MS, () => {
      this.#countsTimer = undefined;
      this.requestSoon();
    });
  }

  /** To be awaited before anything is written. */
  async beforeWrite(): Promise<void> {
    while (this.#changesStored < this.#changes) await this.request();
  }

  /** The last one, when nothing is written any more: the next start can trust it. */
  async finish(): Promise<void> {
    await this.request();
    const data = { ...this.#needs.snapshot(), marks: await this.#needs.marks() };
    await this.#resume?.finish(data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#timer?.();
    this.#countsTimer?.();
    await this.#tasks[Symbol.asyncDispose]();
  }

  async #syncAhead(signal: AbortSignal): Promise<void> {
    await Promise.resolve(); // until the file that it is called for is there
    for (const path of this.#ahead) {
      if (!signal.aborted) await this.#written.syncAhead(path);
      this.#ahead.delete(path);
    }
  }

  #startTimer(): void {
    this.#timer ??= this.#clock.at(this.#clock.now() + CHECKPOINT_MS, () => {
      this.#timer = undefined;
      this.requestSoon();
    });
  }

  async #run(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    this.#countsTimer?.();
    this.#countsTimer = undefined;
    this.#lengthWritten = 0;
    try {
      await this.#save();
    } catch (error) {
      this.#startTimer();
      throw error;
    }
  }

  async #save(): Promise<void> {
    const data = this.#needs.snapshot();
    const changes = this.#changes;
    const vanished = await this.#written.sync();
    if (vanished.length > 0) this.#needs.onVanished(vanished);
    const marks = this.#isReadOnly ? await this.#needs.marks() : undefined;
    await this.#resume?.replace({ ...data, marks });
    this.#changesStored = changes;
  }
}
