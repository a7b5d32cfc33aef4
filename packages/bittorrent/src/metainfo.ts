/** `@coequal/bittorrent/metainfo`: reading torrents and magnet links without loading the engine. */
export { formatMagnet, parseMagnet } from './core/metainfo/magnet.ts';
export type { Magnet } from './core/metainfo/magnet.ts';
export { METAINFO_LENGTH_MAX, parseMetainfo } from './core/metainfo/metainfo-parse.ts';
export type { Metainfo, TorrentFile } from './core/metainfo/metainfo.ts';
