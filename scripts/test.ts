// Runs the tests in three phases: those that may share the machine side by side, then swarms of a
// hundred in the same way, then interop and end to end, one file at a time. `--unit` is the first phase
// alone. The last line is `N passed, N failed`.
//
//   node scripts/test.ts [--unit | --long] [file …]
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { run } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { TestReport } from './test-report.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILES = ['packages/*/test/**/*.test.ts', 'scripts/test/**/*.test.ts'];

/** A test that takes longer waits for something that will not come. */
const TEST_TIMEOUT_MS = 120_000;
/** A file of large swarms has several, and the machine may be slow. */
const LARGE_TEST_TIMEOUT_MS = 600_000;
/** Soaks and long fuzzing runs are to end within the hour. */
const LONG_TEST_TIMEOUT_MS = 3_600_000;
/** Beyond a test's own time-out: a test that never gives the event loop back can end only so. */
const STALL_MARGIN_MS = 60_000;

const { values: options, positionals } = parseArgs({
  options: { unit: { type: 'boolean' }, long: { type: 'boolean' } },
  allowPositionals: true,
});

const files = positionals.length > 0 ? positionals.map((file) => resolve(file)) : findFiles();
process.chdir(ROOT);
if (options.long) process.env['COEQUAL_LONG'] = '1';
// Each file is a process of its own; with their modules cached they start four times as fast.
process.env['NODE_COMPILE_CACHE'] ??= resolve('node_modules/.cache/compile');

const timeout = options.long ? LONG_TEST_TIMEOUT_MS : TEST_TIMEOUT_MS;
const report = new TestReport({
  root: ROOT,
  requirePeers: process.env['COEQUAL_REQUIRE_PEERS'] === '1',
});
await runFiles(
  files.filter((file) => !isLarge(file) && !runsAlone(file)),
  availableParallelism(),
);
if (!options.unit) {
  const largeTimeout = Math.max(timeout, LARGE_TEST_TIMEOUT_MS);
  await runFiles(files.filter(isLarge), availableParallelism(), largeTimeout);
  await runFiles(files.filter(runsAlone), 1);
}
for (const line of report.end()) console.log(line);
process.exitCode = report.isGood ? 0 : 1;

function findFiles(): string[] {
  const all = globSync(FILES, { cwd: ROOT }).map((file) => resolve(ROOT, file));
  return all.filter((file) => options.long || !file.includes('/test/long/')).toSorted();
}

/** Whether a file takes minutes of processor time: too much for the everyday loop. */
function isLarge(file: string): boolean {
  return file.includes('/test/hundred/');
}

/** Whether a file starts programs, or measures: it wants the machine to itself. */
function runsAlone(file: string): boolean {
  return ['interop', 'e2e', 'natlab', 'browser'].some((folder) =>
    file.includes(`/test/${folder}/`),
  );
}

async function runFiles(chosen: string[], concurrency: number, timeoutMs = timeout): Promise<void> {
  if (chosen.length === 0) return;
  const stalled = new AbortController();
  const stop = (): void => stalled.abort(new Error('nothing was heard from this file: stopped'));
  const watchdog = setTimeout(stop, timeoutMs + STALL_MARGIN_MS);
  const events = run({
    files: chosen,
    concurrency,
    timeout: timeoutMs,
    isolation: 'process',
    execArgv: ['--import', new URL('./leaks.ts', import.meta.url).href],
    signal: stalled.signal,
  });
  for await (const event of events) {
    watchdog.refresh();
    for (const line of report.take(event)) console.log(line);
  }
  clearTimeout(watchdog);
}
