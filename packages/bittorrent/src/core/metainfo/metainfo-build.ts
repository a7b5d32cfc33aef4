/** Writes metainfo: the info dictionary of content that was hashed, and .torrent files (BEP 3, 12, 47, 52). */
import { compareBytes, encodeUtf8 } from '@coequal/base';
import { BencodeDictionary, EncodedValue, encodeBencode, keyOfBytes } from '../bencode.ts';
import type { BencodeInput } from '../bencode.ts';
import { BLOCK_LENGTH } from '../blocks.ts';
import { HASH_LENGTH, rootOfPieceLayer } from './hash-tree.ts';
import type { HashFunction } from './hash-tree.ts';
import type { Metainfo, TorrentFile } from './metainfo.ts';
import type { MappedContent } from './piece-map.ts';

/** What our torrents name as their maker ("created by"). */
const CREATED_BY = 'Coequal';

/** About so many pieces: their hashes take 40 KiB, and a peer soon has one to give. */
const PIECE_COUNT_WANTED = 2_048;

/** Larger pieces are slow to verify and dear to lose; makers in other programs stop here, too. */
const PIECE_LENGTH_AUTOMATIC_MAX = 16 * 1024 * 1024;

/** The power of two that suits content of so many bytes. */
export function pickPieceLength(contentLength: number): number {
  let pieceLength = BLOCK_LENGTH;
  while (
    pieceLength * PIECE_COUNT_WANTED < contentLength &&
    pieceLength < PIECE_LENGTH_AUTOMATIC_MAX
  ) {
    pieceLength *= 2;
  }
  return pieceLength;
}

/** What is to be shared: a folder's files, or one file whose path is the name alone. */
export interface Content {
  readonly name: string;
  readonly isFolder: boolean;
  readonly files: readonly Pick<TorrentFile, 'path' | 'length'>[];
}

/** Content whose files are in order and have their places among the pieces. */
export type LaidOutContent = MappedContent & Pick<Metainfo, 'name' | 'isFolder'>;

/**
 * Sorts the files as a v2 file tree has them, in v1 too, and gives each its place. In v2 and hybrid
 * every file with bytes begins a piece; in a hybrid's folder the last file is padded like the others,
 * as libtorrent does, so that both make the same torrent of the same folder.
 */
export function layOutContent(
  version: Metainfo['version'],
  pieceLength: number,
  content: Content,
): LaidOutContent {
  const { name, isFolder } = content;
  const isPadded = version === 'hybrid' && isFolder;
  const files: TorrentFile[] = [];
  let end = 0;
  for (const { path, length } of sortFiles(content.files)) {
    const isAligned = version !== 'v1' && length > 0;
    const offset = isAligned ? alignUp(end, pieceLength) : end;
    files.push({ path, length, offset, isExecutable: false });
    end = isPadded ? alignUp(offset + length, pieceLength) : offset + length;
  }
  const last = files.findLast((file) => file.length > 0);
  const trailingPadding = end - (last ? last.offset + last.length : 0);
  const pieceCount = Math.ceil(end / pieceLength);
  return { version, name, isFolder, pieceLength, pieceCount, trailingPadding, files };
}

/** What hashing found: of all pieces, one after another; empty where the version has none. */
export interface ContentHashes {
  readonly pieceHashes: Uint8Array;
  readonly pieceRoots: Uint8Array;
}

/** What the maker chose. Absent fields are left out of the torrent. */
export interface MetainfoChoices {
  /** Tiers, the first asked first (BEP 12). */
  readonly trackers?: readonly (readonly string[])[];
  readonly webSeeds?: readonly string[];
  /** Peers come from the trackers alone (BEP 27). */
  readonly isPrivate?: boolean;
  readonly comment?: string;
  /** Seconds since 1970. */
  readonly createdAt?: number;
}

/** A .torrent file. The same arguments give the same bytes. */
export function buildMetainfo(
  content: LaidOutContent,
  hashes: ContentHashes,
  choices: MetainfoChoices,
  hash: HashFunction,
): Uint8Array<ArrayBuffer> {
  const { version, name, pieceLength } = content;
  const files = version === 'v1' ? content.files : withRoots(content, hashes.pieceRoots, hash);
  const isV1 = version !== 'v2';
  const isV2 = version !== 'v1';
  return encodeBencode({
    ...outerFields({ ...choices, createdBy: CREATED_BY }),
    info: {
      name,
      'piece length': pieceLength,
      private: choices.isPrivate ? 1 : undefined,
      ...(isV1 && { pieces: hashes.pieceHashes, ...listV1(content) }),
      ...(isV2 && { 'meta version': 2, 'file tree': treeOf(files) }),
    },
    'piece layers': isV2 ? layersOf({ ...content, files }, hashes.pieceRoots) : undefined,
  });
}

/**
 * The .torrent file of a torrent known otherwise, as from a magnet. Its info dictionary stays byte by
 * byte; piece layers are there if they are known.
 */
export function encodeMetainfo(metainfo: Metainfo): Uint8Array<ArrayBuffer> {
  const { version, nodes } = metainfo;
  // a v2 torrent of short files has no layers, and says so
  const noRoots = version !== 'v1' && isWholeMetainfo(metainfo) ? new Uint8Array() : undefined;
  const pieceRoots = metainfo.pieceRoots ?? noRoots;
  return encodeBencode({
    ...outerFields(metainfo),
    info: new EncodedValue(metainfo.infoBytes),
    nodes: nodes?.map(({ host, port }) => [host, port]),
    'piece layers': pieceRoots && layersOf(metainfo, pieceRoots),
  });
}

/** Nothing is missing for a .torrent file: of v2 a magnet brings no piece layers, and peers give them later. */
export function isWholeMetainfo({ version, pieceRoots, files, pieceLength }: Metainfo): boolean {
  if (version === 'v1' || pieceRoots !== undefined) return true;
  return files.every(({ length }) => length <= pieceLength);
}

function outerFields(fields: MetainfoChoices & Pick<Metainfo, 'createdBy'>): {
  readonly [key: string]: BencodeInput | undefined;
} {
  const tiers = (fields.trackers ?? []).filter((tier) => tier.length > 0);
  const webSeeds = fields.webSeeds ?? [];
  return {
    announce: tiers[0]?.[0],
    'announce-list': tiers.flat().length > 1 ? tiers : undefined,
    comment: fields.comment,
    'created by': fields.createdBy,
    'creation date': fields.createdAt,
    'url-list': webSeeds.length > 0 ? webSeeds : undefined,
  };
}

function listV1(content: LaidOutContent): { readonly [key: string]: BencodeInput } {
  const { version, isFolder, files, pieceLength } = content;
  if (!isFolder) return { length: files[0]?.length ?? 0 };
  const list: BencodeInput[] = [];
  for (const { path, length } of files) {
    list.push({ length, path });
    const padding = alignUp(length, pieceLength) - length;
    if (version === 'v1' || padding === 0) continue;
    list.push({ attr: 'p', length: padding, path: ['.pad', `${padding}`] });
  }
  return { files: list };
}

interface TreeFolder {
  readonly folders: Map<string, TreeFolder>;
  readonly files: Map<string, BencodeDictionary>;
}

/** Keys are names from a disk, so they go into Maps: an object would take `__proto__` for its own. */
function treeOf(files: readonly TorrentFile[]): BencodeDictionary {
  const root: TreeFolder = { folders: new Map(), files: new Map() };
  for (const { path, length, piecesRoot } of files) {
    let folder = root;
    for (const part of path.slice(0, -1)) {
      const key = keyOfBytes(encodeUtf8(part));
      const below: TreeFolder = folder.folders.get(key) ?? { folders: new Map(), files: new Map() };
      folder.folders.set(key, below);
      folder = below;
    }
    const leaf = new BencodeDictionary(
      piecesRoot ? ['length', 'pieces root'] : ['length'],
      piecesRoot ? [length, piecesRoot] : [length],
    );
    folder.files.set(keyOfBytes(encodeUtf8(path.at(-1) ?? '')), leaf);
  }
  return treeDictionary(root);
}

function treeDictionary(folder: TreeFolder): BencodeDictionary {
  const folders = [...folder.folders].map(([key, below]) => [key, treeDictionary(below)] as const);
  const files = [...folder.files].map(([key, leaf]) => {
    return [key, BencodeDictionary.of([['', leaf]])] as const;
  });
  return BencodeDictionary.of([...folders, ...files]);
}

function withRoots(
  content: LaidOutContent,
  pieceRoots: Uint8Array,
  hash: HashFunction,
): readonly TorrentFile[] {
  const { pieceLength } = content;
  return content.files.map((file) => {
    if (file.length === 0) return file;
    const layer = layerOf(file, pieceLength, pieceRoots);
    const piecesRoot =
      file.length > pieceLength ? rootOfPieceLayer(layer, pieceLength, hash) : layer.slice();
    return { ...file, piecesRoot };
  });
}

/** Only files longer than a piece have a layer: that of others is their root itself (BEP 52). */
function layersOf(
  content: Pick<Metainfo, 'files' | 'pieceLength'>,
  pieceRoots: Uint8Array,
): BencodeDictionary {
  const layers = new Map<string, Uint8Array>();
  for (const file of content.files) {
    if (!file.piecesRoot || file.length <= content.pieceLength) continue;
    layers.set(keyOfBytes(file.piecesRoot), layerOf(file, content.pieceLength, pieceRoots));
  }
  return BencodeDictionary.of(layers);
}

function layerOf(file: TorrentFile, pieceLength: number, pieceRoots: Uint8Array): Uint8Array {
  const first = file.offset / pieceLength;
  const end = first + Math.ceil(file.length / pieceLength);
  return pieceRoots.subarray(first * HASH_LENGTH, end * HASH_LENGTH);
}

/** By the bytes of each part: the order of dictionary keys, level by level. */
function sortFiles(files: Content['files']): Content['files'] {
  const keyed = files.map((file) => ({ file, key: file.path.map((part) => encodeUtf8(part)) }));
  return keyed.toSorted((a, b) => comparePaths(a.key, b.key)).map(({ file }) => file);
}

function comparePaths(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  for (const [at, part] of a.entries()) {
    const other = b[at];
    if (!other) break;
    const order = compareBytes(part, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function alignUp(position: number, pieceLength: number): number {
  return Math.ceil(position / pieceLength) * pieceLength;
}
