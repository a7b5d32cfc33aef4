/**
 * Several files and folders, wherever they lie, as one folder that is not on disk: so they are handed over together,
 * and nothing is copied for it.
 */
import { joinPath, LocalFault, rootPath } from '@coequal/base';
import type { Disk, Hasher, ReadPlan, SafePath } from '@coequal/base';

/** No such place is on disk, and nothing is ever written there. */
const ROOT = rootPath('/.coequal-gathered');

/** What is in such a folder: names, and where they are really. */
export type Entries = ReadonlyMap<string, SafePath>;

export class Gathered {
  readonly disk: Disk;
  readonly hasher: Hasher;
  readonly #folders = new Map<SafePath, Entries>();

  constructor(disk: Disk, hasher: Hasher) {
    this.disk = this.#overDisk(disk);
    this.hasher = this.#overHasher(hasher);
  }

  /** Where the folder is then. */
  add(key: string, name: string, entries: Entries): SafePath {
    const folder = joinPath(ROOT, key, name);
    this.#folders.set(folder, entries);
    return folder;
  }

  /** Where a folder is, whether it was added or not. */
  directoryOf(key: string): SafePath {
    return joinPath(ROOT, key);
  }

  remove(folder: SafePath): void {
    this.#folders.delete(folder);
  }

  /** Undefined for the folder itself. Throws LocalFault `NOT_FOUND` for what is not in it. */
  #real(path: SafePath): SafePath | undefined {
    if (!path.startsWith(`${ROOT}/`)) return path;
    const [key = '', name = '', first, ...rest] = path.slice(ROOT.length + 1).split('/');
    if (name === '') return undefined;
    const entries = this.#folders.get(joinPath(ROOT, key, name));
    if (first === undefined && entries !== undefined) return undefined;
    const real = entries?.get(first ?? '');
    if (real === undefined) throw new LocalFault('NOT_FOUND', { path });
    return rest.length === 0 ? real : joinPath(real, ...rest);
  }

  #entriesAt(path: SafePath): Entries | undefined {
    return this.#folders.get(path);
  }

  #overDisk(disk: Disk): Disk {
    const needReal = (path: SafePath): SafePath => {
      const real = this.#real(path);
      if (real === undefined) throw new LocalFault('READ_ONLY_DISK', { path });
      return real;
    };
    return {
      open: async (path, mode) => await disk.open(needReal(path), mode),
      stat: async (path) => {
        if (!path.startsWith(`${ROOT}/`)) return await disk.stat(path);
        try {
          const real = this.#real(path);
          if (real === undefined) return { type: 'directory', length: 0, modifiedMs: 0 };
          return await disk.stat(real);
        } catch (error) {
          if (error instanceof LocalFault && error.code === 'NOT_FOUND') return undefined;
          throw error;
        }
      },
      list: async (path, max) => {
        const entries = this.#entriesAt(path);
        if (entries === undefined) return await disk.list(needReal(path), max);
        if (entries.size > max) throw new LocalFault('TOO_MANY_FILES', { path, max });
        return [...entries.keys()].toSorted();
      },
      makeDirectory: async (path) => await disk.makeDirectory(needReal(path)),
      rename: async (from, to) => await disk.rename(needReal(from), needReal(to)),
      remove: async (path) => await disk.remove(needReal(path)),
      syncDirectory: async (path) => {
        const real = this.#real(path);
        if (real !== undefined) await disk.syncDirectory(real);
      },
      freeBytes: async (path) => {
        const real = this.#real(path);
        return real === undefined ? 0 : await disk.freeBytes(real);
      },
    };
  }

  #overHasher(hasher: Hasher): Hasher {
    const real = (plan: ReadPlan): ReadPlan => ({
      ...plan,
      spans: plan.spans.map((span) => {
        if (span.type !== 'file') return span;
        const path = this.#real(span.path);
        if (path === undefined) throw new LocalFault('NOT_A_FILE', { path: span.path });
        return { ...span, path };
      }),
    });
    return {
      slotLength: hasher.slotLength,
      slotCount: hasher.slotCount,
      slot: (index) => hasher.slot(index),
      hash: (bytes, kind) => hasher.hash(bytes, kind),
      hashAndWrite: (plan) => hasher.hashAndWrite(plan),
      readAndHash: async (plan, signal) => await hasher.readAndHash(real(plan), signal),
      release: async (path) => {
        const own = this.#real(path);
        if (own !== undefined) await hasher.release(own);
      },
      rest: () => hasher.rest(),
      [Symbol.asyncDispose]: () => hasher[Symbol.asyncDispose](),
    };
  }
}
