/** The 24 words that are a person's root (BIP39, English list, no extra pass phrase), and what can be wrong with them. */
import { assert, encodeUtf8 } from '@coequal/base';
import { entropyToMnemonic, mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';

export const WORD_COUNT = 24;
/** 256 bits: what 24 words say. */
export const ENTROPY_LENGTH = 32;
/** Of BIP39. */
export const SEED_ITERATIONS = 2_048;
export const SEED_LENGTH = 64;

/** Words are told apart by their first four letters. */
const PREFIX_LENGTH = 4;
/** A word with more wrong letters is another word. */
const DISTANCE_MAX = 2;
/** As many as a person looks through. */
const NEAR_MAX = 3;
/** Of a text that is examined: more than 24 are too many anyway, and a look through the list takes about a millisecond. */
const EXAMINED_MAX = 30;
const SHOWN_LENGTH_MAX = 20;

const KNOWN: ReadonlySet<string> = new Set(wordlist);

export interface WrongWord {
  /** From 1. */
  readonly position: number;
  readonly word: string;
  /** The nearest of the list first. */
  readonly near: readonly string[];
}

export type WordsReading =
  | { readonly type: 'good'; readonly entropy: Uint8Array; readonly words: readonly string[] }
  /** Some are not of the list, whatever their count. */
  | { readonly type: 'unknown'; readonly count: number; readonly wrong: readonly WrongWord[] }
  | { readonly type: 'count'; readonly count: number }
  /** Each is of the list, but the check in the last one says that something is another, or swapped. */
  | { readonly type: 'mixed-up' };

export function wordsOf(entropy: Uint8Array): readonly string[] {
  assert(entropy.length === ENTROPY_LENGTH, '24 words are 32 bytes');
  return entropyToMnemonic(entropy, wordlist).split(' ');
}

/** Reads what was typed or pasted: in capitals, over several lines, with numbers before the words. */
export function readWords(text: string): WordsReading {
  const words = splitWords(text);
  const count = words.length;
  const wrong = words
    .slice(0, EXAMINED_MAX)
    .map((word, at): WrongWord => ({
      position: at + 1,
      word: word.slice(0, SHOWN_LENGTH_MAX),
      near: KNOWN.has(word) ? [] : nearWords(word),
    }))
    .filter((_, at) => !KNOWN.has(words[at] ?? ''));
  if (wrong.length > 0) return { type: 'unknown', count, wrong };
  if (count !== WORD_COUNT) return { type: 'count', count };
  const entropy = entropyOf(words);
  return entropy === undefined ? { type: 'mixed-up' } : { type: 'good', entropy, words };
}

/** One word as it was typed, for comparing. */
export function normalWord(text: string): string {
  return splitWords(text).join(' ');
}

/** What the seed is stretched from (PBKDF2 with HMAC-SHA512, SEED_ITERATIONS, SEED_LENGTH). */
export function seedInput(words: readonly string[]): { password: Uint8Array; salt: Uint8Array } {
  return { password: encodeUtf8(words.join(' ')), salt: encodeUtf8('mnemonic') };
}

function splitWords(text: string): string[] {
  const parts = text
    .normalize('NFKD')
    .toLowerCase()
    .split(/[\s\d.,;:()-]+/);
  return parts.filter((part) => part !== '');
}

function entropyOf(words: readonly string[]): Uint8Array | undefined {
  try {
    return mnemonicToEntropy(words.join(' '), wordlist);
  } catch {
    return undefined; // count and list were looked at: what is left is the check
  }
}

/** Of the list, those that a person is likely to have meant. */
function nearWords(word: string): readonly string[] {
  if (word.length > SHOWN_LENGTH_MAX) return [];
  const prefix = word.slice(0, PREFIX_LENGTH);
  const starts = word.slice(0, 2);
  return wordlist
    .filter((known) => starts.includes(known[0] ?? ' ') || starts.includes(known[1] ?? ' '))
    .map((known) => ({
      known,
      distance:
        word.length >= PREFIX_LENGTH && known.startsWith(prefix) ? 0.5 : distanceOf(word, known),
    }))
    .filter(({ distance }) => distance <= DISTANCE_MAX && distance < word.length)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, NEAR_MAX)
    .map(({ known }) => known);
}

/** Letters to change, add, leave out, or swap with the next (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > DISTANCE_MAX) return DISTANCE_MAX + 1;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(change, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
