import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openPeer } from './peer-in-test.ts';

test('the example of the README of contract runs', async ({ signal }) => {
  await using opened = await openPeer();
  const folder = new URL('../../../contract/', import.meta.url);
  const readme = await readFile(new URL('README.md', folder), 'utf8');
  const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example],
    {
      cwd: fileURLToPath(folder),
      env: { ...process.env, PEER: opened.url, KEY: opened.secret },
      signal,
    },
  );
  assert.equal(stdout, 'Lake paused\n[ true ]\nlog\n');
});
