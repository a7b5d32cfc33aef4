/** Sees to it that the words were written down: some are asked for, others after each wrong answer. */
import { LocalFault } from '@coequal/base';
import type { Random } from '@coequal/base';
import { normalWord, WORD_COUNT } from '../../core/identity/words.ts';

/** Who guessed would be right once in 2048^3 times; who looks finds three in half a minute. */
const ASKED_COUNT = 3;

export interface WordAnswer {
  /** From 1. */
  readonly position: number;
  readonly word: string;
}

export class WordCheck {
  readonly #random: Random;
  #asked: readonly number[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Positions from 1, rising. */
  ask(): readonly number[] {
    const left = Array.from({ length: WORD_COUNT }, (_, at) => at + 1);
    const picked = Array.from({ length: ASKED_COUNT }, () =>
      left.splice(Math.floor(this.#random.number() * left.length), 1),
    );
    this.#asked = picked.flat().toSorted((a, b) => a - b);
    return this.#asked;
  }

  /** Throws LocalFault `NOT_POSSIBLE_NOW` when nothing was asked, `WORDS_DIFFER` with the places. */
  answer(answers: readonly WordAnswer[], words: readonly string[]): void {
    const asked = this.#asked;
    if (asked.length === 0) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'word-check' });
    const given = new Map(answers.map(({ position, word }) => [position, normalWord(word)]));
    const wrong = asked.filter((position) => given.get(position) !== words[position - 1]);
    this.#asked = [];
    if (wrong.length > 0) throw new LocalFault('WORDS_DIFFER', { positions: wrong.join(', ') });
  }
}
