import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

test('the example of the README runs', async () => {
  const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');
  const [, shown] = /```ts\n([^]*?)```/.exec(await read('../README.md')) ?? [];
  assert.equal(shown, await read('./example.ts'), 'the README shows test/example.ts');
  await import('./example.ts');
});
