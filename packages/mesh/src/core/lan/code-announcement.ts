/**
 * What is announced in the local network while a code is shown: a tag of the place that its number and first word name,
 * and sealed for who knows that place where somebody waits, under a key that is thrown away (docs/lan.md).
 */
import { deviceKeyBytes, deviceKeyOf } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { formOf, openAnnouncement, sealAnnouncement, tagOf } from './announcement-seal.ts';
import type { AnnouncementForm } from './announcement-seal.ts';
import { familyOf, hostBytes, readHost } from './lan-host.ts';
import type { Family } from './lan-host.ts';
import type { LanKeys } from './lan-tag.ts';

const KEY_LENGTH = 32;

/** An address, a port, a key. Other versions than those of a device: who looks for one does not look at the other. */
export const CODE_FORMS: Readonly<Record<Family, AnnouncementForm>> = {
  4: { family: 4, version: 2, plainLength: 4 + 2 + KEY_LENGTH },
  6: { family: 6, version: 4, plainLength: 16 + 2 + KEY_LENGTH },
};

export interface CodePlace {
  /** IPv4, or IPv6 of the link. */
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
  const form = CODE_FORMS[familyOf(host)];
  const plain = new Uint8Array(form.plainLength);
  const address = hostBytes(host);
  plain.set(address);
  new DataView(plain.buffer).setUint16(address.length, port);
  plain.set(deviceKeyBytes(key), address.length + 2);
  return sealAnnouncement(form, plain, keys, nonce);
}

/** Throws PeerFault `BAD_LAN_ANNOUNCEMENT`. */
export function announcedCodeTag(bytes: Uint8Array): string {
  formOf(bytes, FORMS);
  return tagOf(bytes);
}

/**
 * With the keys of that tag; its host has no zone. Throws PeerFault `BAD_LAN_ANNOUNCEMENT` for what those who have them
 * did not make.
 */
export function decodeCodeAnnouncement(bytes: Uint8Array, keys: LanKeys): CodePlace {
  const { family } = formOf(bytes, FORMS);
  const place = openAnnouncement(bytes, keys);
  const host = readHost(place, family);
  return { host, port: place.u16(), key: deviceKeyOf(place.bytes(KEY_LENGTH)) };
}

const FORMS: readonly AnnouncementForm[] = [CODE_FORMS[4], CODE_FORMS[6]];
