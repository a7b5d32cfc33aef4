/**
 * The stored resume data of one torrent at one place: `<key>.resume`, replaced as a whole, and
 * `<key>.journal`, which names the pieces written since. A journal that exists says: not stopped cleanly.
 */
import { decodeUtf8, encodeUtf8, joinPath, LocalFault, rootPath, sleep } from '@coequal/base';
import type { Clock, Disk, DiskFile, Hasher, Millis, SafePath } from '@coequal/base';
import {
  decodeJournal,
  decodeResumeData,
  encodeJournal,
  encodeResumeData,
  JOURNAL_RECORD_LENGTH,
  RESUME_LENGTH_MAX,
  resumeKey,
} from '../../core/resume-data.ts';
import type { Bitfield } from '../../core/bitfield.ts';
import type { ResumeData } from '../../core/resume-data.ts';
import { makeDurableDirectory, readWhole, replaceWhole } from './whole-file.ts';

/** What was there when the store was opened. */
export type StoredResume =
  | { readonly type: 'none' }
  /** It could not be read, for this reason; kept as `….bad` for whoever wants to know. */
  | { readonly type: 'bad'; readonly why: string }
  | {
      readonly type: 'found';
      readonly data: ResumeData;
      readonly isClean: boolean;
      /** Pieces that were written after the data: to be verified before they count. */
      readonly journal: ReadonlySet<number>;
    };

type StorePorts = {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly hasher: Pick<Hasher, 'hash'>;
};

/**
 * Pieces that come within this time of an append go out together in the next: each append wakes a
 * thread, which cost 7 % of a fast transfer when every piece had its own.
 */
const GROUP_MS = 10;
const NEVER = new AbortController().signal;

export class ResumeStore implements AsyncDisposable {
  readonly #directory: SafePath;
  readonly #key: string;
  readonly #ports: StorePorts;
  /** The folder is there and durable. */
  #hasFolder = false;
  #journal: DiskFile | undefined;
  /** Pieces in the journal file, in order. */
  #recorded: number[];
  /** Pieces that wait for the write under way, to go out together in the next. */
  #pending: number[] = [];
  #next: Promise<void> | undefined;
  #appendedAt: Millis = -Infinity;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(directory: SafePath, key: string, stored: StoredResume, ports: StorePorts) {
    this.#directory = directory;
    this.#key = key;
    this.#ports = ports;
    // Those of the last run count on: they are verified by now, but not durable before a `replace`.
    this.#recorded = stored.type === 'found' ? [...stored.journal] : [];
  }

  /**
   * With what was stored, which is not kept here: it is as large as the torrent. `pieceCount` and
   * `infoHash` tell whether the data are this torrent's.
   */
  static async open(
    directory: SafePath,
    key: string,
    torrent: { readonly infoHash: string; readonly pieceCount: number; readonly fileCount: number },
    ports: StorePorts,
  ): Promise<{ readonly resume: ResumeStore; readonly stored: StoredResume }> {
    const path = joinPath(directory, `${key}.resume`);
    const stored = await readStored(path, joinPath(directory, `${key}.journal`), torrent, ports);
    if (stored.type === 'bad') {
      await ports.disk.rename(path, joinPath(directory, `${key}.resume.bad`));
    }
    return { resume: new ResumeStore(directory, key, stored, ports), stored };
  }

  /**
   * Resolves once the piece is in the journal: a crash of this process no longer loses it. Not durable
   * against loss of power, and need not be: what the journal names is verified before it counts.
   */
  record(piece: number): Promise<void> {
    this.#pending.push(piece);
    this.#next ??= this.#afterLast(async () => {
      const { clock } = this.#ports;
      const since = clock.now() - this.#appendedAt;
      if (since < GROUP_MS) await sleep(clock, GROUP_MS - since, NEVER);
      await this.#appendPending();
    });
    return this.#next;
  }

  /**
   * Replaces the data, durably; the journal then need not name its pieces any more. A crash at any
   * moment leaves the old data or the new.
   */
  async replace(data: ResumeData): Promise<void> {
    await this.#write(data);
    await this.#afterLast(() => this.#forget(data.pieces));
  }

  /** Content that was moved there is found under these data by whoever looks for it there. */
  async pointFrom(infoHash: string, contentPath: SafePath): Promise<void> {
    const { disk, hasher } = this.#ports;
    const key = resumeKey(infoHash, contentPath, (input, kind) => hasher.hash(input, kind));
    if (key === this.#key) return;
    const path = joinPath(this.#directory, `${key}.moved`);
    await makeDurableDirectory(disk, this.#directory);
    // what was there before is not what is there now
    for (const ending of ['resume', 'journal'])
      await disk.remove(joinPath(this.#directory, `${key}.${ending}`));
    await replaceWhole(disk, path, rootPath(`${path}.new`), encodeUtf8(this.#key));
  }

  /** As `replace`, and says that the stop was clean. Nothing is recorded afterwards. */
  async finish(data: ResumeData): Promise<void> {
    await this.#write(data);
    await this.#afterLast(async () => {
      await this.#closeJournal();
      await this.#ports.disk.remove(joinPath(this.#directory, `${this.#key}.journal`));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#afterLast(() => this.#closeJournal());
  }

  async #write(data: ResumeData): Promise<void> {
    const { disk, hasher } = this.#ports;
    if (!this.#hasFolder) await makeDurableDirectory(disk, this.#directory);
    this.#hasFolder = true;
    const bytes = encodeResumeData(data, (input, kind) => hasher.hash(input, kind));
    const path = joinPath(this.#directory, `${this.#key}.resume`);
    await replaceWhole(disk, path, joinPath(this.#directory, `${this.#key}.resume.new`), bytes);
  }

  async #appendPending(): Promise<void> {
    const pieces = this.#pending;
    this.#pending = [];
    this.#next = undefined;
    const journal = await this.#openJournal();
    const position = this.#recorded.length * JOURNAL_RECORD_LENGTH;
    await journal.writeAt([encodeJournal(pieces)], position);
    for (const piece of pieces) this.#recorded.push(piece);
    this.#appendedAt = this.#ports.clock.now();
  }

  /** Moves the records that still count to the front; a crash in between leaves some twice, which is harmless. */
  async #forget(durable: Bitfield): Promise<void> {
    this.#recorded = this.#recorded.filter((piece) => !durable.has(piece));
    if (this.#journal !== undefined) await this.#rewriteJournal(this.#journal);
  }

  async #rewriteJournal(journal: DiskFile): Promise<void> {
    if (this.#recorded.length > 0) await journal.writeAt([encodeJournal(this.#recorded)], 0);
    await journal.truncate(this.#recorded.length * JOURNAL_RECORD_LENGTH);
  }

  async #openJournal(): Promise<DiskFile> {
    if (this.#journal === undefined) {
      const path = joinPath(this.#directory, `${this.#key}.journal`);
      this.#journal = await this.#ports.disk.open(path, 'update');
      await this.#rewriteJournal(this.#journal);
    }
    return this.#journal;
  }

  async #closeJournal(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.[Symbol.asyncDispose]();
  }

  /** One change of the files at a time, in order. */
  #afterLast(run: () => Promise<void>): Promise<void> {
    const done = this.#last.then(run);
    this.#last = done.catch(() => undefined); // told to whoever awaits `done`
    return done;
  }
}

/**
 * Under which key there are data of content at that place: its own, or that of where it was added, if it was
 * moved here since.
 */
export async function keyOfMoved(
  directory: SafePath,
  key: string,
  contentPath: SafePath,
  ports: Pick<StorePorts, 'disk' | 'hasher'>,
): Promise<string> {
  if ((await ports.disk.stat(joinPath(directory, `${key}.resume`))) !== undefined) return key;
  const pointer = await readWhole(ports.disk, joinPath(directory, `${key}.moved`), key.length);
  const pointed = pointer && decodeUtf8(pointer);
  if (pointed === undefined || !KEY.test(pointed)) return key;
  const path = joinPath(directory, `${pointed}.resume`);
  try {
    const bytes = await readWhole(ports.disk, path, RESUME_LENGTH_MAX);
    const data = bytes && decodeResumeData(bytes, (input, kind) => ports.hasher.hash(input, kind));
    const { change } = data ?? {};
    const isBegun = change !== undefined && change.type !== 'rename' && change.to === contentPath;
    return data?.contentPath === contentPath || isBegun ? pointed : key;
  } catch (error) {
    if (error instanceof LocalFault && UNREADABLE.has(error.code)) return key;
    throw error;
  }
}

/** As resumeKey makes it. */
const KEY = /^[0-9a-f]{40}-[0-9a-f]{12}$/;

async function readStored(
  path: SafePath,
  journalPath: SafePath,
  torrent: { readonly infoHash: string; readonly pieceCount: number; readonly fileCount: number },
  ports: StorePorts,
): Promise<StoredResume> {
  try {
    const bytes = await readWhole(ports.disk, path, RESUME_LENGTH_MAX);
    if (bytes === undefined) return { type: 'none' };
    const data = decodeResumeData(bytes, (input, kind) => ports.hasher.hash(input, kind));
    const isSame =
      data.infoHash === torrent.infoHash &&
      data.pieces.length === torrent.pieceCount &&
      data.wanted.length === torrent.fileCount &&
      data.real.length === torrent.fileCount;
    if (!isSame) return { type: 'bad', why: 'another torrent' };
    const journalLengthMax = (torrent.pieceCount + 1) * 2 * JOURNAL_RECORD_LENGTH;
    const journal = await readWhole(ports.disk, journalPath, journalLengthMax);
    const isClean = journal === undefined && data.marks !== undefined;
    return {
      type: 'found',
      data,
      isClean,
      journal: decodeJournal(journal ?? new Uint8Array(), torrent.pieceCount),
    };
  } catch (error) {
    if (!(error instanceof LocalFault) || !UNREADABLE.has(error.code)) throw error;
    return { type: 'bad', why: String(error.details['why'] ?? error.code) };
  }
}

/** What says that the file's content is of no use, rather than that the disk is in trouble. */
const UNREADABLE: ReadonlySet<string> = new Set(['RESUME_DATA_BAD', 'FILE_TOO_LONG']);
