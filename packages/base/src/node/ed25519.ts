/** Signatures with Ed25519 (RFC 8032). */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { assert } from '../fault.ts';
import type { Ed25519 } from '../ports.ts';

const KEY_LENGTH = 32;

/** What comes before the key in the forms that the library takes: PKCS #8 and SPKI (RFC 8410). */
const PRIVATE_PREFIX = Uint8Array.from(Buffer.from('302e020100300506032b657004220420', 'hex'));
const PUBLIC_PREFIX = Uint8Array.from(Buffer.from('302a300506032b6570032100', 'hex'));

export function openEd25519(): Ed25519 {
  return {
    publicKey(secret) {
      const key = createPublicKey(privateKey(secret)).export({ format: 'der', type: 'spki' });
      return Uint8Array.from(key.subarray(PUBLIC_PREFIX.length));
    },
    sign(secret, message) {
      return Uint8Array.from(sign(undefined, message, privateKey(secret)));
    },
    verify(publicKey, message, signature) {
      if (publicKey.length !== KEY_LENGTH) return false;
      try {
        const key = Buffer.concat([PUBLIC_PREFIX, publicKey]);
        return verify(
          undefined,
          message,
          createPublicKey({ key, format: 'der', type: 'spki' }),
          signature,
        );
      } catch {
        return false; // bytes that are no key
      }
    },
  };
}

function privateKey(secret: Uint8Array): KeyObject {
  assert(secret.length === KEY_LENGTH, 'a secret key has 32 bytes');
  const key = Buffer.concat([PRIVATE_PREFIX, secret]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}
