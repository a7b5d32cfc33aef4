/** `coequal link …`: links for people without the program. */
import type { Command } from 'commander';
import { checked } from './flags.ts';
import type { Result } from './peer-program.ts';
import { remoteCommand } from './remote-command.ts';
import type { RemoteFlags } from './remote-command.ts';
import { BadValue, parseBytes, parseCount } from './values.ts';

/** As the contract has it. */
const GUESTS_MAX = 10_000;

interface LinkFlags extends RemoteFlags {
  readonly title?: string;
  readonly hours?: number;
  readonly guests?: number;
  readonly upload: boolean;
  readonly uploadMax?: number;
  readonly internet: boolean;
}

export function addLink(program: Command, result: Result): void {
  const link = program
    .command('link')
    .description('give files to somebody without the program, by a page of this peer');
  remoteCommand(link, 'create', 'make a link to files and folders')
    .argument('[path...]', 'what to give; nothing with --upload alone')
    .option('--title <TEXT>', 'what guests read at the top (default: the name of the first)')
    .option('--hours <N>', 'how long it is good (default: 72)', checked(parsePositive))
    .option(
      '--guests <N>',
      'how many may use it (default: any number)',
      checked(parseCount(1, GUESTS_MAX)),
    )
    .option('--upload', 'let guests put files here, into a folder apart', false)
    .option(
      '--upload-max <BYTES>',
      'of all that they put here (default: 10 GiB)',
      checked(parseBytes),
    )
    .option('--internet', 'answer addresses beyond the local network, too', false)
    .action(async (paths: string[], flags: LinkFlags) => {
      const { createLink } = await import('../remote/guest-commands.ts');
      result.exitCode = await createLink(paths, flags);
    });
  remoteCommand(link, 'list', 'show the links, who uses them, and how far').action(
    async (flags: RemoteFlags) => {
      const { listLinks } = await import('../remote/guest-commands.ts');
      result.exitCode = await listLinks(flags);
    },
  );
  remoteCommand(link, 'revoke', 'end links at once')
    .argument('<link...>', 'beginning of an id, or "all"')
    .action(async (which: string[], flags: RemoteFlags) => {
      const { revokeLinks } = await import('../remote/guest-commands.ts');
      result.exitCode = await revokeLinks(which, flags);
    });
}

/** Throws BadValue. */
function parsePositive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new BadValue('a number above 0');
  return value;
}
