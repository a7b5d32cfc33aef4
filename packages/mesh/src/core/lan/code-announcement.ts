/**
 * What is announced in the local network while a code is shown: a tag of the place that its number and first word name,
 * and sealed for who knows that place where somebody waits, under a key that is thrown away (docs/lan.md).
 */
import { deviceKeyBytes, deviceKeyOf } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import {
  announcementLength,
  openAnnouncement,
  sealAnnouncement,
  tagOf,
} from './announcement-seal.ts';
import { formatIpv4, parseIpv4 } from './ipv4.ts';
import type { LanKeys } from './lan-tag.ts';

/** Another than that of a device: who looks for one does not look at the other. */
const VERSION = 2;
const KEY_LENGTH = 32;
/** An address, a port, a key. */
const PLAIN_LENGTH: number = 6 + KEY_LENGTH;
export const CODE_ANNOUNCEMENT_LENGTH: number = announcementLength(PLAIN_LENGTH);

export interface CodePlace {
  /** IPv4. */
  readonly host: string;
  /** TCP. */
  readonly port: number;
  readonly key: DeviceKey;
}

export function encodeCodeAnnouncement(
  { host, port, key }: CodePlace,
  keys: LanKeys,
  nonce: Uint8Array,
): Uint8Array {
  const plain = new Uint8Array(PLAIN_LENGTH);
  const view = new DataView(plain.buffer);
  view.setUint32(0, parseIpv4(host) ?? 0);
  view.setUint16(4, port);
  plain.set(deviceKeyBytes(key), 6);
  return sealAnnouncement(VERSION, plain, keys, nonce);
}

/** Throws PeerFault `BAD_LAN_ANNOUNCEMENT`. */
export function announcedCodeTag(bytes: Uint8Array): string {
  return tagOf(bytes, VERSION, PLAIN_LENGTH);
}

/** With the keys of that tag. Throws PeerFault `BAD_LAN_ANNOUNCEMENT` for what those who have them did not make. */
export function decodeCodeAnnouncement(bytes: Uint8Array, keys: LanKeys): CodePlace {
  const place = openAnnouncement(bytes, VERSION, PLAIN_LENGTH, keys);
  return {
    host: formatIpv4(place.u32()),
    port: place.u16(),
    key: deviceKeyOf(place.bytes(KEY_LENGTH)),
  };
}
