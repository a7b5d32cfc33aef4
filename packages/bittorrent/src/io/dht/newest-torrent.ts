/** Which torrent is the newest that a key has published (BEP 46). */
import { assert, LocalFault } from '@coequal/base';
import { decodeTorrentItem } from '../../core/dht/mutable-torrent.ts';
import { idBytes } from '../../core/ids.ts';
import type { InfoHash } from '../../core/ids.ts';
import type { Magnet } from '../../core/metainfo/magnet.ts';
import type { Dht } from './dht.ts';

export interface NewestTorrent {
  readonly infoHash: InfoHash;
  /** Counts the versions: the `seq` of BEP 44. */
  readonly sequence: number;
  /** The link that was given, with the torrent it stands for now. */
  readonly magnet: Magnet;
}

/**
 * One look at the nodes that should have it; undefined when none has. Rejects with LocalFault `BAD_MAGNET` when
 * the link names no key, `DHT_NO_NODES`, PeerFault `BAD_MUTABLE_TORRENT`.
 */
export async function findNewest(
  magnet: Magnet,
  dht: Pick<Dht, 'get'>,
  signal: AbortSignal,
): Promise<NewestTorrent | undefined> {
  const { publisher } = magnet;
  if (publisher === undefined) throw new LocalFault('BAD_MAGNET', { what: 'xs' });
  const publicKey = idBytes(publisher.publicKey);
  const item = await dht.get({ type: 'mutable', publicKey, salt: publisher.salt }, signal);
  if (item === undefined) return undefined;
  assert(item.type === 'mutable', 'under a key with a signature is what it signs');
  const infoHash = decodeTorrentItem(item.value);
  const { infoHashV2: _, ...rest } = magnet;
  return { infoHash, sequence: item.sequence, magnet: { ...rest, infoHash } };
}
