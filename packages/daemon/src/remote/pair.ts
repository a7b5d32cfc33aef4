/** `coequal pair`: a QR code and a link that let one browser of another device in; also opens and closes the page. */
import { LocalFault, sleep } from '@coequal/base';
import { openClock } from '@coequal/base/node';
import type { Client, Pairing, RemotePage } from '@coequal/contract';
import type { Shell } from '../cli/shell.ts';
import { qrText } from '../remote-page/qr-text.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

/** Between two looks whether it is open. */
const LOOK_MS = 50;
/** Groups of the fingerprint that people compare: 64 bits, which nobody finds another key for. */
const GROUPS_SHOWN = 8;

export interface PairOptions extends RemoteOptions {
  /** Over https, first. */
  readonly open: boolean;
  readonly close: boolean;
  /** The one that the QR code is to lead to. */
  readonly address?: string;
}

export function pair(options: PairOptions): Promise<number> {
  return inPeer(options, async (client, shell) => {
    if (options.close) return await closePage(client, shell);
    if (options.open) await openPage(client, shell);
    const made = await client.call('pairBrowser', {}, shell.stop);
    tellPairing(made, chosenLink(made, options.address), shell);
  });
}

async function closePage(client: Client, shell: Shell): Promise<void> {
  await client.call('changeSettings', { body: { values: { pageReach: 'off' } } }, shell.stop);
  shell.emit({ event: 'page-closed' });
  shell.print('The page is closed to other devices, and all of them are signed out.');
}

/** One that is open already, by whatever way, stays as it is. */
async function openPage(client: Client, shell: Shell): Promise<void> {
  const { wanted } = await client.call('showRemotePage', {}, shell.stop);
  if (wanted === 'off')
    await client.call('changeSettings', { body: { values: { pageReach: 'https' } } }, shell.stop);
  for (;;) {
    const page = await client.call('showRemotePage', {}, shell.stop);
    if (page.state === 'open') return shell.emit({ event: 'page-open', ...page });
    if (page.state !== 'starting') throw faultOf(page);
    await sleep(openClock(), LOOK_MS, shell.stop);
  }
}

function faultOf({ problem }: RemotePage): LocalFault {
  return problem === undefined
    ? new LocalFault('PAGE_NOT_OPEN')
    : new LocalFault(problem.code, problem.details);
}

function chosenLink({ links }: Pairing, address: string | undefined): string {
  const wanted = address?.toLowerCase();
  const link = wanted === undefined ? links[0] : links.find(({ host }) => host === wanted);
  if (link === undefined)
    throw new LocalFault('NO_SUCH_ADDRESS', {
      address: address ?? '',
      known: links.map(({ host }) => host).join(', '),
    });
  return link.url;
}

function tellPairing(made: Pairing, url: string, shell: Shell): void {
  const { certificate, validUntil, links } = made;
  shell.emit({ event: 'pairing', url, ...made });
  if (!shell.isJson && process.stdout.isTTY) process.stdout.write(`\n${qrText(url)}\n\n`);
  shell.print(url);
  const minutes = Math.max(1, Math.round((validUntil - Date.now()) / 60_000));
  shell.print(`Scan or open it on the other device: it works once, within ${minutes} min.`);
  const others = links.filter((link) => link.url !== url).map(({ host }) => host);
  if (others.length > 0) shell.print(`Other addresses, for --address: ${others.join(', ')}`);
  if (certificate === undefined) {
    shell.print('This page is not encrypted: others in the network can read along.');
  } else if (certificate.isOwn) {
    shell.print('The browser there will warn once: the peer made its certificate by itself.');
    shell.print('Go on if the SHA-256 fingerprint that it shows begins with');
    shell.print(`  ${certificate.fingerprint.split(':').slice(0, GROUPS_SHOWN).join(':')}`);
  }
}
