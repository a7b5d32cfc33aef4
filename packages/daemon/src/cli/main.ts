/** The entry of the command `coequal`. What was asked for is loaded, and nothing else. */
import type { Hasher } from '@coequal/base';
import { VERSION } from '../version.ts';

/** The threads that hash take longer to start than all else that these commands load: they begin. */
const HASHING_COMMANDS: readonly (string | undefined)[] = ['create', 'verify'];

/** Runs one command and resolves to its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  await using hasher = HASHING_COMMANDS.includes(argv[0]) ? await startHasher() : undefined;
  const { runProgram } = await import('./program.ts');
  return await runProgram(argv, hasher);
}

async function startHasher(): Promise<Hasher> {
  const { openHasher } = await import('@coequal/base/node');
  return openHasher({ startsAtOnce: 'all' });
}
