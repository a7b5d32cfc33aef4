// What guests take and put here, and what transfers move meanwhile, are within one limit: counted in bytes, for any length of time.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { readPeerEvents } from '@coequal/contract';
import type { Client } from '@coequal/contract';
import { openRunningClient } from '../../src/remote/running-client.ts';
import { eventOf, Place } from './command.ts';

const LENGTH = 2_000_000;
const LIMIT = 1_000_000;
const LIMITS = ['--up-limit', String(LIMIT), '--down-limit', String(LIMIT)] as const;
/** Each of a few connections may be read once before it is known to be too much; a block is sent whole. */
const OVERDRAWN_MAX = 600_000;

/** What these move together, each by its number of bytes, is no more than the limit allows for the time that it took. */
async function moveWithin(...moves: readonly (() => Promise<number>)[]): Promise<void> {
  const began = performance.now();
  const moved = await Promise.all(moves.map((move) => move()));
  const total = moved.reduce((sum, bytes) => sum + bytes, 0);
  const allowed = ((performance.now() - began) / 1_000) * LIMIT + OVERDRAWN_MAX;
  assert.equal(total, moves.length * LENGTH);
  assert.ok(total <= allowed, `${total} bytes, where ${Math.round(allowed)} were allowed`);
}

/** Once the only transfer has begun it is told of a peer, and ends when it has all. */
async function fetchFrom(client: Client, peer: string): Promise<number> {
  const leave = new AbortController();
  for await (const { event } of readPeerEvents(client, '0', leave.signal)) {
    if (event.type === 'transfers' || event.type === 'lagged') {
      const [transfer] = (await client.call('listTransfers', { query: {} })).changed;
      if (transfer?.state === 'seeding') return LENGTH;
      if (transfer?.state === 'downloading' && transfer.peers === 0)
        await client.call('addPeers', { params: { id: transfer.id }, body: { peers: [peer] } });
    }
  }
  assert.fail('the events ended');
}

test('guests and transfers together are within the limits of the peer, in both directions', async () => {
  await using place = await Place.make();
  const bytes = await place.write('film.bin', LENGTH);
  await place.run('create', 'film.bin');
  await using seed = await place.seed('film.bin.torrent', 'film.bin');
  await using peer = place.start('up', '--json', '--offline', '--api-port', '0', ...LIMITS);
  await peer.event('ready');
  const flags = ['--upload', '--title', 'Films', '--json'] as const;
  const made = eventOf(await place.run('link', 'create', 'film.bin', ...flags), 'link');
  const [{ url } = { url: '' }] = made['addresses'] as readonly { url: string }[];
  const client = openRunningClient(place.at('home'));
  const torrent = (await readFile(place.at('film.bin.torrent'))).toString('base64');
  await moveWithin(
    async () => {
      await client.call('addTransfer', { body: { torrent } });
      return await fetchFrom(client, seed.peer);
    },
    async () => {
      const { status } = await fetch(`${url}up/film.bin`, { method: 'PUT', body: bytes });
      assert.equal(status, 201);
      return LENGTH;
    },
  );
  const [transfer] = (await client.call('listTransfers', { query: {} })).changed;
  assert.ok(transfer);
  await moveWithin(
    async () => {
      const where = ['-o', 'fetched', '--json', '--offline', '--no-discovery'] as const;
      await using get = place.start('get', 'film.bin.torrent', ...where);
      const { port } = await get.event('listening');
      const body = { peers: [`127.0.0.1:${Number(port)}`] };
      await client.call('addPeers', { params: { id: transfer.id }, body });
      assert.equal((await get.ended).code, 0);
      return LENGTH;
    },
    async () => {
      const taken = await (await fetch(`${url}f/0/film.bin`)).bytes();
      assert.ok(Buffer.from(taken).equals(bytes));
      return taken.length;
    },
  );
  assert.equal((await peer.stop('SIGTERM')).code, 0);
});
