/**
 * One torrent's pieces on disk: received into slots, verified and written by the hasher, read for
 * uploads, and remembered over restarts. `have` holds verified pieces only; what resume data claims is
 * durable; a piece is lost, and said to be, as soon as its bytes are found missing.
 */
import { assert, LeanMap, LocalFault, parentPath } from '@coequal/base';
import type { Ports, SafePath, WriteOutcome } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import type { PieceMap } from '../../core/metainfo/piece-map.ts';
import { addTotals, NO_TOTALS } from '../../core/resume-data.ts';
import type { Totals } from '../../core/resume-data.ts';
import { Checkpoints } from './checkpoints.ts';
import { ContentChanges } from './content-changes.ts';
import { ContentFiles } from './content-files.ts';
import type { ContentLayout } from './content-layout.ts';
import type { ContentMover } from './content-mover.ts';
import { isAsStored, possiblePieces } from './content-state.ts';
import type { CheckReason } from './content-state.ts';
import { HadPieces } from './had-pieces.ts';
import { openPlace } from './open-place.ts';
import type { OpenedPlace, PieceStoreOptions } from './open-place.ts';
import { checkPieces } from './piece-check.ts';
import type { StoredBytes, TorrentReads } from './read-cache.ts';
import type { ResumeStore } from './resume-store.ts';
import { SharedLock } from './shared-lock.ts';
import type { SharedStorage } from './shared-storage.ts';
import type { PieceBuffer, SlotShare } from './slot-pool.ts';
import type { Turns } from '../turns.ts';
import { WrittenFiles } from './written-files.ts';

export type { PieceStoreOptions } from './open-place.ts';

type StorePorts = Pick<Ports, 'disk' | 'hasher' | 'clock'>;

export class PieceStore implements AsyncDisposable {
  readonly map: PieceMap;
  /** Why pieces had to be hashed when this was opened; undefined when none had to. */
  readonly whyChecked: CheckReason | undefined;
  /** What this run adds to the totals of earlier ones. */
  session: () => Totals = () => NO_TOTALS;
  /** Called in the turn in which a `reserve` that failed may succeed. */
  onSlotsFree: (() => void) | undefined;
  /** Called when a piece that was had is found missing. */
  onLost: ((piece: number) => void) | undefined;
  /** Called when a checkpoint failed that nobody asked for; it is tried again in time. */
  onFault: ((fault: LocalFault) => void) | undefined;

  readonly #totalsBefore: Totals;
  readonly #metainfo: Metainfo;
  readonly #options: PieceStoreOptions;
  readonly #ports: StorePorts;
  readonly #resume: ResumeStore | undefined;
  readonly #layout: ContentLayout;
  readonly #files: ContentFiles;
  readonly #had: HadPieces;
  readonly #slots: SlotShare;
  readonly #reads: TorrentReads;
  readonly #written: WrittenFiles;
  readonly #checkpoints: Checkpoints;
  readonly #changes: ContentChanges;
  readonly #checkTurns: Turns;
  /** Shared: what uses paths and positions. Exclusive: what changes them. */
  readonly #lock = new SharedLock();
  readonly #reserved = new LeanMap<number, PieceBuffer>();
  #resources = new AsyncDisposableStack();
  #isClosed = false;

  private constructor(
    metainfo: Metainfo,
    options: PieceStoreOptions,
    shared: SharedStorage,
    ports: StorePorts,
    place: OpenedPlace,
  ) {
    this.#metainfo = metainfo;
    this.#options = options;
    this.#ports = ports;
    this.#resume = place.resume;
    this.map = place.state.layout.map;
    this.whyChecked = place.state.why;
    this.#totalsBefore = place.totals;
    this.#layout = place.state.layout;
    this.#files = new ContentFiles(metainfo, this.#layout, shared.files, ports);
    this.#had = new HadPieces(this.map, metainfo.files);
    this.#checkTurns = shared.checkings;
    this.#slots = shared.slots.join();
    this.#slots.onFree = () => this.onSlotsFree?.();
    this.#reads = shared.cache.join(metainfo.pieceLength, {
      lengthOf: (piece) => this.map.lengthOf(piece),
      load: (piece, begin, into) => this.#lock.shared(() => this.#load(piece, begin, into)),
    });
    this.#written = new WrittenFiles(parentPath(this.#layout.contentPath), ports.disk);
    this.#checkpoints = this.#makeCheckpoints();
    this.#changes = new ContentChanges({
      metainfo,
      layout: this.#layout,
      files: this.#files,
      had: this.#had,
      written: this.#written,
      checkpoints: this.#checkpoints,
      disk: ports.disk,
    });
  }

  /**
   * Ready when it resolves: pieces that need it were hashed, with `onProgress`. Rejects with LocalFault
   * `TORRENT_IN_USE`, `NOT_A_FILE`, `PIECE_TOO_LONG_FOR_MEMORY` or those of Disk, or the signal's reason.
   */
  static async open(
    metainfo: Metainfo,
    options: PieceStoreOptions,
    shared: SharedStorage,
    ports: StorePorts,
    signal: AbortSignal,
  ): Promise<PieceStore> {
    await using resources = new AsyncDisposableStack();
    const place = await openPlace(metainfo, options, ports, resources, shared.openings, signal);
    const store = new PieceStore(metainfo, options, shared, ports, place);
    resources.use(store.#checkpoints);
    await store.#begin(place, signal);
    store.#resources = resources.move();
    return store;
  }

  /** Live: changes as pieces are had and lost. Not to be changed by others. */
  get have(): Bitfield {
    return this.#had.have;
  }

  /** Over all runs, kept in the resume data. */
  get totals(): Totals {
    return addTotals(this.#totalsBefore, this.session());
  }

  get wantedFiles(): Bitfield {
    return this.#had.wantedFiles;
  }

  /** Bytes of wanted files that are had. */
  get bytesHad(): number {
    return this.#had.bytesWantedHad;
  }

  /** Every wanted piece is had. */
  get isComplete(): boolean {
    return this.#had.missingCount === 0;
  }

  /** Bytes had of every file, wanted or not. */
  fileProgress(): number[] {
    return this.#metainfo.files.map((_, file) => this.#had.bytesOf(file));
  }

  /** Memory for a piece, or undefined when there is none now: `onSlotsFree` says when to ask again. */
  reserve(piece: number): PieceBuffer | undefined {
    assert(!this.#options.readOnly, 'a read-only torrent fetches nothing');
    assert(!this.have.has(piece) && !this.#reserved.has(piece), 'a piece is fetched once');
    if (this.#isClosed) return undefined;
    const buffer = this.#slots.reserve(piece, this.map.lengthOf(piece));
    if (buffer !== undefined) this.#reserved.set(piece, buffer);
    return buffer;
  }

  /**
   * Verifies a full buffer and writes it: then it is had, and a crash of this process does not lose it. The
   * buffer stays the caller's only if it is wrong. Rejects with the LocalFaults of Disk.
   */
  async commit(buffer: PieceBuffer, wantsLeaves: boolean): Promise<WriteOutcome> {
    assert(this.#reserved.get(buffer.piece) === buffer, 'a buffer is committed once');
    try {
      return await this.#lock.shared(() => this.#write(buffer, wantsLeaves));
    } catch (error) {
      this.discard(buffer);
      throw error;
    }
  }

  /** Gives up a buffer, unless it went when the store was closed. */
  discard(buffer: PieceBuffer): void {
    if (this.#reserved.get(buffer.piece) !== buffer) return;
    this.#reserved.delete(buffer.piece);
    this.#slots.free(buffer);
  }

  /** Hashes of the blocks of a had piece of v2, proven by its root; undefined if it cannot be read any more. */
  async leavesOf(piece: number): Promise<Uint8Array | undefined> {
    if (this.#isClosed || !this.have.has(piece)) return undefined;
    return await this.#lock.shared(() => this.#files.leavesOf(piece));
  }

  /** The piece layers of a hybrid have come: from here on both of its hashes are checked. */
  learnRoots(pieceRoots: Uint8Array): void {
    this.#files.learnRoots(pieceRoots);
    this.#checkpoints.noteOutdated();
  }

  /**
   * Bytes of a had piece, at once when they are in the cache. Rejects with LocalFault
   * `CONTENT_MISSING` when they are gone (the piece is lost then), or those of Disk.
   */
  read(piece: number, begin: number, length: number): StoredBytes | Promise<StoredBytes> {
    if (this.#isClosed) return Promise.reject(closed());
    if (!this.have.has(piece)) return Promise.reject(new LocalFault('CONTENT_MISSING', { piece }));
    this.#checkpoints.noteRead();
    return this.#reads.read(piece, begin, length);
  }

  /** A peer will be sent bytes of this piece soon, from `begin` on. */
  prepareRead(piece: number, begin: number): void {
    if (!this.#isClosed && this.have.has(piece)) this.#reads.prepare(piece, begin);
  }

  /**
   * Changes the selection. Bytes in the parts file move to files that are wanted now; a file that is no
   * longer wanted stays, if it is there. When it rejects, the selection is as before.
   */
  async setWanted(files: ReadonlySet<number>): Promise<void> {
    await this.#lock.exclusive(() => this.#setWanted(files));
  }

  /** Hashes everything that is on disk: what is right counts, what is not is lost. */
  async recheck(
    signal: AbortSignal,
    onProgress?: (checked: number, total: number) => void,
  ): Promise<void> {
    const stats = await this.#files.stats();
    const possible = possiblePieces(this.#layout, this.#metainfo, stats);
    const { pieceCount } = this.map;
    let checked = 0;
    const check = async (piece: number, both: AbortSignal): Promise<void> => {
      const wasHad = this.have.has(piece);
      const isGood = (wasHad || possible.has(piece)) && (await this.#check(piece, both));
      if (!isGood && wasHad) this.#lose(piece);
      if (isGood && !this.#reserved.has(piece)) this.#gain(piece);
      onProgress?.(++checked, pieceCount);
    };
    await checkPieces(Array(pieceCount).keys(), check, this.#checkTurns, signal);
    if (!this.#options.readOnly) await this.#changes.trim(stats);
    await this.checkpoint();
  }

  /** Where the content is. */
  get contentPath(): SafePath {
    return this.#layout.contentPath;
  }

  filePath(file: number): SafePath {
    return this.#layout.pathOf(file);
  }

  /** Changes where the content is, or its names. Nobody reads or writes meanwhile. */
  async relocate(run: (mover: ContentMover) => Promise<void>): Promise<void> {
    await this.#lock.exclusive(async () => {
      if (this.#isClosed) throw closed();
      await run(this.#changes.mover(this.#resume));
    });
  }

  /** Makes all that was written so far durable, then the resume data that says so. */
  checkpoint(): Promise<void> {
    return this.#checkpoints.request();
  }

  /** Ends with a checkpoint that the next start can trust. No buffer and no stored bytes are in use by now. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#lock.exclusive(() => this.#close());
    } finally {
      await this.#resources.disposeAsync();
    }
  }

  async #close(): Promise<void> {
    for (const buffer of this.#reserved.values()) this.discard(buffer);
    this.#slots.leave();
    this.#reads.dropAll();
    await this.#files.release();
    await this.#checkpoints.finish();
  }

  async #begin(place: OpenedPlace, signal: AbortSignal): Promise<void> {
    const { state, stored, wantedFiles, stats } = place;
    const { doubtful, trusted } = state;
    this.#had.setFirst(trusted);
    if (stored.type === 'found' && !isAsStored(state, stored.data))
      this.#checkpoints.noteOutdated();
    let checked = 0;
    const check = async (piece: number, both: AbortSignal): Promise<void> => {
      if (await this.#check(piece, both)) this.#gain(piece);
      this.#options.onProgress?.(++checked, doubtful.count);
    };
    if (doubtful.count > 0) await checkPieces(doubtful, check, this.#checkTurns, signal);
    if (!this.#options.readOnly) await this.#changes.trim(stats);
    await this.#setWanted(wantedFiles);
    const isMoved = stored.type === 'found' && stored.data.change !== undefined;
    if (doubtful.count > 0 || isMoved) await this.checkpoint();
  }

  async #write(buffer: PieceBuffer, wantsLeaves: boolean): Promise<WriteOutcome> {
    if (this.#isClosed) throw closed();
    const { piece, slots, length } = buffer;
    await this.#files.beforeWrite();
    await this.#checkpoints.beforeWrite();
    await this.#layout.makePlaces(piece);
    const spans = this.#layout.spans(piece);
    assert(spans, 'places were made for all parts');
    const { digests, expected } = this.#files.digestsOf(piece);
    const plan = { slots, length, spans, expected, digests: { ...digests, leaves: wantsLeaves } };
    const outcome = await this.#ports.hasher.hashAndWrite(plan);
    if (!outcome.isWritten) return outcome;
    this.discard(buffer); // before the journal: the memory is of no more use
    await this.#resume?.record(piece);
    this.#gain(piece);
    await this.#changes.cutLongFiles();
    if (this.isComplete) this.#checkpoints.requestSoon();
    return outcome;
  }

  /** A piece is verified and on disk, not yet durable. */
  #gain(piece: number): void {
    if (!this.#had.set(piece)) return;
    if (!this.#options.readOnly) {
      for (const file of this.map.filesOf(piece)) this.#changes.noteWritten(file);
    }
    this.#checkpoints.noteWritten(this.map.lengthOf(piece));
  }

  #lose(piece: number): void {
    if (!this.#had.clear(piece)) return;
    this.#reads.dropPiece(piece);
    this.#checkpoints.noteOutdated();
    this.onLost?.(piece);
  }

  /** A file ends here, too early or at 0 because it is gone: pieces with bytes beyond are lost. */
  #loseFrom(file: number, lengthThere: number): void {
    this.#files.noteLost(file);
    const { first, end } = this.map.piecesOf(file);
    for (let piece = first; piece < end; piece++) {
      if (this.have.has(piece) && this.map.endInFile(piece, file) > lengthThere) this.#lose(piece);
    }
  }

  #check(piece: number, signal: AbortSignal): Promise<boolean> {
    return this.#lock.shared(() => {
      if (this.#isClosed) throw closed();
      return this.#files.check(piece, signal);
    });
  }

  #load(piece: number, begin: number, into: Uint8Array): Promise<void> {
    return this.#files.load(piece, begin, into, (file, lengthThere) => {
      if (file === undefined) this.#lose(piece);
      else this.#loseFrom(file, lengthThere);
    });
  }

  async #setWanted(files: ReadonlySet<number>): Promise<void> {
    if (this.#isClosed) throw closed();
    if (!this.#options.readOnly) await this.#changes.place(files);
    this.#had.setWanted(files);
    const { pieceLength, length } = this.#metainfo;
    if (!this.#options.readOnly && !this.isComplete)
      this.#slots.assertFits(Math.min(pieceLength, length));
  }

  #makeCheckpoints(): Checkpoints {
    const needs = {
      snapshot: () => this.#files.snapshot(this.#had, this.totals),
      onVanished: (paths: readonly string[]) => this.#onVanished(new Set(paths)),
      marks: () => this.#files.marks(),
      onFailure: (error: unknown) => {
        if (!(error instanceof LocalFault)) throw error;
        this.onFault?.(error);
      },
    };
    return new Checkpoints(needs, this.#ports.clock, {
      written: this.#written,
      resume: this.#resume,
      isReadOnly: this.#options.readOnly ?? false,
    });
  }

  /** Files that were written and are not there any more. */
  #onVanished(paths: ReadonlySet<string>): void {
    for (const file of this.#metainfo.files.keys())
      if (paths.has(this.#layout.placeOf(file))) this.#loseFrom(file, 0);
  }
}

const closed = (): LocalFault => new LocalFault('TORRENT_CLOSED');
