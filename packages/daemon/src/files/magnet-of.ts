/** The magnet link of a torrent whose metainfo is known. */
import { formatMagnet } from '@coequal/bittorrent';
import type { Metainfo } from '@coequal/bittorrent';

export function magnetOf({ infoHash, infoHashV2, name, trackers, webSeeds }: Metainfo): string {
  return formatMagnet({
    ...(infoHash !== undefined && { infoHash }),
    ...(infoHashV2 !== undefined && { infoHashV2 }),
    name,
    trackers: trackers.flat(),
    webSeeds,
    peers: [],
  });
}
