/**
 * Where a device is, in one line to type or to photograph, for when nothing finds it by itself:
 * `coequal:at/DEVICE?tcp=192.168.1.20:7230&udp=192.168.1.20:49737` (docs/lan.md).
 */
import { PeerFault, parseDeviceKey } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { parseIpv4 } from './ipv4.ts';

/** Sixteen addresses of IPv6 fit in. */
const CARD_LENGTH_MAX = 1_024;
const CARD_ADDRESSES_MAX = 16;
const PREFIX = 'coequal:at/';

export interface CardAddress {
  readonly kind: 'tcp' | 'udp';
  /** A literal. */
  readonly host: string;
  readonly port: number;
}

export interface AddressCard {
  readonly device: DeviceKey;
  readonly addresses: readonly CardAddress[];
}

export function formatAddressCard({ device, addresses }: AddressCard): string {
  const parts = addresses
    .slice(0, CARD_ADDRESSES_MAX)
    .map(({ kind, host, port }) => `${kind}=${host.includes(':') ? `[${host}]` : host}:${port}`);
  return `${PREFIX}${device}?${parts.join('&')}`;
}

/** Throws PeerFault `BAD_ADDRESS_CARD`, or `BAD_DEVICE_KEY`. */
export function parseAddressCard(text: string): AddressCard {
  const line = text.trim();
  if (line.length > CARD_LENGTH_MAX || !line.toLowerCase().startsWith(PREFIX)) throw bad('form');
  const [device = '', query = ''] = line.slice(PREFIX.length).split('?');
  const parts = query.split('&');
  if (parts.length > CARD_ADDRESSES_MAX) throw bad('too many addresses');
  return { device: parseDeviceKey(device.toLowerCase()), addresses: parts.map(parseCardAddress) };
}

/** `tcp=HOST:PORT`. Throws PeerFault `BAD_ADDRESS_CARD`. */
function parseCardAddress(text: string): CardAddress {
  const [, kind, bracketed, plain = '', digits] =
    /^(tcp|udp)=(?:\[([0-9a-f:.]{2,45})\]|([0-9.]{7,15})):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed?.toLowerCase() ?? plain;
  const port = Number(digits);
  const isHost = bracketed === undefined ? parseIpv4(plain) !== undefined : isIpv6(host);
  if (kind === undefined || !isHost || port < 1 || port > 65_535) throw bad('address');
  return { kind: kind.toLowerCase() === 'tcp' ? 'tcp' : 'udp', host, port };
}

/** Eight groups, or fewer and one `::` (RFC 4291, section 2.2); no IPv4 within. */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const isFull = halves.length === 1 ? groups.length === 8 : groups.length <= 7;
  return isFull && groups.every((group) => /^[0-9a-f]{1,4}$/.test(group));
}

function bad(reason: string): PeerFault {
  return new PeerFault('BAD_ADDRESS_CARD', { reason });
}
