/** `status`, `doctor`, `stop`: how the running peer is, and its end. */
import { sleep } from '@coequal/base';
import { openClock } from '@coequal/base/node';
import { count, formatDuration, formatRate } from '../cli/format.ts';
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
    if (!status.isSetUp)
      shell.print('  Nothing is sent yet: answer the first-run page, or add a transfer.');
  });
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
