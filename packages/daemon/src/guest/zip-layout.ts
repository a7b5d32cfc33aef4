/**
 * A ZIP file (APPNOTE 6.3.10) of which length and place of each byte are known before any file is read: nothing is
 * compressed, and the checksum of a file stands behind it, in its data descriptor. So it can be asked for from any
 * byte on. Entries of 4 GiB and more, or beyond that place, are of ZIP64.
 */
import { assert } from '@coequal/base';

export interface ZipEntry {
  /** With `/` between its parts. */
  readonly name: string;
  readonly length: number;
  /** Seconds of the Unix epoch. */
  readonly modifiedAt: number;
}

interface Place {
  readonly begin: number;
  readonly length: number;
}

export type ZipPart =
  | (Place & { readonly type: 'header'; readonly entry: number })
  | (Place & { readonly type: 'content'; readonly entry: number })
  | (Place & { readonly type: 'descriptor'; readonly entry: number })
  /** The directory and the records that end the file. */
  | (Place & { readonly type: 'end' });

/** All bits: "it stands in the ZIP64 field". */
const U32_ALL = 0xffff_ffff;
const U16_ALL = 0xffff;
/** What a reader must understand: 4.5 for ZIP64, 2.0 else. */
const NEEDS_ZIP64 = 45;
const NEEDS_PLAIN = 20;
/** Bit 3: sizes and checksum follow the data. Bit 11: names are UTF-8. */
const FLAGS = 0x0808;
/** A regular file that its owner may write, made on Unix. */
const MADE_BY_UNIX = 3 << 8;
const UNIX_MODE = 0o100644;
/** Seconds of the Unix epoch. */
const DOS_BEGINS = 315_532_800;

export class ZipLayout {
  readonly length: number;
  readonly #entries: readonly ZipEntry[];
  readonly #parts: readonly ZipPart[];
  readonly #directoryLength: number;
  /** The end needs ZIP64. */
  readonly #isWide: boolean;

  constructor(entries: readonly ZipEntry[]) {
    this.#entries = entries;
    const parts: ZipPart[] = [];
    let begin = 0;
    const add = (
      type: 'header' | 'content' | 'descriptor',
      entry: number,
      length: number,
    ): void => {
      parts.push({ type, entry, begin, length });
      begin += length;
    };
    for (const [entry, { name, length }] of entries.entries()) {
      const isLong = length >= U32_ALL;
      add('header', entry, headerLength(name, isLong));
      add('content', entry, length);
      add('descriptor', entry, isLong ? 24 : 16);
    }
    this.#parts = parts;
    const directory = entries.reduce(
      (sum, entry, index) => sum + 55 + Buffer.byteLength(entry.name) + this.#wideOf(index),
      0,
    );
    const isWide = entries.length >= U16_ALL || directory >= U32_ALL || begin >= U32_ALL;
    const end = directory + (isWide ? 98 : 22);
    parts.push({ type: 'end', begin, length: end });
    this.length = begin + end;
    this.#directoryLength = directory;
    this.#isWide = isWide;
  }

  /** Those of which bytes from `first` to `last` are. */
  parts(first: number, last: number): readonly ZipPart[] {
    return this.#parts.filter(
      ({ begin, length }) => length > 0 && begin <= last && begin + length > first,
    );
  }

  header(entry: number): Uint8Array {
    const { name, length, modifiedAt } = this.#entry(entry);
    const isLong = length >= U32_ALL;
    const bytes = new Writer(headerLength(name, isLong));
    bytes
      .u32(0x04034b50)
      .u16(isLong ? NEEDS_ZIP64 : NEEDS_PLAIN)
      .u16(FLAGS)
      .u16(0);
    bytes.dosTime(modifiedAt);
    // all of them come after the data; with ZIP64 that is said in its field
    const unknown = isLong ? U32_ALL : 0;
    bytes.u32(0).u32(unknown).u32(unknown);
    bytes
      .u16(Buffer.byteLength(name))
      .u16(9 + (isLong ? 20 : 0))
      .text(name);
    if (isLong) bytes.u16(1).u16(16).u64(0).u64(0);
    return bytes.time(modifiedAt).bytes;
  }

  descriptor(entry: number, crc: number): Uint8Array {
    const { length } = this.#entry(entry);
    const isLong = length >= U32_ALL;
    const bytes = new Writer(isLong ? 24 : 16).u32(0x08074b50).u32(crc);
    return (isLong ? bytes.u64(length).u64(length) : bytes.u32(length).u32(length)).bytes;
  }

  end(crcOf: (entry: number) => number): Uint8Array {
    const { begin = 0, length = 0 } = this.#parts.at(-1) ?? {};
    const bytes = new Writer(length);
    for (const index of this.#entries.keys()) this.#directoryEntry(index, crcOf(index), bytes);
    const [count, size] = [this.#entries.length, this.#directoryLength];
    if (this.#isWide) {
      bytes
        .u32(0x06064b50)
        .u64(44)
        .u16(MADE_BY_UNIX | NEEDS_ZIP64)
        .u16(NEEDS_ZIP64);
      bytes.u32(0).u32(0).u64(count).u64(count).u64(size).u64(begin);
      bytes
        .u32(0x07064b50)
        .u32(0)
        .u64(begin + size)
        .u32(1);
    }
    const few = Math.min(count, U16_ALL);
    bytes.u32(0x06054b50).u16(0).u16(0).u16(few).u16(few);
    return bytes.u32(Math.min(size, U32_ALL)).u32(Math.min(begin, U32_ALL)).u16(0).bytes;
  }

  #directoryEntry(index: number, crc: number, bytes: Writer): void {
    const { name, length, modifiedAt } = this.#entry(index);
    const at = this.#beginOf(index);
    const wide = this.#wideOf(index);
    const [isLong, isFar] = [length >= U32_ALL, at >= U32_ALL];
    const needs = wide > 0 ? NEEDS_ZIP64 : NEEDS_PLAIN;
    bytes
      .u32(0x02014b50)
      .u16(MADE_BY_UNIX | needs)
      .u16(needs)
      .u16(FLAGS)
      .u16(0);
    bytes.dosTime(modifiedAt).u32(crc);
    bytes.u32(isLong ? U32_ALL : length).u32(isLong ? U32_ALL : length);
    bytes
      .u16(Buffer.byteLength(name))
      .u16(9 + wide)
      .u16(0)
      .u16(0)
      .u16(0);
    bytes
      .u32(UNIX_MODE * 0x10000)
      .u32(isFar ? U32_ALL : at)
      .text(name);
    if (wide > 0) bytes.u16(1).u16(wide - 4);
    if (isLong) bytes.u64(length).u64(length);
    if (isFar) bytes.u64(at);
    bytes.time(modifiedAt);
  }

  /** Bytes of its ZIP64 field in the directory. */
  #wideOf(index: number): number {
    const [isLong, isFar] = [this.#entry(index).length >= U32_ALL, this.#beginOf(index) >= U32_ALL];
    return isLong || isFar ? 4 + (isLong ? 16 : 0) + (isFar ? 8 : 0) : 0;
  }

  #beginOf(index: number): number {
    return this.#parts[index * 3]?.begin ?? 0;
  }

  #entry(index: number): ZipEntry {
    const entry = this.#entries[index];
    assert(entry !== undefined, 'an entry of the ZIP');
    return entry;
  }
}

function headerLength(name: string, isLong: boolean): number {
  return 39 + Buffer.byteLength(name) + (isLong ? 20 : 0);
}

/** Little-endian, as all of ZIP is. */
class Writer {
  readonly bytes: Buffer;
  #at = 0;

  constructor(length: number) {
    this.bytes = Buffer.alloc(length);
  }

  u8(value: number): this {
    this.#at = this.bytes.writeUInt8(value, this.#at);
    return this;
  }

  u16(value: number): this {
    this.#at = this.bytes.writeUInt16LE(value, this.#at);
    return this;
  }

  u32(value: number): this {
    this.#at = this.bytes.writeUInt32LE(value >>> 0, this.#at);
    return this;
  }

  u64(value: number): this {
    this.#at = this.bytes.writeBigUInt64LE(BigInt(value), this.#at);
    return this;
  }

  text(value: string): this {
    this.#at += this.bytes.write(value, this.#at);
    return this;
  }

  /** Time, then date, in UTC: of DOS, which begins in 1980 and counts two seconds. */
  dosTime(seconds: number): this {
    const date = new Date(Math.max(seconds, DOS_BEGINS) * 1_000);
    const time =
      (date.getUTCHours() << 11) | (date.getUTCMinutes() << 5) | (date.getUTCSeconds() >> 1);
    const year = Math.min(date.getUTCFullYear() - 1_980, 127);
    return this.u16(time).u16((year << 9) | ((date.getUTCMonth() + 1) << 5) | date.getUTCDate());
  }

  /** The field of Info-ZIP that has it to the second, in UTC. */
  time(seconds: number): this {
    return this.u16(0x5455).u16(5).u8(1).u32(seconds);
  }
}
