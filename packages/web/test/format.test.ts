import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Format } from '../src/i18n/format.ts';
import { editableNumber, parseNumber } from '../src/ui/numbers.ts';

const english = new Format('en');
const german = new Format('de');

test('sizes are in the unit that needs the fewest figures', () => {
  assert.equal(english.bytes(0), '0 kB');
  assert.equal(english.bytes(999), '999 byte');
  assert.equal(english.bytes(999_999), '1 MB');
  assert.equal(english.bytes(44_221_000_000), '44.2 GB');
  assert.equal(german.rate(1_234_000), '1,2 MB/s');
});

test('a share below one never reads as all', () => {
  assert.equal(english.percent(999_999, 1_000_000), '99%');
  assert.equal(english.percent(1, 1), '100%');
  assert.equal(english.percent(12, 1_000), '1.2%');
  assert.equal(english.percent(0, 0), '0%');
});

test('durations have at most two units', () => {
  assert.equal(english.duration(7_505), '2 hr 5 min');
  assert.equal(english.duration(90_061), '1 day 1 hr');
  assert.equal(english.duration(0.4), '0 sec');
  assert.equal(english.duration(1e9), undefined);
  assert.equal(english.shortDuration(45), '45 sec');
});

test('what was lately is told from now, what was long ago by its day', () => {
  const now = Date.UTC(2026, 10, 26, 12);
  assert.equal(english.ago(now - 10_000, now), 'now');
  assert.equal(english.ago(now - 5 * 60_000, now), '5 min. ago');
  assert.match(english.ago(now - 3 * 86_400_000, now), /2026/);
});

test('weekdays begin with Sunday at 0', () => {
  assert.equal(english.weekday(0), 'Sun');
  assert.equal(german.weekday(1), 'Mo');
});

test('numbers are read as they are typed, with a point, a comma or Arabic figures', () => {
  assert.equal(parseNumber('1.5'), 1.5);
  assert.equal(parseNumber('1,5'), 1.5);
  assert.equal(parseNumber(' 10 000 '), 10_000);
  assert.equal(parseNumber('١٢٫٥'), 12.5);
  for (const text of ['', 'many', '1.2.3', '-1', '1e9', '0x10'])
    assert.equal(parseNumber(text), undefined, text);
});

test('a number in a field can be read back', () => {
  for (const value of [0, 1.25, 1_000_000])
    assert.equal(parseNumber(editableNumber(value, 2)), value);
  assert.equal(editableNumber(null, 2), '');
});

test('several names have the commas of their language between them', () => {
  assert.equal(new Format('en').list(['Anna', 'Ben', 'Cleo']), 'Anna, Ben, Cleo');
  assert.equal(new Format('de').list(['Anna', 'Ben', 'Cleo']), 'Anna, Ben und Cleo');
  assert.equal(new Format('ar').list(['سلمى', 'ليلى']), 'سلمى وليلى');
  assert.equal(new Format('en').list([]), '');
});
