// What other programs' clients remove with its data: it stays until the undo is over, and then it is gone.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { QBittorrent } from '@ctrl/qbittorrent';
import { Transmission } from '@ctrl/transmission';
import { Client } from '@coequal/contract';
import { Place } from './command.ts';
import type { Command } from './command.ts';

const REMOTE = '/usr/bin/transmission-remote';
const noRemote = existsSync(REMOTE) ? false : 'install the Debian package transmission-cli';
/** One for each client, and one that is brought back. */
const NAMES = ['qbittorrent.bin', 'transmission.bin', 'remote.bin', 'kept.bin'] as const;

interface Running {
  readonly command: Command;
  readonly url: string;
  readonly secret: string;
  readonly client: Client;
}

async function start(place: Place): Promise<Running> {
  const command = place.start('up', '--no-open', '--json', '--offline', '--api-port', '0');
  const { origin: url } = new URL(String((await command.event('ready'))['url']));
  const secret = Buffer.from(await place.read('home/api-secret')).toString('utf8');
  return { command, url, secret, client: new Client({ base: url, secret }) };
}

/** Each look takes a request, of which a caller has a hundred a second. */
const LOOK_INTERVAL_MS = 20;

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await setTimeout(LOOK_INTERVAL_MS);
}

test(
  'data that clients delete are there until the undo is over, and then gone',
  { skip: noRemote },
  async () => {
    await using place = await Place.make();
    const ids = new Map<string, string>();
    {
      const { command, url, secret, client } = await start(place);
      await using _command = command;
      await client.call('changeSettings', {
        body: {
          values: {
            speaksQbittorrent: true,
            speaksTransmission: true,
            downloadDirectory: place.at('files'),
          },
        },
      });
      for (const name of NAMES) {
        await place.write(`files/${name}`, 60_000);
        const made = await place.run('create', `files/${name}`);
        assert.equal(made.code, 0, made.stderr);
        const torrent = Buffer.from(await place.read(`${name}.torrent`)).toString('base64');
        ids.set(name, (await client.call('addTransfer', { body: { torrent } })).id);
      }
      const idOf = (name: (typeof NAMES)[number]): string => ids.get(name) ?? assert.fail(name);
      const listed = async (): Promise<readonly string[]> =>
        (await client.call('listTransfers', { query: {} })).changed
          .filter(({ state }) => state === 'seeding')
          .map(({ name }) => name);
      await until(async () => (await listed()).length === NAMES.length);

      const login = { username: 'anybody', password: secret };
      const qbittorrent = new QBittorrent({ ...login, baseUrl: url });
      await qbittorrent.removeTorrent([idOf('qbittorrent.bin'), idOf('kept.bin')], true);
      const transmission = new Transmission({ ...login, baseUrl: `${url}/` });
      await transmission.removeTorrent(idOf('transmission.bin'), true);
      const address = `127.0.0.1:${new URL(url).port}`;
      const which = ['-t', idOf('remote.bin'), '--remove-and-delete'];
      await using remote = place.startOther([
        REMOTE,
        address,
        '--auth',
        `anybody:${secret}`,
        ...which,
      ]);
      assert.equal((await remote.ended).code, 0);

      // in between: listed nowhere, on disk still, and a person may think better of it
      assert.deepEqual((await qbittorrent.getAllData()).torrents, []);
      assert.deepEqual((await transmission.getAllData()).torrents, []);
      for (const name of NAMES) assert.ok(existsSync(place.at('files', name)), name);
      await client.call('undoRemoval', { body: { ids: [idOf('kept.bin')] } });
      assert.equal((await command.stop('SIGTERM')).code, 0);
    }
    // five minutes later
    {
      using database = new DatabaseSync(place.at('home/daemon.sqlite'));
      database.exec('UPDATE transfers SET removed_until = 1 WHERE removed_until IS NOT NULL');
    }
    const { command, client } = await start(place);
    await using _again = command;
    const isThere = (name: string): boolean => existsSync(place.at('files', name));
    await until(async () => {
      await client.call('showStatus', {});
      return NAMES.filter(isThere).length === 1;
    });
    assert.ok(isThere('kept.bin'));
    const [kept, ...others] = (await client.call('listTransfers', { query: {} })).changed;
    assert.deepEqual([kept?.name, others.length], ['kept.bin', 0]);
    await assert.rejects(
      client.call('undoRemoval', { body: { ids: [ids.get('remote.bin') ?? ''] } }),
      { code: 'NO_SUCH_TRANSFER' },
    );
  },
);
