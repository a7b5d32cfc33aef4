/** Identifiers of torrents and peers (BEP 3, BEP 20, BEP 52), parsed once. */
import { assert, formatHex, parseHex, PeerFault } from '@coequal/base';
import type { Brand } from '@coequal/base';

/**
 * What a swarm is known by on the wire: 20 bytes as lower-case hex, so that it can be a Map key.
 * SHA-1 of the info dictionary (v1), or the first 20 bytes of its SHA-256 (v2).
 */
export type InfoHash = Brand<string, 'InfoHash'>;

/** SHA-256 of the info dictionary (BEP 52), 32 bytes as lower-case hex. */
export type InfoHashV2 = Brand<string, 'InfoHashV2'>;

/** 20 bytes as lower-case hex (BEP 3). */
export type PeerId = Brand<string, 'PeerId'>;

/** Of who signs (Ed25519, RFC 8032), 32 bytes as lower-case hex. */
export type PublicKey = Brand<string, 'PublicKey'>;

/** Index of a piece: 0 up to the torrent's piece count. A plain number on the data path. */
export type PieceIndex = number;

export const INFO_HASH_LENGTH = 20;
export const INFO_HASH_V2_LENGTH = 32;
export const PEER_ID_LENGTH = 20;
export const PUBLIC_KEY_LENGTH = 32;

export function parseInfoHash(text: string): InfoHash {
  return parseFixedHex(text, INFO_HASH_LENGTH, 'BAD_INFO_HASH') as InfoHash; // length and digits checked
}

export function parseInfoHashV2(text: string): InfoHashV2 {
  return parseFixedHex(text, INFO_HASH_V2_LENGTH, 'BAD_INFO_HASH') as InfoHashV2; // as above
}

export function infoHashOf(bytes: Uint8Array): InfoHash {
  assert(bytes.length === INFO_HASH_LENGTH, 'an info hash has 20 bytes');
  return formatHex(bytes) as InfoHash; // its length was checked
}

export function infoHashV2Of(bytes: Uint8Array): InfoHashV2 {
  assert(bytes.length === INFO_HASH_V2_LENGTH, 'a v2 info hash has 32 bytes');
  return formatHex(bytes) as InfoHashV2; // its length was checked
}

/** The form of a v2 info hash that handshakes and trackers carry (BEP 52, "truncated"). */
export function truncateInfoHash(full: InfoHashV2): InfoHash {
  return full.slice(0, INFO_HASH_LENGTH * 2) as InfoHash; // hex of the first 20 bytes
}

/** v1, v2 or both, as a hybrid has. */
export interface TorrentHashes {
  readonly infoHash?: InfoHash;
  readonly infoHashV2?: InfoHashV2;
}

/** The names of a torrent in handshakes and announces, v1 first. */
export function wireHashes({ infoHash, infoHashV2 }: TorrentHashes): readonly InfoHash[] {
  const truncated = infoHashV2 === undefined ? undefined : truncateInfoHash(infoHashV2);
  return [infoHash, truncated].filter((hash) => hash !== undefined);
}

export function peerIdOf(bytes: Uint8Array): PeerId {
  assert(bytes.length === PEER_ID_LENGTH, 'a peer id has 20 bytes');
  return formatHex(bytes) as PeerId; // its length was checked
}

export function publicKeyOf(bytes: Uint8Array): PublicKey {
  assert(bytes.length === PUBLIC_KEY_LENGTH, 'a public key has 32 bytes');
  return formatHex(bytes) as PublicKey; // its length was checked
}

/** The raw bytes of any of the identifiers above. */
export function idBytes(id: InfoHash | InfoHashV2 | PeerId | PublicKey): Uint8Array<ArrayBuffer> {
  const bytes = parseHex(id);
  assert(bytes, 'an identifier is hex');
  return bytes;
}

function parseFixedHex(text: string, length: number, code: string): string {
  if (text.length !== length * 2 || parseHex(text) === undefined) {
    throw new PeerFault(code, { length: text.length });
  }
  return text.toLowerCase();
}
