/** The key by which a person is known to others: the Ed25519 public key (RFC 8032) of their root key, as text. */
import { assert, formatHex, parseHex, PeerFault } from '@coequal/base';
import type { Brand } from '@coequal/base';

export const PERSON_KEY_LENGTH = 32;
const TEXT = /^[0-9a-f]{64}$/;

/** 64 lower-case hexadecimal digits. */
export type PersonKey = Brand<string, 'PersonKey'>;

/** Throws PeerFault `BAD_PERSON_KEY`. */
export function parsePersonKey(text: string): PersonKey {
  if (!TEXT.test(text)) throw new PeerFault('BAD_PERSON_KEY', { length: text.length });
  return text as PersonKey;
}

/** Throws PeerFault `BAD_PERSON_KEY` unless there are 32 bytes. */
export function personKeyOf(bytes: Uint8Array): PersonKey {
  if (bytes.length !== PERSON_KEY_LENGTH)
    throw new PeerFault('BAD_PERSON_KEY', { length: bytes.length });
  return formatHex(bytes) as PersonKey;
}

export function personKeyBytes(key: PersonKey): Uint8Array {
  const bytes = parseHex(key);
  assert(bytes !== undefined, 'a person key is hexadecimal');
  return bytes;
}
