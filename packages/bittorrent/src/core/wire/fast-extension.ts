/** The fast extension's allowed-fast set (BEP 6): pieces that a peer may request while choked. */
import { assert, concatBytes } from '@coequal/base';
import { idBytes } from '../ids.ts';
import type { InfoHash, PieceIndex } from '../ids.ts';

/** Pieces that a choked newcomer may ask for: BEP 6 proposes 10. */
export const ALLOWED_FAST_COUNT = 10;

/** Five pieces a round: finds 10 of 11 pieces in 6 rounds on average, so this is never reached by chance. */
const ROUNDS_MAX = 100;

/**
 * The canonical set of `count` pieces for a peer's address (4 or 16 bytes): the same for all addresses of
 * one network, so that more addresses do not give more free pieces. The BEP speaks of IPv4 only; of IPv6
 * the /64 counts. Fewer than `count` pieces only when the torrent has no more.
 */
export function allowedFastSet(
  ip: Uint8Array,
  infoHash: InfoHash,
  pieceCount: number,
  count: number,
  hash: (bytes: Uint8Array, kind: 'sha1') => Uint8Array,
): PieceIndex[] {
  assert(ip.length === 4 || ip.length === 16, 'an address has 4 or 16 bytes');
  if (pieceCount <= count) return Array.from({ length: pieceCount }, (_, piece) => piece);
  const pieces = new Set<PieceIndex>();
  let digest = concatBytes([networkOf(ip), idBytes(infoHash)]);
  for (let round = 0; round < ROUNDS_MAX && pieces.size < count; round++) {
    digest = new Uint8Array(hash(digest, 'sha1'));
    const view = new DataView(digest.buffer);
    for (let at = 0; at < digest.length && pieces.size < count; at += 4) {
      pieces.add(view.getUint32(at) % pieceCount);
    }
  }
  return [...pieces];
}

function networkOf(ip: Uint8Array): Uint8Array {
  const network = ip.slice();
  network.fill(0, ip.length === 4 ? 3 : 8);
  return network;
}
