/** The commands of one's identity and devices. What each does is loaded when it is called. */
import type { Command } from 'commander';
import type { Result } from './peer-program.ts';
import { remoteCommand } from './remote-command.ts';
import type { RemoteFlags } from './remote-command.ts';

interface NameFlags extends RemoteFlags {
  readonly name?: string;
}

const TYPED =
  '\nWords, pass phrases and codes are typed where nobody sees them, or piped in, one a line.';
const WORDS_RESTORE =
  '\nThe words restore who you are, the trust of your contacts, and the coins of the wallet. They do not hold history, files or payment channels.';

export function addIdentityCommands(program: Command, result: Result): void {
  addId(program, result);
  addDevices(program, result);
}

function addId(program: Command, result: Result): void {
  const id = program
    .command('id')
    .description('who you are to others: made of 24 words')
    .addHelpText('after', TYPED + WORDS_RESTORE);
  const load = () => import('../remote/identity-commands.ts');
  remoteCommand(id, 'show', 'say who you are here (also "id" alone)', true).action(
    async (flags: RemoteFlags) => {
      result.exitCode = await (await load()).showIdentity(flags);
    },
  );
  remoteCommand(id, 'create', 'make an identity, and show its words this once')
    .option('--name <NAME>', 'what your other devices call this one (default: its host name)')
    .action(async (flags: NameFlags) => {
      result.exitCode = await (await load()).createIdentity(flags);
    });
  remoteCommand(id, 'check', 'type some of the words, to see that they were written down').action(
    async (flags: RemoteFlags) => {
      result.exitCode = await (await load()).checkWords(flags);
    },
  );
  remoteCommand(id, 'restore', 'be the person of your words on this device')
    .option('--name <NAME>', 'what your other devices call this one (default: its host name)')
    .action(async (flags: NameFlags) => {
      result.exitCode = await (await load()).restoreIdentity(flags);
    });
  remoteCommand(id, 'words', 'show the words again').action(async (flags: RemoteFlags) => {
    result.exitCode = await (await load()).showWords(flags);
  });
  remoteCommand(id, 'passphrase', 'seal the words with a pass phrase, another one, or none').action(
    async (flags: RemoteFlags) => {
      result.exitCode = await (await load()).changePassPhrase(flags);
    },
  );
}

function addDevices(program: Command, result: Result): void {
  const devices = program
    .command('devices')
    .description('your devices')
    .addHelpText('after', TYPED);
  const load = () => import('../remote/device-commands.ts');
  const WHICH = 'its name, or the beginning of its key';
  remoteCommand(devices, 'list', 'list them (also "devices" alone)', true).action(
    async (flags: RemoteFlags) => {
      result.exitCode = await (await load()).listDevices(flags);
    },
  );
  remoteCommand(devices, 'add', 'let a new device be one of yours').action(
    async (flags: RemoteFlags) => {
      result.exitCode = await (await load()).addDevice(flags);
    },
  );
  remoteCommand(devices, 'join', 'on a new device: join the one that shows a code')
    .option('--name <NAME>', 'what your other devices call this one (default: its host name)')
    .action(async (flags: NameFlags) => {
      result.exitCode = await (await load()).joinDevices(flags);
    });
  remoteCommand(devices, 'rename', 'call a device something else')
    .argument('<device>', WHICH)
    .argument('<name>', 'its new name')
    .action(async (device: string, name: string, flags: RemoteFlags) => {
      result.exitCode = await (await load()).renameDevice(device, name, flags);
    });
  remoteCommand(devices, 'revoke', 'take a device out for ever')
    .argument('<device>', WHICH)
    .option('--yes', 'without asking', false)
    .action(async (device: string, flags: RemoteFlags & { yes: boolean }) => {
      result.exitCode = await (await load()).revokeDevice(device, flags);
    });
}
