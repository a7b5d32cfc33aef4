// A disk that follows the steps of a trace, and can be looked at as it would be found if the power had gone.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { SimRandom } from '../../src/sim-random.ts';
import type { FileNumber, Step } from './trace.ts';

/** What a disk writes wholly or not at all: of old ones, and of new ones. */
const SECTOR_LENGTHS = [512, 4_096];

/** What of all that was not synced survives. */
export const FATES = ['none', 'all', 'first', 'any', 'torn'] as const;
export type Fate = (typeof FATES)[number];

type Change = Extract<Step, { type: 'write' | 'truncate' }>;
type Named = Extract<Step, { type: 'name' }>;
type Names = Map<string, FileNumber | 'folder'>;

interface Content {
  readonly durable: Grown;
  /** Not durable, oldest first. */
  pending: Change[];
}

export class RecordedDisk {
  readonly #files = new Map<FileNumber, Content>();
  readonly #names: Names = new Map();
  readonly #durable: Names = new Map();
  #pending: Named[] = [];

  take(step: Step): void {
    switch (step.type) {
      case 'write':
      case 'truncate':
        this.#content(step.file).pending.push(step);
        return;
      case 'sync': {
        const content = this.#content(step.file);
        for (const change of content.pending) content.durable.take(change);
        content.pending = [];
        return;
      }
      case 'name':
        setName(this.#names, step);
        this.#pending.push(step);
        return;
      case 'sync-names': {
        const isThere = ({ path }: Named): boolean => dirname(path) === step.folder;
        for (const named of this.#pending.filter(isThere)) setName(this.#durable, named);
        this.#pending = this.#pending.filter((named) => !isThere(named));
        return;
      }
      case 'said':
    }
  }

  /** Puts below `to` what is below `from`: all, as programs see it. */
  copy(from: string, to: string): void {
    const noNoise = (length: number): Uint8Array => new Uint8Array(length);
    this.#put({ from, to }, this.#names, (changes) => changes, noNoise);
  }

  /** The same, as it would be found after a loss of power. */
  losePower(from: string, to: string, fate: Fate, random: SimRandom): void {
    const names: Names = new Map(this.#durable);
    for (const named of survivors(this.#pending, fate, random)) setName(names, named);
    const survive = (changes: readonly Change[]): Change[] => {
      const kept = survivors(changes, fate, random);
      return fate === 'torn' ? kept.flatMap((change) => torn(change, random)) : kept;
    };
    this.#put({ from, to }, names, survive, (length) => random.bytes(length));
  }

  #put(
    { from, to }: { readonly from: string; readonly to: string },
    names: Names,
    survive: (changes: readonly Change[]) => readonly Change[],
    noise: (length: number) => Uint8Array,
  ): void {
    rmSync(to, { recursive: true, force: true });
    mkdirSync(to, { recursive: true });
    for (const [path, is] of names) {
      if (is === 'folder' || !path.startsWith(`${from}/`)) continue;
      if (!isReached(path, names, this.#names, from)) continue;
      const { durable, pending } = this.#content(is);
      const found = durable.copy();
      for (const change of survive(pending)) found.take(change);
      // the index of the WAL is written through memory: what is on the disk of it is anything
      if (path.endsWith('-shm')) found.bytes.set(noise(found.bytes.length));
      const target = join(to, relative(from, path));
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, found.bytes);
    }
  }

  #content(file: FileNumber): Content {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const content: Content = { durable: new Grown(), pending: [] };
    this.#files.set(file, content);
    return content;
  }
}

/** All folders on the way that the program made are there. */
function isReached(path: string, names: Names, made: Names, from: string): boolean {
  for (let folder = dirname(path); folder !== from; folder = dirname(folder))
    if (made.get(folder) === 'folder' && names.get(folder) === undefined) return false;
  return true;
}

function setName(names: Names, { path, is }: Named): void {
  if (is === undefined) names.delete(path);
  else names.set(path, is);
}

function survivors<T>(all: readonly T[], fate: Fate, random: SimRandom): T[] {
  switch (fate) {
    case 'none':
      return [];
    case 'all':
      return [...all];
    case 'first':
      return all.slice(0, random.integer(0, all.length));
    case 'any':
    case 'torn':
      return all.filter(() => random.chance(0.5));
  }
}

/** Of a write any of its sectors. */
function torn(change: Change, random: SimRandom): Change[] {
  if (change.type === 'truncate' || random.chance(0.5)) return [change];
  const sector = SECTOR_LENGTHS[random.integer(0, SECTOR_LENGTHS.length - 1)] ?? 512;
  const parts: Change[] = [];
  const { at, bytes } = change;
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + sector - ((at + start) % sector));
    if (random.chance(0.5))
      parts.push({ ...change, at: at + start, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return parts;
}

/** Bytes that grow, with zeros where nothing was written. */
class Grown {
  #bytes = Buffer.alloc(0);
  #length = 0;

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  copy(): Grown {
    const copy = new Grown();
    copy.#bytes = Buffer.from(this.bytes);
    copy.#length = this.#length;
    return copy;
  }

  take(change: Change): void {
    if (change.type === 'truncate') {
      this.#reserve(change.length);
      this.#bytes.fill(0, change.length);
      this.#length = change.length;
      return;
    }
    const end = change.at + change.bytes.length;
    this.#reserve(end);
    this.#bytes.set(change.bytes, change.at);
    this.#length = Math.max(this.#length, end);
  }

  #reserve(length: number): void {
    if (length <= this.#bytes.length) return;
    const more = Buffer.alloc(Math.max(length, 2 * this.#bytes.length));
    more.set(this.#bytes);
    this.#bytes = more;
  }
}
