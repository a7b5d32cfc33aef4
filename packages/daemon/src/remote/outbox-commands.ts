/** `coequal outbox`: what was handed to persons, and how far each of them is; takes it back in the running peer. */
import type { Client, Send } from '@coequal/contract';
import { count, formatBytes } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';
import { ID_SHOWN, pickById } from './pick-by-id.ts';
import { lineOf } from './send-commands.ts';

const CODES = { none: 'NO_SUCH_SEND', ambiguous: 'SEND_AMBIGUOUS' };

export function listOutbox(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { sends } = await client.call('listSends', {}, shell.stop);
    for (const send of sends) {
      shell.emit({ event: 'send', ...send });
      for (const line of linesOf(send)) shell.print(line);
    }
    if (sends.length === 0)
      shell.print('Nothing was sent yet: "coequal send CONTACT FILE" hands something over.');
  });
}

export function withdrawSends(wanted: readonly string[], options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    for (const { id } of await find(wanted, client, shell)) {
      const send = await client.call('withdrawSend', { params: { id } }, shell.stop);
      shell.emit({ event: 'withdrawn', ...send });
      shell.print(`"${send.name}" was taken back from all who have not got all of it.`);
    }
  });
}

export function forgetSends(wanted: readonly string[], options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    for (const { id, name } of await find(wanted, client, shell)) {
      await client.call('forgetSend', { params: { id } }, shell.stop);
      shell.emit({ event: 'forgotten', id });
      shell.print(`"${name}" is off the list; no file was touched.`);
    }
  });
}

/** By name, or the beginning of an id. Throws LocalFault `NO_SUCH_SEND`, `SEND_AMBIGUOUS`. */
async function find(
  wanted: readonly string[],
  client: Client,
  shell: Shell,
): Promise<readonly Send[]> {
  const { sends } = await client.call('listSends', {}, shell.stop);
  return [...new Set(wanted.map((text) => pickById(text, sends, CODES)))];
}

function linesOf(send: Send): string[] {
  const { id, name, files, size, note, problem } = send;
  return [
    `${id.slice(0, ID_SHOWN)}  ${name}: ${count(files, 'file')}, ${formatBytes(size)}; ${lineOf(send)}`,
    ...(note === '' ? [] : [`      "${note}"`]),
    ...(problem === undefined ? [] : [`      ${problem.text}`]),
  ];
}
