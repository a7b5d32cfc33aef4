/** What is wanted of a torrent, from before its files are known until its end: which files, and in which order. */
import { assert, LocalFault } from '@coequal/base';
import {
  piecePriorities,
  piecePriority,
  withPriorities,
  withSelection,
} from '../core/metainfo/file-priorities.ts';
import type { FilePriority, FileWishes } from '../core/metainfo/file-priorities.ts';
import type { FileRange } from '../core/metainfo/magnet.ts';
import type { Metainfo } from '../core/metainfo/metainfo.ts';
import type { TorrentOptions } from '../torrent-types.ts';
import { chooseFiles } from './torrent-content.ts';
import type { TorrentContent } from './torrent-content.ts';

type Change = (wishes: FileWishes) => FileWishes;

export class TorrentWishes {
  readonly #options: TorrentOptions;
  readonly #onChanged: () => void;
  /** Undefined until the files are known. */
  #files: FileWishes | undefined;
  /** What was said before, in order. */
  #early: Change[] = [];
  #fileCount = Infinity;
  #content: TorrentContent | undefined;
  #last: Promise<void> | undefined;
  #isSequential: boolean;
  #endsFirst: boolean;

  /** `onChanged`: something else is to be picked from now on. */
  constructor(options: TorrentOptions, onChanged: () => void) {
    this.#options = options;
    this.#onChanged = onChanged;
    this.#isSequential = options.sequential === true;
    this.#endsFirst = options.firstAndLastFirst === true;
  }

  /** Undefined until the files are known. */
  get files(): FileWishes | undefined {
    return this.#files;
  }

  get isSequential(): boolean {
    return this.#isSequential;
  }

  get isFirstAndLastFirst(): boolean {
    return this.#endsFirst;
  }

  /** The files are known. Throws as chooseFiles does. */
  begin(metainfo: Metainfo, ranges: readonly FileRange[] | undefined): FileWishes {
    if (this.#files !== undefined) return this.#files;
    const chosen = chooseFiles(metainfo, this.#options.select, ranges);
    let wishes: FileWishes = { wanted: chosen, unusual: new Map() };
    for (const change of this.#early) wishes = change(wishes);
    const there = [...wishes.wanted].filter((file) => metainfo.files[file] !== undefined);
    this.#early = [];
    this.#fileCount = metainfo.files.length;
    this.#files = withSelection(wishes, new Set(there)); // nobody could know them
    return this.#files;
  }

  /** The content is open. */
  attach(content: TorrentContent): void {
    this.#content = content;
    this.#prioritise(content);
    content.picker.setSequential(this.#isSequential);
  }

  /** The content was opened for these files, and others may be wanted since. Rejects as `select` does. */
  async catchUp(openedFor: FileWishes): Promise<void> {
    if (this.#files !== openedFor) await this.#change((wishes) => wishes, openedFor);
  }

  /** Rejects with LocalFault `NO_SUCH_FILE` or those of Disk; then what is wanted is as before. */
  async select(files: ReadonlySet<number>): Promise<void> {
    this.#check(files.keys());
    await this.#change((wishes) => withSelection(wishes, files));
  }

  async setPriorities(changes: ReadonlyMap<number, FilePriority>): Promise<void> {
    this.#check(changes.keys());
    const own = new Map(changes);
    await this.#change((wishes) => withPriorities(wishes, own));
  }

  setSequential(on: boolean): void {
    this.#isSequential = on;
    this.#content?.picker.setSequential(on);
  }

  setFirstAndLastFirst(on: boolean): void {
    this.#endsFirst = on;
    if (this.#content === undefined) return;
    this.#prioritise(this.#content);
    this.#onChanged();
  }

  /** A piece that was had is missing again: a picker that has all forgets what was wanted. */
  losePiece({ store, picker }: TorrentContent, piece: number): void {
    picker.lost(piece);
    const { map } = store;
    const wishes = this.#fetched;
    const files = map.filesOf(piece);
    picker.setPriority(piece, piecePriority(piece, files, map, wishes, this.#endsFirst));
  }

  #check(files: Iterable<number>): void {
    for (const file of files)
      if (!Number.isInteger(file) || file < 0 || file >= this.#fileCount)
        throw new LocalFault('NO_SUCH_FILE', { file, files: this.#fileCount });
  }

  /** One after another, each from what the one before left. */
  #change(change: Change, openedFor?: FileWishes): Promise<void> {
    const run = async (): Promise<void> => {
      if (this.#files === undefined) this.#early.push(change);
      else await this.#apply(this.#files, change(this.#files), openedFor ?? this.#files);
    };
    if (this.#content === undefined) return run();
    const done = (this.#last ?? Promise.resolve()).then(run);
    this.#last = done.catch(() => undefined); // told to whoever awaits `done`
    return done;
  }

  async #apply(before: FileWishes, after: FileWishes, stored: FileWishes): Promise<void> {
    const content = this.#content;
    this.#files = after;
    if (content === undefined) return; // it is opened for these
    try {
      const isSame = stored.wanted.symmetricDifference(after.wanted).size === 0;
      if (!isSame) await content.store.setWanted(after.wanted);
    } catch (error) {
      this.#files = before;
      throw error;
    }
    this.#prioritise(content);
    this.#onChanged();
  }

  #prioritise({ store, picker }: TorrentContent): void {
    picker.setPriorities(piecePriorities(store.map, this.#fetched, this.#endsFirst));
  }

  /** What is only read is not fetched. */
  get #fetched(): FileWishes {
    if (this.#options.readOnly === true) return NOTHING;
    assert(this.#files, 'the files are known');
    return this.#files;
  }
}

const NOTHING: FileWishes = { wanted: new Set(), unusual: new Map() };
