/**
 * The names in a 7z archive (7zFormat.txt of 7-Zip 26): they lie together in a header, which is itself compressed as a
 * rule. Of that alone something is unpacked, in memory; where it is encrypted there is nothing to see.
 */
import { setImmediate } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { PeerFault } from '@coequal/base';
import { LzmaDecoder } from './lzma-decoder.ts';
import { odd } from './window.ts';
import type { LookBudget, Window } from './window.ts';

/** The header, as it lies there and unpacked: some fifty thousand names. */
const SEVEN_ZIP_LIST_LENGTH_MAX: number = 4 * 1024 * 1024;
/** Of what there may be several: files, streams, ways to pack; each is read in one go, and kept for a moment. */
const SEVEN_ZIP_COUNT_MAX = 100_000;
/** Unpacked, and names looked at, in one go: a millisecond or two. */
const UNPACK_LENGTH = 16_384;
const NAMES_AT_ONCE = 500;

const SIGNATURE = [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c];
const START_LENGTH = 32;

const ID = {
  end: 0x00,
  header: 0x01,
  properties: 0x02,
  moreStreams: 0x03,
  streams: 0x04,
  files: 0x05,
  packed: 0x06,
  unpacked: 0x07,
  parts: 0x08,
  size: 0x09,
  sum: 0x0a,
  folder: 0x0b,
  unpackedSize: 0x0c,
  partCount: 0x0d,
  names: 0x11,
  packedHeader: 0x17,
} as const;

/** How a stream was packed, in hexadecimal. */
const COPY = '00';
const LZMA = '030101';

/** Throws as `namesIn`; PeerFault `ARCHIVE_CLOSED` when the names are encrypted, or packed in another way. */
export async function* namesInSevenZip(
  window: Window,
  budget: LookBudget,
): AsyncGenerator<readonly string[]> {
  const list = await readList(window);
  let reader = new HeaderReader(list);
  if (list.byteLength === 0) return; // there is nothing in it
  let first = reader.byte();
  if (first === ID.packedHeader) {
    reader = new HeaderReader(await unpack(window, readStreams(reader), budget));
    first = reader.byte();
  }
  if (first !== ID.header) throw odd('no header');
  let some: string[] = [];
  for (const name of namesAt(reader)) {
    if (some.push(name) < NAMES_AT_ONCE) continue;
    yield some;
    some = [];
    await setImmediate();
    budget.spend(0);
  }
  yield some;
}

/** Both sums are right: else programs differ about where it is. */
async function readList(window: Window): Promise<DataView> {
  const start = await window.read(0, START_LENGTH);
  const isOne = SIGNATURE.every((byte, at) => start.getUint8(at) === byte);
  if (!isOne || sumOf(start, 12) !== start.getUint32(8, true)) throw odd('no 7z archive');
  const [at, length] = [start.getBigUint64(12, true), start.getBigUint64(20, true)].map(Number);
  const list = await part(window, START_LENGTH + (at ?? 0), length ?? 0);
  if (sumOf(list, 0) !== start.getUint32(28, true)) throw odd('no header');
  return list;
}

async function part(window: Window, at: number, length: number): Promise<DataView> {
  if (length > SEVEN_ZIP_LIST_LENGTH_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { length });
  return length === 0 ? new DataView(new ArrayBuffer()) : await window.read(at, length);
}

interface Packing {
  readonly method: string;
  readonly properties: Uint8Array;
  readonly outCount: number;
  hasSum: boolean;
  /** Of each that comes out. */
  sizes: readonly number[];
}

interface Streams {
  readonly at: number;
  readonly sizes: readonly number[];
  readonly packings: readonly Packing[];
}

async function unpack(
  window: Window,
  { at, sizes, packings }: Streams,
  budget: LookBudget,
): Promise<DataView> {
  const [size, otherSize] = sizes;
  const [packing, otherPacking] = packings;
  const length = packing?.sizes[0];
  if (size === undefined || packing === undefined || length === undefined) throw odd('no header');
  const isPlain = packing.method === LZMA || packing.method === COPY;
  if (!isPlain || otherSize !== undefined || otherPacking !== undefined)
    throw new PeerFault('ARCHIVE_CLOSED');
  const packed = await part(window, START_LENGTH + at, size);
  if (packing.method === COPY) return packed;
  if (length > SEVEN_ZIP_LIST_LENGTH_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { length });
  const bytes = new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength);
  const decoder = new LzmaDecoder(bytes, packing.properties, length);
  for (let until = UNPACK_LENGTH; decoder.run(until); until += UNPACK_LENGTH) {
    budget.spend(UNPACK_LENGTH);
    await setImmediate();
  }
  const { buffer, byteOffset, byteLength } = decoder.output;
  return new DataView(buffer, byteOffset, byteLength);
}

/** What of the header follows its first byte, up to the names, which are what is wanted. */
function* namesAt(reader: HeaderReader): Generator<string> {
  let id = reader.byte();
  if (id === ID.properties) {
    while (reader.byte() !== ID.end) reader.skip(reader.number());
    id = reader.byte();
  }
  for (const streams of [ID.moreStreams, ID.streams]) {
    if (id !== streams) continue;
    readStreams(reader);
    id = reader.byte();
  }
  if (id === ID.end) return; // nothing is in it
  if (id !== ID.files) throw odd('no files');
  const count = countOf(reader.number());
  let found = 0;
  for (let property = reader.byte(); property !== ID.end; property = reader.byte()) {
    const length = reader.number();
    if (property !== ID.names) {
      reader.skip(length);
      continue;
    }
    if (reader.byte() !== 0) throw new PeerFault('ARCHIVE_CLOSED'); // they lie elsewhere
    for (let left = count; left > 0; left--, found++) yield reader.wideText();
  }
  if (found !== count) throw odd('files have no names');
}

function readStreams(reader: HeaderReader): Streams {
  let [at, sizes, packings]: [number, number[], Packing[]] = [0, [], []];
  for (;;) {
    const id = reader.byte();
    if (id === ID.end) return { at, sizes, packings };
    if (id === ID.packed) ({ at, sizes } = readPacked(reader));
    else if (id === ID.unpacked) packings = readPackings(reader);
    else if (id === ID.parts) skipParts(reader, packings);
    else throw odd('no stream');
  }
}

function readPacked(reader: HeaderReader): { readonly at: number; readonly sizes: number[] } {
  const at = reader.number();
  const count = reader.number();
  let sizes: number[] = [];
  for (let id = reader.byte(); id !== ID.end; id = reader.byte()) {
    if (id === ID.size) sizes = reader.numbers(count);
    else if (id === ID.sum) reader.sums(count);
    else throw odd('no stream');
  }
  return { at, sizes };
}

function readPackings(reader: HeaderReader): Packing[] {
  if (reader.byte() !== ID.folder) throw odd('no folder');
  const count = countOf(reader.number());
  if (reader.byte() !== 0) throw new PeerFault('ARCHIVE_CLOSED'); // they lie elsewhere
  const packings: Packing[] = [];
  for (let left = count; left > 0; left--) packings.push(readPacking(reader));
  if (reader.byte() !== ID.unpackedSize) throw odd('no sizes');
  for (const packing of packings) packing.sizes = reader.numbers(packing.outCount);
  for (let id = reader.byte(); id !== ID.end; id = reader.byte()) {
    if (id !== ID.sum) throw odd('no folder');
    for (const [index, isThere] of reader.sums(count).entries()) {
      const packing = packings[index];
      if (packing !== undefined) packing.hasSum = isThere;
    }
  }
  return packings;
}

function readPacking(reader: HeaderReader): Packing {
  const count = reader.number();
  let [inCount, outCount] = [0, 0];
  let method = '';
  let properties: Uint8Array = new Uint8Array();
  for (let left = count; left > 0; left--) {
    const flags = reader.byte();
    if ((flags & 0xc0) !== 0) throw odd('no method');
    const id = Buffer.from(reader.bytes(flags & 0x0f)).toString('hex');
    const isComplex = (flags & 0x10) !== 0;
    inCount += isComplex ? reader.number() : 1;
    outCount += isComplex ? reader.number() : 1;
    if ((flags & 0x20) !== 0) properties = reader.bytes(reader.number());
    method = method === '' ? id : `${method} ${id}`;
  }
  if (outCount === 0) throw odd('no method');
  reader.numbers((outCount - 1) * 2);
  const packedCount = inCount - (outCount - 1);
  if (packedCount > 1) reader.numbers(packedCount);
  return { method, properties, outCount, hasSum: false, sizes: [] };
}

/** How many files there are in each, with their sizes and sums: nothing of it is wanted. */
function skipParts(reader: HeaderReader, packings: readonly Packing[]): void {
  let counts = packings.map(() => 1);
  for (let id = reader.byte(); id !== ID.end; id = reader.byte()) {
    if (id === ID.partCount) counts = reader.numbers(packings.length);
    else if (id === ID.size)
      reader.numbers(counts.reduce((sum, count) => sum + Math.max(0, count - 1), 0));
    else if (id === ID.sum) {
      const known = counts.filter((count, at) => count === 1 && packings[at]?.hasSum === true);
      reader.sums(counts.reduce((sum, count) => sum + count, 0) - known.length);
    } else throw odd('no parts');
  }
}

/** Throws PeerFault `ARCHIVE_ODD` for what is not there. */
class HeaderReader {
  readonly #bytes: DataView;
  #at = 0;

  constructor(bytes: DataView) {
    this.#bytes = bytes;
  }

  byte(): number {
    this.#need(1);
    return this.#bytes.getUint8(this.#at++);
  }

  bytes(length: number): Uint8Array {
    this.#need(length);
    const bytes = new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, length);
    this.#at += length;
    return bytes;
  }

  skip(length: number): void {
    this.#need(length);
    this.#at += length;
  }

  /** As many ones as its first byte begins with, so many bytes follow; the first has the highest bits. */
  number(): number {
    const first = this.byte();
    let value = 0;
    let mask = 0x80;
    for (let place = 0; place < 8; place++, mask >>= 1) {
      if ((first & mask) === 0) return safe(value + (first & (mask - 1)) * 2 ** (8 * place));
      value += this.byte() * 2 ** (8 * place);
    }
    return safe(value);
  }

  /** Each has a byte at least. */
  numbers(count: number): number[] {
    this.#need(countOf(count));
    return Array.from({ length: count }, () => this.number());
  }

  /** Which of so many have a sum; the sums are passed over. */
  sums(count: number): boolean[] {
    const areAll = this.byte() !== 0;
    this.#need(countOf(count) * (areAll ? 4 : 1 / 8));
    const bits = areAll ? undefined : this.bytes(Math.ceil(count / 8));
    const are = Array.from(
      { length: count },
      (_, at) => bits === undefined || ((bits[at >> 3] ?? 0) & (0x80 >> (at & 7))) !== 0,
    );
    this.skip(are.filter(Boolean).length * 4);
    return are;
  }

  /** In UTF-16, up to a zero. */
  wideText(): string {
    const units: number[] = [];
    for (;;) {
      this.#need(2);
      const unit = this.#bytes.getUint16(this.#at, true);
      this.#at += 2;
      if (unit === 0) return String.fromCharCode(...units);
      if (units.push(unit) > NAME_UNITS_MAX) throw odd('no name');
    }
  }

  #need(count: number): void {
    if (!(count <= this.#bytes.byteLength - this.#at)) throw odd('it ends too soon');
  }
}

/** Of a name: longer ones no system keeps. */
const NAME_UNITS_MAX = 32_767;

function countOf(count: number): number {
  if (count > SEVEN_ZIP_COUNT_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { count });
  return count;
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw odd('no number');
  return value;
}

function sumOf(bytes: DataView, from: number): number {
  return crc32(new Uint8Array(bytes.buffer, bytes.byteOffset + from, bytes.byteLength - from));
}
