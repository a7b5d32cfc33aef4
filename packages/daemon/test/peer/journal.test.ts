import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { LogEntry } from '@coequal/contract';
import { World } from '@coequal/simulator';
import { BugWatch } from '../../src/peer/bug-watch.ts';
import { Journal } from '../../src/peer/journal.ts';
import { LogFiles } from '../../src/peer/log-files.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const ID = 'ab'.repeat(20);

function openJournal() {
  const told: [LogEntry, string | undefined][] = [];
  const { clock } = new World({ seed: 1 }).host('peer').ports;
  return { clock, told, journal: new Journal(clock, (...entry) => void told.push(entry)) };
}

void test('entries are numbered, in words, and found by number and by transfer', () => {
  const { journal, told, clock } = openJournal();
  journal.tell('info', 'TRANSFER_ADDED', { name: 'x' }, ID);
  journal.fault(new LocalFault('DISK_FULL', { path: '/srv', errno: undefined }));
  const [first, second] = journal.read(0, undefined);
  assert.deepEqual(first, {
    number: 1,
    at: clock.epochNow(),
    level: 'info',
    what: { code: 'TRANSFER_ADDED', details: { name: 'x' }, text: '"x" was added' },
    transfer: ID,
  });
  assert.equal(second?.level, 'warning');
  assert.deepEqual(second.what.details, { path: '/srv' });
  assert.ok(second.what.hint);
  assert.deepEqual(journal.read(1, undefined), [second]);
  assert.deepEqual(journal.read(0, ID), [first]);
  assert.deepEqual(told, [
    [first, undefined],
    [second, undefined],
  ]);
});

void test('of a bug the page has words and the files have the stack', () => {
  const { journal, told } = openJournal();
  journal.fault(new TypeError('x is not a function'));
  const [entry] = journal.read(0, undefined);
  assert.equal(entry?.level, 'error');
  assert.equal(entry.what.code, 'BUG');
  assert.ok(!JSON.stringify(entry).includes('journal.test.ts'));
  assert.match(told[0]?.[1] ?? '', /x is not a function\n +at .*journal\.test\.ts/);
});

void test('the newest two thousand are kept', () => {
  const { journal } = openJournal();
  for (let count = 0; count < 2_001; count += 1) journal.tell('info', 'SET_UP');
  const entries = journal.read(0, undefined);
  assert.equal(entries.length, 2_000);
  assert.deepEqual([entries[0]?.number, entries.at(-1)?.number], [2, 2_001]);
});

function entryOf(number: number, name: string): LogEntry {
  const what = { code: 'X', details: { name }, text: name };
  return { number, at: 1, level: 'info', what };
}

void test('the files have a JSON object a line, and nothing that moves a terminal’s cursor', async () => {
  using folder = temporaryFolder();
  {
    await using files = new LogFiles(folder.at('logs'), assert.ifError);
    files.write(entryOf(1, 'a\u001b[2J\u202eb\u009b1\nc'), 'Error: x\n    at y');
    files.write(entryOf(2, 'plain'), undefined);
  }
  const text = readFileSync(folder.at('logs', 'peer.log'), 'utf8');
  const lines = text.trimEnd().split('\n');
  assert.equal(lines.length, 2);
  assert.equal((JSON.parse(lines[0] ?? '') as { stack: string }).stack, 'Error: x\n    at y');
  assert.deepEqual(JSON.parse(lines[1] ?? ''), entryOf(2, 'plain'));
  for (const mark of ['\u001b', '\u009b', '\u202e']) assert(!text.includes(mark));
  assert.equal(statSync(folder.at('logs', 'peer.log')).mode & 0o777, 0o600);
});

void test('a run goes on in the file of the one before', async () => {
  using folder = temporaryFolder();
  for (const number of [1, 2]) {
    await using files = new LogFiles(folder.at('logs'), assert.ifError);
    files.write(entryOf(number, 'x'), undefined);
  }
  const lines = readFileSync(folder.at('logs', 'peer.log'), 'utf8').trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as LogEntry).number),
    [1, 2],
  );
});

void test('however much is written, the files have so many bytes and no more', async () => {
  using folder = temporaryFolder();
  {
    const sizes = { fileLengthMax: 10_000, filesKept: 2 };
    await using files = new LogFiles(folder.at('logs'), assert.ifError, sizes);
    for (let number = 1; number <= 1_000; number += 1)
      files.write(entryOf(number, `${number}`.padEnd(100, 'x')), undefined);
  }
  const names = readdirSync(folder.at('logs')).toSorted();
  assert.deepEqual(names, ['peer.log', 'peer.log.1.gz', 'peer.log.2.gz']);
  const length = names.reduce((sum, name) => sum + statSync(folder.at('logs', name)).size, 0);
  assert.ok(length < 31_000, `${length} bytes`);
});

void test('without a place for files the peer goes on, and is told once', async () => {
  using folder = temporaryFolder();
  writeFileSync(folder.at('logs'), 'no folder');
  const failures: unknown[] = [];
  {
    await using files = new LogFiles(folder.at('logs'), (error) => void failures.push(error));
    for (let number = 1; number <= 3; number += 1) files.write(entryOf(number, 'x'), undefined);
  }
  assert.equal(failures.length, 1);
});

void test('five bugs within ten minutes end the peer, now and then one does not', async () => {
  const world = new World({ seed: 1 });
  const watch = new BugWatch(world.host('peer').ports.clock);
  for (let count = 0; count < 10; count += 1) {
    assert.equal(watch.note(), true);
    await world.pass(150_000);
  }
  const rapid = Array.from({ length: 3 }, () => watch.note());
  assert.deepEqual(rapid, [true, false, false]);
});
