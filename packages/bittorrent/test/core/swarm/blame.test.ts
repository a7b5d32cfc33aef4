import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Blame } from '../../../src/core/swarm/blame.ts';

test('who sent a wrong piece alone is to blame at once', () => {
  assert.deepEqual(new Blame().pieceWrong(['liar'], true), ['liar']);
});

test('who is left of several is not to blame alone', () => {
  assert.deepEqual(new Blame().pieceWrong(['honest'], false), []);
});

test('who has a part in wrong piece after wrong piece is to blame in the end', () => {
  const blame = new Blame();
  for (let piece = 0; piece < 4; piece++) {
    assert.deepEqual(blame.pieceWrong(['liar', `other-${piece}`], false), []);
  }
  assert.deepEqual(blame.pieceWrong(['liar', 'other-4'], false), ['liar']);
});

test('right pieces speak for those who sent them', () => {
  const blame = new Blame();
  for (let piece = 0; piece < 100; piece++) {
    assert.deepEqual(blame.pieceWrong(['honest', `liar-${piece}`], false), []);
    blame.pieceRight(['honest', 'stranger']);
  }
  assert.ok(!blame.isNobody);
});

test('nobody is suspected before a piece was wrong, or after all was made good', () => {
  const blame = new Blame();
  assert.ok(blame.isNobody);
  blame.pieceWrong(['a', 'b'], false);
  blame.pieceRight(['a']);
  assert.ok(!blame.isNobody);
  blame.pieceRight(['b']);
  assert.ok(blame.isNobody);
});

test('a bounded number of addresses is remembered, the latest', () => {
  const blame = new Blame();
  for (let wrong = 0; wrong < 4; wrong++) blame.pieceWrong(['first', 'again'], false);
  for (let other = 0; other < 999; other++) blame.pieceWrong([`other-${other}`, 'x'], false);
  assert.deepEqual(blame.pieceWrong(['first', 'y'], false), [], 'its four were forgotten');
});
