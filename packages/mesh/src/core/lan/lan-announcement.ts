/** What a device announces in the local network: its tag, and sealed for its contacts where it listens (docs/lan.md). */
import { ByteReader, PeerFault } from '@coequal/base';
import { formatHex } from '@coequal/base';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import { TAG_LENGTH } from './lan-tag.ts';
import type { LanKeys } from './lan-tag.ts';

const VERSION = 1;
const NONCE_LENGTH = 24;
/** An address and two ports, and what vouches for them. */
const SEALED_LENGTH = 8 + 16;
export const ANNOUNCEMENT_LENGTH: number = 1 + TAG_LENGTH + NONCE_LENGTH + SEALED_LENGTH;

/** 0 where it does not listen. */
export interface LanPorts {
  readonly tcp: number;
  readonly udp: number;
}

export interface LanPlace extends LanPorts {
  /** IPv4. */
  readonly host: string;
}

export function encodeAnnouncement(
  { host, tcp, udp }: LanPlace,
  keys: LanKeys,
  nonce: Uint8Array,
): Uint8Array {
  const head = new Uint8Array([VERSION, ...keys.tag]);
  const plain = new Uint8Array(8);
  const view = new DataView(plain.buffer);
  view.setUint32(0, parseIpv4(host) ?? 0);
  view.setUint16(4, tcp);
  view.setUint16(6, udp);
  const sealed = xchacha20poly1305(keys.sealKey, nonce, head).encrypt(plain);
  return new Uint8Array([...head, ...nonce, ...sealed]);
}

/** The tag alone, which says who else might have to look. Throws PeerFault `BAD_LAN_ANNOUNCEMENT`. */
export function announcedTag(bytes: Uint8Array): string {
  if (bytes.length !== ANNOUNCEMENT_LENGTH || bytes[0] !== VERSION)
    throw new PeerFault('BAD_LAN_ANNOUNCEMENT', { length: bytes.length });
  return formatHex(bytes.subarray(1, 1 + TAG_LENGTH));
}

/** With the keys of that tag. Throws PeerFault `BAD_LAN_ANNOUNCEMENT` for what those who have them did not make. */
export function decodeAnnouncement(bytes: Uint8Array, keys: LanKeys): LanPlace {
  if (announcedTag(bytes) !== keys.tagText)
    throw new PeerFault('BAD_LAN_ANNOUNCEMENT', { reason: 'another tag' });
  const reader = new ByteReader(bytes);
  const head = reader.bytes(1 + TAG_LENGTH);
  const nonce = reader.bytes(NONCE_LENGTH);
  const plain = opened(reader.bytes(SEALED_LENGTH), head, nonce, keys);
  const place = new ByteReader(plain);
  return { host: formatIpv4(place.u32()), tcp: place.u16(), udp: place.u16() };
}

function opened(
  sealed: Uint8Array,
  head: Uint8Array,
  nonce: Uint8Array,
  { sealKey }: LanKeys,
): Uint8Array {
  try {
    return xchacha20poly1305(sealKey, nonce, head).decrypt(sealed);
  } catch (cause) {
    throw new PeerFault('BAD_LAN_ANNOUNCEMENT', { reason: 'not sealed by it' }, { cause });
  }
}
