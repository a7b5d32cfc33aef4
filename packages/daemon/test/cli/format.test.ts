import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barText, cutStart, displayWidth, fileText, overallText } from '../../src/cli/bar-text.ts';
import { rowTexts } from '../../src/cli/bars-view.ts';
import {
  formatBytes,
  formatDuration,
  formatPercent,
  formatTime,
  plain,
} from '../../src/cli/format.ts';
import type { TransferMoment } from '../../src/cli/transfer-view.ts';
import { sourceReport } from './sources.ts';

const MOMENT: TransferMoment = {
  have: 42_000_000,
  total: 100_000_000,
  down: 10_000_000,
  up: 1_000_000,
  peers: 3,
  transports: { tcp: 0, utp: 0, punched: 0 },
  piecesHad: 42,
  pieceCount: 100,
  etaSeconds: 6,
  reason: undefined,
  topic: undefined,
  trackers: [],
  sources: sourceReport(),
  isChecking: false,
  files: [],
  wantedFiles: new Set(),
};

void test('bytes have three digits at most', () => {
  const cases = [0, 999, 1_000, 12_345, 999_499, 999_500, 1_234_567, 98_765_432_100];
  assert.deepEqual(cases.map(formatBytes), [
    '0 B',
    '999 B',
    '1.00 kB',
    '12.3 kB',
    '999 kB',
    '1.00 MB',
    '1.23 MB',
    '98.8 GB',
  ]);
});

void test('durations have two units', () => {
  const cases = [0, 59.4, 60, 3_599, 3_600, 90_000];
  assert.deepEqual(cases.map(formatDuration), [
    '0 s',
    '59 s',
    '1 min 00 s',
    '59 min 59 s',
    '1 h 00 min',
    '1 d 1 h',
  ]);
});

void test('100 % means all', () => {
  assert.equal(formatPercent(99_999, 100_000), '99 %');
  assert.equal(formatPercent(100_000, 100_000), '100 %');
});

void test('control characters and reversed text do not reach the terminal', () => {
  assert.equal(
    plain('a\u001b[31m\u0007\r\nb\u202ec\u009b'),
    'a\ufffd[31m\ufffd\ufffd\ufffdb\ufffdc\ufffd',
  );
  assert.equal(plain('ünï 東京 👍🏽 e\u0301'), 'ünï 東京 👍🏽 e\u0301');
});

void test('a bar has one width, however full', () => {
  for (let share = 0; share <= 1_000; share++)
    assert.equal(displayWidth(barText(share, 1_000)), 22);
});

void test('rows are never wider than the terminal', () => {
  for (let columns = 40; columns < 160; columns++) {
    assert(displayWidth(overallText(MOMENT, columns)) <= columns);
    assert(displayWidth(fileText(`日本語/${'長い'.repeat(40)}.txt`, 1, 2, columns)) <= columns);
  }
  assert.equal(cutStart('folder/file.txt', 9), '…file.txt');
  assert.match(
    overallText(MOMENT, 200),
    /42 % {2}10\.0 MB\/s down {2}6 s left {2}3 peers .*42 of 100 pieces$/,
  );
});

void test('there are never more rows than room, and what is hidden is counted', () => {
  const files = Array.from({ length: 30 }, (_, file) => {
    return { path: [`f${file}`], length: 10, offset: file * 10, isExecutable: false };
  });
  const had = files.map((_, file) => (file < 5 ? 10 : file === 20 ? 5 : 0));
  const wantedFiles = new Set(files.keys());
  const moment = { ...MOMENT, files: had, wantedFiles, reason: 'waiting' };
  for (let max = 1; max < 40; max++) assert(rowTexts(moment, files, max, 80).length <= max);
  const rows = rowTexts(moment, files, 6, 80);
  assert.equal(rows.length, 6);
  assert.equal(rows[1], '  waiting');
  assert.match(rows[2] ?? '', /f20$/); // under way: before those that wait
  assert.equal(rows[5], '  … and 22 more');
});

void test('a moment is told in the zone of this computer, in an order that sorts', () => {
  const moment = new Date(2026, 11, 4, 9, 7, 59);
  assert.equal(formatTime(moment.getTime()), '2026-12-04 09:07');
  assert.equal(formatTime(new Date(2026, 6, 4, 23, 59).getTime()), '2026-07-04 23:59');
});
