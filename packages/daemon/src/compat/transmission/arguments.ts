/** Reads the arguments of a call: what is absent is undefined, what is wrong a LocalFault `BAD_REQUEST` that names it. */
import { isAbsolute } from 'node:path';
import { LocalFault } from '@coequal/base';
import { snakeName } from './names.ts';

/** A path, an address, or a label is no longer. */
const TEXT_LENGTH_MAX = 4_096;
/** Ids, labels or indexes of one argument: as many files as a torrent may have. */
const LIST_LENGTH_MAX = 1_000_000;

export class Arguments {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(values: object) {
    this.#values = new Map(
      Object.entries(values).map(([name, value]): [string, unknown] => [snakeName(name), value]),
    );
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  raw(name: string): unknown {
    return this.#values.get(name);
  }

  text(name: string, lengthMax: number = TEXT_LENGTH_MAX): string | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw bad(name, 'must be a text');
    if (value.length > lengthMax) throw bad(name, 'is too long');
    return value;
  }

  requiredText(name: string): string {
    const text = this.text(name);
    if (text === undefined || text === '') throw bad(name, 'is missing');
    return text;
  }

  /** The peer has no current folder of its own. */
  path(name: string): string | undefined {
    const path = this.text(name);
    if (path === undefined || path === '') return undefined;
    if (!isAbsolute(path)) throw bad(name, 'must be an absolute path');
    return path;
  }

  number(name: string): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isFinite(value)) throw bad(name, 'must be a number');
    return value;
  }

  /** From 0. */
  count(name: string): number | undefined {
    const value = this.number(name);
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0))
      throw bad(name, 'must be a whole number from 0');
    return value;
  }

  /** Older clients say 0 and 1. */
  flag(name: string): boolean | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (value === true || value === 1) return true;
    if (value === false || value === 0) return false;
    throw bad(name, 'must be true or false');
  }

  texts(name: string, countMax: number = LIST_LENGTH_MAX): readonly string[] | undefined {
    const list = this.#list(name, countMax);
    return list?.map((value) => {
      if (typeof value === 'string' && value.length <= TEXT_LENGTH_MAX) return value;
      throw bad(name, 'must have texts, and no long ones');
    });
  }

  counts(name: string): readonly number[] | undefined {
    return this.#list(name, LIST_LENGTH_MAX)?.map((value) => {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
      throw bad(name, 'must have whole numbers from 0');
    });
  }

  #list(name: string, countMax: number): readonly unknown[] | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw bad(name, 'must be a list');
    if (value.length > countMax) throw bad(name, 'is too long');
    return value as unknown[];
  }
}

export function bad(where: string, problem: string): LocalFault {
  return new LocalFault('BAD_REQUEST', { where, problem });
}

/** What the other program does and this peer does not. */
export function unsupported(what: string): LocalFault {
  return new LocalFault('NOT_SUPPORTED', { what });
}
