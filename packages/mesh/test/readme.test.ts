import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

void test('the examples of the README run', async ({ signal }) => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const examples = Array.from(readme.matchAll(/```ts\n(.*?)```/gs), ([, example]) => example ?? '');
  const outputs = await Promise.all(examples.map((example) => run(example, signal)));
  assert.deepEqual(outputs, ['hello lan\n']);
});

async function run(example: string, signal: AbortSignal): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module-typescript', '--eval', example],
    { cwd: fileURLToPath(new URL('..', import.meta.url)), signal },
  );
  return stdout;
}
