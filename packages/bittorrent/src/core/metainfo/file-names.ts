/**
 * Names from a torrent, made safe to create on any system. The same torrent gives the same names for
 * ever: resuming finds the files by them, so a change here is a migration. Harmless names stay exactly
 * as they are, so that a folder made by another client is found again.
 */
import { decodeUtf8 } from '@coequal/base';
import { keyOfBytes } from '../bencode.ts';

/** What Linux and macOS file systems take, bytes of UTF-8; Windows takes 255 UTF-16 units, never less. */
export const NAME_BYTES_MAX = 255;

/** An ending no longer than this is an extension, which a cut keeps. */
const EXTENSION_BYTES_MAX = 24;

/** Room for ` (2)` and the like: seven digits are more than the files of a torrent. */
const SUFFIX_BYTES_MAX = 10;

/** Refused by Windows or a separator somewhere; controls; what reorders the text around it on screen. */
const FORBIDDEN = /[<>:"/\\|?*\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/**
 * Characters that are not seen, and that HFS+ and case-folding ext4 do not compare. They stay, since
 * scripts and emoji need some, but a name is more than these.
 */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Devices in every Windows folder, with any extension. */
const RESERVED = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])[ ]*(\.|$)/i;

/** Text of a name: UTF-8, or one character a byte where it is not (old torrents name no encoding). */
export function decodeName(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? keyOfBytes(bytes);
}

/** One name, whatever is given, that any system can create in a folder. */
export function safeName(name: string, kind: 'file' | 'folder' = 'folder'): string {
  const replaced = name.toWellFormed().replace(FORBIDDEN, '_');
  const cut = cutName(trimEnd(replaced), NAME_BYTES_MAX, kind);
  if (cut.replace(IGNORABLE, '').trim() === '') return '_'; // also for "." and ".."
  return RESERVED.test(cut) ? cutName(`_${cut}`, NAME_BYTES_MAX, kind) : cut;
}

/**
 * Safe paths for the files of one torrent, in the given order. No two are equal, even on systems that
 * fold case or normalise Unicode, and none is the folder of another: later ones get ` (2)` and so on,
 * but a name that needed no replacing is never the one to yield.
 */
export function safePaths(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const root = new Folder();
  const entries = paths.map((path) =>
    Folder.add(
      root,
      path.filter((part) => part !== '' && part !== '.'),
    ),
  );
  root.nameAll();
  return entries.map((trail) => trail.map((entry) => entry.safe));
}

/** Equal for names that some file system takes for the same. */
export function foldName(name: string): string {
  // The common case, where the general one costs ten times as much. ASCII is what its fold is, too.
  if (/^[ -~]*$/.test(name)) return name.toLowerCase();
  const compared = name.replace(IGNORABLE, '');
  return compared.normalize('NFD').toUpperCase().toLowerCase().normalize('NFC');
}

interface Entry {
  readonly raw: string;
  /** Undefined for a file. */
  readonly folder: Folder | undefined;
  /** Set by `nameAll`. */
  safe: string;
}

class Folder {
  readonly #entries: Entry[] = [];
  readonly #folders = new Map<string, Entry & { readonly folder: Folder }>();

  /** Returns the entries from the first folder to the file. */
  static add(root: Folder, path: readonly string[]): readonly Entry[] {
    const trail: Entry[] = [];
    let parent = root;
    for (const part of path.slice(0, -1)) {
      const entry = parent.#folder(part);
      trail.push(entry);
      parent = entry.folder;
    }
    const file = { raw: path.at(-1) ?? '', folder: undefined, safe: '' };
    parent.#entries.push(file);
    trail.push(file);
    return trail;
  }

  /** Recursion is as deep as the paths, which the parser bounds. */
  nameAll(): void {
    const taken = new Set<string>();
    const changed: Entry[] = [];
    for (const entry of this.#entries) {
      entry.safe = safeName(entry.raw, entry.folder ? 'folder' : 'file');
      const fold = foldName(entry.safe);
      if (entry.safe !== entry.raw || taken.has(fold)) changed.push(entry);
      else taken.add(fold);
    }
    const counters = new Map<string, number>();
    for (const entry of changed) {
      if (taken.has(foldName(entry.safe))) entry.safe = nextFree(entry, taken, counters);
      taken.add(foldName(entry.safe));
    }
    for (const { folder } of this.#folders.values()) folder.nameAll();
  }

  #folder(raw: string): Entry & { readonly folder: Folder } {
    const known = this.#folders.get(raw);
    if (known) return known;
    const entry = { raw, folder: new Folder(), safe: '' };
    this.#entries.push(entry);
    this.#folders.set(raw, entry);
    return entry;
  }
}

/** The counters, one for each name that is cut and numbered alike, keep many equal names linear. */
function nextFree(entry: Entry, taken: Set<string>, counters: Map<string, number>): string {
  const kind = entry.folder ? 'folder' : 'file';
  const base = cutName(entry.safe, NAME_BYTES_MAX - SUFFIX_BYTES_MAX, kind);
  const { stem, extension } = splitName(base, kind);
  const counterKey = `${kind}/${foldName(base)}`;
  for (let number = counters.get(counterKey) ?? 2; ; number++) {
    const candidate = `${stem} (${number})${extension}`;
    if (taken.has(foldName(candidate))) continue;
    counters.set(counterKey, number + 1);
    return candidate;
  }
}

/** Shortens the stem, never within a character, and keeps the extension. */
function cutName(name: string, bytesMax: number, kind: 'file' | 'folder'): string {
  if (encodedLength(name) <= bytesMax) return name;
  const { stem, extension } = splitName(name, kind);
  const room = bytesMax - encodedLength(extension);
  let length = 0;
  let end = 0;
  for (const character of stem) {
    length += characterLength(character);
    if (length > room) break;
    end += character.length;
  }
  const kept = stem.slice(0, end);
  return extension === '' ? trimEnd(kept) : kept + extension;
}

function splitName(name: string, kind: 'file' | 'folder'): { stem: string; extension: string } {
  const dot = kind === 'file' ? name.lastIndexOf('.') : -1;
  const extension = dot > 0 ? name.slice(dot) : '';
  if (encodedLength(extension) > EXTENSION_BYTES_MAX) return { stem: name, extension: '' };
  return { stem: name.slice(0, name.length - extension.length), extension };
}

/** Windows drops dots and spaces at the end. A loop, since such a regular expression can be quadratic. */
function trimEnd(text: string): string {
  let end = text.length;
  while (text[end - 1] === '.' || text[end - 1] === ' ') end -= 1;
  return text.slice(0, end);
}

/** Bytes of UTF-8, without encoding: long names come by the hundred thousand. */
function encodedLength(text: string): number {
  let length = 0;
  for (const character of text) length += characterLength(character);
  return length;
}

function characterLength(character: string): number {
  if (character.length === 2) return 4;
  const code = character.charCodeAt(0);
  if (code < 0x80) return 1;
  return code < 0x800 ? 2 : 3;
}
