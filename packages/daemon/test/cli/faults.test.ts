import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LocalFault, PeerFault } from '@coequal/base';
import { DESCRIBED_CODES, describeError } from '../../src/cli/faults.ts';

void test('every fault that has words has good ones, whatever its details', () => {
  for (const code of DESCRIBED_CODES) {
    const { message, hint } = describeError(
      new LocalFault(code, { path: '/a/b', max: 1, pieceLength: 5, pieceCount: 5 }),
    );
    assert(message.length > 10, code);
    assert(!message.includes(code), code);
    assert(
      !/^[A-Z]/.test(message) && !message.endsWith('.'),
      `${code}: a clause, after "coequal: "`,
    );
    if (hint !== undefined) assert(/^[A-Z`"].*[.:]$/.test(hint), `${code}: ${hint}`);
  }
});

void test('a fault without words of its own still says its code and details', () => {
  const { code, message, stack } = describeError(new PeerFault('SOMETHING_NEW', { piece: 3 }));
  assert.equal(code, 'SOMETHING_NEW');
  assert.match(message, /SOMETHING_NEW piece=3/);
  assert.equal(stack, undefined);
});

void test('a bug is said to be one, with its stack', () => {
  const { code, hint, stack } = describeError(new TypeError('x is not a function'));
  assert.equal(code, 'BUG');
  assert.match(hint ?? '', /report/);
  assert.match(stack ?? '', /TypeError: x is not a function\n +at /);
});

void test('paths with control characters are shown without them', () => {
  const { message } = describeError(new LocalFault('NOT_FOUND', { path: '/a\u001b[2J' }));
  assert(!message.includes('\u001b'));
});
