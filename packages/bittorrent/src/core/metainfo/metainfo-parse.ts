/** Reads .torrent files and info dictionaries: v1, v2 and hybrid (BEP 3, 5, 9, 12, 19, 27, 47, 52). */
import { encodeUtf8, equalBytes, PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import {
  BencodeDictionary,
  decodeBencode,
  decodeBencodePrefix,
  isList,
  keyOfBytes,
} from '../bencode.ts';
import type { BencodeLimits, BencodeValue } from '../bencode.ts';
import { BLOCK_LENGTH } from '../blocks.ts';
import { decodeName, safeName, safePaths } from './file-names.ts';
import { HASH_LENGTH, rootOfPieceLayer } from './hash-tree.ts';
import type { HashFunction } from './hash-tree.ts';
import { infoHashOf, infoHashV2Of } from '../ids.ts';
import {
  checkFileCount,
  checkName,
  listFilesV1,
  listFilesV2,
  mergeLists,
  PATH_DEPTH_MAX,
} from './metainfo-files.ts';
import type { FileList } from './metainfo-files.ts';
import type { Metainfo, TorrentFile } from './metainfo.ts';
import { PIECE_HASH_LENGTH } from './piece-digests.ts';
import { ADDRESS_COUNT_MAX, ADDRESS_LENGTH_MAX, readWebAddress } from './web-address.ts';

/** Two million v2 pieces take 64 MiB of hashes, and so many are more than any torrent in use has. */
export const METAINFO_LENGTH_MAX: number = 96 * 1024 * 1024;

/** As deep as a file tree of the deepest paths, with what is around it; values as FILE_COUNT_MAX files need. */
const METAINFO_LIMITS: BencodeLimits = {
  lengthMax: METAINFO_LENGTH_MAX,
  depthMax: PATH_DEPTH_MAX + 8,
  countMax: 3_000_000,
};

/** Every piece costs us hashes and some state; libtorrent has the same bound. */
export const PIECE_COUNT_MAX = 2_097_152;

/** The smallest in use is 16 KiB; smaller ones are seen in tests only, and make many pieces. */
const PIECE_LENGTH_MIN = 1_024;

/** A piece is held in memory until it is verified. Clients make none over 64 MiB or so. */
export const PIECE_LENGTH_MAX: number = 128 * 1024 * 1024;

/** Bytes of a path below the torrent's folder; Linux takes 4,095, so this leaves 1 KiB for the rest. */
export const PATH_BYTES_MAX = 3_072;

/** Bytes of a comment, and of the name of the program that made the torrent; a longer one is left out. */
const COMMENT_LENGTH_MAX = 4_096;

/** DHT nodes kept of those a torrent names; a handful is enough to join. */
const NODE_COUNT_MAX = 50;

/** Characters of a host name (RFC 1035). */
const HOST_LENGTH_MAX = 253;

/** What stands beside the info dictionary in a .torrent file, or comes from a magnet instead. */
export type MetainfoExtras = Partial<
  Pick<Metainfo, 'trackers' | 'webSeeds' | 'nodes' | 'comment' | 'createdBy' | 'createdAt'>
> & {
  /** Piece layers (BEP 52) by the "pieces root" of their file, as binary string. */
  readonly pieceLayers?: BencodeDictionary;
};

/**
 * Reads a .torrent file; the bytes are copied. Throws PeerFault: `BENCODE_INVALID`, `BENCODE_LIMIT`,
 * `METAINFO_FIELD` (missing or wrong), `METAINFO_LIMIT`, `METAINFO_VERSION`, `METAINFO_PIECE_LENGTH`,
 * `METAINFO_PIECES`, `METAINFO_EMPTY`, `METAINFO_HYBRID_MISMATCH`, `METAINFO_PIECE_LAYER`; `file` in the
 * details is an index into the torrent's own list.
 */
export function parseMetainfo(bytes: Uint8Array, hash: HashFunction): Metainfo {
  const { value: outer, end } = decodeBencodePrefix(bytes.slice(), METAINFO_LIMITS);
  if (!(outer instanceof BencodeDictionary))
    throw new PeerFault('METAINFO_FIELD', { field: 'torrent' });
  // Editors and web servers leave line ends behind the dictionary.
  if (bytes.subarray(end).some((byte) => byte > 0x20)) {
    throw new PeerFault('BENCODE_INVALID', { why: 'trailing bytes', at: end });
  }
  const info = outer.dictionary('info');
  const infoBytes = outer.raw('info');
  if (!info || !infoBytes) throw new PeerFault('METAINFO_FIELD', { field: 'info' });
  return readInfo(info, infoBytes, hash, readExtras(outer));
}

/** Reads an info dictionary alone (BEP 9); the bytes are copied. Throws as `parseMetainfo`. */
export function parseInfo(
  infoBytes: Uint8Array,
  hash: HashFunction,
  extras: MetainfoExtras = {},
): Metainfo {
  const own = infoBytes.slice();
  const info = decodeBencode(own, METAINFO_LIMITS);
  if (!(info instanceof BencodeDictionary))
    throw new PeerFault('METAINFO_FIELD', { field: 'info' });
  return readInfo(info, own, hash, extras);
}

function readInfo(
  info: BencodeDictionary,
  infoBytes: Uint8Array,
  hash: HashFunction,
  extras: MetainfoExtras,
): Metainfo {
  const version = readVersion(info);
  const pieceLength = readPieceLength(info, version);
  const rawName = info.bytes('name.utf-8') ?? info.bytes('name');
  if (!rawName) throw new PeerFault('METAINFO_FIELD', { field: 'name' });
  checkName(rawName, 0);
  const { pieceLayers, ...known } = extras;
  const list = readFileList(info, version, rawName, pieceLength);
  const pieceCount = Math.ceil(list.end / pieceLength);
  if (pieceCount > PIECE_COUNT_MAX) {
    throw new PeerFault('METAINFO_LIMIT', { what: 'pieces', count: pieceCount });
  }
  const name = safeName(decodeName(rawName), list.isFolder ? 'folder' : 'file');
  const files = readFiles(list, name);
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (length === 0) throw new PeerFault('METAINFO_EMPTY', { files: files.length });
  const last = files.findLast((file) => file.length > 0);
  const trailingPadding = list.end - (last ? last.offset + last.length : 0);
  const pieceHashes = version === 'v2' ? undefined : readPieceHashes(info, pieceCount);
  const pieceRoots =
    version === 'v1'
      ? undefined
      : readPieceRoots(files, pieceLength, pieceCount, pieceLayers, hash);
  return {
    version,
    name,
    isFolder: list.isFolder,
    ...(version !== 'v2' && { infoHash: infoHashOf(hash(infoBytes, 'sha1')) }),
    ...(version !== 'v1' && { infoHashV2: infoHashV2Of(hash(infoBytes, 'sha256')) }),
    infoBytes,
    pieceLength,
    pieceCount,
    ...(trailingPadding > 0 && { trailingPadding }),
    length,
    files,
    ...(pieceHashes && { pieceHashes }),
    ...(pieceRoots && { pieceRoots }),
    isPrivate: info.integer('private') === 1,
    trackers: [],
    webSeeds: [],
    ...known,
  };
}

function readVersion(info: BencodeDictionary): Metainfo['version'] {
  const metaVersion = info.get('meta version') ?? 1;
  if (metaVersion !== 1 && metaVersion !== 2) {
    throw new PeerFault('METAINFO_VERSION', { version: info.integer('meta version') });
  }
  if (metaVersion === 1) return 'v1';
  return info.has('pieces') ? 'hybrid' : 'v2';
}

function readPieceLength(info: BencodeDictionary, version: Metainfo['version']): number {
  const pieceLength = info.integer('piece length');
  const min = version === 'v1' ? PIECE_LENGTH_MIN : BLOCK_LENGTH;
  if (pieceLength === undefined || pieceLength < min || pieceLength > PIECE_LENGTH_MAX) {
    throw new PeerFault('METAINFO_PIECE_LENGTH', { pieceLength });
  }
  if (version !== 'v1' && !Number.isInteger(Math.log2(pieceLength))) {
    throw new PeerFault('METAINFO_PIECE_LENGTH', { pieceLength });
  }
  return pieceLength;
}

function readFileList(
  info: BencodeDictionary,
  version: Metainfo['version'],
  name: Uint8Array,
  pieceLength: number,
): FileList {
  if (version === 'v1') return listFilesV1(info, name);
  const v2 = listFilesV2(info, name, pieceLength);
  if (version === 'v2') return v2;
  const v1 = listFilesV1(info, name);
  // Padding after the last file may fill its piece, but a piece of its own is none in v2.
  if (Math.ceil(v1.end / pieceLength) !== Math.ceil(v2.end / pieceLength)) {
    throw new PeerFault('METAINFO_HYBRID_MISMATCH', { v1End: v1.end, v2End: v2.end });
  }
  return mergeLists(v1, v2);
}

function readFiles(list: FileList, name: string): readonly TorrentFile[] {
  const listed = list.files.filter((file) => file.kind === 'file');
  checkFileCount(listed.length);
  const paths = list.isFolder
    ? safePaths(listed.map((file) => file.path.map(decodeName)))
    : [[name]];
  return listed.map(({ length, offset, isExecutable, piecesRoot }, index) => {
    const path = paths[index] ?? [];
    if (encodeUtf8(path.join('/')).length > PATH_BYTES_MAX) {
      throw new PeerFault('METAINFO_LIMIT', { what: 'path', file: index });
    }
    return { path, length, offset, isExecutable, ...(piecesRoot && { piecesRoot }) };
  });
}

function readPieceHashes(info: BencodeDictionary, pieceCount: number): Uint8Array {
  const pieces = info.bytes('pieces');
  if (pieces?.length !== pieceCount * PIECE_HASH_LENGTH) {
    throw new PeerFault('METAINFO_PIECES', { length: pieces?.length, pieceCount });
  }
  return pieces;
}

/** Undefined when a file needs a piece layer and no layers are given at all, as from a magnet. */
function readPieceRoots(
  files: readonly TorrentFile[],
  pieceLength: number,
  pieceCount: number,
  layers: BencodeDictionary | undefined,
  hash: HashFunction,
): Uint8Array | undefined {
  if (!layers && files.some((file) => file.length > pieceLength)) return undefined;
  const roots = new Uint8Array(pieceCount * HASH_LENGTH);
  const checked = new Set<string>(); // equal files share a layer, which is checked once
  for (const [index, { length, offset, piecesRoot }] of files.entries()) {
    if (!piecesRoot) continue;
    const at = (offset / pieceLength) * HASH_LENGTH;
    if (length <= pieceLength) {
      roots.set(piecesRoot, at);
      continue;
    }
    const key = keyOfBytes(piecesRoot);
    const layer = layers?.bytes(key);
    if (layer?.length !== Math.ceil(length / pieceLength) * HASH_LENGTH) {
      throw new PeerFault('METAINFO_PIECE_LAYER', { file: index, length: layer?.length });
    }
    if (!checked.has(key) && !equalBytes(rootOfPieceLayer(layer, pieceLength, hash), piecesRoot)) {
      throw new PeerFault('METAINFO_PIECE_LAYER', { file: index });
    }
    checked.add(key);
    roots.set(layer, at);
  }
  return roots;
}

function readExtras(outer: BencodeDictionary): MetainfoExtras {
  const comment = readText(outer, 'comment');
  const createdBy = readText(outer, 'created by');
  const createdAt = outer.integer('creation date');
  const nodes = readNodes(outer.list('nodes') ?? []);
  const pieceLayers = outer.dictionary('piece layers');
  return {
    trackers: readTrackers(outer),
    webSeeds: readAddresses(outer.get('url-list'), ADDRESS_COUNT_MAX),
    ...(nodes.length > 0 && { nodes }),
    ...(comment && { comment }),
    ...(createdBy && { createdBy }),
    ...(createdAt !== undefined && createdAt > 0 && { createdAt }),
    ...(pieceLayers && { pieceLayers }),
  };
}

/** `announce-list` replaces `announce` (BEP 12). Some writers have addresses where tiers belong. */
function readTrackers(outer: BencodeDictionary): readonly (readonly string[])[] {
  const tiers: (readonly string[])[] = [];
  let room = ADDRESS_COUNT_MAX;
  for (const value of outer.list('announce-list') ?? []) {
    const tier = readAddresses(value, room);
    if (tier.length > 0) tiers.push(tier);
    room -= tier.length;
  }
  if (tiers.length > 0) return tiers;
  const lone = readAddresses(outer.bytes('announce'), 1);
  return lone.length > 0 ? [lone] : [];
}

/** From one address or a list of them, without repeats; what is no address is left out. */
function readAddresses(value: BencodeValue | undefined, countMax: number): readonly string[] {
  if (value === undefined) return [];
  const addresses = new Set<string>();
  for (const item of isList(value) ? value : [value]) {
    if (addresses.size >= countMax) break;
    if (!(item instanceof Uint8Array) || item.length > ADDRESS_LENGTH_MAX) continue;
    const address = readWebAddress(decodeName(item));
    if (address !== undefined) addresses.add(address);
  }
  return [...addresses];
}

function readText(outer: BencodeDictionary, key: string): string | undefined {
  const bytes = outer.bytes(`${key}.utf-8`) ?? outer.bytes(key);
  return bytes && bytes.length <= COMMENT_LENGTH_MAX ? decodeName(bytes) : undefined;
}

function readNodes(list: readonly BencodeValue[]): readonly Endpoint[] {
  const nodes: Endpoint[] = [];
  for (const value of list) {
    if (nodes.length >= NODE_COUNT_MAX) break;
    const [host, port] = isList(value) ? value : [];
    if (!(host instanceof Uint8Array) || typeof port !== 'number') continue;
    const name = keyOfBytes(host.subarray(0, HOST_LENGTH_MAX + 1));
    if (/^[\w.:-]{1,253}$/.test(name) && port > 0 && port < 65_536)
      nodes.push({ host: name, port });
  }
  return nodes;
}
