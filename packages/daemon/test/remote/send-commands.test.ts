import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BadValue } from '../../src/cli/values.ts';
import { splitWords } from '../../src/remote/send-commands.ts';

const isPath = (word: string): boolean => word.startsWith('./');

void test('contacts come first, and paths from the first word that is one', () => {
  assert.deepEqual(splitWords(['ben', './a', './b'], [], isPath), {
    to: ['ben'],
    paths: ['./a', './b'],
  });
  assert.deepEqual(splitWords(['ben', 'anna', './a'], [], isPath), {
    to: ['ben', 'anna'],
    paths: ['./a'],
  });
});

void test('the first word is a contact, even if there is a file of that name', () => {
  assert.deepEqual(splitWords(['./ben', './a'], [], isPath), { to: ['./ben'], paths: ['./a'] });
});

void test('what comes after a path is a path, and a path that is not there is not taken for a contact', () => {
  assert.deepEqual(splitWords(['ben', './a', 'b'], [], isPath), {
    to: ['ben'],
    paths: ['./a', 'b'],
  });
  assert.deepEqual(splitWords(['ben', 'anna', 'lost'], [], isPath), {
    to: ['ben', 'anna'],
    paths: ['lost'],
  });
});

void test('with --to all words are paths; one word alone is neither', () => {
  assert.deepEqual(splitWords(['./a'], ['ben'], isPath), { to: ['ben'], paths: ['./a'] });
  assert.throws(() => splitWords(['ben'], [], isPath), BadValue);
});
