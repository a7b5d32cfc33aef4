/** The names in a ZIP file, by its own list of them (APPNOTE.TXT 6.3, section 4.3.12). */
import { PeerFault } from '@coequal/base';
import { odd, textOf } from './window.ts';
import type { Window } from './window.ts';

/** The list: a hundred thousand names. */
const ZIP_LIST_LENGTH_MAX: number = 8 * 1024 * 1024;

const END = { signature: 0x06054b50, length: 22, commentMax: 65_535 };
const LOCATOR_64 = { signature: 0x07064b50, length: 20 };
const END_64 = { signature: 0x06064b50, length: 56 };
const ENTRY = { signature: 0x02014b50, length: 46 };
/** An extra field of Info-ZIP: the name in UTF-8, which some programs take instead. */
const UNICODE_PATH = 0x7075;

/** Throws as `namesIn`. */
export async function* namesInZip(window: Window): AsyncGenerator<readonly string[]> {
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
