/** The list of what is handed over, as it came: the metainfo, checked against what was offered, and its warnings. */
import { decodeUtf8, PeerFault } from '@coequal/base';
import type { Hasher } from '@coequal/base';
import { BencodeDictionary, decodeBencode, parseMetainfo } from '@coequal/bittorrent';
import type { BencodeLimits, BencodeValue, Metainfo } from '@coequal/bittorrent';
import { FILE_WARNINGS } from '@coequal/contract';
import type { FileWarning } from '@coequal/contract';
import { countKinds, warningsOf } from './file-kinds.ts';
import { LIST_LENGTH_MAX } from './wire/send-message.ts';

/** As the parser of metainfo has them, for what it read already. */
const INFO_LIMITS: BencodeLimits = {
  lengthMax: LIST_LENGTH_MAX,
  depthMax: 128,
  countMax: 1_000_000,
};

export interface ListedFile {
  /** Parts joined by `/`, below the name of the whole. */
  readonly path: string;
  readonly length: number;
  readonly warnings: readonly FileWarning[];
}

export interface SendList {
  readonly metainfo: Metainfo;
  readonly files: readonly ListedFile[];
  /** In the order of KINDS. */
  readonly kinds: readonly number[];
}

/** What an offer says of it. */
export interface Claims {
  readonly length: number;
  readonly fileCount: number;
}

/**
 * Throws PeerFault `OFFER_LIES` when it is not what was offered, or not made for a send: one that would have us ask
 * trackers or web servers is refused; and the faults of `parseMetainfo`.
 */
export function readSendList(bytes: Uint8Array, claims: Claims, hash: Hasher['hash']): SendList {
  const metainfo = parseMetainfo(bytes, hash);
  const wrong = wrongOf(metainfo, claims);
  if (wrong !== undefined) throw new PeerFault('OFFER_LIES', { what: wrong });
  return listOf(metainfo);
}

function listOf(metainfo: Metainfo): SendList {
  const raw = rawPaths(metainfo);
  const { name, isFolder } = metainfo;
  const files = metainfo.files.map(({ path, length }, index): ListedFile => {
    const safe = isFolder ? [name, ...path] : [name];
    return { path: path.join('/'), length, warnings: warningsOf(raw[index] ?? safe, safe) };
  });
  return { metainfo, files, kinds: countKinds(files.map(({ path }) => path)) };
}

/** Each warning that there is, in their order, and in how many files. */
export function countWarnings(
  files: readonly Pick<ListedFile, 'warnings'>[],
): { readonly warning: FileWarning; readonly files: number }[] {
  const counts = new Map<FileWarning, number>();
  for (const { warnings } of files)
    for (const warning of warnings) counts.set(warning, (counts.get(warning) ?? 0) + 1);
  return FILE_WARNINGS.flatMap((warning) => {
    const count = counts.get(warning);
    return count === undefined ? [] : [{ warning, files: count }];
  });
}

function wrongOf(metainfo: Metainfo, { length, fileCount }: Claims): string | undefined {
  if (metainfo.length !== length) return 'size';
  if (metainfo.files.length !== fileCount) return 'files';
  if (!metainfo.isPrivate) return 'not private';
  const contacts =
    metainfo.trackers.length + metainfo.webSeeds.length + (metainfo.nodes?.length ?? 0);
  return contacts > 0 ? 'contacts' : undefined;
}

/** As the sender wrote them, the name of the whole first; empty when they do not fit the files. */
function rawPaths({ infoBytes, files, isFolder }: Metainfo): readonly (readonly string[])[] {
  const info = decodeBencode(infoBytes, INFO_LIMITS);
  if (!(info instanceof BencodeDictionary)) return [];
  const name = textOf(info.bytes('name.utf-8') ?? info.bytes('name'));
  if (!isFolder) return [[name]];
  const tree = info.dictionary('file tree');
  const below = tree === undefined ? listedIn(info) : [...filesIn(tree, [])];
  return below.length === files.length ? below.map((path) => [name, ...path]) : [];
}

function listedIn(info: BencodeDictionary): readonly (readonly string[])[] {
  return (info.list('files') ?? []).flatMap((entry) => {
    if (!(entry instanceof BencodeDictionary)) return [];
    if (/[pl]/.test(entry.text('attr') ?? '')) return [];
    return [(entry.list('path.utf-8') ?? entry.list('path') ?? []).map(textOf)];
  });
}

/** As deep as the parser allows. */
function* filesIn(folder: BencodeDictionary, above: readonly string[]): Generator<string[]> {
  for (const [at, key] of folder.keys.entries()) {
    const node = folder.values[at];
    if (!(node instanceof BencodeDictionary)) continue;
    const path = [...above, textOf(Uint8Array.from(key, (each) => each.charCodeAt(0)))];
    const entry = node.dictionary('');
    if (entry === undefined) yield* filesIn(node, path);
    else if (entry.text('attr')?.includes('l') !== true) yield path;
  }
}

function textOf(value: BencodeValue | undefined): string {
  if (!(value instanceof Uint8Array)) return '';
  return decodeUtf8(value) ?? String.fromCharCode(...value.subarray(0, 1_024));
}
