import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const PRINTED = ['song.flac 1000000\n1000000 1000000 0\n', '3\n1\n2\n'];

void test('the examples of the README run', async ({ signal }) => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const examples = Array.from(readme.matchAll(/```ts\n(.*?)```/gs), ([, code = '']) => code);
  assert.equal(examples.length, PRINTED.length);
  for (const [index, example] of examples.entries()) {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module-typescript', '--eval', example],
      { cwd: fileURLToPath(new URL('..', import.meta.url)), signal },
    );
    assert.equal(stdout, PRINTED[index]);
  }
});
