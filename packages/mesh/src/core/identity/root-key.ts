/** What comes from a person's 24 words: the root key, and the words of the wallet. docs/identity.md has the paths. */
import { assert, concatBytes, encodeUtf8, formatHex, parseHex } from '@coequal/base';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { deriveEd25519 } from './slip10.ts';
import { ENTROPY_LENGTH, SEED_LENGTH, WORD_COUNT, wordsOf } from './words.ts';

/**
 * `m/1668244849'/0'/0'`: a purpose of our own, the letters "coeq" as BIP85 counsels for such numbers; then what it is
 * for (0: a person's root key) and which of them.
 */
const ROOT_KEY_PATH: readonly number[] = [0x636f_6571, 0, 0];

/** BIP85: its own purpose, words (application 39), English, how many; then which of them. */
const WALLET_PATH: readonly number[] = [83_696_968, 39, 0, WORD_COUNT];
const BIP85_KEY = encodeUtf8('bip-entropy-from-k');
const HARDENED = 0x8000_0000;
/** Order of the group of secp256k1 (SEC 2, section 2.4.1). */
const ORDER = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n;

/** A private key of BIP32. */
export interface ExtendedKey {
  readonly privateKey: Uint8Array;
  readonly chainCode: Uint8Array;
}

/** The seed of the root key (RFC 8032). */
export function rootSecretOf(seed: Uint8Array): Uint8Array {
  assert(seed.length === SEED_LENGTH, 'a BIP39 seed has 64 bytes');
  return deriveEd25519(seed, ROOT_KEY_PATH).secret;
}

/** 24 words of a wallet, from which nothing of the person can be computed (BIP85, application 39). */
export function walletWordsOf(seed: Uint8Array, index = 0): readonly string[] {
  const root = halvesOf(hmac(sha512, encodeUtf8('Bitcoin seed'), seed));
  return wordsOf(bip85Entropy(root, [...WALLET_PATH, index]).subarray(0, ENTROPY_LENGTH));
}

/** 64 bytes, of which an application takes the first that it needs. Each element of the path is hardened. */
export function bip85Entropy(root: ExtendedKey, path: readonly number[]): Uint8Array {
  return hmac(sha512, BIP85_KEY, path.reduce(hardenedChild, root).privateKey);
}

/**
 * BIP32, private parent to private child. Hardened steps need no point of the curve. Measured on two busy cores: 0.6 to 3 ms for
 * the wallet's five; 10 ms, and 110 ms the first time, by a library that computes the points as well.
 */
function hardenedChild({ privateKey, chainCode }: ExtendedKey, index: number): ExtendedKey {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, index + HARDENED);
  const data = concatBytes([Uint8Array.of(0), privateKey, number]);
  const { privateKey: tweak, chainCode: next } = halvesOf(hmac(sha512, chainCode, data));
  const child = (numberOf(tweak) + numberOf(privateKey)) % ORDER;
  // each with a chance of 1 in 2^127
  assert(numberOf(tweak) < ORDER && child !== 0n, 'a path that BIP32 has no key for');
  const bytes = parseHex(child.toString(16).padStart(64, '0'));
  assert(bytes !== undefined, 'a number in hexadecimal');
  return { privateKey: bytes, chainCode: next };
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${formatHex(bytes)}`);
}

function halvesOf(digest: Uint8Array): ExtendedKey {
  return { privateKey: digest.subarray(0, 32), chainCode: digest.subarray(32) };
}
