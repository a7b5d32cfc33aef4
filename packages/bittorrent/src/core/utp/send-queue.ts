/** Bytes that wait to be put into packets: borrowed chunks, copied once, into the packet. */

export class SendQueue {
  readonly #chunks: Uint8Array[] = [];
  #first = 0;
  #offset = 0;
  #length = 0;
  #taken = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes taken in all: who counts what it gave knows what is done with. */
  get taken(): number {
    return this.#taken;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Copies the next `count` bytes, which must be there. */
  take(into: Uint8Array, at: number, count: number): void {
    let done = 0;
    while (done < count) {
      const chunk = this.#chunks[this.#first];
      if (chunk === undefined) break;
      const part = Math.min(chunk.length - this.#offset, count - done);
      into.set(chunk.subarray(this.#offset, this.#offset + part), at + done);
      done += part;
      this.#offset += part;
      if (this.#offset === chunk.length) this.#next();
    }
    this.#length -= done;
    this.#taken += done;
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#first = 0;
    this.#offset = 0;
    this.#length = 0;
  }

  #next(): void {
    this.#offset = 0;
    this.#first += 1;
    if (this.#first < this.#chunks.length && this.#first < 64) return;
    this.#chunks.splice(0, this.#first);
    this.#first = 0;
  }
}
