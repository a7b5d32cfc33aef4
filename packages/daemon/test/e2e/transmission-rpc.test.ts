// Clients of Transmission that nobody here wrote, against the real command: transmission-remote, an npm and a Python library.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from '@coequal/contract';
import { Transmission } from '@ctrl/transmission';
import { Place } from './command.ts';

const REMOTE = '/usr/bin/transmission-remote';
/** The one that has Debian's packages. */
const PYTHON = '/usr/bin/python3';
const PYTHON_CLIENT = fileURLToPath(new URL('transmission-client.py', import.meta.url));
const noRemote = existsSync(REMOTE) ? false : 'install the Debian package transmission-cli';
const hasLibrary = spawnSync(PYTHON, ['-c', 'import transmissionrpc']).status === 0;
const noLibrary = hasLibrary ? false : 'install the Debian package python3-transmissionrpc';

interface Running extends AsyncDisposable {
  readonly place: Place;
  readonly port: string;
  /** Of the owner. */
  readonly client: Client;
  /** Of a key for transfers. */
  readonly secret: string;
  /** The owner's. */
  readonly owner: string;
  /** What transmission-remote prints. */
  readonly remote: (...args: readonly string[]) => Promise<string>;
  readonly remoteOfOwner: (...args: readonly string[]) => Promise<string>;
}

/** A peer that stays on this computer, and speaks Transmission's RPC. */
async function start(): Promise<Running> {
  await using resources = new AsyncDisposableStack();
  const place = resources.use(await Place.make());
  const flags = ['--no-open', '--json', '--offline', '--api-port', '0'];
  const command = resources.use(place.start('up', ...flags));
  const { origin, port } = new URL(String((await command.event('ready'))['url']));
  const owner = Buffer.from(await place.read('home/api-secret')).toString('utf8');
  const client = new Client({ base: origin, secret: owner });
  await client.call('changeSettings', {
    body: { values: { speaksTransmission: true, downloadDirectory: place.at('files') } },
  });
  const { secret } = await client.call('makeApiKey', { body: { name: 'x', scope: 'transfers' } });
  const kept = resources.move();
  return {
    place,
    port,
    client,
    secret,
    owner,
    remote: remoteWith(place, port, secret),
    remoteOfOwner: remoteWith(place, port, owner),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function remoteWith(place: Place, port: string, secret: string): Running['remote'] {
  return async (...args) => {
    const program = [REMOTE, `127.0.0.1:${port}`, '--auth', `anybody:${secret}`, ...args];
    await using asked = place.startOther(program);
    const { code, stdout, stderr } = await asked.ended;
    assert.equal(code, 0, stdout + stderr);
    return stdout;
  };
}

/** A torrent of two files, whose content lies in `folder`. */
async function makeTorrent({ place }: Running, folder: string): Promise<string> {
  await place.write(`${folder}/holiday/a.bin`, 60_000);
  await place.write(`${folder}/holiday/b.bin`, 50_000);
  const { code, stderr } = await place.run(
    'create',
    `${folder}/holiday`,
    '--output',
    'holiday.torrent',
    '--json',
  );
  assert.equal(code, 0, stderr);
  return place.at('holiday.torrent');
}

/** Each look takes a process or a request, of which a caller has a hundred a second. */
const LOOK_INTERVAL_MS = 20;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(LOOK_INTERVAL_MS);
}

describe('transmission-remote', { skip: noRemote }, () => {
  test('adds, shows, limits, labels, pauses, moves and removes what it has', async () => {
    await using running = await start();
    const { place, client, remote } = running;
    const torrent = await makeTorrent(running, 'files');
    assert.match(await remote('--add', torrent), /success/);
    await until(async () => /100%.*(Idle|Seeding).*holiday/.test(await remote('--list')));

    const info = await remote('-t', '1', '--info');
    assert.match(info, /Name: holiday\n/);
    assert.match(info, /Percent Done: 100%/);
    assert.match(info, new RegExp(`Location: ${place.at('files')}\n`));
    const files = await remote('-t', '1', '--info-files');
    assert.match(files, /holiday \(2 files\)/);
    assert.match(files, /0: 100% Normal +Yes +60\.00 kB +holiday\/a\.bin/);
    assert.match(await remote('-t', '1', '--info-pieces'), /1{7}/);
    assert.match(await remote('-t', '1', '--info-peers'), /Address/);

    assert.match(await remote('-t', '1', '--stop'), /success/);
    assert.match(await remote('--list'), /Stopped +holiday/);
    assert.match(await remote('-t', '1', '--start'), /success/);
    await until(async () => /(Idle|Seeding) +holiday/.test(await remote('--list')));

    await remote('-t', '1', '--downlimit', '100', '--uplimit', '50');
    await remote('-t', '1', '--seedratio', '3', '--labels', 'one,two');
    await remote('-t', '1', '--priority-high', '1');
    const changed = await remote('-t', '1', '--info');
    assert.match(changed, /Download Limit: 100 kB\/s/);
    assert.match(changed, /Upload Limit: 50 kB\/s/);
    assert.match(changed, /Ratio Limit: 3/);
    assert.match(changed, /Labels: one, two/);
    assert.match(await remote('-t', '1', '--info-files'), /1: 100% High/);

    assert.match(await remote('-t', '1', '--verify'), /success/);
    await until(async () => /100%.*(Idle|Seeding) +holiday/.test(await remote('--list')));
    await remote('-t', '1', '--move', place.at('elsewhere'));
    assert.equal((await place.read('elsewhere/holiday/a.bin')).length, 60_000);
    assert.equal(existsSync(place.at('files/holiday/a.bin')), false);

    const [transfer] = (await client.call('listTransfers', { query: {} })).changed;
    assert.deepEqual(transfer?.tags, ['one', 'two']);
    await remote('-t', '1', '--remove-and-delete');
    assert.doesNotMatch(await remote('--list'), /holiday/);
    // the data go once that cannot be undone any more
    const ids = [transfer?.id ?? ''];
    await client.call('undoRemoval', { body: { ids } });
    await until(async () => /100%.*(Idle|Seeding) +holiday/.test(await remote('--list')));
  });

  test('adds a magnet link, and fetches what it names from another peer', async () => {
    await using running = await start();
    const { place, client, remote } = running;
    const torrent = await makeTorrent(running, 'source');
    await using seed = await place.seed(torrent, 'source/holiday');
    const [info] = (await place.run('info', torrent, '--json')).events;
    const magnet = `magnet:?xt=urn:btih:${String(info?.['infoHash'])}&dn=holiday`;
    await remote('--add', magnet, '--download-dir', place.at('magnets'));
    const [transfer] = (await client.call('listTransfers', { query: {} })).changed;
    const params = { id: transfer?.id ?? '' };
    await until(async () => {
      const { transfer: now } = await client.call('showTransfer', { params });
      return now.state === 'metadata';
    });
    await client.call('addPeers', { params, body: { peers: [seed.peer] } });
    await until(async () => /100%.*holiday/.test(await remote('--list')));
    assert.deepEqual(
      await place.read('magnets/holiday/b.bin'),
      await place.read('source/holiday/b.bin'),
    );
  });

  test('reads and changes the session', async () => {
    await using running = await start();
    const { remote, remoteOfOwner } = running;
    await remoteOfOwner('--downlimit', '300');
    await remoteOfOwner('--uplimit', '200');
    const session = await remote('--session-info');
    assert.match(session, /Download speed limit: 300 kB\/s \(Enabled/);
    assert.match(session, /Upload speed limit: 200 kB\/s \(Enabled/);
    assert.match(session, /RPC version: 18/);
    assert.match(await remote('--session-stats'), /CURRENT SESSION/);
  });
});

test('@ctrl/transmission adds, reads, moves in the queue, renames and removes', async () => {
  await using running = await start();
  const { place, port, secret } = running;
  const torrent = await makeTorrent(running, 'files');
  await rename(place.at('files/holiday'), place.at('files/kept'));
  const baseUrl = `http://127.0.0.1:${port}/`;
  const client = new Transmission({ baseUrl, username: 'anybody', password: secret });
  const session = await client.getSession();
  assert.equal(session.arguments['download-dir'], place.at('files'));
  const bytes = Buffer.from(await place.read(torrent.slice(place.path.length + 1)));
  const added = await client.normalizedAddTorrent(bytes, { label: 'films', startPaused: true });
  assert.equal(added.name, 'holiday');
  assert.equal(added.label, 'films');
  assert.equal(added.state, 'paused');
  assert.equal(added.totalSize, 110_000);
  const magnet = `magnet:?xt=urn:btih:${'c'.repeat(40)}&dn=other`;
  await client.addMagnet(magnet, { paused: true, 'download-dir': place.at('files') });
  await client.queueTop('c'.repeat(40));
  const { torrents, labels } = await client.getAllData();
  assert.deepEqual(
    torrents
      .toSorted((one, other) => one.queuePosition - other.queuePosition)
      .map(({ name }) => name),
    ['other', 'holiday'],
  );
  assert.deepEqual(labels, [{ id: 'films', name: 'films', count: 1 }]);
  await client.setTorrent(added.id, { downloadLimit: 90, downloadLimited: true });
  const listed = await client.listTorrents(added.id);
  assert.equal(listed.arguments.torrents[0]?.downloadLimit, 90);
  const space = await client.freeSpace(place.path);
  assert.ok(space.arguments['size-bytes'] > 0);
  await client.moveTorrent(added.id, place.at('moved'));
  assert.equal((await client.getTorrent(added.id)).savePath, place.at('moved'));
  await client.removeTorrent(added.id, false);
  await assert.rejects(client.getTorrent(added.id), /Torrent not found/);
});

test('python3-transmissionrpc adds, changes, reads and removes', { skip: noLibrary }, async () => {
  await using running = await start();
  const { place, port, owner } = running;
  const torrent = await makeTorrent(running, 'source');
  const program = [PYTHON, PYTHON_CLIENT, port, owner, torrent, place.at('files')];
  await using asked = place.startOther(program);
  const { code, stdout, stderr } = await asked.ended;
  assert.equal(code, 0, stderr);
  const { hash, ...found } = JSON.parse(stdout) as { readonly hash: string };
  assert.match(hash, /^[0-9a-f]{40}$/);
  assert.deepEqual(found, {
    name: 'holiday',
    status: 'stopped',
    limit: 70,
    selected: [true, false],
    upload: 40,
    count: 1,
    left: 0,
  });
});
