/** How long commands take that have next to nothing to do: packed, installed, and started again and again. */
import { execFile } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { promisify } from 'node:util';
import { makeContent } from '../../packages/bittorrent/test/interop/content.ts';
import type { Bench, Case, Way } from '../case.ts';

const run = promisify(execFile);

/** One takes milliseconds, and they scatter more than those that take seconds. */
const RUNS_MIN = 21;

const CONTENT = { files: new Map([['file.bin', 1 << 24]]), version: 'hybrid' } as const;

export async function start({ command, store }: Bench): Promise<Case> {
  const content = await makeContent({ ...CONTENT, store });
  const node = 'node -e 0';
  const ways: Readonly<Record<string, readonly [string, ...string[]]>> = {
    [node]: [process.execPath, '-e', '0'],
    'coequal --version': [command, '--version'],
    'coequal info x.torrent': [command, 'info', content.torrent],
  };
  return {
    title: 'Starting the packed command',
    main: 'milliseconds',
    figures: [],
    runsMin: RUNS_MIN,
    ways: Object.entries(ways).map(([name, [program, ...args]]): Way => ({
      name,
      reference: node,
      run: (signal) => measureStart(program, args, signal),
    })),
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}

async function measureStart(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly milliseconds: number }> {
  const PATH = [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter);
  const begin = performance.now();
  await run(program, args, { env: { ...process.env, PATH }, signal });
  return { milliseconds: performance.now() - begin };
}
