/** What is stored under a key whose owner publishes one torrent after another (BEP 46). */
import { PeerFault } from '@coequal/base';
import { BencodeDictionary, decodeBencode, encodeBencode } from '../bencode.ts';
import { idBytes, INFO_HASH_LENGTH, infoHashOf } from '../ids.ts';
import type { InfoHash } from '../ids.ts';
import { ITEM_LENGTH_MAX } from './krpc-messages.ts';

/** A torrent's name, and what newer programs may add to it. */
const TORRENT_ITEM_LIMITS = { lengthMax: ITEM_LENGTH_MAX, depthMax: 8, countMax: 100 };

export function encodeTorrentItem(infoHash: InfoHash): Uint8Array {
  return encodeBencode({ ih: idBytes(infoHash) });
}

/** Throws PeerFault `BAD_MUTABLE_TORRENT`: what is signed names no torrent by the 20 bytes that BEP 46 has. */
export function decodeTorrentItem(value: Uint8Array): InfoHash {
  const decoded = decodeBencode(value, TORRENT_ITEM_LIMITS);
  const ih = decoded instanceof BencodeDictionary ? decoded.bytes('ih') : undefined;
  if (ih?.length !== INFO_HASH_LENGTH) {
    throw new PeerFault('BAD_MUTABLE_TORRENT', { length: ih?.length });
  }
  return infoHashOf(ih);
}
