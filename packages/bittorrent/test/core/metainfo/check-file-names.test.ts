import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkFileNames } from '../../../src/core/metainfo/check-file-names.ts';

const PATHS = [['a'], ['b', 'c'], ['b', 'd'], ['e']];
const files = PATHS.map((path) => ({ path, length: 1, offset: 0, isExecutable: false }));

function check(names: Readonly<Record<number, string>>, isFolder = true): void {
  const given = Object.entries(names).map(([file, name]) => [Number(file), name] as const);
  checkFileNames({ files, isFolder }, new Map(given));
}

describe('names of files on disk', () => {
  test('may be any that every system can create', () => {
    check({});
    check({ 0: 'a.part', 1: 'a', 2: 'c' });
  });

  test('are refused where a file of the torrent, or a folder of it, has that name', () => {
    for (const names of [{ 1: 'D' }, { 0: 'e' }, { 0: 'B' }, { 3: 'b' }])
      assert.throws(() => check(names), { code: 'NAME_TAKEN' }, JSON.stringify(names));
  });

  test('never leave the folder of the file', () => {
    for (const name of ['..', '.', '', '../a', 'a/b', 'a\\b', 'nul', 'x.'])
      assert.throws(() => check({ 0: name }), { code: 'BAD_NAME' }, name);
  });

  test('are of files that there are, in a folder', () => {
    assert.throws(() => check({ 4: 'x' }), { code: 'NO_SUCH_FILE' });
    assert.throws(() => check({ 0: 'x' }, false), { code: 'NO_SUCH_FILE' });
  });
});
