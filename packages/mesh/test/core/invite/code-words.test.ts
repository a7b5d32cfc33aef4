// Why these words: no two can be taken for each other by ear, by a slip of the finger, or by how they begin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODE_WORDS, isCodeWord, nearestCodeWord } from '../../../src/core/invite/code-words.ts';

/** Letters that differ: to change, add or leave out. */
function distance(a: string, b: string): number {
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, letter] of a.split('').entries()) {
    const row = [i + 1];
    for (let j = 1; j <= b.length; j++)
      row.push(
        Math.min(
          (last[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1),
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
        ),
      );
    last = row;
  }
  return last.at(-1) ?? 0;
}

const SOUNDS: readonly (readonly [RegExp, string])[] = [
  [/ph/g, 'f'],
  [/gh/g, 'g'],
  [/ck/g, 'k'],
  [/wh/g, 'w'],
  [/wr/g, 'r'],
  [/kn/g, 'n'],
  [/sch/g, 'sk'],
  [/tch|ch/g, 'C'],
  [/sh/g, 'S'],
  [/th/g, 'T'],
  [/c(?=[eiy])/g, 's'],
  [/[cq]/g, 'k'],
  [/x/g, 'ks'],
  [/z/g, 's'],
  [/[aeiouy]+/g, 'a'],
  [/(.)\1/g, '$1'],
];

/** What is left of a word on a bad line: its consonants, and where there is a vowel. */
function sound(word: string): string {
  return SOUNDS.reduce((text, [pattern, by]) => text.replace(pattern, by), word);
}

test('there are 512 words of three to eight small letters, in order, each once', () => {
  assert.equal(CODE_WORDS.length, 512);
  assert.equal(new Set(CODE_WORDS).size, 512);
  assert.ok(CODE_WORDS.every((word) => /^[a-z]{3,8}$/.test(word)));
  assert.deepEqual(CODE_WORDS.toSorted(), [...CODE_WORDS]);
});

test('no two sound alike: their consonants differ', () => {
  const bySound = Map.groupBy(CODE_WORDS, sound);
  assert.deepEqual(
    [...bySound.values()].filter((words) => words.length > 1),
    [],
  );
});

test('no two are one slip of the finger apart, and none begins another', () => {
  for (const [at, word] of CODE_WORDS.entries())
    for (const other of CODE_WORDS.slice(at + 1)) {
      assert.ok(distance(word, other) >= 2, `${word} and ${other}`);
      assert.ok(!word.startsWith(other) && !other.startsWith(word), `${word} and ${other}`);
    }
});

test('a word with a slip is recognised, and what is far from all is not', () => {
  assert.ok(isCodeWord('amber') && !isCodeWord('ambre'));
  assert.equal(nearestCodeWord('ambr'), 'amber');
  assert.equal(nearestCodeWord('rivver'), 'river');
  assert.equal(nearestCodeWord('qqqqqqqq'), undefined);
  assert.equal(nearestCodeWord('a'.repeat(10_000)), undefined);
});
