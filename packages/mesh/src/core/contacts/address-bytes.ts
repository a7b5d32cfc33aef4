/** Addresses of peers in bytes: a kind, then the address and the port, as links and `people/1` carry them. */
import { concatBytes, PeerFault } from '@coequal/base';
import type { ByteReader, Endpoint } from '@coequal/base';

/** A TCP port, or the UDP port of a DHT node. */
export interface TellableAddress extends Endpoint {
  readonly kind: 'tcp' | 'udp';
}

/** A peer has one or two of each family and kind; more are a way to have us knock at other doors. */
const ADDRESSES_MAX = 8;

const KIND = { tcp: 0, udp: 1 } as const;
const LENGTH_4 = 4;
const LENGTH_16 = 16;
const GROUPS = 8;

/** Kind (bit 0: UDP, bit 1: IPv6), address, port. Undefined unless the host is an address that can be dialled. */
export function encodeAddress({ kind, host, port }: TellableAddress): Uint8Array | undefined {
  const address = parseHost(host);
  if (address === undefined || !isDiallable(address) || port < 1 || port > 0xffff) return undefined;
  const family = address.length === LENGTH_16 ? 2 : 0;
  return concatBytes([
    Uint8Array.of(KIND[kind] | family),
    address,
    Uint8Array.of(port >> 8, port & 0xff),
  ]);
}

/** A count (u8) and so many addresses. Those that cannot be told are left out, and all beyond the limit. */
export function encodeAddresses(addresses: readonly TellableAddress[]): Uint8Array {
  const told = addresses
    .map(encodeAddress)
    .filter((bytes) => bytes !== undefined)
    .slice(0, ADDRESSES_MAX);
  return concatBytes([Uint8Array.of(told.length), ...told]);
}

/** Throws PeerFault `BAD_ADDRESS`, and those of the reader. */
export function decodeAddresses(reader: ByteReader): TellableAddress[] {
  const count = reader.u8();
  if (count > ADDRESSES_MAX) throw new PeerFault('BAD_ADDRESS', { count });
  return Array.from({ length: count }, () => decodeAddress(reader));
}

export function decodeAddress(reader: ByteReader): TellableAddress {
  const type = reader.u8();
  if (type > 3) throw new PeerFault('BAD_ADDRESS', { type });
  const address = reader.bytes((type & 2) === 0 ? LENGTH_4 : LENGTH_16);
  const port = reader.u16();
  if (port === 0 || !isDiallable(address)) throw new PeerFault('BAD_ADDRESS', { port });
  return { kind: (type & 1) === 0 ? 'tcp' : 'udp', host: formatHost(address), port };
}

export function isLoopback(host: string): boolean {
  return host === '::1' || host.startsWith('127.');
}

/** Not "any", multicast or broadcast: nobody is there, or everybody. An IPv4 address has one form here, not two. */
function isDiallable(address: Uint8Array): boolean {
  const [first = 0] = address;
  if (address.length === LENGTH_4) return first !== 0 && first < 224;
  if (first === 0xff) return false;
  const head = address.subarray(0, 10).every((byte) => byte === 0);
  const isMapped = head && address[10] === 0xff && address[11] === 0xff;
  const isAny = head && address.subarray(10).every((byte) => byte === 0);
  return !isMapped && !isAny;
}

/** Undefined unless it is an IPv4 or IPv6 literal without a zone. */
export function parseHost(host: string): Uint8Array | undefined {
  return host.includes(':') ? parseIpv6(host) : parseIpv4(host);
}

function parseIpv4(host: string): Uint8Array | undefined {
  const parts = host.split('.');
  if (parts.length !== LENGTH_4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part)))
    return undefined;
  const numbers = parts.map(Number);
  return numbers.every((number) => number <= 0xff) ? Uint8Array.from(numbers) : undefined;
}

function parseIpv6(host: string): Uint8Array | undefined {
  const halves = host.toLowerCase().split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = GROUPS - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/.test(group))) return undefined;
  const bytes = new Uint8Array(LENGTH_16);
  const view = new DataView(bytes.buffer);
  for (const [at, group] of groups.entries()) view.setUint16(at * 2, Number.parseInt(group, 16));
  return bytes;
}

/** The longest run of zeros is left out, as RFC 5952 has it. */
export function formatHost(address: Uint8Array): string {
  if (address.length === LENGTH_4) return address.join('.');
  const groups = Array.from(
    { length: GROUPS },
    (_, at) => ((address[at * 2] ?? 0) << 8) | (address[at * 2 + 1] ?? 0),
  );
  let best = { at: 0, length: 0 };
  for (let at = 0; at < GROUPS; at++) {
    let length = 0;
    while (groups[at + length] === 0) length += 1;
    if (length > best.length) best = { at, length };
  }
  const text = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(':');
  if (best.length < 2) return text(groups);
  return `${text(groups.slice(0, best.at))}::${text(groups.slice(best.at + best.length))}`;
}
