// Links for guests by the command, and what is left of an upload when the peer is killed in the middle of it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { attributeOf, noAttributes } from '../attributes.ts';
import { eventOf, Place } from './command.ts';
import type { Command } from './command.ts';

const UP = ['up', '--json', '--offline', '--api-port', '0'] as const;
const LENGTH = 80_000_000;
const KEY = 'a-key-of-the-browser-0001';

interface LinkTold {
  readonly id: string;
  readonly state: string;
  readonly uploadDirectory: string;
  readonly addresses: readonly { readonly url: string; readonly reach: string }[];
  readonly transfers: readonly { readonly done: number }[];
}

async function start(place: Place): Promise<Command> {
  const command = place.start(...UP);
  await command.event('ready');
  return command;
}

async function links(place: Place): Promise<readonly LinkTold[]> {
  const { events } = await place.run('link', 'list', '--json');
  return events.map((event) => event as unknown as LinkTold);
}

/** Sends the file from `offset` on; resolves to the status, or undefined when the other side went away. */
async function put(url: string, path: string, offset: number): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const range = `bytes ${offset}-${LENGTH - 1}/${LENGTH}`;
  const headers = { 'content-range': range, 'content-length': LENGTH - offset };
  const sent = request(url, { method: 'PUT', headers }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  sent.on('error', () => resolve(undefined));
  createReadStream(path, { start: offset }).pipe(sent);
  return await promise;
}

test('a link is made, listed and ended by the command, in words', async () => {
  await using place = await Place.make();
  await place.write('notes/today.txt', 2_000);
  await using peer = await start(place);
  const made = await place.run('link', 'create', 'notes', '--hours', '2', '--guests', '1');
  assert.equal(made.code, 0, made.stderr);
  assert.match(made.stdout, /^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24}\/$/m);
  assert.match(made.stdout, /on this computer alone, for (2 h 00|1 h 59) min, for 1 guest/);
  assert.match(made.stdout, /It is not encrypted/);
  const [link] = await links(place);
  assert.equal(link?.state, 'open');
  const response = await fetch(`${link.addresses[0]?.url}f/0/today.txt`);
  assert.ok(Buffer.from(await response.arrayBuffer()).equals(await place.read('notes/today.txt')));
  const listed = await place.run('link', 'list');
  assert.match(listed.stdout, /used-up {2}notes \(1 file, 2\.00 kB; 1 of 1 guests\)/);
  assert.match(listed.stdout, /takes today\.txt: 100 % of 2\.00 kB, done/);
  assert.equal((await place.run('link', 'revoke', 'zz')).code, 1);
  assert.match((await place.run('link', 'revoke', link.id.slice(0, 6))).stdout, /^Ended: notes$/m);
  assert.match((await place.run('link', 'list')).stdout, /There are no links/);
  const wrong = await place.run('link', 'create', 'none', '--json');
  assert.equal(eventOf(wrong, 'error')['code'], 'GUEST_PATH_MISSING');
  await peer.stop('SIGTERM');
});

test('an upload goes on after the peer was killed, and is whole to the last byte', async () => {
  await using place = await Place.make();
  const bytes = await place.write('film.mkv', LENGTH);
  let made: LinkTold | undefined;
  {
    await using peer = await start(place);
    const flags = ['--upload', '--title', 'Films', '--json'];
    made = eventOf(await place.run('link', 'create', ...flags), 'link') as unknown as LinkTold;
    const sending = put(`${made.addresses[0]?.url}up/film.mkv?key=${KEY}`, place.at('film.mkv'), 0);
    const partial = join(made.uploadDirectory, '..', '.unfinished');
    const signal = AbortSignal.timeout(60_000);
    for (;;) {
      const [name] = await readdir(partial).catch(() => []);
      if (name !== undefined && (await stat(join(partial, name))).size > 20_000_000) break;
      signal.throwIfAborted();
    }
    await peer.stop('SIGKILL');
    await sending;
  }
  await using peer = await start(place);
  const [again] = await links(place);
  const url = `${again?.addresses[0]?.url}up/film.mkv?key=${KEY}`;
  const asked = await fetch(url, { method: 'HEAD' });
  const offset = Number(asked.headers.get('upload-offset'));
  assert.ok(offset > 0 && offset < LENGTH, String(offset));
  assert.equal(await put(url, place.at('film.mkv'), offset), 201);
  const film = join(made.uploadDirectory, 'film.mkv');
  if (noAttributes(made.uploadDirectory) === false)
    assert.equal(attributeOf(film, 'user.xdg.origin.url'), 'coequal:received');
  const kept = await readFile(film);
  const hash = (of: Uint8Array): string => createHash('sha256').update(of).digest('hex');
  assert.equal(hash(kept), hash(bytes));
  await peer.stop('SIGTERM');
});
