/** A set of pieces, laid out as on the wire: piece 0 is the high bit of byte 0 (BEP 3). */
import { PeerFault } from '@coequal/base';

/** Set bits of each byte. */
const BIT_COUNTS = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0;
  for (let rest = byte; rest !== 0; rest &= rest - 1) count += 1;
  return count;
});

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

  /** All from `first` up to, not including, `end`. A loop over a thousand pieces is what adding a torrent would cost. */
  setRange(first: number, end: number): void {
    this.#fillRange(first, Math.min(end, this.length), true);
  }

  clearRange(first: number, end: number): void {
    this.#fillRange(first, Math.min(end, this.length), false);
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

  /** How many of these are not in the other set, which is as long. */
  countOutside(other: Bitfield): number {
    let count = 0;
    for (let at = 0; at < this.bytes.length; at++) {
      count += BIT_COUNTS[(this.bytes[at] ?? 0) & ~(other.bytes[at] ?? 0)] ?? 0;
    }
    return count;
  }

  #fillRange(first: number, end: number, isSet: boolean): void {
    const wholeFrom = Math.min((first + 7) & ~7, end);
    const wholeTo = Math.max(end & ~7, wholeFrom);
    for (let index = first; index < wholeFrom; index++) this.#put(index, isSet);
    if (wholeFrom < wholeTo) {
      const whole = this.bytes.subarray(wholeFrom >> 3, wholeTo >> 3);
      const before = countBits(whole);
      whole.fill(isSet ? 0xff : 0);
      this.#count += (isSet ? whole.length * 8 : 0) - before;
    }
    for (let index = wholeTo; index < end; index++) this.#put(index, isSet);
  }

  #put(index: number, isSet: boolean): void {
    if (isSet) this.set(index);
    else this.clear(index);
  }

  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let at = 0; at < this.bytes.length; at++) {
      if (this.bytes[at] === 0) continue; // most are empty where few pieces are doubtful, or had
      for (let index = at * 8; index < at * 8 + 8; index++) if (this.has(index)) yield index;
    }
  }
}

function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) count += BIT_COUNTS[byte] ?? 0;
  return count;
}
