/** Random from the system's generator. */
import { randomFillSync } from 'node:crypto';
import type { Random } from '../ports.ts';

/** Numbers drawn at a time: a draw costs as much for one as for hundreds. */
const NUMBERS_AHEAD = 256;

/** Fit for keys: every byte and number comes from the system. */
export function openRandom(): Random {
  const words = new Uint32Array(NUMBERS_AHEAD * 2);
  let next = words.length;
  return {
    bytes: (length) => randomFillSync(new Uint8Array(length)),
    number() {
      if (next >= words.length) {
        randomFillSync(words);
        next = 0;
      }
      const high = (words[next++] ?? 0) >>> 5; // 27 bits
      const low = (words[next++] ?? 0) >>> 6; // and 26: the 53 of a double
      return (high * 2 ** 26 + low) / 2 ** 53;
    },
  };
}
