/** Bencoding (BEP 3), strict but for the order of keys, and with limits on all that a peer chooses. */
import { encodeUtf8, PeerFault } from '@coequal/base';
import { BencodeDictionary, bytesOfKey, EncodedValue, keyOfBytes } from './bencode-value.ts';
import type { BencodeInput, BencodeValue } from './bencode-value.ts';

export {
  BencodeDictionary,
  bytesOfKey,
  EncodedValue,
  isList,
  keyOfBytes,
} from './bencode-value.ts';
export type { BencodeInput, BencodeValue } from './bencode-value.ts';

export interface BencodeLimits {
  /** Bytes of the whole input. */
  readonly lengthMax: number;
  /** Lists and dictionaries inside each other. */
  readonly depthMax: number;
  /** Values and keys: what bounds the memory, since the shortest value costs us fifty times its bytes. */
  readonly countMax: number;
}

/** Digits of a 64-bit integer, the most that BEP 3 writers use; longer ones only cost time. */
const INTEGER_DIGITS_MAX = 20;

/** So many digits any number holds exactly, so no bigint is needed on the way. */
const EXACT_DIGITS_MAX = 15;

/** Digits of a byte string's length: ten reach past any limit on the input. */
const LENGTH_DIGITS_MAX = 10;

/** Bytes of a key: those of file trees are names, which no system lets grow longer. */
const KEY_LENGTH_MAX = 4_096;

/**
 * Decodes one value that takes all of `bytes`. As BEP 3 says, but that keys may come unsorted, as many
 * writers have them. Throws PeerFault `BENCODE_INVALID` or `BENCODE_LIMIT`, each with where.
 */
export function decodeBencode(bytes: Uint8Array, limits: BencodeLimits): BencodeValue {
  const { value, end } = decodeBencodePrefix(bytes, limits);
  if (end < bytes.length)
    throw new PeerFault('BENCODE_INVALID', { why: 'trailing bytes', at: end });
  return value;
}

/** Decodes the value that `bytes` begin with, and tells where it ends (BEP 9 sends bytes after it). */
export function decodeBencodePrefix(
  bytes: Uint8Array,
  limits: BencodeLimits,
): { readonly value: BencodeValue; readonly end: number } {
  if (bytes.length > limits.lengthMax) {
    throw new PeerFault('BENCODE_LIMIT', { what: 'length', length: bytes.length });
  }
  const decoder = new Decoder(bytes, limits);
  const value = decoder.value(0);
  return { value, end: decoder.at };
}

const LETTER = {
  i: 0x69,
  l: 0x6c,
  d: 0x64,
  e: 0x65,
  colon: 0x3a,
  minus: 0x2d,
  zero: 0x30,
} as const;

const NOTHING: readonly never[] = [];

class Decoder {
  at = 0;
  #count = 0;
  readonly #bytes: Uint8Array;
  readonly #limits: BencodeLimits;

  constructor(bytes: Uint8Array, limits: BencodeLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  value(depth: number): BencodeValue {
    this.#count += 1;
    if (this.#count > this.#limits.countMax) throw this.#overLimit('count');
    const first = this.#bytes[this.at];
    if (first === LETTER.i) return this.#integer();
    if (first === LETTER.l) return this.#list(depth + 1);
    if (first === LETTER.d) return this.#dictionary(depth + 1);
    return this.#string();
  }

  #integer(): number | bigint {
    const begin = this.at + 1;
    const isNegative = this.#bytes[begin] === LETTER.minus;
    const digits = isNegative ? begin + 1 : begin;
    const end = this.#digits(digits, INTEGER_DIGITS_MAX, LETTER.e);
    if (isNegative && this.#bytes[digits] === LETTER.zero) throw this.#invalid('minus zero');
    this.at = end + 1;
    if (end - digits > EXACT_DIGITS_MAX) return readLargeInteger(this.#bytes.subarray(begin, end));
    const value = this.#readDigits(digits, end);
    return isNegative ? -value : value;
  }

  #string(): Uint8Array {
    const begin = this.#stringBegin();
    return this.#bytes.subarray(begin, this.at);
  }

  #list(depth: number): readonly BencodeValue[] {
    this.#enter(depth);
    if (this.#leave()) return NOTHING;
    const values: BencodeValue[] = [];
    do values.push(this.value(depth));
    while (!this.#leave());
    return values;
  }

  #dictionary(depth: number): BencodeDictionary {
    this.#enter(depth);
    if (this.#leave()) return new BencodeDictionary(NOTHING, NOTHING, this.#bytes, NOTHING);
    const keys: string[] = [];
    const values: BencodeValue[] = [];
    const ranges: number[] = [];
    let seen: Set<string> | undefined; // needed from the first key out of order on
    do {
      const key = this.#key();
      const last = keys.at(-1);
      if (last !== undefined && !(last < key)) seen ??= new Set(keys);
      if (seen?.has(key)) throw this.#invalid('key twice');
      seen?.add(key);
      keys.push(key);
      ranges.push(this.at);
      values.push(this.value(depth));
      ranges.push(this.at);
    } while (!this.#leave());
    return new BencodeDictionary(keys, values, this.#bytes, ranges);
  }

  #key(): string {
    this.#count += 1;
    if (this.#count > this.#limits.countMax) throw this.#overLimit('count');
    const begin = this.#stringBegin();
    if (this.at - begin > KEY_LENGTH_MAX) throw this.#overLimit('key');
    return keyOfBytes(this.#bytes.subarray(begin, this.at));
  }

  /** Moves past a byte string and returns where its content begins. */
  #stringBegin(): number {
    const end = this.#digits(this.at, LENGTH_DIGITS_MAX, LETTER.colon);
    const length = this.#readDigits(this.at, end);
    if (length > this.#bytes.length - end - 1) throw this.#invalid('string too long for the input');
    this.at = end + 1 + length;
    return end + 1;
  }

  /** Checks a run of digits without needless zeros that ends in `stop`, and returns where that is. */
  #digits(begin: number, countMax: number, stop: number): number {
    let end = begin;
    while (isDigit(this.#bytes[end])) {
      end += 1;
      if (end - begin > countMax) throw this.#invalid('too many digits');
    }
    if (end === begin || this.#bytes[end] !== stop) throw this.#invalid('not a value');
    if (end - begin > 1 && this.#bytes[begin] === LETTER.zero) throw this.#invalid('leading zero');
    return end;
  }

  #readDigits(begin: number, end: number): number {
    let value = 0;
    for (let i = begin; i < end; i++) value = value * 10 + (this.#bytes[i] ?? 0) - LETTER.zero;
    return value;
  }

  #enter(depth: number): void {
    if (depth > this.#limits.depthMax) throw this.#overLimit('depth');
    this.at += 1;
  }

  #leave(): boolean {
    if (this.#bytes[this.at] !== LETTER.e) return false;
    this.at += 1;
    return true;
  }

  #invalid(why: string): PeerFault {
    return new PeerFault('BENCODE_INVALID', { why, at: this.at });
  }

  #overLimit(what: string): PeerFault {
    return new PeerFault('BENCODE_LIMIT', { what, at: this.at });
  }
}

function readLargeInteger(text: Uint8Array): number | bigint {
  const value = BigInt(keyOfBytes(text));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

/** Canonical: keys sorted by their bytes. The keys of plain objects are binary strings (`keyOfBytes`). */
export function encodeBencode(input: BencodeInput): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  write(writer, input);
  return writer.take();
}

function write(writer: Writer, input: BencodeInput): void {
  if (typeof input === 'number' || typeof input === 'bigint') {
    if (typeof input === 'number' && !Number.isSafeInteger(input)) {
      throw new RangeError('bencoding has integers only');
    }
    writer.ascii(`i${input === 0 ? 0 : input}e`); // minus zero has no form of its own
  } else if (typeof input === 'string') writeString(writer, encodeUtf8(input));
  else if (input instanceof Uint8Array) writeString(writer, input);
  else if (input instanceof EncodedValue) writer.bytes(input.bytes);
  else if (isInputList(input)) {
    writer.ascii('l');
    for (const value of input) write(writer, value);
    writer.ascii('e');
  } else {
    writer.ascii('d');
    for (const [key, value] of sortedEntries(input)) {
      writeString(writer, bytesOfKey(key));
      write(writer, value);
    }
    writer.ascii('e');
  }
}

function isInputList(input: BencodeInput): input is readonly BencodeInput[] {
  return Array.isArray(input);
}

function sortedEntries(
  input: BencodeDictionary | { readonly [key: string]: BencodeInput | undefined },
): [string, BencodeInput][] {
  const entries: [string, BencodeInput][] = [];
  if (input instanceof BencodeDictionary) {
    for (const [at, key] of input.keys.entries()) entries.push([key, input.values[at] ?? 0]);
  } else {
    for (const [key, value] of Object.entries(input)) {
      if (value !== undefined) entries.push([key, value]);
    }
  }
  return entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function writeString(writer: Writer, bytes: Uint8Array): void {
  writer.ascii(`${bytes.length}:`);
  writer.bytes(bytes);
}

/** Most messages fit; longer output doubles it. */
const WRITER_LENGTH_FIRST = 256;

class Writer {
  #buffer = new Uint8Array(WRITER_LENGTH_FIRST);
  #length = 0;

  ascii(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[this.#length++] = text.charCodeAt(i);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  take(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(0, this.#length);
  }

  #reserve(length: number): void {
    const needed = this.#length + length;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}
