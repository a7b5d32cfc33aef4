/** What a device announces in the local network: its tag, and sealed for its contacts where it listens (docs/lan.md). */
import {
  announcementLength,
  openAnnouncement,
  sealAnnouncement,
  tagOf,
} from './announcement-seal.ts';
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import type { LanKeys } from './lan-tag.ts';

const VERSION = 1;
/** An address and two ports. */
const PLAIN_LENGTH = 8;
export const ANNOUNCEMENT_LENGTH: number = announcementLength(PLAIN_LENGTH);

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
  const plain = new Uint8Array(PLAIN_LENGTH);
  const view = new DataView(plain.buffer);
  view.setUint32(0, parseIpv4(host) ?? 0);
  view.setUint16(4, tcp);
  view.setUint16(6, udp);
  return sealAnnouncement(VERSION, plain, keys, nonce);
}

/** Throws PeerFault `BAD_LAN_ANNOUNCEMENT`. */
export function announcedTag(bytes: Uint8Array): string {
  return tagOf(bytes, VERSION, PLAIN_LENGTH);
}

/** With the keys of that tag. Throws PeerFault `BAD_LAN_ANNOUNCEMENT` for what those who have them did not make. */
export function decodeAnnouncement(bytes: Uint8Array, keys: LanKeys): LanPlace {
  const place = openAnnouncement(bytes, VERSION, PLAIN_LENGTH, keys);
  return { host: formatIpv4(place.u32()), tcp: place.u16(), udp: place.u16() };
}
