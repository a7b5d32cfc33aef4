/**
 * Messages over Noise IK (the only importer of secret-stream). The library reads and writes through the queues of a
 * Duplex; here a message that was decrypted is given at once, as a view, and one to be sent is encrypted at once: the
 * only queue is that of what is underneath. And the length of each message is looked at before the library sees it: it
 * would make room for the 16 MiB that three bytes of anybody can announce.
 *
 * Measured on loopback, both ends in one process, 64 KiB a message: 387 MiB/s, with the library's queues 321.
 */
import SecretStream from '@hyperswarm/secret-stream';
import type { KeyPair, RawStream, SecretStreamOptions } from '@hyperswarm/secret-stream';
import { concatBytes, PeerFault } from '@coequal/base';
import { MESSAGE_LENGTH_MAX } from '../carrier.ts';
import { MessageLengths } from './message-lengths.ts';
import type { SendRoom } from './send-room.ts';
import { StaticKeys } from './static-keys.ts';

/** What encryption adds to a message: a tag before it, and 16 bytes of Poly1305 behind. */
const OVERHEAD_LENGTH = 17;
/** Three bytes of its length, and the tag. */
const BEFORE_LENGTH = 4;

/** Longest message of who has not proven its key: those of the handshake have 96, 48 and 56 bytes, our first one 51. */
const UNPROVEN_LENGTH_MAX = 128;

/** The first room for a message that comes in several reads. Short ones get theirs together with it. */
const PIECES_LENGTH_MIN = 1_024;

export class MessageStream extends SecretStream {
  /** A view, valid during the call. */
  onMessage: ((message: Uint8Array) => void) | undefined;
  readonly #lengths = new MessageLengths();
  readonly #room: SendRoom | undefined;
  #pieces: Uint8Array | undefined;
  #isProven = false;
  #isGivenUp = false;

  /** @param room where messages are encrypted in, if what is underneath gives it back when they have left */
  constructor(
    isInitiator: boolean,
    raw: RawStream | null,
    options: SecretStreamOptions,
    room?: SendRoom,
  ) {
    super(isInitiator, raw, options);
    this.#room = room;
  }

  /** Longer messages may come from now on. */
  trust(): void {
    this.#isProven = true;
  }

  /** From now on it is a Duplex, as the library made it, and this is the first it has to read. */
  giveUp(first?: Uint8Array): void {
    this.#isGivenUp = true;
    this.#isProven = true;
    if (first !== undefined) this.push(concatBytes([first]));
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

  /** Room for a message: what comes before it and behind it in the library's own way, so that `_write` knows it. */
  override alloc(length: number): Uint8Array {
    const all = this.#room?.take(length + 3 + OVERHEAD_LENGTH);
    if (all === undefined) return super.alloc(length);
    const message = all.subarray(BEFORE_LENGTH, BEFORE_LENGTH + length);
    this._outgoingWrapped = all;
    this._outgoingPlain = message;
    return message;
  }

  /** The library's keep-alives; in its own queue they could wait for a drain of which `sendNow` has taken the news. */
  override write(bytes: Uint8Array): boolean {
    if (this.#isGivenUp) return super.write(bytes);
    if (this.connected && !this.destroying) this._write(bytes, ignoreDrain);
    return true;
  }

  /** Called by the library when its handshake begins, which is within its constructor. */
  protected override _onkeypair(keyPair: KeyPair): void {
    super._onkeypair(keyPair);
    if (keyPair instanceof StaticKeys && this._handshake !== null)
      keyPair.speedUp(this._handshake.noise);
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
    const wasInside = this.#lengths.missing > 0;
    let last = at;
    for (let seen = at; seen < bytes.length;) {
      const length = this.#lengths.take(bytes, seen, MESSAGE_LENGTH_MAX + OVERHEAD_LENGTH);
      if (length === undefined) return this.#refuse();
      last = seen;
      seen += length;
    }
    const { length, missing } = this.#lengths;
    // whether the last message goes on in the next read, and began in this one
    const isBegun = missing > 0 && (last > at || !wasInside);
    // decrypted where it is; who was given up keeps views
    if (!isBegun || this.#isGivenUp) return super._onrawdata(at === 0 ? bytes : bytes.subarray(at));
    const begin = bytes.length - (length - missing);
    if (begin > at) super._onrawdata(bytes.subarray(at, begin));
    if (this.destroying) return;
    this._message = this.#roomFor(length);
    if (begin < bytes.length) super._onrawdata(bytes.subarray(begin));
  }

  /** Where a message is put together that comes in several reads; the library would make new room for each. */
  #roomFor(length: number): Uint8Array {
    if (this.#pieces === undefined || this.#pieces.length < length)
      this.#pieces = new Uint8Array(2 ** Math.ceil(Math.log2(Math.max(length, PIECES_LENGTH_MIN))));
    return this.#pieces.subarray(0, length);
  }

  #refuse(): void {
    this.destroy(new PeerFault('MESSAGE_TOO_LONG'));
  }
}

/** Who sends looks at what is queued underneath. */
const ignoreDrain = (): void => undefined;

/** Keys as the library takes them. */
export function keyPairOf(seed: Uint8Array, publicKey: Uint8Array): KeyPair {
  return new StaticKeys(publicKey, concatBytes([seed, publicKey]));
}
