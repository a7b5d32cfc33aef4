/** Compact lists of endpoints: 6 bytes each for IPv4 (BEP 23), 18 for IPv6 (BEP 7), and addresses as text. */
import { assert, PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';

export type AddressFamily = 4 | 6;

const ADDRESS_LENGTH = { 4: 4, 6: 16 } as const;

/** Bytes of one entry: an address and a port. */
const COMPACT_PEER_LENGTH = { 4: 6, 6: 18 } as const;

/** IPv4 addresses as IPv6 writes them (RFC 4291). */
const MAPPED_PREFIX = '::ffff:';

/** Longest text of an address: eight groups of four digits, the last two as IPv4 (POSIX INET6_ADDRSTRLEN). */
const ADDRESS_TEXT_LENGTH_MAX = 45;

/** The first `countMax` entries. Throws PeerFault `BAD_COMPACT_PEERS` when a part of an entry is left over. */
export function decodeCompactPeers(
  bytes: Uint8Array,
  family: AddressFamily,
  countMax: number,
): Endpoint[] {
  const stride = COMPACT_PEER_LENGTH[family];
  if (bytes.length % stride !== 0) {
    throw new PeerFault('BAD_COMPACT_PEERS', { length: bytes.length, stride });
  }
  const end = Math.min(bytes.length, countMax * stride);
  const peers: Endpoint[] = [];
  for (let at = 0; at < end; at += stride) {
    const portAt = at + ADDRESS_LENGTH[family];
    peers.push({
      host: formatAddress(bytes.subarray(at, portAt)),
      port: ((bytes[portAt] ?? 0) << 8) | (bytes[portAt + 1] ?? 0),
    });
  }
  return peers;
}

/** Those of `peers` that are of this family, in order. */
export function encodeCompactPeers(
  peers: readonly Endpoint[],
  family: AddressFamily,
): Uint8Array<ArrayBuffer> {
  const stride = COMPACT_PEER_LENGTH[family];
  const bytes = new Uint8Array(peers.length * stride);
  let at = 0;
  for (const { host, port } of peers) {
    const address = parseAddress(host);
    if (address?.length !== ADDRESS_LENGTH[family]) continue;
    bytes.set(address, at);
    bytes[at + stride - 2] = port >> 8;
    bytes[at + stride - 1] = port & 0xff;
    at += stride;
  }
  return bytes.subarray(0, at);
}

/** Undefined for what is no address: a name, or text cut short. */
export function addressFamily(host: string): AddressFamily | undefined {
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  return address.length === ADDRESS_LENGTH[4] ? 4 : 6;
}

/** The one text of an address (RFC 5952), so that texts can be compared. Undefined for a name. */
export function canonicalAddress(host: string): string | undefined {
  const address = parseAddress(host);
  return address && formatAddress(address);
}

/** `::ffff:192.0.2.1` is `192.0.2.1`: a peer has one name, however it was told. */
export function unmappedAddress(host: string): string {
  const address = host.startsWith(MAPPED_PREFIX) ? parseAddress(host) : undefined;
  return address?.length === 16 && isMapped(address) ? formatAddress(address.subarray(12)) : host;
}

/** Dotted decimal for 4 bytes; for 16 the text of RFC 5952. */
export function formatAddress(bytes: Uint8Array): string {
  assert(bytes.length === 4 || bytes.length === 16, 'an address has 4 or 16 bytes');
  return bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes);
}

/** 4 or 16 bytes. Undefined unless `text` is exactly one address, without zone or brackets. */
export function parseAddress(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (text.length > ADDRESS_TEXT_LENGTH_MAX) return undefined;
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

/** Digit by digit: the DHT asks for several of these with each datagram. */
function parseIpv4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(4);
  let index = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit >= 0 && digit <= 9) {
      // No leading zeros: some read them as octal, and two readings of one address are a way past a filter.
      if (digits > 0 && value === 0) return undefined;
      value = value * 10 + digit;
      digits += 1;
      if (value > 255) return undefined;
    } else {
      if (text[i] !== '.' || digits === 0 || index === 3) return undefined;
      bytes[index++] = value;
      digits = value = 0;
    }
  }
  if (digits === 0 || index !== 3) return undefined;
  bytes[index] = value;
  return bytes;
}

function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map((half, index) => parseGroups(half, index === halves.length - 1));
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 16 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 2) return undefined;
  return Uint8Array.from([...head, ...Array<number>(missing).fill(0), ...(tail ?? [])]);
}

/** The bytes of groups between colons, of which only the last of the whole may be dotted decimal. */
function parseGroups(text: string, isLastHalf: boolean): readonly number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
      continue;
    }
    const dotted = isLastHalf && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (dotted === undefined) return undefined;
    bytes.push(...dotted);
  }
  return bytes;
}

function isMapped(bytes: Uint8Array): boolean {
  return (
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
  );
}

function formatIpv6(bytes: Uint8Array): string {
  if (isMapped(bytes)) return `${MAPPED_PREFIX}${bytes.subarray(12).join('.')}`;
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  const { start, length } = longestZeroRun(groups);
  const text = (part: readonly number[]): string =>
    part.map((group) => group.toString(16)).join(':');
  if (length < 2) return text(groups); // RFC 5952: one zero group alone is not shortened
  return `${text(groups.slice(0, start))}::${text(groups.slice(start + length))}`;
}

/** The first of the longest, as RFC 5952 asks. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
