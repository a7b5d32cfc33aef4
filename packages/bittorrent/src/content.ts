/** `@coequal/bittorrent/content`: making torrents and checking content without loading the engine. */
export { checkContent } from './io/storage/check-content.ts';
export type { CheckedFile, ContentCheck, FileCondition } from './io/storage/check-content.ts';
export { createTorrent } from './io/create-torrent.ts';
export type { CreateProgress, CreateTorrentOptions } from './io/create-torrent.ts';
