/** `link`: gives files to somebody without the program, by a page of this peer. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalFault } from '@coequal/base';
import type { Client, GuestLink } from '@coequal/contract';
import { count, formatBytes, formatDuration, formatPercent } from '../cli/format.ts';
import type { Shell } from '../cli/shell.ts';
import { qrText } from '../remote-page/qr-text.ts';
import { inPeer } from './in-peer.ts';
import type { RemoteOptions } from './in-peer.ts';

export interface CreateLinkFlags extends RemoteOptions {
  readonly title?: string;
  readonly hours?: number;
  readonly guests?: number;
  readonly upload: boolean;
  readonly uploadMax?: number;
  readonly internet: boolean;
}

const HOUR_MS = 3_600_000;

export function createLink(paths: readonly string[], flags: CreateLinkFlags): Promise<number> {
  return inPeer(flags, async (client, shell) => {
    const { title, hours, guests, upload, uploadMax, internet } = flags;
    const body = {
      paths: paths.map((path) => resolve(path)),
      mayUpload: upload,
      reach: internet ? ('internet' as const) : ('lan' as const),
      ...(title !== undefined && { title }),
      ...(hours !== undefined && { expiresInMs: Math.round(hours * HOUR_MS) }),
      ...(guests !== undefined && { guestsMax: guests }),
      ...(uploadMax !== undefined && { uploadBytesMax: uploadMax }),
    };
    const made = await client.call('createGuestLink', { body }, shell.stop);
    const link = await whenRouterAnswered(made, client, shell);
    shell.emit({ event: 'link', ...link });
    tellLink(link, shell);
  });
}

/** How often it is looked, and how often at all: a router that says nothing is known as silent after ten seconds. */
const ROUTER_LOOK_MS = 250;
const ROUTER_LOOKS_MAX = 60;

/** Of a link for everyone it is known then whether guests come in. */
async function whenRouterAnswered(
  made: GuestLink,
  client: Client,
  { stop }: Shell,
): Promise<GuestLink> {
  let link = made;
  if (made.reach !== 'internet') return link;
  for (let look = 0; look < ROUTER_LOOKS_MAX && link.outside?.state === 'asking'; look++) {
    await sleep(ROUTER_LOOK_MS, undefined, { signal: stop });
    const { links } = await client.call('listGuestLinks', {}, stop);
    link = links.find(({ id }) => id === made.id) ?? link;
  }
  return link;
}

export function listLinks(flags: RemoteOptions): Promise<number> {
  return inPeer(flags, async (client, shell) => {
    const { links } = await client.call('listGuestLinks', {}, shell.stop);
    if (links.length === 0) shell.print('There are no links for guests.');
    for (const link of links) {
      shell.emit({ event: 'link', ...link });
      shell.print(lineOf(link));
      const [first] = link.addresses;
      if (first !== undefined) shell.print(`    ${first.url}`);
      if (link.problem !== undefined) shell.print(`    ${link.problem.text}`);
      if (link.outside?.problem !== undefined) shell.print(`    ${link.outside.problem.text}`);
      for (const { direction, guest, name, done, size, state } of link.transfers) {
        const way = direction === 'download' ? 'takes' : 'sends';
        const how = `${formatPercent(done, size)} of ${formatBytes(size)}, ${state}`;
        shell.print(`    ${guest || 'a guest'} ${way} ${name}: ${how}`);
      }
    }
  });
}

/** By the beginning of their ids; `all` of them. */
export function revokeLinks(which: readonly string[], flags: RemoteOptions): Promise<number> {
  return inPeer(flags, async (client, shell) => {
    for (const { id, title } of await chosen(which, client, shell)) {
      await client.call('revokeGuestLink', { params: { id } }, shell.stop);
      shell.emit({ event: 'link-ended', id });
      shell.print(`Ended: ${title}`);
    }
  });
}

/** Throws LocalFault `NO_SUCH_GUEST_LINK` before anything is done. */
async function chosen(
  which: readonly string[],
  client: Client,
  shell: Shell,
): Promise<readonly GuestLink[]> {
  const { links } = await client.call('listGuestLinks', {}, shell.stop);
  if (which.includes('all')) return links;
  return which.map((text) => {
    const [found, another] = links.filter(({ id }) => id.startsWith(text.toLowerCase()));
    if (found === undefined || another !== undefined) throw new LocalFault('NO_SUCH_GUEST_LINK');
    return found;
  });
}

const REACH_WORDS: Readonly<Record<GuestLink['reach'], string>> = {
  loopback: 'on this computer alone',
  lan: 'in this network alone',
  internet: 'from the internet, where your router lets it in',
};

function tellLink(link: GuestLink, shell: Shell): void {
  const { addresses, expiresAt, guestsMax, reach, encryption, fingerprint, problem } = link;
  const [first] = addresses;
  if (first === undefined) {
    shell.print(problem?.text ?? 'The link is made; "coequal link list" shows its address soon.');
    return;
  }
  if (!shell.isJson && process.stdout.isTTY) process.stdout.write(`\n${qrText(first.url)}\n\n`);
  shell.print(first.url);
  const left = formatDuration((expiresAt - Date.now()) / 1_000);
  const guests = guestsMax === undefined ? '' : `, for ${count(guestsMax, 'guest')}`;
  shell.print(`It works ${REACH_WORDS[reach]}, for ${left}${guests}, while this peer runs.`);
  tellOutside(link, shell);
  if (encryption === 'none')
    shell.print('It is not encrypted: others in the network can see what is taken.');
  if (encryption === 'own-certificate')
    shell.print(`The browser there will warn once. The certificate is ${fingerprint ?? ''}`);
  const others = addresses.slice(1).map(({ host }) => host);
  if (others.length > 0) shell.print(`Also at ${others.join(', ')}`);
  shell.print(`End it with: coequal link revoke ${link.id}`);
}

function tellOutside({ outside }: GuestLink, shell: Shell): void {
  if (outside === undefined) return;
  const { state, host, port, problem } = outside;
  if (state === 'asking') shell.print('Your router has not answered yet.');
  if (state === 'open' && host === undefined)
    shell.print(
      `Your router lets guests in at port ${port ?? ''}, and does not say at which address.`,
    );
  if (state === 'open' && host !== undefined)
    shell.print(`Reachable from the internet at ${host}:${port ?? ''}, while the link is there.`);
  if (problem === undefined) return;
  shell.print(`${problem.text[0]?.toUpperCase() ?? ''}${problem.text.slice(1)}.`);
  if (problem.hint !== undefined) shell.print(problem.hint);
}

function lineOf({ id, state, title, fileCount, size, guests, guestsMax }: GuestLink): string {
  const most = guestsMax === undefined ? '' : ` of ${guestsMax}`;
  return `${id}  ${state}  ${title} (${count(fileCount, 'file')}, ${formatBytes(size)}; ${guests}${most} guests)`;
}
