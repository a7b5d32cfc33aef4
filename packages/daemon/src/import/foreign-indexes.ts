/** How other programs count the files of a torrent: with its padding (BEP 47), which has no index here. */
import { BencodeDictionary, decodeBencode, METAINFO_LENGTH_MAX } from '@coequal/bittorrent';
import type { BencodeLimits, Metainfo } from '@coequal/bittorrent';

/** Of an info dictionary that was parsed already: as there. */
const INFO_LIMITS: BencodeLimits = {
  lengthMax: METAINFO_LENGTH_MAX,
  depthMax: 72,
  countMax: 3_000_000,
};

/** Our index by theirs. What is padding there has none. */
export function foreignIndexes(metainfo: Metainfo): ReadonlyMap<number, number> {
  return metainfo.version === 'v1' ? listedIndexes(metainfo) : alignedIndexes(metainfo);
}

/** Padding is listed as files are; a file is where its offset says. */
function listedIndexes({ files, infoBytes }: Metainfo): ReadonlyMap<number, number> {
  const info = decodeBencode(infoBytes, INFO_LIMITS);
  const list = info instanceof BencodeDictionary ? info.list('files') : undefined;
  if (list === undefined) return new Map([[0, 0]]);
  const indexes = new Map<number, number>();
  let [offset, next] = [0, 0];
  for (const [index, entry] of list.entries()) {
    const length = entry instanceof BencodeDictionary ? (entry.integer('length') ?? 0) : 0;
    const file = files[next];
    if (file !== undefined && file.offset === offset && file.length === length) {
      indexes.set(index, next);
      next += 1;
    }
    offset += length;
  }
  return indexes;
}

/** With BEP 52 each file that does not end with a piece has padding behind it. */
function alignedIndexes({ files, pieceLength }: Metainfo): ReadonlyMap<number, number> {
  const indexes = new Map<number, number>();
  let index = 0;
  for (const [own, { length }] of files.entries()) {
    indexes.set(index, own);
    index += length % pieceLength === 0 ? 1 : 2;
  }
  return indexes;
}
