/** The message of `ut_pex` (BEP 11): peers that the sender has now and had not, and the other way round. */
import { PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { BencodeDictionary, decodeBencode, encodeBencode } from '../bencode.ts';
import type { BencodeLimits } from '../bencode.ts';
import { addressFamily, decodeCompactPeers, encodeCompactPeers } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';

/** The name under which `m` of the extended handshake lists it. */
export const PEX_EXTENSION = 'ut_pex';

/** Our id for it, told in the extended handshake (BEP 10). */
export const UT_PEX_ID = 3;

/** What is known of an added peer, a bit each. */
export const PEX_FLAG = {
  prefersEncryption: 0x01,
  /** It has all that it wants (BEP 21). */
  uploadOnly: 0x02,
  utp: 0x04,
  holepunch: 0x08,
  /** The sender has dialled it, so it can be dialled. */
  outgoing: 0x10,
} as const;

export interface PexPeer {
  readonly endpoint: Endpoint;
  /** Of PEX_FLAG. */
  readonly flags: number;
}

export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly Endpoint[];
}

/** Added peers of one message, and as many dropped ones (BEP 11), over both address families. */
export const PEX_PEERS_MAX = 50;

/** Taken of one that we get: a first one may be longer (BEP 11), and libtorrent puts 100 into it. The rest is ignored. */
export const PEX_PEERS_TAKEN_MAX = 200;

/** Six keys, and what others may add to them. */
const BENCODE_LIMITS: BencodeLimits = { lengthMax: 32_768, depthMax: 4, countMax: 64 };

const KEYS = {
  4: { added: 'added', flags: 'added.f', dropped: 'dropped' },
  6: { added: 'added6', flags: 'added6.f', dropped: 'dropped6' },
} as const;

const FAMILIES: readonly AddressFamily[] = [4, 6];

/** Throws PeerFault `BENCODE_INVALID`, `BENCODE_LIMIT`, `BAD_PEX` or `BAD_COMPACT_PEERS`. Borrows nothing. */
export function decodePexMessage(payload: Uint8Array): PexMessage {
  const value = decodeBencode(payload, BENCODE_LIMITS);
  if (!(value instanceof BencodeDictionary)) throw new PeerFault('BAD_PEX');
  const added: PexPeer[] = [];
  const dropped: Endpoint[] = [];
  for (const family of FAMILIES) {
    const keys = KEYS[family];
    const flags = value.bytes(keys.flags);
    const room = PEX_PEERS_TAKEN_MAX - added.length;
    const peers = decodeCompactPeers(value.bytes(keys.added) ?? NONE, family, room);
    for (const [index, endpoint] of peers.entries())
      added.push({ endpoint, flags: flags?.[index] ?? 0 });
    const roomDropped = PEX_PEERS_TAKEN_MAX - dropped.length;
    dropped.push(...decodeCompactPeers(value.bytes(keys.dropped) ?? NONE, family, roomDropped));
  }
  return { added, dropped };
}

/** The payload of an extended message with the id by which its receiver takes it. */
export function encodePexMessage({ added, dropped }: PexMessage): Uint8Array<ArrayBuffer> {
  const entries: Record<string, Uint8Array> = {};
  for (const family of FAMILIES) {
    const keys = KEYS[family];
    const ofFamily = added.filter(({ endpoint }) => addressFamily(endpoint.host) === family);
    const endpoints = ofFamily.map(({ endpoint }) => endpoint);
    entries[keys.added] = encodeCompactPeers(endpoints, family);
    entries[keys.flags] = Uint8Array.from(ofFamily, ({ flags }) => flags);
    entries[keys.dropped] = encodeCompactPeers(dropped, family);
  }
  // old readers expect `added` and its flags even if they are empty; the rest may be left out
  const told = Object.entries(entries).filter(
    ([key, { length }]) => length > 0 || key === 'added' || key === 'added.f',
  );
  return encodeBencode(Object.fromEntries(told));
}

const NONE: Uint8Array = new Uint8Array(0);
