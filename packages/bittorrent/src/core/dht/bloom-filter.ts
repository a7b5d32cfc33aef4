/** Counting the peers of a swarm without counting one twice (BEP 33): a filter of 2,048 bits, two a peer. */
import { parseAddress } from '../compact-peers.ts';
import { BLOOM_FILTER_LENGTH } from './krpc-messages.ts';

const BITS = BLOOM_FILTER_LENGTH * 8;

/** Bits that are set for one peer. */
const BITS_PER_PEER = 2;

/** Sets the bits of an address. `sha1` hashes. */
export function insertAddress(
  filter: Uint8Array,
  host: string,
  sha1: (bytes: Uint8Array) => Uint8Array,
): void {
  const address = parseAddress(host);
  if (address === undefined) return;
  const [a = 0, b = 0, c = 0, d = 0] = sha1(address);
  for (const index of [(a | (b << 8)) % BITS, (c | (d << 8)) % BITS]) {
    filter[index >> 3] = (filter[index >> 3] ?? 0) | (1 << (index & 7));
  }
}

/** Those of both. */
export function uniteFilters(into: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < into.length; i++) into[i] = (into[i] ?? 0) | (other[i] ?? 0);
}

/** How many addresses were inserted, about: a full filter tells no more than some six thousand. */
export function estimateCount(filter: Uint8Array): number {
  let zeros = 0;
  for (const byte of filter) {
    for (let bit = 0; bit < 8; bit++) zeros += ((byte >> bit) & 1) ^ 1;
  }
  const counted = Math.min(zeros, BITS - 1);
  if (zeros === BITS) return 0;
  return Math.log(Math.max(counted, 1) / BITS) / (BITS_PER_PEER * Math.log(1 - 1 / BITS));
}
