// Runs scripts/test.ts on files that misbehave in every way it is to notice.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('../test.ts', import.meta.url));

interface Run {
  readonly output: string;
  readonly lastLine: string | undefined;
  readonly exitCode: number | null;
}

/** Runs the tests in `source`, with the environment variables `env`. */
function runTests(source: string, env: NodeJS.ProcessEnv = {}): Run {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'coequal-runner-'));
  const file = join(folder.path, 'sample.test.ts');
  writeFileSync(file, `import { describe, test } from 'node:test';\n${source}`);
  const { NODE_TEST_CONTEXT: _ours, COEQUAL_REQUIRE_PEERS: _set, ...inherited } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [RUNNER, file], {
    encoding: 'utf8',
    env: { ...inherited, ...env },
  });
  assert.equal(stderr, '');
  return { output: stdout, lastLine: stdout.trimEnd().split('\n').at(-1), exitCode: status };
}

test('tests that pass are counted, and suites are not', () => {
  const run = runTests(
    `describe('suite', () => { test('one', () => {}); test('two', () => {}); });`,
  );
  assert.deepEqual([run.lastLine, run.exitCode], ['2 passed, 0 failed', 0]);
});

test('a test that fails is named with its suite, its line, its error and what it printed', () => {
  const run = runTests(`describe('suite', () => {
  test('fine', () => {});
  test('bad', () => { console.log('seed 42'); throw new Error('boom'); });
});`);
  assert.deepEqual([run.lastLine, run.exitCode], ['1 passed, 1 failed', 1]);
  assert.match(run.output, /FAILED .*sample\.test\.ts:4 suite > bad\n +Error: boom/);
  assert.match(run.output, /seed 42/);
});

test('what a passing file prints is not shown', () => {
  const run = runTests(`test('fine', () => { console.log('chatter'); });`);
  assert.doesNotMatch(run.output, /chatter/);
});

test('a skip is counted and its reason printed', () => {
  const run = runTests(
    `test('fine', () => {}); test('no', { skip: 'there is no IPv6' }, () => {});`,
  );
  assert.deepEqual([run.lastLine, run.exitCode], ['1 passed, 0 failed, 1 skipped', 0]);
  assert.match(run.output, /skipped .* no: there is no IPv6/);
});

test('a missing foreign peer is a skip, and a failure where peers are required', () => {
  const source = `test('fine', () => {});
describe('aria2', { skip: 'install the Debian package aria2' }, () => { test('x', () => {}); });
test('IPv6', { skip: 'there is no IPv6' }, () => {});`;
  const lenient = runTests(source);
  assert.deepEqual([lenient.lastLine, lenient.exitCode], ['1 passed, 0 failed, 2 skipped', 0]);
  const strict = runTests(source, { COEQUAL_REQUIRE_PEERS: '1' });
  assert.deepEqual([strict.lastLine, strict.exitCode], ['1 passed, 1 failed, 1 skipped', 1]);
});

test('a handle left open fails the file and does not hang the run', () => {
  const run = runTests(`test('leaves a timer', () => { setInterval(() => {}, 1_000); });`);
  assert.deepEqual([run.lastLine, run.exitCode], ['1 passed, 1 failed', 1]);
  assert.match(run.output, /left open: .*Timeout/);
});

test('an error after the end of its test fails the file', () => {
  const run = runTests(
    `test('late', () => { setTimeout(() => { throw new Error('late'); }, 1); });`,
  );
  assert.deepEqual([run.lastLine, run.exitCode], ['1 passed, 1 failed', 1]);
  assert.match(run.output, /Error: late/);
});

test('a file that cannot be loaded fails', () => {
  const run = runTests(`throw new Error('at load');`);
  assert.deepEqual([run.lastLine, run.exitCode], ['0 passed, 1 failed', 1]);
  assert.match(run.output, /Error: at load/);
});

test('a file without tests fails', () => {
  const run = runTests('');
  assert.deepEqual([run.lastLine, run.exitCode], ['0 passed, 1 failed', 1]);
});

test('a run in which everything is skipped fails', () => {
  const run = runTests(`test('no', { skip: 'not today' }, () => {});`);
  assert.deepEqual([run.lastLine, run.exitCode], ['0 passed, 0 failed, 1 skipped', 1]);
  assert.match(run.output, /no test was executed/);
});
