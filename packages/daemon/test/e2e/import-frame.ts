/** A running peer that takes over what another program left, and what a test asks of both. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from '@coequal/contract';
import type { Transfer } from '@coequal/contract';
import type { Ended, Place } from './command.ts';

/** What came while an event stream is opened would be missed. The peer bears a hundred questions a second. */
const ASK_INTERVAL_MS = 50;

export interface Importer extends AsyncDisposable {
  readonly client: Client;
  /** `coequal import …` */
  readonly take: (...args: readonly string[]) => Promise<Ended>;
  /** HOST:PORT of peers. */
  readonly peer: () => Promise<string>;
  readonly rows: () => Promise<ReadonlyMap<string, Transfer>>;
  /** Until the one of that name is so. */
  readonly until: (name: string, isSo: (row: Transfer) => boolean) => Promise<Transfer>;
}

/** It stays on this computer, and looks for nobody. */
export async function startImporter(place: Place): Promise<Importer> {
  const flags = ['--no-open', '--json', '--offline', '--api-port', '0'];
  const command = place.start('up', ...flags);
  const { origin } = new URL(String((await command.event('ready'))['url']));
  const secret = Buffer.from(await place.read('home/api-secret')).toString('utf8');
  const client = new Client({ base: origin, secret });
  await client.call('changeSettings', { body: { values: { usesLsd: false, usesDht: false } } });
  const rows = async (): Promise<ReadonlyMap<string, Transfer>> => {
    const { changed } = await client.call('listTransfers', { query: {} });
    return new Map(changed.map((row) => [row.name, row]));
  };
  return {
    client,
    rows,
    take: (...args) => place.run('import', '--json', ...args),
    peer: async () => {
      const { listening } = await client.call('showReach', {});
      const peers = listening.find(({ what }) => what === 'peers-tcp');
      assert.ok(peers !== undefined);
      return `127.0.0.1:${peers.port}`;
    },
    until: async (name, isSo) => {
      for (;;) {
        const row = (await rows()).get(name);
        if (row !== undefined && isSo(row)) return row;
        assert.notEqual(row?.state, 'failed', row?.reason?.text);
        await delay(ASK_INTERVAL_MS);
      }
    },
    [Symbol.asyncDispose]: async () => {
      await command.stop('SIGTERM');
    },
  };
}

/** Every path below a folder with a hash of what is there: equal when nothing was changed. */
export async function fingerprint(folder: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile())
      found.set(
        path,
        createHash('sha256')
          .update(await readFile(path))
          .digest('hex'),
      );
    else found.set(path, entry.isSymbolicLink() ? await readlink(path) : 'folder');
  }
  return found;
}

/** What another peer fetches of one transfer from ours. */
export async function fetchFrom(
  place: Place,
  peer: string,
  torrent: string,
  directory: string,
): Promise<void> {
  const network = ['--json', '--offline', '--no-trackers', '--no-discovery', '--peer', peer];
  const { code, stdout, stderr } = await place.run('get', torrent, '-o', directory, ...network);
  assert.equal(code, 0, stdout + stderr);
}

/** A .torrent file of what lies there, which names no tracker that could be reached. */
export async function makeTorrent(
  place: Place,
  path: string,
  ...flags: readonly string[]
): Promise<string> {
  const file = `${path.replaceAll('/', '-')}.torrent`;
  const choices = ['--piece-length', '16384', '--json', '-o', file, ...flags];
  const { code, stderr } = await place.run('create', path, ...choices);
  assert.equal(code, 0, stderr);
  return file;
}
