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
  /** Files whose names are durable, as far as this run saw to it. */
  readonly #named = new LeanSet<SafePath>();
  /** No folder above this one is ours to sync. */
  readonly #top: SafePath;

  constructor(top: SafePath, disk: Disk) {
    this.#top = top;
    this.#disk = disk;
  }

  add(path: SafePath): void {
    this.#files.add(path);
  }

  /** The file is gone: one that is made there later has a new name to make durable. */
  forget(path: SafePath): void {
    this.#files.delete(path);
    this.#named.delete(path);
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
      await inParallel(files, SYNCS_AT_ONCE, async (path) => {
        if (!(await this.#syncFile(path))) vanished.push(path);
      });
      for (const path of vanished) this.forget(path);
      await this.#syncFolders(files.difference(new Set(vanished)));
      return vanished;
    } catch (error) {
      for (const path of files) this.#files.add(path);
      throw error;
    }
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
