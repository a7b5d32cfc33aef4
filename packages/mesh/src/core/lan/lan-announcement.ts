/** What a device announces in the local network: its tag, and sealed for its contacts where it listens (docs/lan.md). */
import { formOf, openAnnouncement, sealAnnouncement, tagOf } from './announcement-seal.ts';
import type { AnnouncementForm } from './announcement-seal.ts';
import { familyOf, hostBytes, readHost } from './lan-host.ts';
import type { Family } from './lan-host.ts';
import type { LanKeys } from './lan-tag.ts';

/** An address and two ports; of IPv6 that of TCP alone, since nodes of the DHT are of IPv4. */
export const LAN_FORMS: Readonly<Record<Family, AnnouncementForm>> = {
  4: { family: 4, version: 1, plainLength: 4 + 2 + 2 },
  6: { family: 6, version: 3, plainLength: 16 + 2 },
};

/** 0 where it does not listen. */
export interface LanPorts {
  readonly tcp: number;
  readonly udp: number;
}

export interface LanPlace extends LanPorts {
  /** IPv4, or IPv6 of the link. */
  readonly host: string;
}

export function encodeAnnouncement(
  { host, tcp, udp }: LanPlace,
  keys: LanKeys,
  nonce: Uint8Array,
): Uint8Array {
  const form = LAN_FORMS[familyOf(host)];
  const plain = new Uint8Array(form.plainLength);
  const view = new DataView(plain.buffer);
  const address = hostBytes(host);
  plain.set(address);
  view.setUint16(address.length, tcp);
  if (form.family === 4) view.setUint16(address.length + 2, udp);
  return sealAnnouncement(form, plain, keys, nonce);
}

/** Throws PeerFault `BAD_LAN_ANNOUNCEMENT`. */
export function announcedTag(bytes: Uint8Array): string {
  formOf(bytes, FORMS);
  return tagOf(bytes);
}

/**
 * With the keys of that tag; its host has no zone. Throws PeerFault `BAD_LAN_ANNOUNCEMENT` for what those who have them
 * did not make.
 */
export function decodeAnnouncement(bytes: Uint8Array, keys: LanKeys): LanPlace {
  const { family } = formOf(bytes, FORMS);
  const place = openAnnouncement(bytes, keys);
  const host = readHost(place, family);
  return { host, tcp: place.u16(), udp: family === 4 ? place.u16() : 0 };
}

const FORMS: readonly AnnouncementForm[] = [LAN_FORMS[4], LAN_FORMS[6]];
