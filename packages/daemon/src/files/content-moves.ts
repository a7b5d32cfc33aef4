/**
 * Moves and renames the content of transfers, whether they run or rest, one change of each at a time. What is about
 * to happen is in the store before it does (`isRelocating`): after a crash the disk is asked how far it came.
 */
import { basename, dirname, join } from 'node:path';
import { isAbort, LocalFault, rootPath } from '@coequal/base';
import type { Disk } from '@coequal/base';
import type {
  ContentChange,
  Metainfo,
  RelocateProgress,
  RestingContent,
} from '@coequal/bittorrent';
import { explain } from '../peer/explain.ts';
import type { Journal } from '../peer/journal.ts';
import type { TransferBook } from './transfer-book.ts';
import type { TransferEntry } from './transfer-entry.ts';

/** The engine's `relocateContent`, with what is the peer's own filled in. */
export type RelocateResting = (
  content: Omit<RestingContent, 'resumeDirectory' | 'lock'>,
  change: ContentChange,
  signal: AbortSignal,
  onProgress: (progress: RelocateProgress) => void,
) => Promise<string>;

export interface MovesView {
  readonly disk: Pick<Disk, 'stat'>;
  readonly relocate: RelocateResting;
  /** Undefined for a magnet link whose metadata has not come. */
  metainfo(id: string): Metainfo | undefined;
  /** Sees to a task that nobody waits for. */
  own(task: () => Promise<void>): void;
  /** It may run again, or not. */
  onSettled(): void;
}

type Change = Exclude<ContentChange, { readonly type: 'none' }>;

interface Under {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

export class ContentMoves implements AsyncDisposable {
  readonly #book: TransferBook;
  readonly #journal: Journal;
  readonly #view: MovesView;
  readonly #under = new Map<string, Under>();
  /** Of what rests: one after the other, for the sake of the disk and of the threads that hash. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(book: TransferBook, journal: Journal, view: MovesView) {
    this.#book = book;
    this.#journal = journal;
    this.#view = view;
  }

  /** Those that a crash cut off: where they are is found out, and until then they do not run. */
  settle(): void {
    for (const entry of this.#book.all())
      if (entry.record.options.isRelocating === true && !this.#under.has(entry.id))
        this.#view.own(() => this.#settleOne(entry));
  }

  /**
   * Resolves once it is done. Rejects with LocalFault `NOT_POSSIBLE_NOW`, `MOVE_CANCELLED`, `MOVE_TARGET_EXISTS`, or
   * as `Torrent.move`, `rename` and `relocateContent`; then the content is where it was.
   */
  async change(entry: TransferEntry, change: Change): Promise<void> {
    if (this.#under.has(entry.id)) throw notNow('move');
    // its files may have other names, which are known once it was hashed
    if (entry.isUnchecked && entry.torrent === undefined) throw notNow('move');
    const { ended } = this.#begin(entry, change);
    await ended;
  }

  /** Resolves when the content is where it was. Throws LocalFault `NOT_POSSIBLE_NOW` when nothing is moved. */
  async cancel(entry: TransferEntry): Promise<void> {
    const under = this.#under.get(entry.id);
    if (under === undefined) throw notNow('cancel-move');
    await this.#stop(under, new DOMException('a person cancelled it', 'AbortError'));
  }

  /** What is under way of these is given up: they are to go. */
  async giveUp(entries: readonly TransferEntry[]): Promise<void> {
    const gone = new DOMException('the transfer goes', 'AbortError');
    const under = entries.map(({ id }) => this.#under.get(id)).filter((each) => each !== undefined);
    await Promise.all(under.map((each) => this.#stop(each, gone)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = new DOMException('the peer stops', 'AbortError');
    await Promise.all(Array.from(this.#under.values(), (each) => this.#stop(each, stopped)));
  }

  async #stop({ stop, ended }: Under, reason: unknown): Promise<void> {
    stop.abort(reason);
    await Promise.allSettled([ended]); // who began it is told
  }

  /** What cannot be found out now waits for a person, who lets it run again. */
  async #settleOne(entry: TransferEntry): Promise<void> {
    try {
      await this.#begin(entry, { type: 'none' }).ended;
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      if (error.code !== 'MOVE_CANCELLED') entry.problem = explain(error);
    }
  }

  #begin(entry: TransferEntry, change: ContentChange): Under {
    const stop = new AbortController();
    const ended = this.#run(entry, change, stop.signal).finally(() => {
      this.#under.delete(entry.id);
      entry.relocation = undefined;
      this.#view.onSettled();
    });
    const under = { stop, ended };
    this.#under.set(entry.id, under);
    return under;
  }

  async #run(entry: TransferEntry, change: ContentChange, signal: AbortSignal): Promise<void> {
    const to = change.type === 'move' ? change.directory : '';
    // content that is trusted is not remembered by the engine: it is verified first, and moved while it rests
    const { isTrusted } = entry.record.options;
    const rests = change.type === 'none' || isTrusted || entry.torrent?.contentPath === undefined;
    entry.relocation = { to, isHeld: rests, progress: undefined };
    const { name } = entry.record;
    try {
      if (rests) await entry.stop();
      await this.#place(entry, change, signal);
      if (change.type === 'move')
        this.#journal.tell('info', 'TRANSFER_MOVED', { name, path: to }, entry.id);
    } catch (error) {
      const fault = faultOf(error, name, signal);
      if (fault instanceof LocalFault && change.type !== 'rename-file')
        this.#journal.fault(fault, entry.id);
      throw fault;
    }
  }

  async #place(entry: TransferEntry, change: ContentChange, signal: AbortSignal): Promise<void> {
    const { torrent, record } = entry;
    const metainfo = this.#view.metainfo(entry.id);
    if (
      torrent === undefined &&
      change.type === 'move' &&
      (await this.#isNowhere(entry, metainfo))
    ) {
      entry.change({ directory: change.directory });
      this.#book.save();
      return;
    }
    if (metainfo === undefined) throw notNow(change.type);
    entry.changeOptions({ isRelocating: true });
    this.#book.save();
    const onProgress = (progress: RelocateProgress): void => entry.noteRelocation(progress);
    let contentPath: string | undefined;
    try {
      if (torrent === undefined) {
        const content = contentOf(entry, metainfo);
        contentPath = await this.#inTurn(() =>
          this.#view.relocate(content, change, signal, onProgress),
        );
      } else {
        await changeLive(torrent, change, signal, onProgress);
        ({ contentPath } = torrent);
      }
    } finally {
      // when the peer is killed this is not reached, and the next start looks
      const isFound = change.type !== 'none' || contentPath !== undefined;
      entry.changeOptions({
        isRelocating: isFound ? undefined : true,
        ...(contentPath !== undefined && torrent === undefined && { isTrusted: false }),
      });
      if (contentPath !== undefined)
        entry.change(placeOf(contentPath, metainfo, record.contentPath));
      this.#book.save();
    }
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run);
    this.#last = turn.catch(() => undefined); // who asked for it is told
    return turn;
  }

  /** Nothing of it is on disk yet: only where it will go is changed. */
  async #isNowhere({ record }: TransferEntry, metainfo: Metainfo | undefined): Promise<boolean> {
    const { directory, contentPath, figures } = record;
    if (figures.have > 0 || contentPath !== undefined) return false;
    if (metainfo === undefined) return true;
    const place = rootPath(join(directory, metainfo.name));
    return (await this.#view.disk.stat(place)) === undefined;
  }
}

async function changeLive(
  torrent: NonNullable<TransferEntry['torrent']>,
  change: ContentChange,
  signal: AbortSignal,
  onProgress: (progress: RelocateProgress) => void,
): Promise<void> {
  switch (change.type) {
    case 'move':
      return await torrent.move(change.directory, signal, (done, total) =>
        onProgress({ type: 'copying', done, total }),
      );
    case 'rename':
      return await torrent.rename(change.name, signal);
    case 'rename-file':
      return await torrent.renameFile(change.file, change.name, signal);
    case 'none':
      return;
  }
}

function contentOf(
  { record, isComplete }: TransferEntry,
  metainfo: Metainfo,
): Omit<RestingContent, 'resumeDirectory' | 'lock'> {
  const { directory, contentPath, options } = record;
  const wanted = [...metainfo.files.keys()].filter((file) => options.priorities[file] !== 'skip');
  const wantedFiles = new Set(wanted);
  return { metainfo, directory, contentPath, wantedFiles, isWhole: isComplete };
}

function placeOf(
  contentPath: string,
  { name }: Metainfo,
  before: string | undefined,
): { readonly directory: string; readonly contentPath: string | undefined } {
  const isRenamed = basename(contentPath) !== name || before !== undefined;
  return { directory: dirname(contentPath), contentPath: isRenamed ? contentPath : undefined };
}

/** What the caller is told: the reason, when it was given up. */
function faultOf(error: unknown, name: string, signal: AbortSignal): unknown {
  // by who asked for it, or because the transfer or the peer stopped
  const isGivenUp =
    isAbort(error, signal) || (error instanceof DOMException && error.name === 'AbortError');
  if (isGivenUp) return new LocalFault('MOVE_CANCELLED', { name }, { cause: error });
  if (error instanceof LocalFault && error.code === 'FILE_EXISTS')
    return new LocalFault('MOVE_TARGET_EXISTS', error.details, { cause: error });
  return error;
}

function notNow(what: string): LocalFault {
  return new LocalFault('NOT_POSSIBLE_NOW', { what });
}
