import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, LocalFault } from '@coequal/base';
import { SimRandom } from '@coequal/simulator';
import fc from 'fast-check';
import {
  CODE_NUMBER_MAX,
  formatCode,
  looksLikeCode,
  newSpokenCode,
  parseCode,
  passwordOf,
  topicInput,
} from '../../../src/core/invite/spoken-code.ts';

test('a code is read as it was made, in capitals, with spaces or with dashes', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const code = newSpokenCode(new SimRandom(`${seed}`));
      const text = formatCode(code);
      assert.ok(code.number >= 1 && code.number <= CODE_NUMBER_MAX);
      assert.ok(looksLikeCode(text));
      for (const typed of [
        text,
        text.toUpperCase(),
        ` ${text.replaceAll('-', '  ')}\n`,
        `${text}.`,
      ])
        assert.deepEqual(parseCode(typed), code);
    }),
  );
});

test('number and first word name the place, the other two are the password, and nothing is both', () => {
  const code = parseCode('7-amber-river-table');
  assert.equal(decodeUtf8(topicInput(code).password), '7-amber');
  assert.equal(decodeUtf8(passwordOf(code)), 'river-table');
});

test('what is no code is refused, and a wrong word with the one that was meant', () => {
  const problemOf = (text: string): Readonly<Record<string, unknown>> => {
    try {
      parseCode(text);
      return {};
    } catch (error) {
      assert.ok(error instanceof LocalFault && error.code === 'BAD_CODE');
      return error.details;
    }
  };
  for (const text of [
    '',
    'amber-river-table',
    '7-amber-river',
    '0-amber-river-table',
    '100-amber-river-table',
    '7-amber-river-table-tiger',
    '7.5-amber-river-table',
  ])
    assert.equal(problemOf(text)['problem'], 'FORM', text);
  assert.deepEqual(problemOf('7-amber-rivver-table'), {
    problem: 'WORD',
    position: 2,
    near: 'river',
  });
  assert.equal(problemOf('x'.repeat(201))['problem'], 'LENGTH');
});

test('whatever is typed, it is a code or refused as none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        assert.deepEqual(parseCode(formatCode(parseCode(text))), parseCode(text));
      } catch (error) {
        assert.ok(error instanceof LocalFault && error.code === 'BAD_CODE');
      }
    }),
  );
});
