/** What a key signs: always a domain first, so that a signature given for one thing never counts for another. */
import { concatBytes, encodeUtf8 } from '@coequal/base';

export const SIGNATURE_LENGTH = 64;

/** Each begins with the program's name and ends with the version of what follows. None is the beginning of another. */
export type SignatureDomain = 'coequal device list 1' | 'coequal new device 1';

/** The domain, a zero byte, and what is signed. */
export function signedMessage(domain: SignatureDomain, body: Uint8Array): Uint8Array {
  return concatBytes([encodeUtf8(domain), Uint8Array.of(0), body]);
}
