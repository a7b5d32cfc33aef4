/** The lengths that messages of secret-stream announce, seen before the library sees them. */

const HEADER_LENGTH = 3;

/** Follows a stream of messages, each behind its length in three bytes, little-endian. */
export class MessageLengths {
  /** Of the message that comes: its header's bytes so far, its length so far, and what is to come. */
  #headerLength = 0;
  #length = 0;
  #missing = 0;

  /** Of the message that comes, without its header; 0 before its header is whole. */
  get length(): number {
    return this.#missing === 0 ? 0 : this.#length;
  }

  /** What is to come of it. */
  get missing(): number {
    return this.#missing;
  }

  /** How much of `bytes` belongs to the message that comes; undefined when that one is longer than `lengthMax`. */
  take(bytes: Uint8Array, from: number, lengthMax: number): number | undefined {
    let at = from;
    while (this.#headerLength < HEADER_LENGTH && at < bytes.length) {
      this.#length += (bytes[at] ?? 0) * 256 ** this.#headerLength;
      this.#headerLength += 1;
      at += 1;
      if (this.#headerLength === HEADER_LENGTH) this.#missing = this.#length;
    }
    if (this.#length > lengthMax) return undefined;
    if (this.#headerLength < HEADER_LENGTH) return at - from;
    const taken = Math.min(this.#missing, bytes.length - at);
    this.#missing -= taken;
    if (this.#missing === 0) {
      this.#headerLength = 0;
      this.#length = 0;
    }
    return at + taken - from;
  }
}
