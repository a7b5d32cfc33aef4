/**
 * Messages over Noise IK (the only importer of secret-stream). The library reads and writes through the queues of a
 * Duplex; here a message that was decrypted is given at once, as a view, and one to be sent is encrypted at once: the
 * only queue is that of what is underneath.
 */
import SecretStream from '@hyperswarm/secret-stream';
import type { KeyPair } from '@hyperswarm/secret-stream';
import { concatBytes } from '@coequal/base';

export class MessageStream extends SecretStream {
  /** A view, valid during the call. */
  onMessage: ((message: Uint8Array) => void) | undefined;

  /** Encrypts, and hands to what is underneath. Not before it is connected. */
  sendNow(parts: readonly Uint8Array[], length: number): void {
    if (this.destroying) return;
    const message = this.alloc(length);
    let at = 0;
    for (const part of parts) {
      message.set(part, at);
      at += part.length;
    }
    this._write(message, ignoreDrain);
  }

  /** Called by the library with each message, and with null at the end, which its close tells as well. */
  protected override push(bytes: Uint8Array | null): boolean {
    if (bytes !== null) this.onMessage?.(bytes);
    return true;
  }
}

/** Who sends looks at what is queued underneath. */
const ignoreDrain = (): void => undefined;

/** Keys as the library takes them. */
export function keyPairOf(seed: Uint8Array, publicKey: Uint8Array): KeyPair {
  return { publicKey, secretKey: concatBytes([seed, publicKey]) };
}
