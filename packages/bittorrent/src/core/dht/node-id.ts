/** Names in the DHT: 160 bits, how near two of them are (BEP 5), and those that an address gives (BEP 42). */
import { assert } from '@coequal/base';
import type { Brand } from '@coequal/base';
import { parseAddress } from '../compact-peers.ts';
import { isPrivate } from './address-rules.ts';

/** Of a node; 20 bytes as lower-case hex, so that it can be a Map key. */
export type NodeId = Brand<string, 'NodeId'>;

/** Where something is kept: an info hash, a node id, or the name of an item (BEP 44). 20 bytes as hex. */
export type DhtKey = Brand<string, 'NodeId' | 'InfoHash' | 'ItemKey'>;

export const NODE_ID_LENGTH = 20;
export const NODE_ID_BITS: number = NODE_ID_LENGTH * 8;

/** Which bits of an address count (BEP 42): the further right, the easier they are to have many of. */
const ADDRESS_MASK = {
  4: [0x03, 0x0f, 0x3f, 0xff],
  6: [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff],
} as const;

/** CRC-32C (RFC 3720), bits reversed. */
const CASTAGNOLI = 0x82f6_3b78;

export function nodeIdOf(bytes: Uint8Array): NodeId {
  return keyOf(bytes) as NodeId; // its length was checked
}

/** Of the names in a datagram most of its time is spent on these two, so they do without `formatHex`. */
export function keyOf(bytes: Uint8Array): DhtKey {
  assert(bytes.length === NODE_ID_LENGTH, 'a name in the DHT has 20 bytes');
  const codes: number[] = [];
  for (const byte of bytes) codes.push(digitCode(byte >> 4), digitCode(byte & 15));
  return String.fromCharCode(...codes) as DhtKey; // its length was checked
}

export function keyBytes(key: DhtKey): Uint8Array<ArrayBuffer> {
  assert(key.length === NODE_ID_LENGTH * 2, 'a name in the DHT is hex of 20 bytes');
  const bytes = new Uint8Array(NODE_ID_LENGTH);
  for (let i = 0; i < NODE_ID_LENGTH; i++) {
    bytes[i] = (digitAt(key, i * 2) << 4) | digitAt(key, i * 2 + 1);
  }
  return bytes;
}

/** Below 0 when `a` is nearer to `target` than `b` by XOR, 0 when they are the same. */
export function compareDistance(target: string, a: string, b: string): number {
  for (let i = 0; i < target.length; i++) {
    if (a.charCodeAt(i) === b.charCodeAt(i)) continue;
    const digit = digitAt(target, i);
    return (digitAt(a, i) ^ digit) - (digitAt(b, i) ^ digit);
  }
  return 0;
}

/** How many bits at the front are the same; 160 for equal names. */
export function sharedPrefixBits(a: string, b: string): number {
  for (let i = 0; i < a.length; i++) {
    const difference = digitAt(a, i) ^ digitAt(b, i);
    if (difference !== 0) return i * 4 + Math.clz32(difference) - 28;
  }
  return NODE_ID_BITS;
}

/** A name that shares exactly `bits` bits with `id`; the rest is by lot. */
export function randomKeyAt(id: NodeId, bits: number, random: Uint8Array): DhtKey {
  assert(bits >= 0 && bits < NODE_ID_BITS, 'some bit differs');
  const own = keyBytes(id);
  const key = random.slice(0, NODE_ID_LENGTH);
  const at = bits >> 3;
  key.set(own.subarray(0, at));
  const keep = 0xff00 >> (bits & 7); // the bits of this byte before the one that differs
  const differing = 0x80 >> (bits & 7);
  const byte = own[at] ?? 0;
  key[at] = (byte & keep) | (~byte & differing) | ((key[at] ?? 0) & ~keep & (differing - 1));
  return keyOf(key);
}

/** An id that others will find to be of this address (BEP 42). `random` has 20 bytes. */
export function nodeIdFor(host: string, random: Uint8Array): NodeId {
  const id = random.slice(0, NODE_ID_LENGTH);
  const checksum = addressChecksum(host, (id[19] ?? 0) & 7);
  if (checksum === undefined) return nodeIdOf(id);
  id[0] = checksum >>> 24;
  id[1] = checksum >>> 16;
  id[2] = ((checksum >>> 8) & 0xf8) | ((id[2] ?? 0) & 7);
  return nodeIdOf(id);
}

/** Whether an id is one that this address may have (BEP 42). Private addresses may have any. */
export function isIdOfAddress(id: NodeId, host: string): boolean {
  if (isPrivate(host)) return true;
  const checksum = addressChecksum(host, Number.parseInt(id.slice(38), 16) & 7);
  if (checksum === undefined) return false;
  return Number.parseInt(id.slice(0, 6), 16) >>> 3 === checksum >>> 11;
}

function addressChecksum(host: string, seed: number): number | undefined {
  const address = parseAddress(host);
  if (address === undefined) return undefined;
  const mask = ADDRESS_MASK[address.length === 4 ? 4 : 6];
  const masked = Uint8Array.from(mask, (bits, i) => bits & (address[i] ?? 0));
  masked[0] = (masked[0] ?? 0) | (seed << 5);
  return crc32c(masked);
}

/** Of a few bytes only, so without a table. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? CASTAGNOLI : 0);
  }
  return ~crc >>> 0;
}

/** The value of a lower-case hex digit. */
function digitAt(text: string, index: number): number {
  const code = text.charCodeAt(index);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}

function digitCode(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}
