import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes } from '@coequal/base';
import { differingBlocks, sendersOf, WrongBlocks } from '../../../src/core/swarm/wrong-blocks.ts';

/** A leaf for each letter. */
function leaves(letters: string): Uint8Array {
  return concatBytes(
    Array.from(letters, (letter) => new Uint8Array(32).fill(letter.charCodeAt(0))),
  );
}

test('who sent a block that is not in the right piece is found, whoever else had a part', () => {
  const wrong = new WrongBlocks<string>();
  wrong.record(3, { leaves: leaves('abXd'), senders: ['ann', 'ben', 'liar', 'ann'] });
  assert.ok(wrong.isWatched(3));
  assert.ok(!wrong.isWatched(4));
  assert.deepEqual([...wrong.settle(3, leaves('abcd'))], ['liar']);
  assert.ok(!wrong.isWatched(3));
  assert.deepEqual([...wrong.settle(3, leaves('abcd'))], []);
});

test('a piece that was wrong several times tells all its liars', () => {
  const wrong = new WrongBlocks<string>();
  wrong.record(1, { leaves: leaves('aX'), senders: ['ann', 'liar'] });
  wrong.record(2, { leaves: leaves('X'), senders: ['other'] });
  wrong.record(1, { leaves: leaves('Yb'), senders: ['second liar', 'ann'] });
  assert.deepEqual([...wrong.settle(1, leaves('ab'))].toSorted(), ['liar', 'second liar']);
  assert.ok(wrong.isWatched(2));
});

test('no more wrong pieces are remembered than the newest 64', () => {
  const wrong = new WrongBlocks<string>();
  for (let piece = 0; piece < 70; piece++)
    wrong.record(piece, { leaves: leaves('X'), senders: ['liar'] });
  assert.ok(!wrong.isWatched(5));
  assert.ok(wrong.isWatched(6));
});

test('blocks are compared as far as they were hashed, and padding has no sender to blame', () => {
  assert.deepEqual(differingBlocks(leaves('aXc'), leaves('abc\0')), [1]);
  assert.deepEqual(differingBlocks(leaves('abc'), leaves('abc\0')), []);
  assert.deepEqual([...sendersOf({ senders: ['ann', 'ben'] }, [1, 7])], ['ben']);
});
