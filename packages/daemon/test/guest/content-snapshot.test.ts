import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { openUnchanged, takeSnapshot } from '../../src/guest/content-snapshot.ts';
import { fault } from '../faults.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { writeHoliday } from './guest-in-test.ts';

const NEVER = new AbortController().signal;

void test('two folders of one name, and links, are told apart', async () => {
  using folder = temporaryFolder();
  mkdirSync(folder.at('other'));
  const paths = [writeHoliday(folder.path), writeHoliday(folder.at('other'))];
  symlinkSync(folder.at('other'), folder.at('alias'));
  const { roots, files } = await takeSnapshot([...paths, folder.at('alias')], NEVER);
  assert.deepEqual(
    roots.map(({ name, fileCount, size }) => [name, fileCount, size]),
    [
      ['Holiday 2026', 3, 200_004],
      ['Holiday 2026 (2)', 3, 200_004],
      ['other', 3, 200_004], // what a person chose may be a link
    ],
  );
  assert.equal(new Set(files.map(({ name }) => name)).size, 9);
});

void test('a file that became a link is not followed', async () => {
  using folder = temporaryFolder();
  writeFileSync(folder.at('a'), 'a');
  const { files } = await takeSnapshot([folder.at('a')], NEVER);
  symlinkSync(folder.at('a'), folder.at('b'));
  const [file] = files.map((each) => ({ ...each, path: folder.at('b') }));
  assert.ok(file);
  await assert.rejects(openUnchanged(file), fault('GUEST_CONTENT_CHANGED', { path: file.path }));
});

void test('more files than a link gives are refused, and counted no further', async () => {
  using folder = temporaryFolder();
  for (let count = 0; count <= 10_000; count += 1) writeFileSync(folder.at(`${count}`), '');
  const fails = takeSnapshot([folder.path], NEVER);
  await assert.rejects(fails, fault('GUEST_FILES_MAX', { files: 10_000 }));
  const stopped = takeSnapshot([folder.path], AbortSignal.abort(new Error('stop')));
  await assert.rejects(stopped, /stop/);
});
