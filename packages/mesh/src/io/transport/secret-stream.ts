/**
 * Messages over Noise IK (the only importer of secret-stream). The library reads and writes through the queues of a
 * Duplex; here a message that was decrypted is given at once, as a view, and one to be sent is encrypted at once: the
 * only queue is that of what is underneath. And the length of each message is looked at before the library sees it: it
 * would make room for the 16 MiB that three bytes of anybody can announce.
 *
 * Measured on loopback, both ends in one process, 64 KiB a message: 387 MiB/s, with the library's queues 321.
 */
import SecretStream from '@hyperswarm/secret-stream';
import type { KeyPair } from '@hyperswarm/secret-stream';
import { concatBytes, PeerFault } from '@coequal/base';
import { MESSAGE_LENGTH_MAX } from '../carrier.ts';
import { MessageLengths } from './message-lengths.ts';

/** What encryption adds to a message: a tag, and 16 bytes of Poly1305. */
const OVERHEAD_LENGTH = 17;

/** Longest message of who has not proven its key: those of the handshake have 96, 48 and 56 bytes, our first one 51. */
const UNPROVEN_LENGTH_MAX = 128;

export class MessageStream extends SecretStream {
  /** A view, valid during the call. */
  onMessage: ((message: Uint8Array) => void) | undefined;
  readonly #lengths = new MessageLengths();
  #isProven = false;
  #isGivenUp = false;

  /** Longer messages may come from now on. */
  trust(): void {
    this.#isProven = true;
  }

  /** From now on it is a Duplex, as the library made it, and this is the first it has to read. */
  giveUp(first: Uint8Array): void {
    this.#isGivenUp = true;
    this.#isProven = true;
    this.push(first.slice());
  }

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

  /** The library's keep-alives; in its own queue they could wait for a drain of which `sendNow` has taken the news. */
  override write(bytes: Uint8Array): boolean {
    if (this.#isGivenUp) return super.write(bytes);
    if (this.connected && !this.destroying) this._write(bytes, ignoreDrain);
    return true;
  }

  /** Called by the library with each message, and with null at the end, which its close tells as well. */
  protected override push(bytes: Uint8Array | null): boolean {
    if (this.#isGivenUp) return super.push(bytes);
    // not a Buffer, whose slice() gives a view where that of Uint8Array copies
    if (bytes !== null)
      this.onMessage?.(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    return true;
  }

  /** Called by the library with what came. */
  protected override _onrawdata(bytes: Uint8Array): void {
    let at = 0;
    // each message by itself as long as the next limit depends on it, and copied: the handshake keeps views
    while (!this.#isProven && at < bytes.length) {
      const length = this.#lengths.take(bytes, at, UNPROVEN_LENGTH_MAX);
      if (length === undefined) return this.#refuse();
      super._onrawdata(bytes.slice(at, at + length));
      at += length;
      if (this.destroying) return;
    }
    if (at === bytes.length) return;
    for (let seen = at; seen < bytes.length;) {
      const length = this.#lengths.take(bytes, seen, MESSAGE_LENGTH_MAX + OVERHEAD_LENGTH);
      if (length === undefined) return this.#refuse();
      seen += length;
    }
    super._onrawdata(at === 0 ? bytes : bytes.subarray(at)); // decrypted where it is
  }

  #refuse(): void {
    this.destroy(new PeerFault('MESSAGE_TOO_LONG'));
  }
}

/** Who sends looks at what is queued underneath. */
const ignoreDrain = (): void => undefined;

/** Keys as the library takes them. */
export function keyPairOf(seed: Uint8Array, publicKey: Uint8Array): KeyPair {
  return { publicKey, secretKey: concatBytes([seed, publicKey]) };
}
