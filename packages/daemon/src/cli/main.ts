/** The entry of the command `coequal`. What was asked for is loaded, and nothing else. */
import { VERSION } from '../version.ts';

/** Runs one command and resolves to its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const { runProgram } = await import('./program.ts');
  return await runProgram(argv);
}
