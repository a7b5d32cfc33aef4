/** Where the content of a transfer of another program lies, and whether it can be taken over there. */
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { LocalFault } from '@coequal/base';
import { checkFileNames } from '@coequal/bittorrent';
import type { Metainfo } from '@coequal/bittorrent';

/** What is asked of the disk. */
export interface ContentDisk {
  isFile(path: string): Promise<boolean>;
  /** Names in a folder; empty when it is not there. */
  list(folder: string): Promise<readonly string[]>;
}

export interface ContentHints {
  /** Folders in which it may be, the likeliest first. */
  readonly places: readonly string[];
  /** Of files that are not where the torrent says, by our indexes: below the place, parts joined by `/`. */
  readonly paths: ReadonlyMap<number, string>;
  /** What names of unfinished files may end with. */
  readonly suffix: string;
}

export interface FoundContent {
  /** Which of the folders. */
  readonly place: string;
  /** The folder of the transfer. */
  readonly directory: string;
  /** The file, or the folder of the files. */
  readonly contentPath: string;
  /** Last parts of paths that are not the torrent's, by index. */
  readonly fileNames: ReadonlyMap<number, string>;
  /** Files that are there, whole or not. */
  readonly there: ReadonlySet<number>;
  /** Those of them whose names say that they are not whole. */
  readonly unfinished: ReadonlySet<number>;
}

/** Files that are looked for at a time. */
const LOOKS_AT_ONCE = 16;

/**
 * By what lies there, else where it is to be. Rejects with LocalFault `IMPORT_BAD_PLACE` for folders that are none of
 * this system, `IMPORT_SCATTERED` for files that do not lie together in a folder of their own, and as `checkFileNames`.
 */
export async function findContent(
  metainfo: Metainfo,
  hints: ContentHints,
  disk: ContentDisk,
): Promise<FoundContent> {
  const places = hints.places.filter((place) => isAbsolute(place)).map((place) => resolve(place));
  const [first] = places;
  if (first === undefined)
    throw new LocalFault('IMPORT_BAD_PLACE', { path: hints.places[0] ?? '' });
  let best = await look(metainfo, first, hints, disk);
  for (const place of places.slice(1)) {
    if (best.there.size === metainfo.files.length) break;
    const other = await look(metainfo, place, hints, disk);
    if (other.there.size > best.there.size) best = other;
  }
  return metainfo.isFolder ? await asFolder(metainfo, best, disk) : asFile(metainfo, best);
}

/** What is there of all files, in one place. */
interface Seen {
  readonly place: string;
  /** Below the place; by index. */
  readonly paths: readonly string[];
  readonly there: ReadonlySet<number>;
  readonly unfinished: ReadonlySet<number>;
}

async function look(
  metainfo: Metainfo,
  place: string,
  { paths: given, suffix }: ContentHints,
  disk: ContentDisk,
): Promise<Seen> {
  const paths = metainfo.files.map(
    ({ path }, file) => given.get(file) ?? usualPath(metainfo, path),
  );
  const there = new Set<number>();
  const unfinished = new Set<number>();
  for (let begin = 0; begin < paths.length; begin += LOOKS_AT_ONCE) {
    const some = paths.slice(begin, begin + LOOKS_AT_ONCE);
    const found = await Promise.all(some.map((path) => findFile(place, path, suffix, disk)));
    for (const [at, path] of found.entries()) {
      if (path === undefined) continue;
      const file = begin + at;
      paths[file] = path;
      there.add(file);
      if (path.endsWith(suffix)) unfinished.add(file);
    }
  }
  return { place, paths, there, unfinished };
}

function usualPath({ name, isFolder }: Metainfo, path: readonly string[]): string {
  return isFolder ? [name, ...path].join('/') : name;
}

/** As it is named, or as it is while it is unfinished. */
async function findFile(
  place: string,
  path: string,
  suffix: string,
  disk: ContentDisk,
): Promise<string | undefined> {
  const isSafe = path.split('/').every((part) => part !== '..' && part !== '' && part !== '.');
  if (!isSafe) throw new LocalFault('IMPORT_SCATTERED', { path: place });
  const bare = path.endsWith(suffix) ? path.slice(0, -suffix.length) : path;
  // what it was called there, then the other way
  for (const each of new Set([path, bare, `${bare}${suffix}`]))
    if (await disk.isFile(join(place, each))) return each;
  return undefined;
}

function asFile(metainfo: Metainfo, { place, paths, there, unfinished }: Seen): FoundContent {
  const contentPath = join(place, paths[0] ?? metainfo.name);
  return {
    place,
    directory: dirname(contentPath),
    contentPath,
    fileNames: new Map(),
    there,
    unfinished,
  };
}

/** All below one folder, each in the folder that the torrent says; its last name may be another. */
async function asFolder(metainfo: Metainfo, seen: Seen, disk: ContentDisk): Promise<FoundContent> {
  const { place, paths, there, unfinished } = seen;
  const scattered = new LocalFault('IMPORT_SCATTERED', { path: place });
  const fileNames = new Map<number, string>();
  let root: string | undefined;
  for (const [file, { path }] of metainfo.files.entries()) {
    const parts = (paths[file] ?? '').split('/');
    const above = parts.length - path.length;
    const own = above === 0 ? '' : above === 1 ? (parts[0] ?? '') : undefined;
    root ??= own;
    const folders = parts.slice(Math.max(above, 0), -1);
    if (own === undefined || own !== root || folders.join('/') !== path.slice(0, -1).join('/'))
      throw scattered;
    const name = parts.at(-1) ?? '';
    if (name !== path.at(-1)) fileNames.set(file, name);
  }
  checkFileNames(metainfo, fileNames);
  if (root === '' || root === undefined) {
    await requireOwnFolder(metainfo, seen, disk);
    return { place, directory: place, contentPath: place, fileNames, there, unfinished };
  }
  const contentPath = join(place, root);
  return { place, directory: dirname(contentPath), contentPath, fileNames, there, unfinished };
}

/** Without a folder of its own it would take all of that folder with it when it is moved or renamed. */
async function requireOwnFolder(metainfo: Metainfo, seen: Seen, disk: ContentDisk): Promise<void> {
  const own = new Set(seen.paths.map((path) => path.split('/')[0]));
  const others = (await disk.list(seen.place)).filter(
    (name) => !own.has(name) && !name.startsWith('.'),
  );
  if (others.length > 0) throw new LocalFault('IMPORT_SCATTERED', { path: seen.place });
}

/** As the torrent has it, so that nothing but its folder need be kept. */
export function isUsualPlace(
  metainfo: Metainfo,
  { directory, contentPath }: FoundContent,
): boolean {
  return dirname(contentPath) === directory && basename(contentPath) === metainfo.name;
}
