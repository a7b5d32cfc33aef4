/**
 * One process at a time works on one torrent at one place. Who wants to makes a file that names its
 * process in `<key>.lock/`, and goes only if no other living process has one: two who come at the same
 * moment see each other and both give way, so no atomic operation is asked of the disk.
 */
import { joinPath, LocalFault } from '@coequal/base';
import type { Disk, SafePath } from '@coequal/base';

/** A process; the start time tells it from a later one with the same number. */
export interface LockOwner {
  readonly pid: number;
  /** Milliseconds since 1970, or any whole number that stays the same while the process lives. */
  readonly startedAt: number;
}

/** What a lock needs to know of processes: given by whoever puts the program together. */
export interface LockNeeds {
  readonly owner: LockOwner;
  isAlive(owner: LockOwner): boolean | Promise<boolean>;
}

/** Owners of one lock: some are left by processes that were killed, and are removed here. */
const OWNERS_MAX = 1_000;

export class TorrentLock implements AsyncDisposable {
  readonly #folder: SafePath;
  readonly #own: SafePath;
  readonly #disk: Disk;

  private constructor(folder: SafePath, own: SafePath, disk: Disk) {
    this.#folder = folder;
    this.#own = own;
    this.#disk = disk;
  }

  /** Rejects with LocalFault `TORRENT_IN_USE` and the `pid` that uses it. */
  static async acquire(
    directory: SafePath,
    key: string,
    needs: LockNeeds,
    disk: Disk,
  ): Promise<TorrentLock> {
    const folder = joinPath(directory, `${key}.lock`);
    const own = joinPath(folder, nameOf(needs.owner));
    if ((await disk.stat(own)) !== undefined) throw inUse(needs.owner);
    await (await disk.open(own, 'update'))[Symbol.asyncDispose]();
    const lock = new TorrentLock(folder, own, disk);
    try {
      await lock.#checkOthers(needs);
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
    return lock;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disk.remove(this.#own);
    try {
      await this.#disk.remove(this.#folder);
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error; // another process has come: it removes the folder
    }
  }

  async #checkOthers(needs: LockNeeds): Promise<void> {
    for (const name of await this.#disk.list(this.#folder, OWNERS_MAX)) {
      if (name === nameOf(needs.owner)) continue;
      const owner = parseOwner(name);
      if (owner !== undefined && (await needs.isAlive(owner))) throw inUse(owner);
      await this.#disk.remove(joinPath(this.#folder, name));
    }
  }
}

function nameOf({ pid, startedAt }: LockOwner): string {
  return `${pid}-${startedAt}`;
}

function parseOwner(name: string): LockOwner | undefined {
  const [, pid, startedAt] = /^(\d{1,10})-(\d{1,16})$/.exec(name) ?? [];
  return pid && startedAt ? { pid: Number(pid), startedAt: Number(startedAt) } : undefined;
}

function inUse({ pid }: LockOwner): LocalFault {
  return new LocalFault('TORRENT_IN_USE', { pid });
}
