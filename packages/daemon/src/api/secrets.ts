/** Secrets, and what is kept of them. */
import { createHash, randomBytes } from 'node:crypto';

/** Nobody guesses 256 bits. */
const SECRET_BYTES = 32;

export function newSecret(bytes: number = SECRET_BYTES): string {
  return randomBytes(bytes).toString('base64url');
}

/** Secrets are random and long: one round is enough. */
export function hashOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** Enough of a hash to tell it from all others. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').slice(0, 32);
}
