/**
 * What LZMA compressed (LZMA specification, 2015), of a length that is known and small: for the list of names in a 7z
 * archive, which nothing in Node unpacks. All of the output is kept, and is the dictionary.
 */
import { odd } from './window.ts';

/** Of the properties: a byte of three numbers, and the size of the dictionary. */
const PROPERTIES_LENGTH = 5;
/** An odd first chance for each bit: one half. */
const HALF = 1_024;
const CHANCE_BITS = 11;
const MOVE_BITS = 5;
const RANGE_MIN = 2 ** 24;

const STATES = 12;
const POSITIONS = 16;
/** Where the chances of each kind of bit begin. */
const IS_MATCH = 0;
const IS_REPEATED: number = IS_MATCH + STATES * POSITIONS;
const IS_OTHER: number = IS_REPEATED + STATES;
const IS_THIRD: number = IS_OTHER + STATES;
const IS_FOURTH: number = IS_THIRD + STATES;
const IS_LONG: number = IS_FOURTH + STATES;
const SLOTS: number = IS_LONG + STATES * POSITIONS;
const SLOT_BITS = 6;
const DISTANCES: number = SLOTS + 4 * 2 ** SLOT_BITS;
const LOW_BITS: number = DISTANCES + 115;
/** Two choices, eight short and eight longer lengths by position, and 256 long ones. */
const LENGTHS: number = LOW_BITS + 16;
const LENGTHS_COUNT: number = 2 + 2 * POSITIONS * 8 + 256;
const REPEATED_LENGTHS: number = LENGTHS + LENGTHS_COUNT;
const LITERALS: number = REPEATED_LENGTHS + LENGTHS_COUNT;
const LITERAL_COUNT = 0x300;

export class LzmaDecoder {
  readonly #input: Uint8Array;
  readonly #output: Uint8Array;
  readonly #chances: Uint16Array;
  /** Bits of the letter before and of the position that choose the chances of a literal; and of the position, for the rest. */
  readonly #letterBits: number;
  readonly #placeBits: number;
  readonly #positionBits: number;
  #at = 5;
  #range = 0xffff_ffff;
  #code = 0;
  #written = 0;
  #state = 0;
  /** The last four distances. */
  #distances: [number, number, number, number] = [0, 0, 0, 0];

  /** Throws PeerFault `ARCHIVE_ODD`, as `run` does. */
  constructor(input: Uint8Array, properties: Uint8Array, length: number) {
    const [first = 225] = properties;
    if (
      properties.length !== PROPERTIES_LENGTH ||
      first >= 225 ||
      input.length < 5 ||
      input[0] !== 0
    )
      throw odd('no LZMA');
    this.#input = input;
    this.#output = new Uint8Array(length);
    this.#letterBits = first % 9;
    this.#placeBits = Math.floor(first / 9) % 5;
    this.#positionBits = Math.floor(first / 45);
    const literals = LITERAL_COUNT * 2 ** (this.#letterBits + this.#placeBits);
    this.#chances = new Uint16Array(LITERALS + literals).fill(HALF);
    this.#code = new DataView(input.buffer, input.byteOffset).getUint32(1);
  }

  get output(): Uint8Array {
    return this.#output;
  }

  /** Goes on until so many bytes are there at least, or all. False: that is all. */
  run(until: number): boolean {
    const end = Math.min(until, this.#output.length);
    while (this.#written < end) {
      const position = this.#written % 2 ** this.#positionBits;
      const place = this.#state * POSITIONS + position;
      if (this.#bit(IS_MATCH + place) === 0) this.#literal();
      else if (this.#bit(IS_REPEATED + this.#state) === 0) this.#match(position);
      else this.#repeat(position, place);
    }
    return this.#written < this.#output.length;
  }

  #literal(): void {
    const before = this.#written === 0 ? 0 : (this.#output[this.#written - 1] ?? 0);
    const place = this.#written % 2 ** this.#placeBits;
    const kind = place * 2 ** this.#letterBits + (before >> (8 - this.#letterBits));
    const chances = LITERALS + LITERAL_COUNT * kind;
    let symbol = 1;
    if (this.#state >= 7) {
      let expected = this.#back(this.#distances[0]);
      for (let isAsExpected = true; isAsExpected && symbol < 0x100; expected <<= 1) {
        const expectedBit = (expected >> 7) & 1;
        const bit = this.#bit(chances + ((1 + expectedBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        isAsExpected = bit === expectedBit;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(chances + symbol);
    this.#output[this.#written++] = symbol & 0xff;
    this.#state = this.#state < 4 ? 0 : this.#state - (this.#state < 10 ? 3 : 6);
  }

  #match(position: number): void {
    const [first, second, third] = this.#distances;
    const length = this.#length(LENGTHS, position);
    this.#state = this.#state < 7 ? 7 : 10;
    this.#distances = [this.#distance(Math.min(length, 3)), first, second, third];
    this.#copy(length + 2);
  }

  #repeat(position: number, place: number): void {
    const [first, second, third, fourth] = this.#distances;
    if (this.#bit(IS_OTHER + this.#state) === 0) {
      if (this.#bit(IS_LONG + place) === 0) {
        this.#state = this.#state < 7 ? 9 : 11;
        return this.#copy(1);
      }
    } else if (this.#bit(IS_THIRD + this.#state) === 0)
      this.#distances = [second, first, third, fourth];
    else if (this.#bit(IS_FOURTH + this.#state) === 0)
      this.#distances = [third, first, second, fourth];
    else this.#distances = [fourth, first, second, third];
    const length = this.#length(REPEATED_LENGTHS, position);
    this.#state = this.#state < 7 ? 8 : 11;
    this.#copy(length + 2);
  }

  #length(chances: number, position: number): number {
    const short = chances + 2 + position * 8;
    if (this.#bit(chances) === 0) return this.#tree(short, 3);
    if (this.#bit(chances + 1) === 0) return 8 + this.#tree(short + POSITIONS * 8, 3);
    return 16 + this.#tree(chances + 2 + 2 * POSITIONS * 8, 8);
  }

  #distance(lengthKind: number): number {
    const slot = this.#tree(SLOTS + lengthKind * 2 ** SLOT_BITS, SLOT_BITS);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const begin = (2 + (slot & 1)) * 2 ** bits;
    if (slot < 14) return begin + this.#turnedTree(DISTANCES + begin - slot, bits);
    let direct = 0;
    for (let left = bits - 4; left > 0; left--) direct = direct * 2 + this.#directBit();
    return begin + direct * 16 + this.#turnedTree(LOW_BITS, 4);
  }

  /** The end may be marked by a distance that leads nowhere: of what has a known length, that is an error, too. */
  #copy(length: number): void {
    const [distance] = this.#distances;
    if (this.#written + length > this.#output.length) throw odd('too much comes out');
    for (let left = length; left > 0; left--) {
      this.#output[this.#written] = this.#back(distance);
      this.#written += 1;
    }
  }

  #back(distance: number): number {
    const byte = this.#output[this.#written - distance - 1];
    if (byte === undefined) throw odd('no such distance');
    return byte;
  }

  // bits

  #tree(chances: number, bits: number): number {
    let symbol = 1;
    for (let left = bits; left > 0; left--) symbol = (symbol << 1) | this.#bit(chances + symbol);
    return symbol - 2 ** bits;
  }

  /** The lowest bit first. */
  #turnedTree(chances: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let place = 0; place < bits; place++) {
      const bit = this.#bit(chances + symbol);
      symbol = (symbol << 1) | bit;
      value += bit << place;
    }
    return value;
  }

  #bit(index: number): 0 | 1 {
    const chance = this.#chances[index] ?? HALF;
    const bound = (this.#range >>> CHANCE_BITS) * chance;
    const bit = this.#code < bound ? 0 : 1;
    if (bit === 0) {
      this.#range = bound;
      this.#chances[index] = chance + ((2 ** CHANCE_BITS - chance) >> MOVE_BITS);
    } else {
      this.#range -= bound;
      this.#code -= bound;
      this.#chances[index] = chance - (chance >> MOVE_BITS);
    }
    this.#refill();
    return bit;
  }

  #directBit(): 0 | 1 {
    this.#range >>>= 1;
    const bit = this.#code >= this.#range ? 1 : 0;
    if (bit === 1) this.#code -= this.#range;
    this.#refill();
    return bit;
  }

  #refill(): void {
    if (this.#range >= RANGE_MIN) return;
    const byte = this.#input[this.#at++];
    if (byte === undefined) throw odd('it ends too soon');
    this.#range = (this.#range << 8) >>> 0;
    this.#code = ((this.#code << 8) | byte) >>> 0;
  }
}
