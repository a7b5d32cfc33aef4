/**
 * The names in a RAR archive, of version 5 (RARLAB's technote) and 1.5 to 4: each lies in a header before what was
 * packed, which is passed over. Where the headers themselves are encrypted there is nothing to see.
 */
import { crc32 } from 'node:zlib';
import { PeerFault } from '@coequal/base';
import { odd, textOf, upToZero } from './window.ts';
import type { Window } from './window.ts';

/** Headers, each of which is a read. */
const RAR_HEADERS_MAX = 20_000;
/** One header: with the longest name, and what else a program may put there. */
const RAR_HEADER_LENGTH_MAX = 131_072;

/** Of a name in Unicode: longer ones no system keeps. */
const NAME_UNITS_MAX = 32_767;

const SIGNATURE_4 = [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x00];
const SIGNATURE_5 = [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07, 0x01, 0x00];

/** A header as both versions have it. */
interface Header {
  /** `encrypted`: of what follows nothing can be seen. */
  readonly type: 'file' | 'end' | 'encrypted' | 'other';
  readonly names: readonly string[];
  /** With what was packed behind it. */
  readonly length: number;
}

/** Throws as `namesIn`; PeerFault `ARCHIVE_CLOSED` when the names are encrypted. */
export async function* namesInRar(window: Window): AsyncGenerator<readonly string[]> {
  const isFive = await beginsWith(window, SIGNATURE_5);
  if (!isFive && !(await beginsWith(window, SIGNATURE_4))) throw odd('no RAR archive');
  let at = (isFive ? SIGNATURE_5 : SIGNATURE_4).length;
  for (let count = 0; at < window.length; count += 1) {
    if (count === RAR_HEADERS_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { count });
    const { type, names, length } = await (isFive ? readFive(window, at) : readFour(window, at));
    if (type === 'encrypted') throw new PeerFault('ARCHIVE_CLOSED');
    if (type === 'end') return;
    if (names.length > 0) yield names;
    at += length;
  }
  // older ones may have no header at their end
  if (at > window.length || isFive) throw odd('it ends too soon');
}

async function beginsWith(window: Window, signature: readonly number[]): Promise<boolean> {
  if (!(await window.reaches(0, signature.length))) return false;
  const bytes = await window.read(0, signature.length);
  return signature.every((byte, at) => bytes.getUint8(at) === byte);
}

// version 5

const TYPE_5 = { file: 2, encryption: 4, end: 5 };
const HAS_EXTRA = 0x01;
const HAS_DATA = 0x02;
const HAS_TIME = 0x02;
const HAS_SUM = 0x04;
/** Of a number in parts of seven bits: what lies beyond is no length of a file. */
const NUMBER_BYTES_MAX = 7;

/** Numbers one after another. */
class Numbers {
  readonly #bytes: DataView;
  at: number;

  constructor(bytes: DataView, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  next(): number {
    let value = 0;
    for (let place = 0; place < NUMBER_BYTES_MAX; place++) {
      if (this.at >= this.#bytes.byteLength) throw odd('no number');
      const byte = this.#bytes.getUint8(this.at++);
      value += (byte & 0x7f) * 2 ** (7 * place);
      if (byte < 0x80) return value;
    }
    throw odd('no number');
  }
}

async function readFive(window: Window, at: number): Promise<Header> {
  // a sum, and the length of what follows it
  const begin = await window.read(at, Math.min(4 + 3, window.length - at));
  const numbers = new Numbers(begin, 4);
  const length = numbers.next() + numbers.at;
  if (length > RAR_HEADER_LENGTH_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { length });
  const header = await window.read(at, length);
  if (header.getUint32(0, true) !== sumOf(header, 4)) throw odd('no header');
  const fields = new Numbers(header, numbers.at);
  const [type, flags] = [fields.next(), fields.next()];
  if ((flags & HAS_EXTRA) !== 0) fields.next();
  const data = (flags & HAS_DATA) === 0 ? 0 : fields.next();
  const whole = length + data;
  if (type === TYPE_5.encryption) return { type: 'encrypted', names: [], length: whole };
  if (type === TYPE_5.end) return { type: 'end', names: [], length: whole };
  if (type !== TYPE_5.file) return { type: 'other', names: [], length: whole };
  return { type: 'file', names: [nameInFive(header, fields)], length: whole };
}

function nameInFive(header: DataView, fields: Numbers): string {
  const flags = fields.next();
  fields.next(); // its length
  fields.next(); // attributes
  fields.at += ((flags & HAS_TIME) === 0 ? 0 : 4) + ((flags & HAS_SUM) === 0 ? 0 : 4);
  fields.next(); // how it was packed
  fields.next(); // where
  const length = fields.next();
  if (fields.at + length > header.byteLength) throw odd('no name');
  return textOf(header, fields.at, length);
}

// versions 1.5 to 4

const TYPE_4 = { main: 0x73, file: 0x74, end: 0x7b };
const HEAD_LENGTH = 7;
const IS_ENCRYPTED = 0x0080;
const IS_LONG = 0x0100;
const IS_UNICODE = 0x0200;
const HAS_MORE = 0x8000;
/** Of the header of a file, up to its name. */
const FILE_LENGTH = 32;

async function readFour(window: Window, at: number): Promise<Header> {
  const head = await window.read(at, HEAD_LENGTH);
  const type = head.getUint8(2);
  const flags = head.getUint16(3, true);
  const length = head.getUint16(5, true);
  const header = await window.read(at, Math.max(length, HEAD_LENGTH));
  if (length < HEAD_LENGTH || !isSumRight(header, type)) throw odd('no header');
  const isFile = type === TYPE_4.file;
  if (isFile && length < FILE_LENGTH) throw odd('no header');
  const hasMore = isFile || (flags & HAS_MORE) !== 0;
  if (hasMore && length < HEAD_LENGTH + 4) throw odd('no header');
  const low = hasMore ? header.getUint32(HEAD_LENGTH, true) : 0;
  const isLong = isFile && (flags & IS_LONG) !== 0;
  if (isLong && length < FILE_LENGTH + 8) throw odd('no header');
  const high = isLong ? header.getUint32(FILE_LENGTH, true) : 0;
  const whole = length + low + high * 2 ** 32;
  const isClosed = type === TYPE_4.main && (flags & IS_ENCRYPTED) !== 0;
  if (isClosed) return { type: 'encrypted', names: [], length: whole };
  if (type === TYPE_4.end) return { type: 'end', names: [], length: whole };
  if (!isFile) return { type: 'other', names: [], length: whole };
  return { type: 'file', names: namesInFour(header, flags), length: whole };
}

/** Old comments lie in the header, and its sum leaves them out: then it is not asked for more than its length. */
function isSumRight(header: DataView, type: number): boolean {
  const said = header.getUint16(0, true);
  if ((sumOf(header, 2) & 0xffff) === said) return true;
  const COMMENTED = 13;
  const isOldMain = type === TYPE_4.main && header.byteLength > COMMENTED;
  if (!isOldMain) return false;
  const part = new DataView(header.buffer, header.byteOffset, COMMENTED);
  return (sumOf(part, 2) & 0xffff) === said;
}

/** With one in Unicode there are two, of which programs take either. */
function namesInFour(header: DataView, flags: number): string[] {
  const at = FILE_LENGTH + ((flags & IS_LONG) === 0 ? 0 : 8);
  const length = header.getUint16(26, true);
  if (at + length > header.byteLength) throw odd('no name');
  const bytes = new Uint8Array(header.buffer, header.byteOffset + at, length);
  const end = bytes.indexOf(0);
  // one of several versions of a file has its number behind the name
  const plain = upToZero(textOf(header, at, length)).replace(/;\d+$/, '');
  if ((flags & IS_UNICODE) === 0 || end < 0) return [plain];
  return [plain, wideName(bytes.subarray(0, end), bytes.subarray(end + 1)).replace(/;\d+$/, '')];
}

/**
 * Packed as what differs from the plain name: after a first byte, the high one that most letters have, each byte of two
 * bits a letter says how the next four are written.
 */
function wideName(plain: Uint8Array, packed: Uint8Array): string {
  let at = 0;
  const next = (): number => packed[at++] ?? 0;
  const usual = next() << 8;
  const units: number[] = [];
  while (at < packed.length) {
    const ways = next();
    for (let place = 6; place >= 0 && at < packed.length; place -= 2) {
      const way = (ways >> place) & 3;
      if (way === 0) units.push(next());
      else if (way === 1) units.push(next() | usual);
      else if (way === 2) units.push(next() | (next() << 8));
      else copyPlain(plain, units, next(), next, usual);
    }
    if (units.length > NAME_UNITS_MAX) throw odd('no name');
  }
  return String.fromCharCode(...units);
}

/** Letters of the plain name, as they are or moved by as much each. */
function copyPlain(
  plain: Uint8Array,
  units: number[],
  said: number,
  next: () => number,
  usual: number,
): void {
  const moved = (said & 0x80) === 0 ? undefined : next();
  for (let left = (said & 0x7f) + 2; left > 0; left--) {
    const letter = plain[units.length] ?? 0;
    units.push(moved === undefined ? letter : ((letter + moved) & 0xff) | usual);
  }
}

function sumOf(header: DataView, from: number): number {
  return crc32(new Uint8Array(header.buffer, header.byteOffset + from, header.byteLength - from));
}
