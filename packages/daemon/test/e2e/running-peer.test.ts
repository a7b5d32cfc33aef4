// The peer as a process: how it is stopped, killed, started twice, and what a full disk does to it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readPeerEvents } from '@coequal/contract';
import type { Client, Transfer } from '@coequal/contract';
import { openRunningClient } from '../../src/remote/running-client.ts';
import { eventOf, Place } from './command.ts';
import type { Command, Seed } from './command.ts';
import { whyNoMount } from './small-disk.ts';

const LENGTH = 4_000_000;
const UP = ['up', '--json', '--offline', '--api-port', '0'] as const;
const SLOW = ['--down-limit', '1M'] as const;

async function startPeer(place: Place, ...flags: readonly string[]): Promise<Command> {
  const command = place.start(...UP, ...flags);
  await command.event('ready');
  return command;
}

function clientOf(place: Place): Client {
  return openRunningClient(place.at('home'));
}

/** The first state of the only transfer that suits. */
async function transferWhere(
  client: Client,
  suits: (transfer: Transfer) => boolean,
): Promise<Transfer> {
  const leave = new AbortController();
  const events = readPeerEvents(client, undefined, leave.signal);
  try {
    let [transfer] = (await client.call('listTransfers', { query: {} })).changed;
    for await (const { event } of events) {
      if (transfer !== undefined && suits(transfer)) return transfer;
      if (event.type === 'transfers') transfer = event.delta.changed[0] ?? transfer;
      if (transfer !== undefined && suits(transfer)) return transfer;
    }
  } finally {
    leave.abort();
  }
  assert.fail('the stream of events ended');
}

/** Once it runs, it is told of the seed; the two may have found each other by then, and all may be there. */
async function meet(client: Client, { peer }: Seed): Promise<void> {
  const runs = ['downloading', 'seeding'];
  const { id } = await transferWhere(client, ({ state }) => runs.includes(state));
  await client.call('addPeers', { params: { id }, body: { peers: [peer] } });
}

for (const how of ['SIGTERM', 'SIGINT', 'coequal stop'] as const) {
  void test(`${how} ends the peer with 0, and the next start has all`, async () => {
    await using place = await Place.make();
    await place.write('x.bin', 50_000);
    await place.run('create', 'x.bin');
    {
      await using peer = await startPeer(place);
      const added = await place.run('add', 'x.bin.torrent', '--paused', '--json', '--tag', 'sea');
      assert.equal(added.code, 0, added.stdout);
      if (how === 'coequal stop') assert.equal((await place.run('stop')).code, 0);
      else peer.signal(how);
      const { code, stderr } = await peer.ended;
      assert.equal(code, 0, stderr);
    }
    const asked = await place.run('status', '--json');
    assert.equal(asked.code, 1);
    assert.equal(eventOf(asked, 'error')['code'], 'NO_RUNNING_PEER');
    await using _peer = await startPeer(place);
    const listed = eventOf(await place.run('list', '--json'), 'transfer');
    assert.deepEqual(
      [listed['name'], listed['state'], listed['tags']],
      ['x.bin', 'paused', ['sea']],
    );
  });
}

void test('to start a peer that runs already shows its page', async () => {
  await using place = await Place.make();
  await using first = await startPeer(place);
  const second = await place.run(...UP);
  assert.equal(second.code, 0);
  const { url, isRunning } = eventOf(second, 'ready');
  assert.equal(isRunning, true);
  const { origin } = new URL(String((await first.event('ready'))['url']));
  assert.equal(new URL(String(url)).origin, origin);
  const signed = await fetch(String(url), { redirect: 'manual' });
  assert.equal(signed.status, 303);
  assert.equal((await first.stop('SIGTERM')).code, 0);
});

void test('kill -9 at any moment loses nothing that was acknowledged, and the next start goes on', async () => {
  await using place = await Place.make();
  const bytes = await place.write('x.bin', LENGTH);
  await place.run('create', 'x.bin');
  await using seed = await place.seed('x.bin.torrent', 'x.bin');
  const torrent = (await readFile(place.at('x.bin.torrent'))).toString('base64');
  let id = '';
  {
    // at once after the answer
    await using peer = await startPeer(place, ...SLOW);
    const body = { torrent, directory: place.at('in') };
    ({ id } = await clientOf(place).call('addTransfer', { body }));
    await peer.stop('SIGKILL');
  }
  {
    // in the middle, somewhere
    await using peer = await startPeer(place, ...SLOW);
    const client = clientOf(place);
    await meet(client, seed);
    const part = 0.1 + 0.4 * Math.random();
    await transferWhere(client, ({ have }) => have > part * LENGTH);
    await peer.stop('SIGKILL');
  }
  await using peer = await startPeer(place);
  const client = clientOf(place);
  await meet(client, seed);
  const done = await transferWhere(client, ({ state }) => state === 'seeding');
  assert.equal(done.id, id);
  assert.ok(done.downloaded < LENGTH - LENGTH / 16, `fetched ${done.downloaded} again`);
  assert.deepEqual(await place.read('in/x.bin'), bytes);
  assert.equal((await peer.stop('SIGTERM')).code, 0);
});

const skip = whyNoMount();

void test(
  'a full disk under the home is told, tears nothing, and is no end',
  { skip },
  async () => {
    await using place = await Place.make();
    await place.write('x.bin', 50_000);
    await place.run('create', 'x.bin');
    await mkdir(place.at('home'));
    mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', place.at('home'));
    try {
      await using peer = await startPeer(place);
      const kept = { source: `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=kept`, isPaused: true };
      await clientOf(place).call('addTransfer', { body: kept });
      await fill(place.at('home/filler'));
      const refused = await fillUntilRefused(place);
      assert.equal(refused['code'], 'DISK_FULL');
      assert.match(String(refused['message']), /the disk is full/);
      assert.equal((await place.run('status')).code, 0);
      await rm(place.at('home/filler'));
      const added = await place.run('add', 'x.bin.torrent', '--paused', '--json');
      assert.equal(added.code, 0, added.stdout);
      await peer.stop('SIGKILL');
      await using _next = await startPeer(place);
      const { events } = await place.run('list', '--json');
      const names = events.map(({ name }) => name);
      assert.ok(names.includes('kept') && names.includes('x.bin'), String(names));
    } finally {
      spawnSync('umount', [place.at('home')]);
    }
  },
);

void test(
  'a peer that finds its disk full says so, and starts when there is room',
  { skip },
  async () => {
    await using place = await Place.make();
    await mkdir(place.at('home'));
    mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place.at('home'));
    try {
      await fill(place.at('home/filler'));
      const refused = await place.run(...UP);
      assert.equal(refused.code, 1);
      assert.equal(eventOf(refused, 'error')['code'], 'DISK_FULL');
      await rm(place.at('home/filler'));
      await using peer = await startPeer(place);
      assert.equal((await peer.stop('SIGTERM')).code, 0);
    } finally {
      spawnSync('umount', [place.at('home')]);
    }
  },
);

/** Until the system takes no more. */
async function fill(path: string): Promise<void> {
  for (const length of [100_000, 4_096, 1]) {
    for (;;) {
      try {
        await writeFile(path, new Uint8Array(length), { flag: 'a' });
      } catch {
        break; // full for this length
      }
    }
  }
}

/** What the store has room for by itself is used up first: a few entries. */
async function fillUntilRefused(place: Place): Promise<Readonly<Record<string, unknown>>> {
  for (let count = 0; count < 100; count += 1) {
    const magnet = `magnet:?xt=urn:btih:${String(count).padStart(40, '0')}&dn=${'x'.repeat(20_000)}`;
    const { code, events } = await place.run('add', magnet, '--paused', '--json');
    if (code !== 0) return events.at(-1) ?? {};
  }
  assert.fail('the disk is not full');
}

function mount(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
