/** Files open for reading, shared by all torrents: a bounded number, the one unused for longest closed first. */
import type { Disk, DiskFile, SafePath } from '@coequal/base';

/** Well below the 256 open files that some systems allow a process, sockets included. */
const OPEN_FILES_MAX = 64;

interface Handle {
  readonly path: SafePath;
  readonly opening: Promise<DiskFile>;
  readonly closed: PromiseWithResolvers<void>;
  users: number;
  /** No new users: closed by the last one. */
  isRetired: boolean;
}

export class FileHandles implements AsyncDisposable {
  readonly #disk: Pick<Disk, 'open'>;
  readonly max: number;
  /** Least recently used first. */
  readonly #handles = new Map<SafePath, Handle>();
  /** Retired, not yet closed: they count as open. */
  readonly #retired = new Set<Handle>();
  readonly #waiting: (() => void)[] = [];

  constructor(disk: Pick<Disk, 'open'>, max: number = OPEN_FILES_MAX) {
    this.#disk = disk;
    this.max = max;
  }

  /** Runs with a file that is open for reading. Rejects with the LocalFaults of `Disk.open` and of `run`. */
  async use<T>(path: SafePath, run: (file: DiskFile) => Promise<T>): Promise<T> {
    const handle = this.#open(path) ?? (await this.#openSoon(path));
    try {
      return await run(await handle.opening);
    } catch (error) {
      this.#retire(handle); // what is at the path next time may be another file
      throw error;
    } finally {
      handle.users -= 1;
      if (handle.users === 0) this.#unused(handle);
    }
  }

  /** Closes what is open at or below a path, once its users are done. */
  async release(path: SafePath): Promise<void> {
    const inside = [...this.#handles.values(), ...this.#retired].filter(
      (handle) => handle.path === path || handle.path.startsWith(`${path}/`),
    );
    for (const handle of inside) this.#retire(handle);
    await Promise.all(inside.map((handle) => handle.closed.promise));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#handles.values()) this.#retire(handle);
    await Promise.all([...this.#retired].map((handle) => handle.closed.promise));
  }

  #open(path: SafePath): Handle | undefined {
    let handle = this.#handles.get(path);
    if (handle === undefined) {
      if (this.#handles.size + this.#retired.size >= this.max) return undefined;
      const opening = this.#disk.open(path, 'read');
      handle = { path, opening, closed: Promise.withResolvers(), users: 0, isRetired: false };
    }
    this.#handles.delete(path); // to the end: used last
    this.#handles.set(path, handle);
    handle.users += 1;
    return handle;
  }

  async #openSoon(path: SafePath): Promise<Handle> {
    for (;;) {
      const idle = this.#handles.values().find((handle) => handle.users === 0);
      if (idle !== undefined) this.#retire(idle);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      const handle = this.#open(path);
      if (handle !== undefined) return handle;
    }
  }

  #unused(handle: Handle): void {
    if (handle.isRetired) this.#close(handle);
    else this.#waiting.shift()?.(); // it may close this one
  }

  #retire(handle: Handle): void {
    if (handle.isRetired) return;
    handle.isRetired = true;
    this.#handles.delete(handle.path);
    this.#retired.add(handle);
    if (handle.users === 0) this.#close(handle);
  }

  /** Its end is `handle.closed`, which `release` and disposal await. */
  #close(handle: Handle): void {
    const closing = handle.opening.then(
      (file) => file[Symbol.asyncDispose](),
      () => undefined, // never opened: whoever wanted it was told
    );
    const closed = closing.finally(() => {
      this.#retired.delete(handle);
      this.#waiting.shift()?.();
    });
    handle.closed.resolve(closed);
  }
}
