/** The names in a tar archive (POSIX.1-2001, and the long names of GNU), which may come out of something compressed. */
import { PeerFault } from '@coequal/base';
import { odd, textOf, upToZero } from './window.ts';
import type { Source } from './window.ts';

/** Files, each of which may be a read. */
const TAR_ENTRIES_MAX = 20_000;
/** One name: longer ones no system keeps. */
const TAR_NAME_LENGTH_MAX = 65_536;

/** All is in blocks of so many bytes. */
const BLOCK = 512;
/** What is said of the next file: its long name, by GNU and by POSIX. */
const LONG_NAME = 0x4c;
const ATTRIBUTES = 0x78;

/** Throws as `namesIn`. */
export async function* namesInTar(source: Source): AsyncGenerator<readonly string[]> {
  let long: string | undefined;
  let count = 0;
  for (let at = 0; await source.reaches(at, BLOCK);) {
    const head = await source.read(at, BLOCK);
    if (sumOf(head) === SUM_OF_NOTHING) return; // the end
    const { type, size } = readHead(head);
    const name = long ?? nameOf(head);
    long = undefined;
    if (type === LONG_NAME || type === ATTRIBUTES) {
      if (size > TAR_NAME_LENGTH_MAX) throw new PeerFault('ARCHIVE_TOO_LONG', { length: size });
      const text = textOf(await source.read(at + BLOCK, size), 0, size);
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

/** Whether it begins as a tar archive: by the sum of its first block. */
export async function beginsAsTar(source: Source): Promise<boolean> {
  if (!(await source.reaches(0, BLOCK))) return false;
  const head = await source.read(0, BLOCK);
  return octal(head, SUM.at, SUM.length) === sumOf(head);
}
