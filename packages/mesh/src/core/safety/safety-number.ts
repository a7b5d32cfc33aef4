/**
 * The number of 60 digits that two persons both see: 30 of each one's key, by an iterated hash as Signal has it, the
 * smaller first. 30 digits are 99 bits, and each guess at another key with the same ones costs 5,200 hashes.
 */
import { concatBytes, encodeUtf8 } from '@coequal/base';
import { sha512 } from '@noble/hashes/sha2.js';
import { personKeyBytes } from '../identity/person-key.ts';
import type { PersonKey } from '../identity/person-key.ts';

export const SAFETY_DIGITS = 60;
export const SAFETY_GROUP_LENGTH = 5;

const ITERATIONS = 5_200;
/** Two bytes of version, as Signal has them, then what the hash is for. */
const START = concatBytes([Uint8Array.of(0, 1), encodeUtf8('coequal safety number\0')]);
const GROUPS_OF_ONE = SAFETY_DIGITS / SAFETY_GROUP_LENGTH / 2;
const BYTES_OF_GROUP = 5;
/** Between two turns of who waits: about a millisecond. */
const ITERATIONS_AT_ONCE = 200;

/** 12 groups of five digits, the same whoever of both asks. It is hashed bit by bit: each `next` is one bit of the work. */
export function* safetyNumberSteps(
  one: PersonKey,
  other: PersonKey,
): Generator<undefined, readonly string[], undefined> {
  const halves = [yield* fingerprintSteps(one), yield* fingerprintSteps(other)];
  return halves.toSorted(byDigits).flat();
}

function byDigits(a: readonly string[], b: readonly string[]): number {
  return a.join('') < b.join('') ? -1 : 1;
}

function* fingerprintSteps(person: PersonKey): Generator<undefined, readonly string[], undefined> {
  const key = personKeyBytes(person);
  let hash = concatBytes([START, key]);
  for (let count = 1; count <= ITERATIONS; count++) {
    hash = concatBytes([sha512(concatBytes([hash, key]))]);
    if (count % ITERATIONS_AT_ONCE === 0) yield undefined;
  }
  return Array.from({ length: GROUPS_OF_ONE }, (_, at) => groupOf(hash, at * BYTES_OF_GROUP));
}

/** Five bytes as a big-endian number, and of that the last five digits. */
function groupOf(hash: Uint8Array, at: number): string {
  const number = hash.subarray(at, at + BYTES_OF_GROUP).reduce((sum, byte) => sum * 256 + byte, 0);
  return (number % 10 ** SAFETY_GROUP_LENGTH).toString().padStart(SAFETY_GROUP_LENGTH, '0');
}
