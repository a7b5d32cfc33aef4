/** A .torrent file, read by this process's own hash functions. */
import { hash } from 'node:crypto';
import { parseMetainfo } from '@coequal/bittorrent/metainfo';
import type { Metainfo } from '@coequal/bittorrent';

/** Throws PeerFault as `parseMetainfo` does. */
export function parseTorrentFile(bytes: Uint8Array): Metainfo {
  return parseMetainfo(bytes, (part, kind) => hash(kind, part, 'buffer'));
}
