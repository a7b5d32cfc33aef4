/** Seeded randomness: sfc32 (Chris Doty-Humphrey's PractRand), in streams that are named, not numbered. */
import type { Random } from '@coequal/base';

/** Draws thrown away so that seeds that differ in one bit give streams that have nothing in common. */
const WARM_UP = 15;

export class SimRandom implements Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    this.#a = hashText(seed, 0x9e37_79b9);
    this.#b = hashText(seed, 0x243f_6a88);
    this.#c = hashText(seed, 0xb7e1_5162);
    for (let i = 0; i < WARM_UP; i++) this.#u32();
  }

  /** A stream of its own: the same for the same name, whatever was drawn before. */
  split(name: string): SimRandom {
    return new SimRandom(`${this.#seed}/${name}`);
  }

  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    let word = 0;
    for (let i = 0; i < length; i++) {
      word = i % 4 === 0 ? this.#u32() : word >>> 8;
      bytes[i] = word;
    }
    return bytes;
  }

  number(): number {
    return ((this.#u32() >>> 5) * 0x400_0000 + (this.#u32() >>> 6)) / 0x20_0000_0000_0000;
  }

  /** Whole, from `min` to `max`, both included. */
  integer(min: number, max: number): number {
    return min + Math.floor(this.number() * (max - min + 1));
  }

  between(min: number, max: number): number {
    return min + this.number() * (max - min);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.number() < probability;
  }

  #u32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }
}

/** FNV-1a with the finish of MurmurHash3. */
function hashText(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
