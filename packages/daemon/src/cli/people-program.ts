/** The commands of contacts and invitations. What each does is loaded when it is called. */
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Result } from './peer-program.ts';
import { remoteCommand } from './remote-command.ts';
import type { RemoteFlags } from './remote-command.ts';

interface InviteChoices extends RemoteFlags {
  readonly uses?: number;
  readonly hours?: number;
  readonly note?: string;
  readonly code: boolean;
  readonly list: boolean;
  readonly revoke?: string;
}

const WHO = 'a name, or the beginning of a key';
const USES_MAX = 100;
/** A month. */
const HOURS_MAX = 720;

export function addPeopleCommands(program: Command, result: Result): void {
  addInvite(program, result);
  addContacts(program, result);
}

function addInvite(program: Command, result: Result): void {
  const load = () => import('../remote/invite-commands.ts');
  remoteCommand(program, 'invite', 'make a link by which somebody becomes a contact')
    .option('--code', 'also words to say, good for ten minutes', false)
    .option('--uses <N>', 'how many may come by it (default: 1)', whole(USES_MAX))
    .option('--hours <N>', 'how long it is good (default: a week)', whole(HOURS_MAX))
    .option('--note <TEXT>', 'for whom, to remember it by')
    .option('--list', 'list those that were made', false)
    .option('--revoke <ID>', 'take one back')
    .action(async (flags: InviteChoices) => {
      const commands = await load();
      if (flags.list) result.exitCode = await commands.listInvitations(flags);
      else if (flags.revoke !== undefined)
        result.exitCode = await commands.revokeInvitation(flags.revoke, flags);
      else result.exitCode = await commands.invite(flags);
    });
  remoteCommand(program, 'accept', 'become a contact of who made a link, or says a code')
    .argument('<link or code...>', 'coequal:invite/…, or a number and three words')
    .addHelpText(
      'after',
      '\nExit codes: 0 contacts now, 1 it did not work, 3 stopped waiting; the running peer goes on looking.',
    )
    .action(async (parts: string[], flags: RemoteFlags) => {
      result.exitCode = await (await load()).accept(parts.join(' '), flags);
    });
}

function addContacts(program: Command, result: Result): void {
  const contacts = program.command('contacts').description('the people you are in touch with');
  const load = () => import('../remote/contact-commands.ts');
  remoteCommand(contacts, 'list', 'list them (also "contacts" alone)', true).action(
    async (flags: RemoteFlags) => {
      result.exitCode = await (await load()).listContacts(flags);
    },
  );
  remoteCommand(contacts, 'show', 'show one, with their devices')
    .argument('<contact>', WHO)
    .action(async (contact: string, flags: RemoteFlags) => {
      result.exitCode = await (await load()).showContact(contact, flags);
    });
  remoteCommand(
    contacts,
    'name',
    'call one something else; without a name, as they call themselves',
  )
    .argument('<contact>', WHO)
    .argument('[name]')
    .action(async (contact: string, name: string | undefined, flags: RemoteFlags) => {
      result.exitCode = await (await load()).changeContact(contact, { name: name ?? null }, flags);
    });
  remoteCommand(contacts, 'note', 'write something down about one, for yourself')
    .argument('<contact>', WHO)
    .argument('<text>')
    .action(async (contact: string, note: string, flags: RemoteFlags) => {
      result.exitCode = await (await load()).changeContact(contact, { note }, flags);
    });
  remoteCommand(contacts, 'trust', 'say how far you trust one: new, known, trusted')
    .argument('<contact>', WHO)
    .argument('<trust>', 'new, known or trusted', trustOf)
    .action(async (contact: string, trust: 'new' | 'known' | 'trusted', flags: RemoteFlags) => {
      result.exitCode = await (await load()).changeContact(contact, { trust }, flags);
    });
  for (const [name, trust, description] of [
    ['block', 'blocked', 'let one in no more, and tell them nothing'],
    ['unblock', 'known', 'let one in again'],
  ] as const)
    remoteCommand(contacts, name, description)
      .argument('<contact>', WHO)
      .action(async (contact: string, flags: RemoteFlags) => {
        result.exitCode = await (await load()).changeContact(contact, { trust }, flags);
      });
  remoteCommand(contacts, 'remove', 'remove one; they are told when they next come')
    .argument('<contact>', WHO)
    .action(async (contact: string, flags: RemoteFlags) => {
      result.exitCode = await (await load()).removeContact(contact, flags);
    });
  remoteCommand(
    contacts,
    'address',
    'show where this device is, for a contact who does not find it',
  ).action(async (flags: RemoteFlags) => {
    result.exitCode = await (await load()).showAddress(flags);
  });
  remoteCommand(contacts, 'at', 'look for a contact where that line of theirs says')
    .argument('<line>', 'coequal:at/…')
    .action(async (line: string, flags: RemoteFlags) => {
      result.exitCode = await (await load()).lookAt(line, flags);
    });
  remoteCommand(contacts, 'me', 'say what contacts call you, or be called something else')
    .argument('[name]')
    .action(async (name: string | undefined, flags: RemoteFlags) => {
      result.exitCode = await (await load()).nameOneself(name, flags);
    });
}

function whole(max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d+$/.test(text) || number < 1 || number > max)
      throw new InvalidArgumentError(`A whole number from 1 to ${max} is needed.`);
    return number;
  };
}

function trustOf(text: string): string {
  if (text !== 'new' && text !== 'known' && text !== 'trusted')
    throw new InvalidArgumentError('It is new, known or trusted.');
  return text;
}
