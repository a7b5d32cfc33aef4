/** `status`, `doctor`, `stop`: how the running peer is, and its end. */
import { sleep } from '@coequal/base';
import { openClock } from '@coequal/base/node';
import type { Client } from '@coequal/contract';
import { count, formatDuration, formatRate } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { homeDirectory } from '../home.ts';
import { readOwner } from '../peer/home-lock.ts';
import { isAlive } from '../process-lock.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

/** Between two looks whether it has gone. */
const LOOK_MS = 50;

export function showStatus(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const status = await client.call('showStatus', {}, shell.stop);
    shell.emit({ event: 'status', ...status });
    const total = Object.values(status.transfers).reduce((sum, each) => sum + each, 0);
    const seconds = (Date.now() - status.startedAt) / 1_000;
    shell.print(`Coequal ${status.version}, up for ${formatDuration(seconds)}`);
    shell.print(`  ${count(total, 'transfer')}, ${count(status.peers, 'peer')}`);
    shell.print(`  ${formatRate(status.down)} down, ${formatRate(status.up)} up`);
    for (const { name, state, problem } of status.services)
      shell.print(`  ${name}: ${state}${problem === undefined ? '' : ` (${problem.text})`}`);
    const isInTouch = status.services.some(
      ({ name, state }) => name === 'people' && state === 'running',
    );
    if (isInTouch) await tellPeople(client, shell);
    const nothing = isInTouch ? 'No transfers run' : 'Nothing is sent';
    if (!status.isSetUp)
      shell.print(`  ${nothing} yet: answer the first-run page, or add a transfer.`);
  });
}

/** Who is here, and what is handed over or waits for an answer. */
async function tellPeople(client: Client, shell: Shell): Promise<void> {
  const [{ contacts }, { sends }, { offers }] = await Promise.all([
    client.call('listContacts', {}, shell.stop),
    client.call('listSends', {}, shell.stop),
    client.call('showInbox', {}, shell.stop),
  ]);
  const here = contacts.filter(({ path }) => path !== 'none').length;
  const open = sends.filter(({ state }) => state === 'preparing' || state === 'offered').length;
  const [waiting = 0, receiving = 0] = (['waiting', 'receiving'] as const).map(
    (wanted) => offers.filter(({ state }) => state === wanted).length,
  );
  shell.emit({ event: 'people', contacts: contacts.length, here, sends: open, waiting, receiving });
  shell.print(`  ${count(contacts.length, 'contact')}, ${here} here`);
  if (open > 0) shell.print(`  ${count(open, 'send')} under way: "coequal outbox"`);
  if (receiving > 0) shell.print(`  ${count(receiving, 'offer')} coming in: "coequal inbox"`);
  if (waiting > 0) shell.print(`  ${count(waiting, 'offer')} to answer: "coequal inbox"`);
}

export function examinePeer(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const { checks } = await client.call('examine', {}, shell.stop);
    const marks = { good: 'good', odd: 'odd ', bad: 'BAD ', unknown: '?   ' };
    for (const { name, verdict, finding } of checks) {
      shell.emit({ event: 'check', name, verdict, ...finding });
      shell.print(`${marks[verdict]}  ${finding.text}`);
      if (finding.hint !== undefined) shell.print(`      ${finding.hint}`);
    }
  });
}

/** Resolves once the peer has gone: what it had is durable then. */
export function stopPeer(options: RemoteOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    const home = options.home ?? homeDirectory();
    const owner = readOwner(home);
    await client.call('stop', {}, shell.stop);
    const isThere = (): boolean => owner !== undefined && isAlive(owner);
    while (isThere()) await sleep(openClock(), LOOK_MS, shell.stop);
    shell.emit({ event: 'stopped' });
    shell.print('Stopped.');
  });
}
