// How far a link for guests reaches: computers of a local network, and one beyond, in network namespaces of Linux.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { eventOf, Place } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';

interface LinkTold {
  readonly reach: string;
  readonly encryption: string;
  readonly addresses: readonly {
    readonly host: string;
    readonly url: string;
    readonly reach: string;
  }[];
}

async function curl(host: string, ...flags: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const command = ['netns', 'exec', host, 'curl', '-s', '-m', '20', ...flags];
  execFile('ip', command, (error, out) => resolve(error === null ? out : `failed ${error.code}`));
  return await promise;
}

test(
  'a link reaches the local network alone unless more is said, by https where the page has it',
  { skip: noNamespaces() },
  async () => {
    await using place = await Place.make();
    await using lab = new Laboratory();
    const [peer, guest, far] = ['peer', 'guest', 'far'].map((name) => lab.addHost(name));
    assert.ok(peer && guest && far);
    const end = (host: string, name: string, address: string) => ({
      host,
      name,
      addresses: [address],
    });
    lab.join(end(peer, 'cable', '10.96.0.1/24'), end(guest, 'cable', '10.96.0.2/24'));
    lab.join(end(peer, 'uplink', '198.51.100.1/24'), end(far, 'uplink', '198.51.100.2/24'));
    await place.write('note.txt', 5_000);
    await using up = place.startIn(peer, 'up', '--json', '--no-port-mapping', '--api-port', '0');
    await up.event('ready');
    const command = async (...args: readonly string[]): Promise<LinkTold> => {
      await using run = place.startIn(peer, 'link', ...args, '--json');
      return eventOf(await run.ended, 'link') as unknown as LinkTold;
    };
    const near = await command('create', 'note.txt');
    assert.deepEqual([near.reach, near.encryption], ['lan', 'none']);
    const [first] = near.addresses;
    assert.deepEqual([first?.host, first?.reach], ['10.96.0.1', 'lan']);
    assert.ok(near.addresses.every(({ reach }) => reach === 'lan'));
    const url = first?.url ?? '';
    assert.match(await curl(guest, url), /note\.txt/);
    // of whoever comes from beyond nothing is heard
    const outer = url.replace('10.96.0.1', '198.51.100.1');
    assert.match(await curl(far, outer), /^failed (52|56)$/);

    const wide = await command('create', 'note.txt', '--internet');
    const reached = wide.addresses.find(({ reach }) => reach === 'internet');
    assert.equal(reached?.host, '198.51.100.1');
    assert.match(await curl(far, reached.url), /note\.txt/);
    // the listener hears them now: the other link is as if it were none
    assert.match(await curl(far, outer), /There is nothing here/);
    assert.match(await curl(guest, url), /note\.txt/);

    await using opened = place.startIn(peer, 'pair', '--open', '--json');
    assert.equal((await opened.ended).code, 0);
    let safe: LinkTold;
    do safe = await command('list');
    while (safe.encryption === 'none' || safe.addresses.length === 0);
    assert.equal(safe.encryption, 'own-certificate');
    const secure = safe.addresses.find(({ host }) => host === '10.96.0.1')?.url ?? '';
    assert.match(secure, /^https:/);
    assert.match(
      await curl(guest, '-k', secure),
      /certificate was made by the other computer itself/,
    );
    assert.match(await curl(guest, secure), /^failed 60$/);
    await up.stop('SIGTERM');
  },
);

test(
  'a peer that was started with --lan-only gives no link further than that',
  { skip: noNamespaces() },
  async () => {
    await using place = await Place.make();
    await using lab = new Laboratory();
    const [peer, far] = ['peer', 'far'].map((name) => lab.addHost(name));
    assert.ok(peer && far);
    const end = (host: string, last: number) => ({
      host,
      name: 'uplink',
      addresses: [`198.51.100.${last}/24`, `10.96.0.${last}/24`],
    });
    lab.join(end(peer, 1), end(far, 2));
    await place.write('note.txt', 5_000);
    await using up = place.startIn(peer, 'up', '--json', '--lan-only', '--api-port', '0');
    await up.event('ready');
    await using made = place.startIn(peer, 'link', 'create', 'note.txt', '--internet', '--json');
    const link = eventOf(await made.ended, 'link') as unknown as LinkTold;
    assert.equal(link.reach, 'lan');
    const [first] = link.addresses;
    assert.equal(first?.host, '10.96.0.1');
    assert.match(await curl(far, first.url), /note\.txt/);
    assert.match(
      await curl(far, first.url.replace('10.96.0.1', '198.51.100.1')),
      /^failed (52|56)$/,
    );
    await up.stop('SIGTERM');
  },
);
