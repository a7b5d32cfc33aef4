// The same torrent in a real qBittorrent 4.5 and here: whoever reads the answers of one can read those of the other.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Client } from '@coequal/contract';
import { freePort } from '../../../base/test/node/free-port.ts';
import { Place } from './command.ts';

const PROGRAM = '/usr/bin/qbittorrent-nox';
const skip = existsSync(PROGRAM) ? false : 'install the Debian package qbittorrent-nox';

/** Within this computer, without a password, and without asking anybody for peers. */
const CONFIG = `[LegalNotice]
Accepted=true
[BitTorrent]
Session\\DHTEnabled=false
Session\\LSDEnabled=false
Session\\PeXEnabled=false
Session\\Interface=lo
Session\\InterfaceAddress=127.0.0.1
Session\\Port=0
[Network]
PortForwardingEnabled=false
[Preferences]
WebUI\\Address=127.0.0.1
WebUI\\LocalHostAuth=false
WebUI\\UseUPnP=false
`;

/**
 * What qBittorrent says and we do not, since it has no counterpart here: all of them settings of its own, and counts of
 * its own memory. An answer may lack nothing else.
 */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'sync/maindata server_state': [
    'average_time_queue',
    'queued_io_jobs',
    'read_cache_hits',
    'read_cache_overload',
    'total_buffers_size',
    'total_queued_size',
    'total_wasted_session',
    'write_cache_overload',
  ],
  'sync/maindata': ['trackers'],
};

type Json = Readonly<Record<string, unknown>>;
type Ask = (path: string, form?: FormData | URLSearchParams) => Promise<unknown>;

function askAt(base: string, headers: Readonly<Record<string, string>> = {}): Ask {
  return async (path, form) => {
    const response = await fetch(`${base}/api/v2/${path}`, {
      method: form === undefined ? 'GET' : 'POST',
      headers,
      ...(form !== undefined && { body: form }),
    });
    const text = await response.text();
    assert.equal(response.status, 200, `${path}: ${text}`);
    return /^[[{]/.test(text) ? JSON.parse(text) : text;
  };
}

/** Until it suits; asked again while the foreign program is at work. */
async function until<T>(ask: () => Promise<T>, suits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    try {
      const answer = await ask();
      if (suits(answer)) return answer;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // nobody listens yet
    }
    await setTimeout(20);
  }
}

async function add(ask: Ask, torrent: Uint8Array, folder: string): Promise<Json> {
  const form = new FormData();
  form.set('torrents', new Blob([Uint8Array.from(torrent)]), 'holiday.torrent');
  for (const [name, value] of Object.entries({
    savepath: folder,
    category: 'tv',
    tags: 'one,two',
    firstLastPiecePrio: 'true',
    sequentialDownload: 'true',
    ratioLimit: '2',
    seedingTimeLimit: '60',
  }))
    form.set(name, value);
  assert.equal(await ask('torrents/add', form), 'Ok.');
  const list = (): Promise<readonly Json[]> => ask('torrents/info') as Promise<readonly Json[]>;
  const suits = (rows: readonly Json[]): boolean =>
    rows[0]?.['progress'] === 1 && rows[0]['state'] === 'stalledUP';
  return (await until(list, suits))[0] ?? assert.fail();
}

function assertLike(what: string, theirs: unknown, ours: unknown): void {
  const [foreign, own] = [theirs as Json, ours as Json];
  const missing = Object.keys(foreign).filter((key) => !Object.hasOwn(own, key));
  assert.deepEqual(missing.toSorted(), [...(LEFT_OUT[what] ?? [])].toSorted(), `${what} lacks`);
  for (const [key, value] of Object.entries(foreign)) {
    if (!Object.hasOwn(own, key)) continue;
    const kind = (each: unknown): string => (Array.isArray(each) ? 'array' : typeof each);
    assert.equal(kind(own[key]), kind(value), `${what}: ${key}`);
  }
}

describe('beside qBittorrent 4.5', { skip }, () => {
  const resources = new AsyncDisposableStack();
  let theirs: Ask;
  let ours: Ask;
  let rows: readonly [theirs: Json, ours: Json];
  let hash = '';

  before(async () => {
    const place = resources.use(await Place.make());
    await place.write('in/holiday/a.bin', 60_000);
    await place.write('in/holiday/b.bin', 50_000);
    const made = await place.run('create', 'in/holiday', '--v1', '--output', 'holiday.torrent');
    assert.equal(made.code, 0, made.stderr);
    const torrent = await place.read('holiday.torrent');

    await mkdir(place.at('foreign/qBittorrent/config'), { recursive: true });
    await writeFile(place.at('foreign/qBittorrent/config/qBittorrent.conf'), CONFIG);
    const port = await freePort();
    const profile = `--profile=${place.at('foreign')}`;
    resources.use(place.startOther([PROGRAM, profile, `--webui-port=${port}`]));
    theirs = askAt(`http://127.0.0.1:${port}`);
    await until(
      () => theirs('app/version'),
      (version) => String(version).startsWith('v4.5'),
    );

    const flags = ['--no-open', '--json', '--offline', '--api-port', '0'];
    const command = resources.use(place.start('up', ...flags));
    const { origin } = new URL(String((await command.event('ready'))['url']));
    const secret = Buffer.from(await place.read('home/api-secret')).toString('utf8');
    const client = new Client({ base: origin, secret });
    await client.call('changeSettings', { body: { values: { speaksQbittorrent: true } } });
    ours = askAt(origin, { authorization: `Bearer ${secret}` });

    rows = [await add(theirs, torrent, place.at('in')), await add(ours, torrent, place.at('in'))];
    hash = String(rows[0]['hash']);
  });
  after(() => resources.disposeAsync());

  test('a row of the list has all its fields, and says the same of what both know', () => {
    const [foreign, own] = rows;
    assertLike('torrents/info', foreign, own);
    for (const key of [
      'amount_left',
      'category',
      'completed',
      'content_path',
      'f_l_piece_prio',
      'hash',
      'infohash_v1',
      'max_ratio',
      'name',
      'priority',
      'progress',
      'ratio',
      'ratio_limit',
      'save_path',
      'seeding_time_limit',
      'seq_dl',
      'size',
      'state',
      'tags',
      'total_size',
    ])
      assert.deepEqual(own[key], foreign[key], key);
  });

  for (const path of ['properties', 'files', 'trackers'] as const) {
    test(`torrents/${path} has all its fields`, async () => {
      const query = `torrents/${path}?hash=${hash}`;
      const [foreign, own] = [await theirs(query), await ours(query)];
      assert.equal(Array.isArray(own), Array.isArray(foreign));
      if (!Array.isArray(foreign)) assertLike(query.split('?')[0] ?? '', foreign, own);
      else if (path === 'files') {
        assert.equal((own as unknown[]).length, foreign.length);
        for (const [index, each] of foreign.entries())
          assertLike('torrents/files', each, (own as unknown[])[index]);
        const shown = (list: unknown): unknown[] =>
          (list as Json[]).map(({ index, name, size, progress, priority, piece_range }) => ({
            index,
            name,
            size,
            progress,
            priority,
            piece_range,
          }));
        assert.deepEqual(shown(own), shown(foreign));
      }
    });
  }

  test('the preferences that we tell are of its kinds, and those that Sonarr reads are there', async () => {
    const [foreign, own] = (await Promise.all([
      theirs('app/preferences'),
      ours('app/preferences'),
    ])) as [Json, Json];
    for (const [key, value] of Object.entries(own)) {
      if (!Object.hasOwn(foreign, key)) continue;
      assert.equal(typeof value, typeof foreign[key], key);
    }
    const read = ['save_path', 'max_ratio_enabled', 'max_ratio', 'max_ratio_act'];
    for (const key of [
      ...read,
      'max_seeding_time_enabled',
      'max_seeding_time',
      'queueing_enabled',
      'dht',
    ])
      assert.ok(Object.hasOwn(own, key), key);
  });

  test('the peer as a whole, and what changed since, have all their fields', async () => {
    assertLike('transfer/info', await theirs('transfer/info'), await ours('transfer/info'));
    const [foreign, own] = (await Promise.all([
      theirs('sync/maindata?rid=0'),
      ours('sync/maindata?rid=0'),
    ])) as [Json, Json];
    assertLike('sync/maindata', foreign, own);
    const state = 'server_state';
    assertLike(`sync/maindata ${state}`, foreign[state], own[state]);
    const row = (all: Json): unknown => (all['torrents'] as Json)[hash];
    assertLike('sync/maindata torrents', row(foreign), row(own));
  });
});
