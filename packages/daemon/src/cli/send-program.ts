/** `coequal send` and `coequal inbox`: what is handed to persons, and by them. What each does is loaded when it is called. */
import type { Command } from 'commander';
import { checked, collected } from './flags.ts';
import type { Result } from './peer-program.ts';
import { remoteCommand } from './remote-command.ts';
import type { RemoteFlags } from './remote-command.ts';
import { BadValue, parseBytes } from './values.ts';

interface SendChoices extends RemoteFlags {
  readonly to: readonly string[];
  readonly note?: string;
  readonly name?: string;
  readonly wait: boolean;
}

const WHICH = 'beginning of an id, or a name';

export function addSending(program: Command, result: Result): void {
  addSend(program, result);
  addOutbox(program, result);
  addInbox(program, result);
}

function addSend(program: Command, result: Result): void {
  const nothing: readonly string[] = [];
  const command = remoteCommand(program, 'send', 'hand files and folders to contacts')
    .argument('<word...>', 'contacts, then files and folders')
    .option(
      '--to <CONTACT>',
      'a contact (repeatable); then all words are paths',
      collected(String),
      nothing,
    )
    .option('--note <TEXT>', 'a word to go with it')
    .option('--name <NAME>', 'what it is called at the other side')
    .option('--no-wait', 'do not wait until they have it: the running peer sees to it')
    .addHelpText(
      'after',
      '\nExit codes: 0 all have it, 1 somebody does not, 3 stopped waiting; the running peer goes on.',
    );
  command.action(async (words: string[], flags: SendChoices) => {
    const { sendToPersons } = await import('../remote/send-commands.ts');
    try {
      result.exitCode = await sendToPersons(words, flags);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      command.error(`error: this takes ${error.message}.`);
    }
  });
}

function addOutbox(program: Command, result: Result): void {
  const outbox = program.command('outbox').description('what was handed to contacts');
  remoteCommand(outbox, 'list', 'list it; also what "coequal outbox" alone does', true).action(
    async (flags: RemoteFlags) => {
      const { listOutbox } = await import('../remote/outbox-commands.ts');
      result.exitCode = await listOutbox(flags);
    },
  );
  remoteCommand(outbox, 'withdraw', 'take it back from all who have not got all of it')
    .argument('<send...>', WHICH)
    .action(async (sends: string[], flags: RemoteFlags) => {
      const { withdrawSends } = await import('../remote/outbox-commands.ts');
      result.exitCode = await withdrawSends(sends, flags);
    });
  remoteCommand(outbox, 'forget', 'take what has ended off the list; no file is touched')
    .argument('<send...>', WHICH)
    .action(async (sends: string[], flags: RemoteFlags) => {
      const { forgetSends } = await import('../remote/outbox-commands.ts');
      result.exitCode = await forgetSends(sends, flags);
    });
}

function addInbox(program: Command, result: Result): void {
  const inbox = program.command('inbox').description('what contacts offer and gave');
  remoteCommand(inbox, 'list', 'list it; also what "coequal inbox" alone does', true).action(
    async (flags: RemoteFlags) => {
      const { listInbox } = await import('../remote/inbox-commands.ts');
      result.exitCode = await listInbox(flags);
    },
  );
  remoteCommand(inbox, 'show', 'show one with its files, those first of which to be careful')
    .argument('<offer>', WHICH)
    .action(async (offer: string, flags: RemoteFlags) => {
      const { showOffer } = await import('../remote/inbox-commands.ts');
      result.exitCode = await showOffer(offer, flags);
    });
  remoteCommand(inbox, 'accept', 'fetch what was offered')
    .argument('<offer...>', WHICH)
    .option('-o, --output <DIR>', 'folder that it goes to (default: that of downloads)')
    .option('--wait', 'until it is here, and say how far it is', false)
    .addHelpText(
      'after',
      '\nExit codes with --wait: 0 all is here, 1 something is not, 3 stopped waiting; the running peer goes on.',
    )
    .action(async (offers: string[], flags: RemoteFlags & { output?: string; wait: boolean }) => {
      const { acceptOffers } = await import('../remote/inbox-commands.ts');
      result.exitCode = await acceptOffers(offers, flags);
    });
  remoteCommand(
    inbox,
    'decline',
    'decline it, or stop it; what came and was not released is deleted',
  )
    .argument('<offer...>', WHICH)
    .action(async (offers: string[], flags: RemoteFlags) => {
      const { declineOffers } = await import('../remote/inbox-commands.ts');
      result.exitCode = await declineOffers(offers, flags);
    });
  remoteCommand(inbox, 'release', 'move it out of quarantine, whatever it was held for')
    .argument('<offer...>', WHICH)
    .action(async (offers: string[], flags: RemoteFlags) => {
      const { releaseOffers } = await import('../remote/inbox-commands.ts');
      result.exitCode = await releaseOffers(offers, flags);
    });
  remoteCommand(inbox, 'forget', 'take what has ended off the list; what came stays where it is')
    .argument('<offer...>', WHICH)
    .action(async (offers: string[], flags: RemoteFlags) => {
      const { forgetOffers } = await import('../remote/inbox-commands.ts');
      result.exitCode = await forgetOffers(offers, flags);
    });
  remoteCommand(
    inbox,
    'rule',
    'accept from a trusted contact without asking; without --max: ask again',
  )
    .argument('<contact>', 'a name, or the beginning of a key')
    .option('--max <BYTES>', 'what is larger waits for an answer', checked(parseBytes))
    .option('-o, --output <DIR>', 'folder that it goes to (default: that of downloads)')
    .action(async (contact: string, flags: RemoteFlags & { max?: number; output?: string }) => {
      const { setInboxRule } = await import('../remote/inbox-commands.ts');
      result.exitCode = await setInboxRule(contact, flags);
    });
}
