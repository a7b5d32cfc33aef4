/** `coequal send`: hands files to persons, as a thin client of the running peer, and says how far each of them is. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isAbort, LocalFault, sleep } from '@coequal/base';
import { openClock } from '@coequal/base/node';
import type { Client, Send, SendReceiver } from '@coequal/contract';
import { EXIT } from '../cli/exit-codes.ts';
import { count, formatBytes, formatPercent, formatRate } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { BadValue } from '../cli/values.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

/** Between two looks how far it is. */
const LOOK_MS = 1_000;

export interface SendFlags extends RemoteOptions {
  /** Contacts, beside those that come first. */
  readonly to: readonly string[];
  readonly note?: string;
  readonly name?: string;
  /** Until all have it, or do not want it. */
  readonly wait: boolean;
}

/** Without `--to` the first word is a contact, and so are those after it up to the first that is a path. */
export function splitWords(
  words: readonly string[],
  to: readonly string[],
  isPath: (word: string) => boolean,
): { readonly to: readonly string[]; readonly paths: readonly string[] } {
  if (to.length > 0) return { to, paths: words };
  const first = words.findIndex((word, at) => at > 0 && isPath(word));
  const at = first < 0 ? words.length - 1 : first;
  const split = { to: words.slice(0, at), paths: words.slice(at) };
  if (split.to.length === 0) throw new BadValue('a contact, and a file or folder for it');
  return split;
}

export async function sendToPersons(words: readonly string[], flags: SendFlags): Promise<number> {
  const { to, paths } = splitWords(words, flags.to, existsSync);
  let exitCode: number = EXIT.done;
  const ended = await inPeer(flags, async (client, shell) => {
    const missing = paths.find((path) => !existsSync(path));
    if (missing !== undefined) throw new LocalFault('NOT_FOUND', { path: resolve(missing) });
    const body = {
      to: [...to],
      paths: paths.map((path) => resolve(path)),
      ...(flags.note !== undefined && { note: flags.note }),
      ...(flags.name !== undefined && { name: flags.name }),
    };
    // not given up half way: it would not be known whether it has begun
    const send = await client.call('beginSend', { body });
    tell('send', send, shell);
    if (!flags.wait) {
      shell.print(`Offered to ${namesOf(send.receivers)}. The running peer sees to it.`);
      return;
    }
    exitCode = await follow(send, client, shell);
  });
  return ended === EXIT.done ? exitCode : ended;
}

/** The exit code: not done unless everybody has it. */
async function follow(begun: Send, client: Client, shell: Shell): Promise<number> {
  let send = begun;
  let before = '';
  try {
    while (send.endedAt === undefined) {
      const line = lineOf(send);
      if (line !== before) shell.note(line);
      before = line;
      tell('progress', send, shell);
      await sleep(openClock(), LOOK_MS, shell.stop);
      send = await client.call('showSend', { params: { id: begun.id } }, shell.stop);
    }
  } catch (error) {
    if (!isAbort(error, shell.stop)) throw error;
    tell('left', send, shell);
    shell.note(`The send was not cancelled: the running peer goes on. ${lineOf(send)}.`);
    shell.note('  "coequal outbox" says how far it is, and takes it back; so does the page.');
    return EXIT.cancelled;
  }
  tell('ended', send, shell);
  if (send.problem !== undefined) throw new LocalFault(send.problem.code, send.problem.details);
  for (const receiver of send.receivers) shell.print(outcomeOf(receiver, send));
  return send.receivers.every(({ state }) => state === 'done') ? EXIT.done : EXIT.failed;
}

/** How far each of them is. */
export function lineOf(send: Send): string {
  if (send.state === 'preparing')
    return `Reading the files: ${formatBytes(send.prepared ?? 0)} so far`;
  const parts = send.receivers.map((receiver) => `${receiver.name} ${stateOf(receiver, send)}`);
  const leave = send.canLeave ? '; this peer may go off, others have it all' : '';
  return `${parts.join(', ')}${send.up > 0 ? `, ${formatRate(send.up)}` : ''}${leave}`;
}

const STATES: Readonly<Record<SendReceiver['state'], string>> = {
  unreached: 'is not reached yet',
  waiting: 'has not answered yet',
  receiving: 'receives it',
  done: 'has it',
  declined: 'declined',
  stopped: 'stopped it',
  expired: 'did not answer in time',
  withdrawn: 'does not get it any more',
};

function stateOf({ state, have }: SendReceiver, { size }: Send): string {
  return state === 'receiving' ? `has ${formatPercent(have, size)}` : STATES[state];
}

function outcomeOf({ name, state }: SendReceiver, send: Send): string {
  const what = `"${send.name}" (${count(send.files, 'file')}, ${formatBytes(send.size)})`;
  return `${name} ${STATES[state]}: ${what}`;
}

function namesOf(receivers: readonly SendReceiver[]): string {
  return receivers.map(({ name }) => name).join(', ');
}

function tell(event: string, send: Send, shell: Shell): void {
  shell.emit({ event, ...send });
}
