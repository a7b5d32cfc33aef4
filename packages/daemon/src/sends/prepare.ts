/** Makes of the paths that a person named what is handed over: a torrent of its own, private, and unlike any other. */
import { encodeUtf8, joinPath, LocalFault, PeerFault, rootPath, formatHex } from '@coequal/base';
import type { Disk, Hasher, SafePath } from '@coequal/base';
import {
  BencodeDictionary,
  createTorrent,
  decodeBencode,
  encodeBencode,
  parseMetainfo,
} from '@coequal/bittorrent';
import type { Metainfo } from '@coequal/bittorrent';
import type { Gathered } from './gathered.ts';
import { LIST_LENGTH_MAX } from './wire/send-message.ts';

/** Where the files are for the engine: `directory`/name, or at `contentPath`. */
export interface Place {
  readonly directory: SafePath;
  readonly contentPath: SafePath;
}

export interface Prepared {
  readonly metainfo: Uint8Array;
  readonly parsed: Metainfo;
  /** Of the files as they are now: their lengths and times. */
  readonly fingerprint: string;
}

const DECODE_LIMITS = { lengthMax: 96 * 1024 * 1024, depthMax: 128, countMax: 3_000_000 };
/** In the info dictionary: the same files sent twice are two swarms, and nobody can tell what is in one. */
const SALT_KEY = 'coequal send';

/** What it is called if nobody says: as the one that is sent; of several the first, and how many more. */
export function nameOf(paths: readonly string[]): string {
  const [first = '', ...others] = paths;
  const name = baseOf(rootPath(first));
  return others.length === 0 ? name : `${name} + ${others.length}`;
}

/** Where the engine finds it. Throws LocalFault `NAME_TWICE`, `PATH_NOT_ABSOLUTE`. */
export function placeOf(
  key: string,
  name: string,
  paths: readonly string[],
  gathered: Gathered,
): Place {
  const roots = paths.map(rootPath);
  const [only] = roots;
  if (roots.length === 1 && only !== undefined)
    return { directory: rootPath(only.slice(0, only.lastIndexOf('/')) || '/'), contentPath: only };
  const entries = new Map<string, SafePath>();
  for (const root of roots) {
    const own = baseOf(root);
    if (entries.has(own)) throw new LocalFault('NAME_TWICE', { name: own });
    entries.set(own, root);
  }
  const contentPath = gathered.add(key, name, entries);
  return { directory: gathered.directoryOf(key), contentPath };
}

/** Rejects as `createTorrent`, or with LocalFault `SEND_TOO_LARGE`. */
export async function prepare(
  send: { readonly id: string; readonly name: string },
  place: Place,
  ports: { readonly disk: Disk; readonly hasher: Hasher },
  signal: AbortSignal,
  onProgress: (hashed: number, total: number) => void,
): Promise<Prepared> {
  const { hasher, disk } = ports;
  const make = (version: 'v1' | 'v2'): Promise<Uint8Array> =>
    createTorrent(
      { path: place.contentPath, version, name: send.name, isPrivate: true },
      ports,
      signal,
      ({ hashedBytes, totalBytes }) => onProgress(hashedBytes, totalBytes),
    );
  // v2 alone: all who get it speak it, and it is hashed once
  const made = await make('v2').catch(async (error: unknown) => {
    if (!(error instanceof LocalFault) || error.code !== 'NAME_AMBIGUOUS') throw error;
    return await make('v1');
  });
  const metainfo = salted(made, send.id);
  if (metainfo.length > LIST_LENGTH_MAX)
    throw new LocalFault('SEND_TOO_LARGE', { length: metainfo.length, max: LIST_LENGTH_MAX });
  const parsed = parseMetainfo(metainfo, (bytes, kind) => hasher.hash(bytes, kind));
  return { metainfo, parsed, fingerprint: await fingerprintOf(parsed, place, disk, hasher) };
}

/** Changes when a file was written to, replaced or removed. */
export async function fingerprintOf(
  { files, isFolder }: Pick<Metainfo, 'files' | 'isFolder'>,
  { contentPath }: Place,
  disk: Disk,
  hasher: Pick<Hasher, 'hash'>,
): Promise<string> {
  const lines: string[] = [];
  for (const { path } of files) {
    const at = isFolder ? joinPath(contentPath, ...path) : contentPath;
    const stat = await disk.stat(at);
    lines.push(`${path.join('/')} ${stat?.type} ${stat?.length} ${stat?.modifiedMs}`);
  }
  return formatHex(hasher.hash(encodeUtf8(lines.join('\n')), 'sha256'));
}

function salted(metainfo: Uint8Array, id: string): Uint8Array {
  const outer = decodeBencode(metainfo, DECODE_LIMITS);
  const info = outer instanceof BencodeDictionary ? outer.dictionary('info') : undefined;
  if (!(outer instanceof BencodeDictionary) || info === undefined)
    throw new PeerFault('METAINFO_FIELD', { field: 'info' });
  const fields = { ...entriesOf(info), [SALT_KEY]: id };
  return encodeBencode({ ...entriesOf(outer), info: fields });
}

function entriesOf(
  dictionary: BencodeDictionary,
): Record<string, BencodeDictionary['values'][number]> {
  return Object.fromEntries(
    dictionary.keys.flatMap((key, at) => {
      const value = dictionary.values[at];
      return value === undefined ? [] : [[key, value] as const];
    }),
  );
}

function baseOf(path: SafePath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
