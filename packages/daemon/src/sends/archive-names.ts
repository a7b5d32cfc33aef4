/**
 * The names in an archive, by its own list of them: ZIP (APPNOTE.TXT 6.3, section 4.3.12) and tar (POSIX.1-2001, and
 * the long names of GNU). Nothing is unpacked, and what is not as every program reads it is not trusted.
 */
import { decodeUtf8, PeerFault } from '@coequal/base';
import type { DiskFile } from '@coequal/base';

/** The list of a ZIP file: a hundred thousand names. */
const ZIP_LIST_LENGTH_MAX: number = 8 * 1024 * 1024;
/** Files in a tar archive, each of which is a read. */
const TAR_ENTRIES_MAX = 20_000;
/** One name: longer ones no system keeps. */
const TAR_NAME_LENGTH_MAX = 65_536;
/** Read at a time, and looked at in one go: a millisecond or two. */
const ZIP_CHUNK = 65_536;
const TAR_CHUNK = 4_096;

/**
 * In the order of the archive, some at a time. Throws PeerFault `ARCHIVE_ODD` for what programs may read in several ways,
 * and `ARCHIVE_TOO_LONG`.
 */
export function namesIn(file: DiskFile, form: 'zip' | 'tar'): AsyncGenerator<readonly string[]> {
  return form === 'zip' ? namesInZip(file) : namesInTar(file);
}

/** Bytes of a file at any place, of which what comes next is mostly there. */
class Window {
  readonly #file: DiskFile;
  readonly #chunk: number;
  readonly length: number;
  #at = 0;
  #bytes = new Uint8Array();

  private constructor(file: DiskFile, length: number, chunk: number) {
    this.#file = file;
    this.length = length;
    this.#chunk = chunk;
  }

  static async of(file: DiskFile, chunk: number): Promise<Window> {
    return new Window(file, await file.length(), chunk);
  }

  /** Whether these bytes are there without reading. */
  has(at: number, count: number): boolean {
    return at >= this.#at && at + count <= this.#at + this.#bytes.length;
  }

  async read(at: number, count: number): Promise<DataView> {
    if (at < 0 || at + count > this.length) throw odd('it ends too soon');
    if (!this.has(at, count)) {
      const bytes = new Uint8Array(Math.min(Math.max(count, this.#chunk), this.length - at));
      if ((await this.#file.readAt(bytes, at)) < count) throw odd('it ends too soon');
      this.#at = at;
      this.#bytes = bytes;
    }
    return new DataView(this.#bytes.buffer, at - this.#at, count);
  }
}

// ZIP

const END = { signature: 0x06054b50, length: 22, commentMax: 65_535 };
const LOCATOR_64 = { signature: 0x07064b50, length: 20 };
const END_64 = { signature: 0x06064b50, length: 56 };
const ENTRY = { signature: 0x02014b50, length: 46 };
/** An extra field of Info-ZIP: the name in UTF-8, which some programs take instead. */
const UNICODE_PATH = 0x7075;

async function* namesInZip(file: DiskFile): AsyncGenerator<readonly string[]> {
  const window = await Window.of(file, ZIP_CHUNK);
  const { at: start, length } = await findList(window);
  if (length > ZIP_LIST_LENGTH_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { length });
  const end = start + length;
  let names: string[] = [];
  for (let at = start; at < end;) {
    const head = await window.read(at, ENTRY.length);
    if (head.getUint32(0, true) !== ENTRY.signature) throw odd('no entry');
    const [name, extra, comment] = [28, 30, 32].map((place) => head.getUint16(place, true));
    const nameLength = name ?? 0;
    const extraLength = extra ?? 0;
    const rest = await window.read(at + ENTRY.length, nameLength + extraLength);
    names.push(textOf(rest, 0, nameLength), ...unicodePathsOf(rest, nameLength));
    at += ENTRY.length + nameLength + extraLength + (comment ?? 0);
    if (window.has(at, ENTRY.length)) continue;
    yield names;
    names = [];
  }
  yield names;
}

interface Place {
  readonly at: number;
  readonly length: number;
}

/** It lies right before its end record, and is where that says: else programs differ about which list counts. */
async function findList(window: Window): Promise<Place> {
  const at = await findEnd(window);
  const end = await window.read(at, END.length);
  const place = { length: end.getUint32(12, true), at: end.getUint32(16, true) };
  const isLong = place.length === 0xffff_ffff || place.at === 0xffff_ffff;
  const found = isLong || end.getUint16(10, true) === 0xffff ? await findLong(window, at) : place;
  const before = found === place ? at : at - LOCATOR_64.length - END_64.length;
  if (found.at + found.length !== before) throw odd('the list is not where it should be');
  return found;
}

async function findEnd(window: Window): Promise<number> {
  const first = Math.max(0, window.length - END.length - END.commentMax);
  const tail = await window.read(first, window.length - first);
  for (let at = tail.byteLength - END.length; at >= 0; at--) {
    if (tail.getUint32(at, true) !== END.signature) continue;
    if (at + END.length + tail.getUint16(at + 20, true) === tail.byteLength) return first + at;
  }
  throw odd('no end');
}

/** ZIP64. */
async function findLong(window: Window, end: number): Promise<Place> {
  const at = end - LOCATOR_64.length - END_64.length;
  const record = await window.read(at, END_64.length);
  const locator = await window.read(end - LOCATOR_64.length, LOCATOR_64.length);
  const isRight =
    record.getUint32(0, true) === END_64.signature &&
    locator.getUint32(0, true) === LOCATOR_64.signature &&
    locator.getBigUint64(8, true) === BigInt(at);
  if (!isRight) throw odd('no end of ZIP64');
  return {
    length: Number(record.getBigUint64(40, true)),
    at: Number(record.getBigUint64(48, true)),
  };
}

function unicodePathsOf(bytes: DataView, from: number): string[] {
  const found: string[] = [];
  for (let at = from; at + 4 <= bytes.byteLength;) {
    const [id, length] = [bytes.getUint16(at, true), bytes.getUint16(at + 2, true)];
    const isPath = id === UNICODE_PATH && length > 5 && at + 4 + length <= bytes.byteLength;
    if (isPath) found.push(textOf(bytes, at + 9, length - 5));
    at += 4 + length;
  }
  return found;
}

// tar

const BLOCK = 512;
/** What is said of the next file: its long name, by GNU and by POSIX. */
const LONG_NAME = 0x4c;
const ATTRIBUTES = 0x78;

async function* namesInTar(file: DiskFile): AsyncGenerator<readonly string[]> {
  const window = await Window.of(file, TAR_CHUNK);
  let long: string | undefined;
  let count = 0;
  for (let at = 0; at + BLOCK <= window.length;) {
    const head = await window.read(at, BLOCK);
    if (sumOf(head) === SUM_OF_NOTHING) return; // the end
    const { type, size } = readHead(head);
    const name = long ?? nameOf(head);
    long = undefined;
    if (type === LONG_NAME || type === ATTRIBUTES) {
      if (size > TAR_NAME_LENGTH_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { length: size });
      const text = textOf(await window.read(at + BLOCK, size), 0, size);
      long = type === LONG_NAME ? upToZero(text) : /^\d+ path=(.*)$/m.exec(text)?.[1];
    } else yield [name];
    if (++count > TAR_ENTRIES_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { count });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
}

/** A block of zeros, whose own sum counts as spaces. */
const SUM_OF_NOTHING = 8 * 0x20;
const SUM = { at: 148, length: 8 };

function readHead(head: DataView): { readonly type: number; readonly size: number } {
  if (octal(head, SUM.at, SUM.length) !== sumOf(head)) throw odd('no entry');
  const isBinary = (head.getUint8(124) & 0x80) !== 0;
  const size = isBinary ? Number(head.getBigUint64(128)) : octal(head, 124, 12);
  if (!Number.isSafeInteger(size)) throw odd('no size');
  return { type: head.getUint8(156), size };
}

function sumOf(head: DataView): number {
  let sum = SUM_OF_NOTHING;
  for (let at = 0; at < BLOCK; at++)
    if (at < SUM.at || at >= SUM.at + SUM.length) sum += head.getUint8(at);
  return sum;
}

function octal(head: DataView, at: number, length: number): number {
  return Number.parseInt(upToZero(textOf(head, at, length)).trim() || '0', 8);
}

/** The field in front of the name is there in the form of POSIX alone. */
function nameOf(head: DataView): string {
  const name = upToZero(textOf(head, 0, 100));
  const isPosix = textOf(head, 257, 6) === 'ustar\0';
  const folder = isPosix ? upToZero(textOf(head, 345, 155)) : '';
  return folder === '' ? name : `${folder}/${name}`;
}

function upToZero(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}

/** In UTF-8, or one letter a byte: what matters in a name here is the same in all older forms. */
function textOf(bytes: DataView, at: number, length: number): string {
  const part = new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
  return decodeUtf8(part) ?? Buffer.from(part).toString('latin1');
}

function odd(what: string): PeerFault {
  return new PeerFault('ARCHIVE_ODD', { what });
}
