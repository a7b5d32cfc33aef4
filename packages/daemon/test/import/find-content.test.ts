import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Metainfo } from '@coequal/bittorrent';
import { findContent } from '../../src/import/find-content.ts';
import type { ContentHints } from '../../src/import/find-content.ts';
import { diskOf } from './samples.ts';

const BASE = {
  version: 'v1',
  infoBytes: new Uint8Array(),
  pieceLength: 16_384,
  pieceCount: 1,
  length: 3,
  isPrivate: false,
  trackers: [],
  webSeeds: [],
} as const;

function torrentOf(name: string, ...paths: readonly string[]): Metainfo {
  const files = paths.map((path, offset) => ({
    path: path.split('/'),
    length: 1,
    offset,
    isExecutable: false,
  }));
  return { ...BASE, name, isFolder: true, files };
}

const FOLDER = torrentOf('album', 'one', 'more/two');
const FILE: Metainfo = { ...torrentOf('one.bin', 'one.bin'), isFolder: false };

function hints(paths: Readonly<Record<number, string>> = {}, ...places: string[]): ContentHints {
  const entries = Object.entries(paths).map(([file, path]) => [Number(file), path] as const);
  return {
    places: places.length === 0 ? ['/srv'] : places,
    paths: new Map(entries),
    suffix: '.part',
  };
}

describe('content of another program', () => {
  test('is where most of it lies', async () => {
    const disk = diskOf(['/srv/album/one', '/tmp/album/one', '/tmp/album/more/two.part']);
    const found = await findContent(FOLDER, hints({}, '/srv', '/tmp'), disk);
    assert.equal(found.contentPath, '/tmp/album');
    assert.equal(found.directory, '/tmp');
    assert.deepEqual([...found.fileNames], [[1, 'two.part']]);
    assert.deepEqual([...found.unfinished], [1]);
  });

  test('of which nothing is there is where it is to be', async () => {
    const found = await findContent(FOLDER, hints({}, '/srv', '/tmp'), diskOf([]));
    assert.equal(found.contentPath, '/srv/album');
    assert.equal(found.there.size, 0);
  });

  test('may have another name, also each of its files', async () => {
    const paths = { 0: 'best/first', 1: 'best/more/two' };
    const disk = diskOf(['/srv/best/first', '/srv/best/more/two']);
    const found = await findContent(FOLDER, hints(paths), disk);
    assert.equal(found.contentPath, '/srv/best');
    assert.deepEqual([...found.fileNames], [[0, 'first']]);
  });

  test('of one file may be in a folder, and be unfinished', async () => {
    const disk = diskOf(['/srv/one/one.bin.part']);
    const found = await findContent(FILE, hints({ 0: 'one/one.bin' }), disk);
    assert.equal(found.contentPath, '/srv/one/one.bin.part');
    assert.equal(found.directory, '/srv/one');
    assert.deepEqual([...found.unfinished], [0]);
  });

  test('without a folder of its own is taken when nothing else is there', async () => {
    const paths = { 0: 'one', 1: 'more/two' };
    const there = ['/srv/one', '/srv/more/two'];
    const found = await findContent(FOLDER, hints(paths), diskOf(there));
    assert.equal(found.contentPath, '/srv');
    assert.equal(found.directory, '/srv');
    const crowded = findContent(FOLDER, hints(paths), diskOf([...there, '/srv/letters.txt']));
    await assert.rejects(crowded, { code: 'IMPORT_SCATTERED' });
  });

  test('that was put into several folders is not taken', async () => {
    for (const paths of [
      { 0: 'a/one', 1: 'b/more/two' },
      { 0: 'album/one', 1: 'album/other/two' },
      { 0: 'album/deep/er/one' },
    ])
      await assert.rejects(findContent(FOLDER, hints(paths), diskOf([])), {
        code: 'IMPORT_SCATTERED',
      });
  });

  test('is never looked for outside of its place', async () => {
    for (const path of ['../one', 'album/../../one', '/etc/passwd', 'album//one', 'album/./one'])
      await assert.rejects(findContent(FOLDER, hints({ 0: path }), diskOf(['/etc/passwd'])), {
        code: 'IMPORT_SCATTERED',
      });
  });

  test('on another system is said to be so', async () => {
    for (const place of ['relative/folder', 'C:\\Films', ''])
      await assert.rejects(findContent(FOLDER, hints({}, place), diskOf([])), {
        code: 'IMPORT_BAD_PLACE',
      });
  });
});
