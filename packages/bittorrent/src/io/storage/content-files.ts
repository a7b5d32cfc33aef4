/** The files of one torrent on disk: reading and verifying pieces, and the few changes that are not pieces. */
import { equalBytes, LeanSet, LocalFault, parentPath } from '@coequal/base';
import type { Ports, SafePath, Span } from '@coequal/base';
import type { Bitfield } from '../../core/bitfield.ts';
import type { Metainfo } from '../../core/metainfo/metainfo.ts';
import { digestsOf } from '../../core/metainfo/piece-digests.ts';
import { swarmHash } from '../../core/resume-data.ts';
import type { FileMark, ResumeData, Totals } from '../../core/resume-data.ts';
import type { ContentLayout } from './content-layout.ts';
import { markOf, STATS_AT_ONCE, statFiles } from './content-state.ts';
import type { FileStats } from './content-state.ts';
import type { FileHandles } from './file-handles.ts';
import { inParallel } from './parallel.ts';
import { copyParts } from './part-move.ts';
import { checkPiece } from './piece-check.ts';
import { makeDurableDirectory } from './whole-file.ts';

const NEVER = new AbortController().signal;

export class ContentFiles {
  #metainfo: Metainfo;
  readonly #layout: ContentLayout;
  readonly #handles: FileHandles;
  readonly #ports: Pick<Ports, 'disk' | 'hasher'>;
  /** Files that are longer than they should be: cut when all else of them is there. */
  readonly #tooLong = new LeanSet<number>();
  #folders: Promise<void> | undefined;
  /** Files of which the hasher may hold one that was removed. */
  readonly #lost = new LeanSet<number>();

  constructor(
    metainfo: Metainfo,
    layout: ContentLayout,
    handles: FileHandles,
    ports: Pick<Ports, 'disk' | 'hasher'>,
  ) {
    this.#metainfo = metainfo;
    this.#layout = layout;
    this.#handles = handles;
    this.#ports = ports;
  }

  /**
   * Fills `into`. Rejects with LocalFault `CONTENT_MISSING`, after telling `onMissing` which file ends
   * where (undefined: the parts file).
   */
  async load(
    piece: number,
    begin: number,
    into: Uint8Array,
    onMissing: (file: number | undefined, lengthThere: number) => void,
  ): Promise<void> {
    const runs = this.#layout.map.spansOf(piece, begin, into.length);
    const spans = this.#layout.spansOf(piece, begin, into.length) ?? [];
    let at = 0;
    for (const [index, run] of runs.entries()) {
      const part = into.subarray(at, at + run.length);
      const { file } = run;
      const span = spans[index];
      at += run.length;
      if (file === undefined) part.fill(0);
      else
        await this.#loadSpan(span, part, (end) =>
          onMissing(this.#layout.real.has(file) ? file : undefined, end),
        );
    }
  }

  /** Whether the bytes on disk are the piece's. */
  check(piece: number, signal: AbortSignal): Promise<boolean> {
    const needs = {
      spans: (at: number) => this.#layout.spans(at),
      digestsOf: (at: number) => this.digestsOf(at),
    };
    return checkPiece(piece, needs, this.#ports.hasher, signal);
  }

  /** Hashes of the piece's blocks, if the bytes on disk are its own: of v2, and its root is known. */
  async leavesOf(piece: number): Promise<Uint8Array | undefined> {
    const spans = this.#layout.spans(piece);
    if (spans === undefined) return undefined;
    const { digests, expected } = this.digestsOf(piece);
    const plan = { spans, digests: { ...digests, sha1: false, leaves: true } };
    const found = await this.#ports.hasher.readAndHash(plan, NEVER);
    const isRight = found?.root && expected.root && equalBytes(found.root, expected.root);
    return isRight === true ? found?.leaves : undefined;
  }

  digestsOf(piece: number): ReturnType<typeof digestsOf> {
    return digestsOf(this.#metainfo, this.#layout.map, piece);
  }

  learnRoots(pieceRoots: Uint8Array): void {
    this.#metainfo = { ...this.#metainfo, pieceRoots };
  }

  stats(): Promise<FileStats> {
    return statFiles(this.#metainfo, this.#layout.at, this.#ports.disk);
  }

  async marks(): Promise<readonly (FileMark | undefined)[]> {
    return (await this.stats()).map(markOf);
  }

  /** What resume data say of it now, without marks. */
  snapshot(
    { have, wantedFiles }: { readonly have: Bitfield; readonly wantedFiles: Bitfield },
    totals: Totals,
  ): ResumeData {
    const { infoHashV2, infoBytes, pieceRoots } = this.#metainfo;
    return {
      infoHash: swarmHash(this.#metainfo),
      infoHashV2,
      ...this.#layout.at,
      change: this.#layout.change,
      pieces: have.copy(),
      wanted: wantedFiles,
      real: this.#layout.real.copy(),
      marks: undefined,
      ...totals,
      infoBytes,
      pieceRoots,
    };
  }

  /** Every byte of the file is had. */
  isWhole(file: number, had: { bytesOf(file: number): number }): boolean {
    return had.bytesOf(file) === this.#metainfo.files[file]?.length;
  }

  /** Notes which files have bytes past their end, such as an older version left. */
  noteLengths(stats: FileStats): void {
    for (const [file, { length }] of this.#metainfo.files.entries()) {
      if ((stats[file]?.length ?? 0) > length && this.#layout.real.has(file)) {
        this.#tooLong.add(file);
      }
    }
  }

  /** Cuts files that are too long and otherwise complete. Returns those. */
  async cut(had: { bytesOf(file: number): number }): Promise<readonly number[]> {
    if (this.#tooLong.size === 0) return [];
    const done = [...this.#tooLong].filter((file) => this.isWhole(file, had));
    for (const file of done) {
      await using opened = await this.#ports.disk.open(this.#layout.pathOf(file), 'update');
      await opened.truncate(this.#metainfo.files[file]?.length ?? 0);
      this.#tooLong.delete(file);
    }
    return done;
  }

  /**
   * Makes the layout what a selection needs: bytes of files that are selected now are copied from the
   * parts file, empty ones created; files that were not begun no longer have a place. Returns what was
   * written. When it rejects, the layout is as before.
   */
  async place(
    selection: ReadonlySet<number>,
    had: { readonly have: Bitfield; bytesOf(file: number): number },
  ): Promise<readonly number[]> {
    const { real } = this.#layout;
    const idle = [...real].filter((file) => !selection.has(file) && had.bytesOf(file) === 0);
    const leaving = await this.#missing(idle);
    const joining = [...selection].filter((file) => !real.has(file));
    for (const file of joining) await copyParts(this.#layout, file, had.have, this.#ports.disk);
    const made = await this.#makeEmpty(selection);
    for (const file of leaving) real.clear(file);
    for (const file of joining) real.set(file);
    return [...made, ...joining.filter((file) => had.bytesOf(file) > 0)];
  }

  /** The parts file is needed no more for these files, and goes with the last. Returns whether it went. */
  async dropParts(files: Iterable<number>): Promise<boolean> {
    const { parts } = this.#layout;
    if (!parts.exists) return false;
    for (const file of files) parts.forget(file);
    if (!parts.isEmpty) return false;
    await this.#release(parts.path);
    await parts.remove();
    return true;
  }

  /** A file was found missing or too short: another may be at its path when it is next written. */
  noteLost(file: number): void {
    this.#lost.add(file);
  }

  /**
   * To be awaited before anything is written: the folders above are durable then, since nothing in them
   * is before they are, and files that are not there any more are let go of.
   */
  async beforeWrite(): Promise<void> {
    this.#folders ??= this.#makeFolders();
    await this.#folders;
    for (const file of this.#lost) {
      await this.#release(this.#layout.pathOf(file));
      this.#lost.delete(file);
    }
  }

  /** The layout has other paths now: the folders above them may not be durable. */
  placeChanged(): void {
    this.#folders = undefined;
  }

  /** Closes all files, so that they can be moved, and their times change no more. */
  async release(): Promise<void> {
    await this.#release(this.#layout.contentPath);
    await this.#release(this.#layout.parts.path);
  }

  /** Creates those of the files that are empty and missing. */
  async #makeEmpty(files: ReadonlySet<number>): Promise<readonly number[]> {
    const empty = [...files].filter((file) => this.#metainfo.files[file]?.length === 0);
    const made = await this.#missing(empty);
    if (made.length > 0) await this.beforeWrite();
    for (const file of made) {
      const opened = await this.#ports.disk.open(this.#layout.pathOf(file), 'update');
      await opened[Symbol.asyncDispose]();
    }
    return made;
  }

  async #missing(files: readonly number[]): Promise<readonly number[]> {
    const missing: number[] = [];
    await inParallel(files, STATS_AT_ONCE, async (file) => {
      const stat = await this.#ports.disk.stat(this.#layout.pathOf(file));
      if (stat === undefined) missing.push(file);
    });
    return missing;
  }

  async #makeFolders(): Promise<void> {
    try {
      for (const path of [this.#layout.contentPath, this.#layout.parts.path]) {
        await makeDurableDirectory(this.#ports.disk, parentPath(path));
      }
    } catch (error) {
      this.#folders = undefined; // the next write tries again
      throw error;
    }
  }

  async #release(path: SafePath): Promise<void> {
    await this.#handles.release(path);
    await this.#ports.hasher.release(path);
  }

  async #loadSpan(
    span: Span | undefined,
    into: Uint8Array,
    onMissing: (lengthThere: number) => void,
  ): Promise<void> {
    const isPlaced = span?.type === 'file';
    const end = isPlaced ? await this.#readAt(span, into) : 0;
    if (end === undefined) return;
    onMissing(end);
    throw new LocalFault('CONTENT_MISSING', { path: isPlaced ? span.path : undefined });
  }

  /** Undefined when all was read, else the length of the file: 0 when it is not there. */
  async #readAt(
    { path, position }: Span & { readonly type: 'file' },
    into: Uint8Array,
  ): Promise<number | undefined> {
    try {
      return await this.#handles.use(path, async (file) => {
        const count = await file.readAt(into, position);
        return count === into.length ? undefined : file.length();
      });
    } catch (error) {
      if (error instanceof LocalFault && error.code === 'NOT_FOUND') return 0;
      throw error;
    }
  }
}
