/** Keys of Ed25519 derived from a seed, as SLIP-10 says: every step is hardened. */
import { assert, concatBytes, encodeUtf8 } from '@coequal/base';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';

const HARDENED = 0x8000_0000;
const HALF = 32;

export interface DerivedKey {
  /** A secret key, as RFC 8032 takes it. */
  readonly secret: Uint8Array;
  readonly chainCode: Uint8Array;
}

/** `path` without the marks of hardening: each element is. */
export function deriveEd25519(seed: Uint8Array, path: readonly number[]): DerivedKey {
  let node = halves(hmac(sha512, encodeUtf8('ed25519 seed'), seed));
  for (const index of path) {
    assert(index >= 0 && index < HARDENED, 'an element of a path has 31 bits');
    const number = new Uint8Array(4);
    new DataView(number.buffer).setUint32(0, index + HARDENED);
    const data = concatBytes([Uint8Array.of(0), node.secret, number]);
    node = halves(hmac(sha512, node.chainCode, data));
  }
  return node;
}

function halves(digest: Uint8Array): DerivedKey {
  return { secret: digest.subarray(0, HALF), chainCode: digest.subarray(HALF) };
}
