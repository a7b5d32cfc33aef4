/** The handshake that opens every connection (BEP 3), with its reserved bits (BEP 4, 5, 6, 10, 52). */
import { assert, PeerFault } from '@coequal/base';
import { idBytes, INFO_HASH_LENGTH, infoHashOf, PEER_ID_LENGTH, peerIdOf } from '../ids.ts';
import type { InfoHash, PeerId } from '../ids.ts';

/** What a peer says it can do, in the reserved bits (BEP 4 lists them). */
export interface PeerSupport {
  /** Fast extension (BEP 6). */
  readonly fast: boolean;
  /** Extension protocol (BEP 10). */
  readonly extensions: boolean;
  /** It runs a DHT node and understands `port` (BEP 5). */
  readonly dht: boolean;
  /** It can go on as a v2 peer in a swarm joined by the v1 info hash of a hybrid (BEP 52). */
  readonly v2: boolean;
}

export interface Handshake {
  readonly infoHash: InfoHash;
  readonly peerId: PeerId;
  readonly supports: PeerSupport;
}

/** Bytes: 20 of the protocol's name, 8 reserved, 20 of info hash, 20 of peer id. */
export const HANDSHAKE_LENGTH = 68;

/** A byte 19 and the name of the protocol. */
const PROTOCOL = Uint8Array.from('\x13BitTorrent protocol', (character) => character.charCodeAt(0));
const RESERVED_AT = PROTOCOL.length;
const INFO_HASH_AT = RESERVED_AT + 8;
const PEER_ID_AT = INFO_HASH_AT + INFO_HASH_LENGTH;

/** Which bit of which reserved byte says what. */
const BIT = {
  fast: { at: RESERVED_AT + 7, mask: 0x04 },
  extensions: { at: RESERVED_AT + 5, mask: 0x10 },
  dht: { at: RESERVED_AT + 7, mask: 0x01 },
  v2: { at: RESERVED_AT + 7, mask: 0x10 },
} as const;

/** Throws PeerFault `BAD_HANDSHAKE` unless `bytes` are exactly one handshake. Unknown bits are ignored. */
export function decodeHandshake(bytes: Uint8Array): Handshake {
  if (bytes.length !== HANDSHAKE_LENGTH) {
    throw new PeerFault('BAD_HANDSHAKE', { length: bytes.length });
  }
  checkHandshakePrefix(bytes);
  const has = ({ at, mask }: { at: number; mask: number }): boolean =>
    ((bytes[at] ?? 0) & mask) !== 0;
  return {
    infoHash: infoHashOf(bytes.subarray(INFO_HASH_AT, PEER_ID_AT)),
    peerId: peerIdOf(bytes.subarray(PEER_ID_AT, PEER_ID_AT + PEER_ID_LENGTH)),
    supports: {
      fast: has(BIT.fast),
      extensions: has(BIT.extensions),
      dht: has(BIT.dht),
      v2: has(BIT.v2),
    },
  };
}

/** Throws PeerFault `BAD_HANDSHAKE` as soon as the bytes so far cannot begin a handshake. */
export function checkHandshakePrefix(bytes: Uint8Array): void {
  const known = Math.min(bytes.length, PROTOCOL.length);
  for (let at = 0; at < known; at++) {
    if (bytes[at] !== PROTOCOL[at]) throw new PeerFault('BAD_HANDSHAKE', { at });
  }
}

export function encodeHandshake(handshake: Handshake): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(HANDSHAKE_LENGTH);
  bytes.set(PROTOCOL);
  bytes.set(idBytes(handshake.infoHash), INFO_HASH_AT);
  bytes.set(idBytes(handshake.peerId), PEER_ID_AT);
  const { fast, extensions, dht, v2 } = handshake.supports;
  if (fast) setBit(bytes, BIT.fast);
  if (extensions) setBit(bytes, BIT.extensions);
  if (dht) setBit(bytes, BIT.dht);
  if (v2) setBit(bytes, BIT.v2);
  return bytes;
}

function setBit(bytes: Uint8Array, { at, mask }: { at: number; mask: number }): void {
  const before = bytes[at];
  assert(before !== undefined, 'reserved bits lie inside the handshake');
  bytes[at] = before | mask;
}
