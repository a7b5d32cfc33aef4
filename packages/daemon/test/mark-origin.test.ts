// What comes from somebody else is marked so, as each system has it: on Linux for real, read by another program.
import assert from 'node:assert/strict';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { markOrigin, originMarkOf } from '../src/mark-origin.ts';
import { attributeOf, noAttributes } from './attributes.ts';
import { temporaryFolder } from './temporary-folder.ts';

const FOLDER = {
  root: '/in/trip',
  files: ['/in/trip/a.jpg', '/in/trip/One.app/Contents/Info.plist'],
};
const FILE = { root: '/in/a.jpg', files: ['/in/a.jpg'] };
const EPOCH_MS = 0x5991b778 * 1_000 + 999;

test('on Windows each file has the stream that says it is of the internet', () => {
  assert.deepEqual(originMarkOf('win32', FOLDER, EPOCH_MS), {
    type: 'stream',
    paths: FOLDER.files,
    name: 'Zone.Identifier',
    text: '[ZoneTransfer]\r\nZoneId=3\r\n',
  });
});

test('on macOS folders are marked as well: a program is one', () => {
  const mark = originMarkOf('darwin', FOLDER, EPOCH_MS);
  assert.equal(mark?.name, 'com.apple.quarantine');
  assert.equal(mark.text, '0081;5991b778;Coequal;');
  assert.deepEqual(mark.paths.toSorted(), [
    '/in/trip',
    '/in/trip/One.app',
    '/in/trip/One.app/Contents',
    '/in/trip/One.app/Contents/Info.plist',
    '/in/trip/a.jpg',
  ]);
  assert.deepEqual(originMarkOf('darwin', FILE, EPOCH_MS)?.paths, ['/in/a.jpg']);
});

test('other systems have none', () => {
  assert.equal(originMarkOf('freebsd', FILE, EPOCH_MS), undefined);
});

test('on Linux the mark is there, says nothing of anybody, and goes along when the file is moved', async (t) => {
  using folder = temporaryFolder();
  const skip = noAttributes(folder.path);
  if (skip !== false) return t.skip(skip);
  const root = folder.at('trip');
  await mkdir(root);
  const files = [join(root, 'a.jpg'), join(root, 'ä b.jpg')];
  for (const file of files) await writeFile(file, 'x');
  await markOrigin({ root, files: [...files, join(root, 'gone.jpg')] }, EPOCH_MS);
  await rename(root, folder.at('other'));
  for (const name of ['a.jpg', 'ä b.jpg'])
    assert.equal(attributeOf(folder.at('other', name), 'user.xdg.origin.url'), 'coequal:received');
});
