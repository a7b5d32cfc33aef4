/** Which files hold bytes that are not durable yet, and how they become so: files first, then their folders. */
import { LeanSet, LocalFault, parentPath } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';
import { inParallel } from './parallel.ts';

/** Syncs under way at a time: the disk orders them, and each holds an open file. */
const SYNCS_AT_ONCE = 4;

export class WrittenFiles {
  readonly #disk: Disk;
  /** Files whose bytes, and whose names, are not durable. */
  #files = new Set<SafePath>();
  /** Those of them whose bytes are durable by now: synced ahead, and not written since. */
  readonly #ahead = new Set<SafePath>();
  /** Being synced ahead; the value tells a later sync of the same file from an earlier one. */
  readonly #syncing = new Map<SafePath, symbol>();
  readonly #running = new Set<Promise<void>>();
  /** Why a sync ahead failed: the system tells of bytes that it could not write once, and never again. */
  #fault: LocalFault | undefined;
  /** Files whose names are durable, as far as this run saw to it. */
  readonly #named = new LeanSet<SafePath>();
  /** No folder above this one is ours to sync. */
  #top: SafePath;

  constructor(top: SafePath, disk: Disk) {
    this.#top = top;
    this.#disk = disk;
  }

  /** Nothing is left to be made durable, and what comes is below another folder. */
  moved(top: SafePath): void {
    this.#top = top;
    this.#named.clear();
  }

  add(path: SafePath): void {
    this.#files.add(path);
    this.#forgetAhead(path);
  }

  /** The file is gone: one that is made there later has a new name to make durable. */
  forget(path: SafePath): void {
    this.#files.delete(path);
    this.#named.delete(path);
    this.#forgetAhead(path);
  }

  /**
   * Makes a file's bytes durable ahead of the next `sync`, which then leaves it out unless it is written
   * again meanwhile. What goes wrong is for that `sync` to tell.
   */
  async syncAhead(path: SafePath): Promise<void> {
    const running = this.#syncAhead(path).finally(() => this.#running.delete(running));
    this.#running.add(running);
    await running;
  }

  /**
   * Makes durable what was written before this call. Returns files that are not there any more. What
   * failed is tried again by the next call. Rejects with the LocalFaults of Disk.
   */
  async sync(): Promise<readonly SafePath[]> {
    const files = this.#files;
    this.#files = new Set();
    try {
      const vanished: SafePath[] = [];
      await inParallel(files.difference(this.#ahead), SYNCS_AT_ONCE, async (path) => {
        if (!(await this.#syncFile(path))) vanished.push(path);
      });
      await this.#endAhead();
      for (const path of vanished) this.forget(path);
      await this.#syncFolders(files.difference(new Set(vanished)));
      for (const path of files.difference(this.#files)) this.#ahead.delete(path);
      return vanished;
    } catch (error) {
      for (const path of files) this.#files.add(path);
      throw error;
    }
  }

  async #syncAhead(path: SafePath): Promise<void> {
    const run = Symbol(path);
    this.#syncing.set(path, run);
    try {
      const isThere = await this.#syncFile(path);
      if (isThere && this.#syncing.get(path) === run) this.#ahead.add(path);
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      this.#fault ??= error;
    } finally {
      if (this.#syncing.get(path) === run) this.#syncing.delete(path);
    }
  }

  /** Throws what a sync ahead was told and we were not: those that began before ours end first. */
  async #endAhead(): Promise<void> {
    await Promise.all(this.#running);
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
  }

  /** It is written: what was synced ahead, or is right now, is not all of it. */
  #forgetAhead(path: SafePath): void {
    this.#ahead.delete(path);
    this.#syncing.delete(path);
  }

  /** False: it is not there any more. */
  async #syncFile(path: SafePath): Promise<boolean> {
    try {
      await using file = await this.#disk.open(path, 'modify');
      await file.sync();
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      if (error.code === 'NOT_FOUND') return false;
      // something else may stand where a folder of it was
      if (error.code === 'NOT_A_FILE' && (await this.#disk.stat(path)) === undefined) return false;
      // A file that we may not write holds nothing that we wrote.
      if (!NOT_OURS.has(error.code)) throw error;
    }
    return true;
  }

  async #syncFolders(files: ReadonlySet<SafePath>): Promise<void> {
    const folders = new Set<SafePath>();
    for (const path of files) {
      if (this.#named.has(path)) continue;
      let folder = parentPath(path);
      folders.add(folder);
      while (folder.startsWith(`${this.#top}/`)) folders.add((folder = parentPath(folder)));
    }
    await inParallel(folders, SYNCS_AT_ONCE, async (folder) => {
      if ((await this.#disk.stat(folder)) !== undefined) await this.#disk.syncDirectory(folder);
    });
    for (const path of files) this.#named.add(path);
  }
}

const NOT_OURS: ReadonlySet<string> = new Set(['NOT_PERMITTED', 'READ_ONLY_DISK']);
