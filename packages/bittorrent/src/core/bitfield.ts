/** A set of pieces, laid out as on the wire: piece 0 is the high bit of byte 0 (BEP 3). */
import { PeerFault } from '@coequal/base';

export class Bitfield {
  readonly length: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  #count = 0;

  constructor(length: number) {
    this.length = length;
    this.bytes = new Uint8Array(Math.ceil(length / 8));
  }

  /** A copy of wire bytes. Throws PeerFault `BAD_BITFIELD` for a wrong length or a spare bit that is set. */
  static decode(bytes: Uint8Array, length: number): Bitfield {
    const bitfield = new Bitfield(length);
    if (bytes.length !== bitfield.bytes.length) {
      throw new PeerFault('BAD_BITFIELD', {
        length: bytes.length,
        expected: bitfield.bytes.length,
      });
    }
    const spareBits = bytes.length * 8 - length;
    if (((bytes.at(-1) ?? 0) & ((1 << spareBits) - 1)) !== 0) {
      throw new PeerFault('BAD_BITFIELD', { spareBits });
    }
    bitfield.bytes.set(bytes);
    bitfield.#count = countBits(bytes);
    return bitfield;
  }

  static full(length: number): Bitfield {
    const bitfield = new Bitfield(length);
    bitfield.setAll();
    return bitfield;
  }

  /** How many are in the set. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.length;
  }

  has(index: number): boolean {
    return ((this.bytes[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0;
  }

  /** Returns whether this changed anything. */
  set(index: number): boolean {
    if (index >= this.length || this.has(index)) return false;
    this.bytes[index >> 3] = (this.bytes[index >> 3] ?? 0) | (0x80 >> (index & 7));
    this.#count += 1;
    return true;
  }

  /** Returns whether this changed anything. */
  clear(index: number): boolean {
    if (!this.has(index)) return false;
    this.bytes[index >> 3] = (this.bytes[index >> 3] ?? 0) & ~(0x80 >> (index & 7));
    this.#count -= 1;
    return true;
  }

  setAll(): void {
    this.bytes.fill(0xff);
    const spareBits = this.bytes.length * 8 - this.length;
    if (spareBits > 0) this.bytes[this.bytes.length - 1] = (0xff << spareBits) & 0xff;
    this.#count = this.length;
  }

  copy(): Bitfield {
    return Bitfield.decode(this.bytes, this.length);
  }

  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let index = 0; index < this.length; index++) if (this.has(index)) yield index;
  }
}

function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count += 1;
  return count;
}
