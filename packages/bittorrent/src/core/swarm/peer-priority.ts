/** Canonical peer priority (BEP 40): what both ends of a link agree on, and nobody can choose for himself. */
import { addressFamily, parseAddress } from '../compact-peers.ts';
import type { Endpoint } from '@coequal/base';

/** Reversed, of CRC-32C (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f6_3b78;

/** What is cut off of addresses that have nothing in common beyond, by bytes that are whole in any case. */
const MASK = 0x55;

/** Bytes that count whole of any two addresses: a network is as long. */
const NETWORK_LENGTH = { 4: 2, 6: 6 } as const;

/** From 0 to 2^32 - 1. Undefined when they have no address of the same family. */
export function peerPriority(a: Endpoint, b: Endpoint): number | undefined {
  const [ours, theirs] = [parseAddress(a.host), parseAddress(b.host)];
  if (ours === undefined || theirs?.length !== ours.length) return undefined;
  if (compareBytes(ours, theirs) === 0) {
    const [low, high] = a.port < b.port ? [a.port, b.port] : [b.port, a.port];
    return crc32c(Uint8Array.of(low >> 8, low & 0xff, high >> 8, high & 0xff));
  }
  const family = addressFamily(a.host) ?? 4;
  const whole = wholeBytes(ours, theirs, NETWORK_LENGTH[family]);
  const pair = [masked(ours, whole), masked(theirs, whole)].toSorted(compareBytes);
  return crc32c(Uint8Array.from(pair.flatMap((address) => [...address])));
}

/** One more than they share, if they share all of a network. */
function wholeBytes(a: Uint8Array, b: Uint8Array, network: number): number {
  const differing = a.findIndex((byte, index) => byte !== b[index]);
  return differing < network ? network : differing + 1;
}

function masked(address: Uint8Array, whole: number): Uint8Array {
  return address.map((byte, index) => (index < whole ? byte : byte & MASK));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (const [index, byte] of a.entries()) {
    const difference = byte - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** CRC-32C (Castagnoli). Of a few bytes at a time, so without a table. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * POLYNOMIAL);
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}
