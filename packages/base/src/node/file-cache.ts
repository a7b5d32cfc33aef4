/** The files a hash worker writes to, kept open: pieces that follow each other go to the same ones. */
import { closeSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { LocalFault } from '../fault.ts';
import type { OpenMode } from '../ports.ts';
import { parentPath } from '../safe-path.ts';
import type { SafePath } from '../safe-path.ts';
import { errnoOf } from './disk-fault.ts';
import { OPEN_FLAGS } from './disk-file.ts';

/** A worker's share of what a process may have open: 1024 on many systems, for four workers and the peers. */
const OPEN_FILES_MAX = 64;

export class FileCache {
  /** By last use, the oldest first. */
  readonly #files = new Map<SafePath, number>();

  /** The descriptor of a file to write, made with its folders if missing. The cache closes it. */
  open(path: SafePath): number {
    const file = this.#files.get(path) ?? openForWriting(path);
    this.#files.delete(path);
    this.#files.set(path, file);
    if (this.#files.size > OPEN_FILES_MAX) {
      for (const oldest of this.#files.keys()) {
        this.#close(oldest);
        break;
      }
    }
    return file;
  }

  /** Closes the files at or below `path`. */
  release(path: SafePath): void {
    const below = path.endsWith('/') ? path : `${path}/`;
    for (const open of this.#files.keys()) {
      if (open === path || open.startsWith(below)) this.#close(open);
    }
  }

  closeAll(): void {
    for (const open of this.#files.keys()) this.#close(open);
  }

  #close(path: SafePath): void {
    const file = this.#files.get(path);
    this.#files.delete(path);
    if (file !== undefined) closeSync(file);
  }
}

/** A descriptor of a file, and of nothing else. Throws what the system does, or LocalFault `NOT_A_FILE`. */
export function openFileSync(path: SafePath, mode: OpenMode): number {
  const file = openSync(path, OPEN_FLAGS[mode]);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw new LocalFault('NOT_A_FILE', { path });
}

function openForWriting(path: SafePath): number {
  try {
    return openFileSync(path, 'update');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    mkdirSync(parentPath(path), { recursive: true });
    return openFileSync(path, 'update');
  }
}
