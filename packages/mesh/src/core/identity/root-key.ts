/** What comes from a person's 24 words: the root key, and the words of the wallet. docs/identity.md has the paths. */
import { assert, encodeUtf8 } from '@coequal/base';
import { hmac } from '@noble/hashes/hmac.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { HDKey } from '@scure/bip32';
import { deriveEd25519 } from './slip10.ts';
import { ENTROPY_LENGTH, SEED_LENGTH, WORD_COUNT, wordsOf } from './words.ts';

/**
 * `m/1668244849'/0'/0'`: a purpose of our own, the letters "coeq" as BIP85 counsels for such numbers; then what it is
 * for (0: a person's root key) and which of them.
 */
export const ROOT_KEY_PATH: readonly number[] = [0x636f_6571, 0, 0];

const BIP85_KEY = encodeUtf8('bip-entropy-from-k');
const HARDENED_ENGLISH_WORDS = `m/83696968'/39'/0'`;

/** The seed of the root key (RFC 8032). */
export function rootSecretOf(seed: Uint8Array): Uint8Array {
  assert(seed.length === SEED_LENGTH, 'a BIP39 seed has 64 bytes');
  return deriveEd25519(seed, ROOT_KEY_PATH).secret;
}

/** 24 words of a wallet, from which nothing of the person can be computed (BIP85, application 39). */
export function walletWordsOf(seed: Uint8Array, index = 0): readonly string[] {
  const path = `${HARDENED_ENGLISH_WORDS}/${WORD_COUNT}'/${index}'`;
  return wordsOf(bip85Entropy(HDKey.fromMasterSeed(seed), path).subarray(0, ENTROPY_LENGTH));
}

/** 64 bytes, of which an application takes the first that it needs. */
export function bip85Entropy(root: HDKey, path: string): Uint8Array {
  const { privateKey } = root.derive(path);
  assert(privateKey, 'derived from a private key');
  return hmac(sha512, BIP85_KEY, privateKey);
}
