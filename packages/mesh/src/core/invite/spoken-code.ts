/**
 * Codes to say, `7-amber-river-table`: number and first word name the place where both sides meet, the other two are the
 * password of a PAKE (docs/invitations.md).
 */
import { encodeUtf8, LocalFault } from '@coequal/base';
import type { Random, ScryptCost } from '@coequal/base';
import { CODE_WORDS, codeWord, isCodeWord, nearestCodeWord } from './code-words.ts';

/** One or two digits are said in a breath; with the first word there are 50,688 places to meet. */
export const CODE_NUMBER_MAX = 99;
/** Long enough for a call, short enough that nobody guesses meanwhile. */
export const CODE_VALID_MS = 600_000;
/** Of 2^18 passwords, so a stranger who tries has a chance of 1 in 87,381 before it ends. */
export const CODE_FAILURES_MAX = 3;
/** Longer text is no code. */
const CODE_TEXT_LENGTH_MAX = 200;

/**
 * 64 MiB, and 0.5 s (the best of five on a busy machine of two cores): so long takes whoever looks for codes for each of
 * the places.
 */
export const TOPIC_COST: ScryptCost = { log2N: 16, blockSize: 8, parallelism: 1 };
export const TOPIC_LENGTH = 32;
const TOPIC_SALT = encodeUtf8('coequal spoken code 1');

export interface SpokenCode {
  readonly number: number;
  readonly words: readonly [string, string, string];
}

export function newSpokenCode(random: Random): SpokenCode {
  const word = (): string => codeWord(Math.floor(random.number() * CODE_WORDS.length));
  return {
    number: 1 + Math.floor(random.number() * CODE_NUMBER_MAX),
    words: [word(), word(), word()],
  };
}

export function formatCode({ number, words }: SpokenCode): string {
  return [number, ...words].join('-');
}

/** Whether a person meant a code, rather than a link. */
export function looksLikeCode(text: string): boolean {
  return /^\s*\d{1,3}\b/.test(text) && !text.includes(':');
}

/** As it was heard or typed: capitals, spaces and dashes are all right. Throws LocalFault `BAD_CODE`. */
export function parseCode(text: string): SpokenCode {
  if (text.length > CODE_TEXT_LENGTH_MAX) throw new LocalFault('BAD_CODE', { problem: 'LENGTH' });
  const [digits = '', ...words] = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
  const number = Number(digits);
  const isNumber = /^\d{1,2}$/.test(digits) && number >= 1 && number <= CODE_NUMBER_MAX;
  const [first, second, third] = words;
  if (!isNumber || first === undefined || second === undefined || third === undefined)
    throw new LocalFault('BAD_CODE', { problem: 'FORM' });
  if (words.length !== 3) throw new LocalFault('BAD_CODE', { problem: 'FORM' });
  const wrong = words.findIndex((word) => !isCodeWord(word));
  if (wrong !== -1) {
    const near = nearestCodeWord(words[wrong] ?? '');
    throw new LocalFault('BAD_CODE', { problem: 'WORD', position: wrong + 1, near });
  }
  return { number, words: [first, second, third] };
}

/** What the topic of the place is made of, by a slow hash. */
export function topicInput({ number, words }: SpokenCode): {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
} {
  return { password: encodeUtf8(`${number}-${words[0]}`), salt: TOPIC_SALT };
}

/** Of the PAKE: nothing of it is in the topic. */
export function passwordOf({ words }: SpokenCode): Uint8Array {
  return encodeUtf8(`${words[1]}-${words[2]}`);
}
