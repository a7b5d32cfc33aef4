/** The files that an info dictionary lists: v1 list (BEP 3, 47), v2 file tree (BEP 52), or both. */
import { equalBytes, PeerFault } from '@coequal/base';
import { BencodeDictionary, bytesOfKey } from '../bencode.ts';
import type { BencodeValue } from '../bencode.ts';
import { HASH_LENGTH } from './hash-tree.ts';

/** Files of one torrent. The largest in use have some ten thousand, and each costs us about 1 KiB. */
export const FILE_COUNT_MAX = 100_000;

/** Folders above a file, itself counted: deeper than any system's own trees. */
export const PATH_DEPTH_MAX = 64;

/** Bytes of a name as the torrent has it; what is over 255 is cut, and this much never was a name. */
const RAW_NAME_BYTES_MAX = 4_096;

/** One entry as the torrent has it. */
export interface ListedFile {
  /** Raw bytes of each part; below the torrent's folder, or its name alone for a single file. */
  readonly path: readonly Uint8Array[];
  readonly length: number;
  /** Where it begins in the piece space. */
  readonly offset: number;
  /** Padding is zeros that no one stores. A link is never created: it could name any place of the disk. */
  readonly kind: 'file' | 'padding' | 'link';
  readonly isExecutable: boolean;
  readonly piecesRoot?: Uint8Array;
}

export interface FileList {
  readonly files: readonly ListedFile[];
  /** False: one file that has the torrent's name. */
  readonly isFolder: boolean;
  /** Where the piece space ends, padding counted. */
  readonly end: number;
}

/** The `files` or `length` of BEP 3. Throws PeerFault `METAINFO_FIELD` or `METAINFO_LIMIT` with the file's index. */
export function listFilesV1(info: BencodeDictionary, name: Uint8Array): FileList {
  if (!info.has('files')) {
    const file = readEntryV1(info, [name], 0, 0);
    return { files: [file], isFolder: false, end: file.length };
  }
  const list = info.list('files');
  if (!list) throw new PeerFault('METAINFO_FIELD', { field: 'files' });
  checkFileCount(list.length / 2); // every file may be followed by its padding
  const files: ListedFile[] = [];
  let end = 0;
  for (const [index, value] of list.entries()) {
    if (!(value instanceof BencodeDictionary)) {
      throw new PeerFault('METAINFO_FIELD', { field: 'files', file: index });
    }
    const file = readEntryV1(value, undefined, end, index);
    end = addLength(end, file.length, index);
    files.push(file);
  }
  return { files, isFolder: true, end };
}

/** The `file tree` of BEP 52. Padding is implied: every file with bytes begins a piece. Throws as above. */
export function listFilesV2(
  info: BencodeDictionary,
  name: Uint8Array,
  pieceLength: number,
): FileList {
  const tree = info.dictionary('file tree');
  if (!tree) throw new PeerFault('METAINFO_FIELD', { field: 'file tree' });
  const files: ListedFile[] = [];
  let end = 0;
  for (const { path, entry } of walkTree(tree, [])) {
    const index = files.length;
    checkFileCount(index + 1);
    const length = readLength(entry, index);
    const begin = length > 0 ? Math.ceil(end / pieceLength) * pieceLength : end;
    end = addLength(begin, length, index);
    files.push(readEntryV2(entry, path, length, begin, index));
  }
  const only = files.length === 1 ? files[0]?.path : undefined;
  const isSingle = only?.length === 1 && equalBytes(only[0] ?? name, name);
  return { files, isFolder: !isSingle, end };
}

/**
 * The one list of a hybrid: both describe the same files at the same places. Throws PeerFault
 * `METAINFO_HYBRID_MISMATCH`, since which files are meant would depend on the reader.
 */
export function mergeLists(v1: FileList, v2: FileList): FileList {
  const ours = v1.files.filter((file) => file.kind === 'file');
  const theirs = v2.files.filter((file) => file.kind === 'file');
  if (ours.length !== theirs.length) {
    throw new PeerFault('METAINFO_HYBRID_MISMATCH', { v1: ours.length, v2: theirs.length });
  }
  const files = ours.map((file, index) => {
    const twin = theirs[index] ?? file;
    if (!isSameFile(file, twin)) throw new PeerFault('METAINFO_HYBRID_MISMATCH', { file: index });
    const isExecutable = file.isExecutable || twin.isExecutable;
    return { ...file, isExecutable, ...(twin.piecesRoot && { piecesRoot: twin.piecesRoot }) };
  });
  return { files, isFolder: v1.isFolder, end: v1.end };
}

function isSameFile(a: ListedFile, b: ListedFile): boolean {
  return (
    a.length === b.length &&
    (a.length === 0 || a.offset === b.offset) &&
    a.path.length === b.path.length &&
    a.path.every((part, at) => equalBytes(part, b.path[at] ?? new Uint8Array()))
  );
}

function readEntryV1(
  entry: BencodeDictionary,
  known: readonly Uint8Array[] | undefined,
  offset: number,
  index: number,
): ListedFile {
  const length = readLength(entry, index);
  const attributes = entry.text('attr') ?? '';
  const isExecutable = attributes.includes('x');
  if (attributes.includes('p')) {
    return { path: [], length, offset, kind: 'padding', isExecutable: false };
  }
  const path = known ?? readPath(entry, index);
  if (attributes.includes('l')) return { path, length, offset, kind: 'link', isExecutable: false };
  const kind = known === undefined && isLegacyPadding(path) ? 'padding' : 'file';
  return { path, length, offset, kind, isExecutable };
}

function readEntryV2(
  entry: BencodeDictionary,
  path: readonly Uint8Array[],
  length: number,
  offset: number,
  index: number,
): ListedFile {
  const attributes = entry.text('attr') ?? '';
  if (attributes.includes('p'))
    throw new PeerFault('METAINFO_FIELD', { field: 'attr', file: index });
  if (attributes.includes('l')) return { path, length, offset, kind: 'link', isExecutable: false };
  const isExecutable = attributes.includes('x');
  if (length === 0) return { path, length, offset, kind: 'file', isExecutable };
  const piecesRoot = entry.bytes('pieces root');
  if (piecesRoot?.length !== HASH_LENGTH) {
    throw new PeerFault('METAINFO_FIELD', { field: 'pieces root', file: index });
  }
  return { path, length, offset, kind: 'file', isExecutable, piecesRoot };
}

/** A link has no bytes, whatever length it claims. */
function readLength(entry: BencodeDictionary, index: number): number {
  if (entry.text('attr')?.includes('l')) return 0;
  const length = entry.integer('length');
  if (length === undefined || length < 0) {
    throw new PeerFault('METAINFO_FIELD', { field: 'length', file: index });
  }
  return length;
}

function readPath(entry: BencodeDictionary, index: number): readonly Uint8Array[] {
  const path = entry.list('path.utf-8') ?? entry.list('path');
  if (!path || path.length === 0)
    throw new PeerFault('METAINFO_FIELD', { field: 'path', file: index });
  checkDepth(path.length, index);
  return path.map((part: BencodeValue) => {
    if (!(part instanceof Uint8Array)) {
      throw new PeerFault('METAINFO_FIELD', { field: 'path', file: index });
    }
    checkName(part, index);
    return part;
  });
}

/** BitComet wrote these before BEP 47; they hold zeros, too. */
const BITCOMET_PADDING = '_____padding_file_';

function isLegacyPadding(path: readonly Uint8Array[]): boolean {
  const name = latin1Start(path.at(-1));
  if (name.startsWith(BITCOMET_PADDING)) return true;
  return path.length === 2 && latin1Start(path[0]) === '.pad' && /^\d+$/.test(name);
}

/** As much of a name as tells padding from other files. */
function latin1Start(bytes: Uint8Array | undefined): string {
  return String.fromCharCode(...(bytes?.subarray(0, 64) ?? []));
}

interface TreeLeaf {
  readonly path: readonly Uint8Array[];
  readonly entry: BencodeDictionary;
}

function* walkTree(folder: BencodeDictionary, above: readonly Uint8Array[]): Generator<TreeLeaf> {
  checkDepth(above.length + 1, 0);
  for (const [at, key] of folder.keys.entries()) {
    const node = folder.values[at];
    // The order of the files is that of the keys: unsorted, each reader would have its own.
    const isSorted = at === 0 || (folder.keys[at - 1] ?? '') < key;
    if (!isSorted || key === '' || !(node instanceof BencodeDictionary)) {
      throw new PeerFault('METAINFO_FIELD', { field: 'file tree', depth: above.length });
    }
    const path = [...above, bytesOfKey(key)];
    const entry = node.dictionary('');
    if (!entry) yield* walkTree(node, path);
    else if (node.size === 1) yield { path, entry };
    else throw new PeerFault('METAINFO_FIELD', { field: 'file tree', depth: path.length });
  }
}

/** Throws PeerFault `METAINFO_LIMIT`. */
export function checkFileCount(count: number): void {
  if (count > FILE_COUNT_MAX) throw new PeerFault('METAINFO_LIMIT', { what: 'files', count });
}

function checkDepth(depth: number, index: number): void {
  if (depth > PATH_DEPTH_MAX) throw new PeerFault('METAINFO_LIMIT', { what: 'depth', file: index });
}

/** Throws PeerFault `METAINFO_LIMIT`. */
export function checkName(name: Uint8Array, index: number): void {
  if (name.length > RAW_NAME_BYTES_MAX) {
    throw new PeerFault('METAINFO_LIMIT', { what: 'name', file: index });
  }
}

function addLength(begin: number, length: number, index: number): number {
  const end = begin + length;
  if (!Number.isSafeInteger(end))
    throw new PeerFault('METAINFO_LIMIT', { what: 'length', file: index });
  return end;
}
