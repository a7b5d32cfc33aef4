/** Paths that a browser names: they stay in their folder, on every system. */
import { LocalFault } from '@coequal/base';

/** Bytes of one name, as file systems have it. */
const NAME_LENGTH_MAX = 255;
/** Folders in folders; deeper is a mistake. */
const DEPTH_MAX = 64;
/** Those that Windows keeps for devices, with any ending. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** Characters that are no part of a name on some system, or that are not seen. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const FORBIDDEN = /[\u0000-\u001f\u007f<>:"|?*\\/]/g;

/**
 * The parts of each path, safe to be joined below a folder. What some system cannot keep is replaced by `_`; two that
 * are then the same are told apart by a number. Throws LocalFault `BAD_FILE_NAME` for what leads elsewhere.
 */
export function stagedPaths(paths: readonly string[]): readonly (readonly string[])[] {
  const taken = new Set<string>();
  // what is a folder for one file can be no file for another
  const folders = new Set<string>();
  const all = paths.map(partsOf);
  for (const parts of all)
    for (let depth = 1; depth < parts.length; depth += 1) folders.add(keyOf(parts.slice(0, depth)));
  return all.map((parts) => {
    for (let count = 1; ; count += 1) {
      const named = count === 1 ? parts : numbered(parts, count);
      const key = keyOf(named);
      if (taken.has(key) || folders.has(key)) continue;
      taken.add(key);
      return named;
    }
  });
}

function partsOf(path: string): string[] {
  const parts = path.split('/');
  if (parts.length > DEPTH_MAX || !path.isWellFormed() || parts.some(leadsElsewhere))
    throw new LocalFault('BAD_FILE_NAME', { name: path.toWellFormed().slice(0, NAME_LENGTH_MAX) });
  return parts.map((part) => {
    // a dot or space at the end is left out by Windows, and then it is another name
    const plain = part
      .replaceAll(FORBIDDEN, '_')
      .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
    return RESERVED.test(plain) ? `_${plain}` : plain;
  });
}

function leadsElsewhere(part: string): boolean {
  return part === '' || part === '.' || part === '..' || Buffer.byteLength(part) > NAME_LENGTH_MAX;
}

/** Systems that do not tell capitals apart, or forms of a letter, take these for the same. */
function keyOf(parts: readonly string[]): string {
  return parts.join('/').normalize('NFC').toLowerCase();
}

function numbered(parts: readonly string[], count: number): string[] {
  const last = parts.at(-1) ?? '';
  const dot = last.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [last.slice(0, dot), last.slice(dot)] : [last, ''];
  return [...parts.slice(0, -1), `${stem} (${count})${ending}`];
}
