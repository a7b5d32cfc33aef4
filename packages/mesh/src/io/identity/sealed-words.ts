/** Seals the words by a pass phrase: a key by scrypt (RFC 7914), and XChaCha20-Poly1305 with it. */
import { encodeUtf8, LocalFault } from '@coequal/base';
import type { Random, ScryptCost, SlowHash } from '@coequal/base';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { NONCE_LENGTH, SALT_LENGTH, sealHead } from '../../core/identity/stored-identity.ts';
import type { KeptWords } from '../../core/identity/stored-identity.ts';

/** 128 MiB and about half a second for each guess (OWASP names 2^17 for scrypt). */
export const SEAL_COST: ScryptCost = { log2N: 17, blockSize: 8, parallelism: 1 };
/** In characters. Shorter ones are guessed, whatever scrypt costs. */
const PASS_PHRASE_LENGTH_MIN = 10;
const KEY_LENGTH = 32;

export interface SealPorts {
  readonly random: Random;
  readonly slowHash: SlowHash;
}

/** Throws LocalFault `PASS_PHRASE_SHORT`. */
export function requirePassPhrase(passPhrase: string): void {
  if (Array.from(passPhrase).length < PASS_PHRASE_LENGTH_MIN)
    throw new LocalFault('PASS_PHRASE_SHORT', { min: PASS_PHRASE_LENGTH_MIN });
}

export async function sealWords(
  entropy: Uint8Array,
  passPhrase: string,
  cost: ScryptCost,
  { random, slowHash }: SealPorts,
): Promise<KeptWords> {
  const salt = random.bytes(SALT_LENGTH);
  const nonce = random.bytes(NONCE_LENGTH);
  const key = await keyOf(passPhrase, salt, cost, slowHash);
  const box = xchacha20poly1305(key, nonce, sealHead(cost, salt)).encrypt(entropy);
  key.fill(0);
  return { type: 'sealed', cost, salt, nonce, box };
}

/** Rejects with LocalFault `PASS_PHRASE_WRONG`. */
export async function openWords(
  { cost, salt, nonce, box }: Extract<KeptWords, { type: 'sealed' }>,
  passPhrase: string,
  slowHash: SlowHash,
): Promise<Uint8Array> {
  const key = await keyOf(passPhrase, salt, cost, slowHash);
  try {
    return xchacha20poly1305(key, nonce, sealHead(cost, salt)).decrypt(box);
  } catch (cause) {
    throw new LocalFault('PASS_PHRASE_WRONG', {}, { cause });
  } finally {
    key.fill(0);
  }
}

function keyOf(
  passPhrase: string,
  salt: Uint8Array,
  cost: ScryptCost,
  slowHash: SlowHash,
): Promise<Uint8Array> {
  // the same letters may be typed in several ways
  return slowHash.scrypt(encodeUtf8(passPhrase.normalize('NFKC')), salt, cost, KEY_LENGTH);
}
