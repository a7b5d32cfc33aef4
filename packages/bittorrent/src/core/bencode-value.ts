/** Bencoded values (BEP 3): byte strings are views, and dictionaries remember their exact bytes. */
import { decodeUtf8 } from '@coequal/base';

/** An integer is a number where that is exact, else a bigint. Byte strings are views of what was decoded. */
export type BencodeValue =
  | number
  | bigint
  | Uint8Array
  | readonly BencodeValue[]
  | BencodeDictionary;

/** What `encodeBencode` takes: text becomes UTF-8, an object a dictionary with its `undefined` left out. */
export type BencodeInput =
  | BencodeValue
  | EncodedValue
  | string
  | readonly BencodeInput[]
  | { readonly [key: string]: BencodeInput | undefined };

/** A value that is encoded already, and is written byte by byte. */
export class EncodedValue {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** From this many entries a dictionary is looked up by an index instead of one by one. */
const INDEX_FROM = 12;

/**
 * Keys and values in the order of the input. Keys are binary strings: one character a byte (see
 * `keyOfBytes`). The typed getters give undefined for a key that is missing or of another type.
 */
export class BencodeDictionary {
  readonly keys: readonly string[];
  readonly values: readonly BencodeValue[];
  readonly #source: Uint8Array | undefined;
  /** In the source: value `n` begins at entry `2n`, and ends before entry `2n + 1`. */
  readonly #ranges: readonly number[];
  #index: Map<string, number> | undefined;

  constructor(
    keys: readonly string[],
    values: readonly BencodeValue[],
    source?: Uint8Array,
    ranges: readonly number[] = [],
  ) {
    this.keys = keys;
    this.values = values;
    this.#source = source;
    this.#ranges = ranges;
  }

  static of(entries: Iterable<readonly [string, BencodeValue]>): BencodeDictionary {
    const all = [...entries];
    return new BencodeDictionary(
      all.map(([key]) => key),
      all.map(([, value]) => value),
    );
  }

  get size(): number {
    return this.keys.length;
  }

  has(key: string): boolean {
    return this.#find(key) >= 0;
  }

  get(key: string): BencodeValue | undefined {
    return this.values[this.#find(key)];
  }

  bytes(key: string): Uint8Array | undefined {
    const value = this.get(key);
    return value instanceof Uint8Array ? value : undefined;
  }

  /** A byte string that is UTF-8. */
  text(key: string): string | undefined {
    const value = this.bytes(key);
    return value && decodeUtf8(value);
  }

  /** An integer that a number holds exactly. */
  integer(key: string): number | undefined {
    const value = this.get(key);
    return typeof value === 'number' ? value : undefined;
  }

  list(key: string): readonly BencodeValue[] | undefined {
    const value = this.get(key);
    return value !== undefined && isList(value) ? value : undefined;
  }

  dictionary(key: string): BencodeDictionary | undefined {
    const value = this.get(key);
    return value instanceof BencodeDictionary ? value : undefined;
  }

  /** The exact bytes of a value as they were decoded (a view); undefined if missing or not decoded. */
  raw(key: string): Uint8Array | undefined {
    const at = this.#find(key);
    return at < 0
      ? undefined
      : this.#source?.subarray(this.#ranges[at * 2], this.#ranges[at * 2 + 1]);
  }

  #find(key: string): number {
    if (this.keys.length < INDEX_FROM) return this.keys.indexOf(key);
    this.#index ??= new Map(this.keys.map((each, at) => [each, at]));
    return this.#index.get(key) ?? -1;
  }
}

/** True for a list: `Array.isArray` does not narrow readonly arrays. */
export function isList(value: BencodeValue): value is readonly BencodeValue[] {
  return Array.isArray(value);
}

/** Up to here a loop is faster than a call with that many arguments. */
const SHORT_KEY_LENGTH_MAX = 16;

/** Long ones are read in runs: byte by byte they would be a chain of strings, at once too many arguments. */
const KEY_RUN_LENGTH = 1_024;

/** The bytes of a key as the string that dictionaries use: one character (U+0000 to U+00FF) a byte. */
export function keyOfBytes(bytes: Uint8Array): string {
  let text = '';
  if (bytes.length <= SHORT_KEY_LENGTH_MAX) {
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  }
  for (let at = 0; at < bytes.length; at += KEY_RUN_LENGTH) {
    text += String.fromCharCode(...bytes.subarray(at, at + KEY_RUN_LENGTH));
  }
  return text;
}

export function bytesOfKey(key: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(key.length);
  for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i);
  return bytes;
}
