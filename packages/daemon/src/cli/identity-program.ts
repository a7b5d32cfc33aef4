/** The commands of one's identity and devices. What each does is loaded when it is called. */
import type { Command } from 'commander';
import type { Result } from './peer-program.ts';

interface Flags {
  readonly home?: string;
  readonly json: boolean;
}

interface NameFlags extends Flags {
  readonly name?: string;
}

/** A command that asks the running peer, and has the flags of all that do. */
type MakeCommand = (
  program: Command,
  name: string,
  description: string,
  isDefault?: boolean,
) => Command;

const TYPED =
  '\nWords, pass phrases and codes are typed where nobody sees them, or piped in, one a line.';
const WORDS_RESTORE =
  '\nThe words restore who you are, the trust of your contacts, and the coins of the wallet. They do not hold history, files or payment channels.';

export function addIdentityCommands(program: Command, result: Result, make: MakeCommand): void {
  addId(program, result, make);
  addDevices(program, result, make);
}

function addId(program: Command, result: Result, make: MakeCommand): void {
  const id = program
    .command('id')
    .description('who you are to others: made of 24 words')
    .addHelpText('after', TYPED + WORDS_RESTORE);
  const load = () => import('../remote/identity-commands.ts');
  make(id, 'show', 'say who you are here (also "id" alone)', true).action(async (flags: Flags) => {
    result.exitCode = await (await load()).showIdentity(flags);
  });
  make(id, 'create', 'make an identity, and show its words this once')
    .option('--name <NAME>', 'what your other devices call this one (default: its host name)')
    .action(async (flags: NameFlags) => {
      result.exitCode = await (await load()).createIdentity(flags);
    });
  make(id, 'check', 'type some of the words, to see that they were written down').action(
    async (flags: Flags) => {
      result.exitCode = await (await load()).checkWords(flags);
    },
  );
  make(id, 'restore', 'be the person of your words on this device')
    .option('--name <NAME>', 'what your other devices call this one (default: its host name)')
    .action(async (flags: NameFlags) => {
      result.exitCode = await (await load()).restoreIdentity(flags);
    });
  make(id, 'words', 'show the words again').action(async (flags: Flags) => {
    result.exitCode = await (await load()).showWords(flags);
  });
  make(id, 'passphrase', 'seal the words with a pass phrase, another one, or none').action(
    async (flags: Flags) => {
      result.exitCode = await (await load()).changePassPhrase(flags);
    },
  );
}

function addDevices(program: Command, result: Result, make: MakeCommand): void {
  const devices = program
    .command('devices')
    .description('your devices')
    .addHelpText('after', TYPED);
  const load = () => import('../remote/device-commands.ts');
  const WHICH = 'its name, or the beginning of its key';
  make(devices, 'list', 'list them (also "devices" alone)', true).action(async (flags: Flags) => {
    result.exitCode = await (await load()).listDevices(flags);
  });
  make(devices, 'add', 'let a new device be one of yours').action(async (flags: Flags) => {
    result.exitCode = await (await load()).addDevice(flags);
  });
  make(devices, 'join', 'on a new device: join the one that shows a code')
    .option('--name <NAME>', 'what your other devices call this one (default: its host name)')
    .action(async (flags: NameFlags) => {
      result.exitCode = await (await load()).joinDevices(flags);
    });
  make(devices, 'rename', 'call a device something else')
    .argument('<device>', WHICH)
    .argument('<name>', 'its new name')
    .action(async (device: string, name: string, flags: Flags) => {
      result.exitCode = await (await load()).renameDevice(device, name, flags);
    });
  make(devices, 'revoke', 'take a device out for ever')
    .argument('<device>', WHICH)
    .option('--yes', 'without asking', false)
    .action(async (device: string, flags: Flags & { yes: boolean }) => {
      result.exitCode = await (await load()).revokeDevice(device, flags);
    });
}
