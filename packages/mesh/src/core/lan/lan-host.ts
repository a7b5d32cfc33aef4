/**
 * Addresses by which devices of one network reach each other: those of IPv4, and of IPv6 those of the link, which mean
 * something together with the interface that leads there, their zone (RFC 4007): `fe80::1%eth0`.
 */
import type { ByteReader } from '@coequal/base';
import { formatHost, parseHost } from '../contacts/address-bytes.ts';
import { isLocalIpv4 } from './ipv4.ts';

const LENGTH_4 = 4;
const LENGTH_16 = 16;

export type Family = 4 | 6;

export function familyOf(host: string): Family {
  return host.includes(':') ? 6 : 4;
}

/** The interface, as this computer names it; undefined for an address that is not of one link. */
export function zoneOf(host: string): string | undefined {
  return host.split('%')[1];
}

/** Its 4 or 16 bytes. A zone is this computer's matter, and is told to nobody. */
export function hostBytes(host: string): Uint8Array {
  const [address = ''] = host.split('%');
  return parseHost(address) ?? new Uint8Array(familyOf(host) === 6 ? LENGTH_16 : LENGTH_4);
}

export function readHost(reader: ByteReader, family: Family): string {
  return formatHost(reader.bytes(family === 6 ? LENGTH_16 : LENGTH_4));
}

/**
 * Where a host is to be dialled of which was heard from the address `from`. Undefined for one that cannot be of this
 * network: nobody sends us to somebody on the internet.
 */
export function hostHere(host: string, from: string): string | undefined {
  if (familyOf(host) === 4) return isLocalIpv4(host) || host === from ? host : undefined;
  const zone = zoneOf(from);
  return isOfLink(host) && zone !== undefined ? `${host}%${zone}` : undefined;
}

/** RFC 4291, section 2.5.6. */
export function isOfLink(host: string): boolean {
  const [first = 0, second = 0] = hostBytes(host);
  return first === 0xfe && (second & 0xc0) === 0x80;
}
