// qBittorrent's interface of a real peer: Sonarr's calls in its order, and a client that nobody here wrote.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { QBittorrent } from '@ctrl/qbittorrent';
import { Client } from '@coequal/contract';
import type { Transfer } from '@coequal/contract';
import { eventOf, Place } from './command.ts';
import type { Command } from './command.ts';

const NONE = 'e'.repeat(40);

interface Peer extends AsyncDisposable {
  readonly place: Place;
  readonly command: Command;
  readonly url: string;
  /** Of a key that may change transfers. */
  readonly password: string;
  /** The owner's, of the peer's own API. */
  readonly client: Client;
}

/** One that keeps to this computer and speaks qBittorrent's interface, unless told otherwise. */
async function openPeer(speaks = true): Promise<Peer> {
  await using opened = new AsyncDisposableStack();
  const place = opened.use(await Place.make());
  const flags = ['--no-open', '--json', '--offline', '--api-port', '0'];
  const command = opened.use(place.start('up', ...flags));
  const { url } = await command.event('ready');
  const base = new URL(String(url)).origin;
  const secret = String(await place.read('home/api-secret'));
  const client = new Client({ base, secret });
  const values = { downloadDirectory: place.at('in'), usesLsd: false, speaksQbittorrent: speaks };
  await client.call('changeSettings', { body: { values } });
  const { secret: password } = await client.call('makeApiKey', {
    body: { name: 'Sonarr', scope: 'transfers' },
  });
  const resources = opened.move();
  return {
    place,
    command,
    url: base,
    password,
    client,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

/** Waits by listening to the peer, and looks at each change. */
async function until(
  { client }: Peer,
  id: string,
  suits: (row: Transfer) => boolean,
): Promise<void> {
  const leave = new AbortController();
  // from here on each change is told, so none is missed between a look and the next
  const { body } = await client.fetch('readEvents', {}, leave.signal, {
    accept: 'text/event-stream',
  });
  const told = body?.getReader();
  for (;;) {
    const { changed } = await client.call('listTransfers', { query: {} });
    if (changed.some((row) => row.id === id && suits(row))) break;
    assert.equal((await told?.read())?.done, false);
  }
  leave.abort();
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly cookie: string;
}

/** As Sonarr asks: forms, a cookie, no Origin. */
class Sonarr {
  readonly #url: string;
  #cookie = '';

  constructor(url: string) {
    this.#url = `${url}/api/v2/`;
  }

  async get(path: string, query: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.#ask('GET', `${path}?${new URLSearchParams(query).toString()}`, {});
  }

  async json(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const { status, text } = await this.get(path, query);
    assert.equal(status, 200, text);
    return JSON.parse(text);
  }

  async post(path: string, fields: Readonly<Record<string, string>>): Promise<Answer> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return await this.#ask('POST', path, headers, new URLSearchParams(fields).toString());
  }

  async upload(
    path: string,
    file: Uint8Array,
    fields: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const boundary = '-----------------------------8dd1c2b1a2b3c4d';
    const parts = Object.entries(fields).map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    );
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="torrents"; filename="A Show S01E01.torrent"\r\nContent-Type: application/x-bittorrent\r\n\r\n`;
    const body = Buffer.concat([
      Buffer.from(head),
      file,
      Buffer.from(`\r\n${parts.join('')}--${boundary}--\r\n`),
    ]);
    return await this.#ask(
      'POST',
      path,
      { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body,
    );
  }

  async signIn(username: string, password: string): Promise<Answer> {
    const answer = await this.post('auth/login', { username, password });
    if (answer.cookie !== '') this.#cookie = answer.cookie;
    return answer;
  }

  async #ask(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string | Buffer<ArrayBuffer>,
  ): Promise<Answer> {
    const response = await fetch(this.#url + path, {
      method,
      headers: { ...headers, ...(this.#cookie !== '' && { cookie: this.#cookie }) },
      ...(body !== undefined && { body }),
    });
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
    return { status: response.status, text: await response.text(), cookie };
  }
}

/** A torrent of a folder, and who has it. */
async function share(
  place: Place,
): Promise<{ id: string; torrent: Uint8Array; bytes: Uint8Array }> {
  const bytes = await place.write('out/A Show/episode.mkv', 600_000);
  await place.write('out/A Show/notes.txt', 1_000);
  const made = await place.run('create', 'out/A Show', '--json', '--output', 'show.torrent');
  const { infoHash } = eventOf(made, 'created');
  return { id: String(infoHash), torrent: await place.read('show.torrent'), bytes };
}

void test('Sonarr’s calls, in its order: it finds the interface, adds, watches, imports and removes', async () => {
  await using peer = await openPeer(false);
  const { place, client } = peer;
  const sonarr = new Sonarr(peer.url);
  assert.equal(
    (await sonarr.get('app/webapiVersion')).status,
    404,
    'off: Sonarr says what is wrong',
  );
  await client.call('changeSettings', { body: { values: { speaksQbittorrent: true } } });
  assert.equal((await sonarr.get('app/webapiVersion')).status, 403, 'on: Sonarr signs in');
  assert.equal((await sonarr.signIn('sonarr', 'wrong')).text, 'Fails.');
  const { text, cookie } = await sonarr.signIn('sonarr', peer.password);
  assert.equal(text, 'Ok.');
  assert.match(cookie, /SID/);

  // its test of the connection
  assert.equal((await sonarr.get('app/webapiVersion')).text, '2.8.19');
  assert.equal((await sonarr.get('app/version')).text, 'v4.5.5');
  const preferences = (await sonarr.json('app/preferences')) as Record<string, unknown>;
  assert.equal(preferences['save_path'], place.at('in'));
  assert.equal(preferences['queueing_enabled'], true);
  assert.equal(preferences['dht'], true);
  assert.equal(preferences['max_ratio_enabled'], false);
  assert.deepEqual(await sonarr.json('torrents/categories'), {});
  assert.equal((await sonarr.post('torrents/createCategory', { category: 'tv' })).status, 200);
  assert.deepEqual(await sonarr.json('torrents/categories'), { tv: { name: 'tv', savePath: '' } });
  assert.deepEqual(await sonarr.json('torrents/info', { category: 'tv' }), []);

  // a magnet link, which is added and then wanted no more
  const magnet = await sonarr.post('torrents/add', {
    urls: `magnet:?xt=urn:btih:${'c'.repeat(40)}&dn=later`,
    category: 'tv',
    paused: 'True',
    sequentialDownload: 'True',
    contentLayout: 'Original',
  });
  assert.equal(magnet.text, 'Ok.');
  assert.equal((await sonarr.get('torrents/properties', { hash: 'c'.repeat(40) })).status, 200);
  assert.equal((await sonarr.get('torrents/properties', { hash: NONE })).status, 404);
  await sonarr.post('torrents/delete', { hashes: 'c'.repeat(40) });

  // a file
  const { id, torrent, bytes } = await share(place);
  await using seed = await place.seed('show.torrent', 'out/A Show');
  const choices = {
    category: 'tv',
    paused: 'False',
    firstLastPiecePrio: 'True',
    ratioLimit: '1.5',
    seedingTimeLimit: '60',
  };
  assert.equal((await sonarr.upload('torrents/add', torrent, choices)).text, 'Ok.');
  assert.equal(
    (await sonarr.upload('torrents/add', torrent, choices)).text,
    'Fails.',
    'it is here',
  );
  assert.equal((await sonarr.post('torrents/topPrio', { hashes: id })).status, 200);
  assert.equal(
    (await sonarr.post('torrents/setForceStart', { hashes: id, value: 'true' })).status,
    200,
  );
  assert.equal(
    (await sonarr.post('torrents/addTags', { hashes: id, tags: 'a show,2026' })).status,
    200,
  );

  // the two may have found each other by then
  await until(peer, id, ({ state }) => state === 'downloading' || state === 'seeding');
  await client.call('addPeers', { params: { id }, body: { peers: [seed.peer] } });
  await until(peer, id, ({ state }) => state === 'seeding');
  const [row] = (await sonarr.json('torrents/info', { category: 'tv' })) as Record<
    string,
    unknown
  >[];
  assert.equal(row?.['hash'], id);
  assert.equal(row['state'], 'forcedUP');
  assert.equal(row['f_l_piece_prio'], true, 'asked for when it was added');
  await sonarr.post('torrents/toggleFirstLastPiecePrio', { hashes: id });
  const [toggled] = (await sonarr.json('torrents/info')) as Record<string, unknown>[];
  assert.equal(toggled?.['f_l_piece_prio'], false);
  assert.equal(row['progress'], 1);
  assert.equal(row['size'], 601_000);
  assert.equal(row['ratio_limit'], 1.5);
  assert.equal(row['seeding_time_limit'], 60);
  assert.equal(row['tags'], 'a show, 2026');
  assert.equal(row['save_path'], place.at('in'));
  assert.equal(row['content_path'], place.at('in', 'A Show'), 'what Sonarr imports');
  assert.deepEqual(await place.read('in/A Show/episode.mkv'), Buffer.from(bytes));
  const files = (await sonarr.json('torrents/files', { hash: id })) as Record<string, unknown>[];
  assert.deepEqual(
    files.map(({ name, progress }) => [name, progress]),
    [
      ['A Show/episode.mkv', 1],
      ['A Show/notes.txt', 1],
    ],
  );
  const properties = (await sonarr.json('torrents/properties', { hash: id })) as object;
  assert.equal(Reflect.get(properties, 'save_path'), place.at('in'));

  // it is imported, may be passed on until a goal, and goes
  const imported = { hashes: id, category: 'tv-imported' };
  assert.equal((await sonarr.post('torrents/setCategory', imported)).status, 409, 'there is none');
  await sonarr.post('torrents/createCategory', { category: 'tv-imported' });
  assert.equal((await sonarr.post('torrents/setCategory', imported)).status, 200);
  assert.deepEqual(await sonarr.json('torrents/info', { category: 'tv' }), []);
  await sonarr.post('torrents/setForceStart', { hashes: id, value: 'false' });
  const limits = { hashes: id, ratioLimit: '0', seedingTimeLimit: '-2' };
  assert.equal((await sonarr.post('torrents/setShareLimits', limits)).status, 200);
  await until(peer, id, ({ state }) => state === 'finished');
  const [done] = (await sonarr.json('torrents/info', { category: 'tv-imported' })) as Record<
    string,
    unknown
  >[];
  assert.equal(done?.['state'], 'pausedUP', 'what Sonarr waits for before it removes one');
  await sonarr.post('torrents/delete', { hashes: id, deleteFiles: 'true' });
  assert.deepEqual(await sonarr.json('torrents/info'), []);
  assert.equal((await peer.command.stop('SIGTERM')).code, 0);
});

void test('@ctrl/qbittorrent adds, lists, pauses, labels, limits, renames and removes', async () => {
  await using peer = await openPeer();
  const { place } = peer;
  const { id, torrent } = await share(place);
  const login = { baseUrl: peer.url, username: 'anyone', password: peer.password };
  await assert.rejects(new QBittorrent({ ...login, password: 'wrong' }).login());
  const foreign = new QBittorrent(login);
  assert.equal(await foreign.login(), true);
  assert.equal(await foreign.getApiVersion(), '2.8.19');
  assert.equal(await foreign.getDefaultSavePath(), place.at('in'));

  await foreign.addTorrent(new Uint8Array(torrent), {
    paused: 'true',
    tags: 'one,two',
    savepath: place.at('out'),
  });
  const added = await foreign.getTorrent(id);
  assert.equal(added.name, 'A Show');
  assert.equal(added.raw.state, 'pausedDL');
  assert.equal(added.savePath, place.at('out'));
  assert.deepEqual(await foreign.getTags(), ['one', 'two']);

  // the content is there already: it is checked, and passed on
  await foreign.resumeTorrent(id);
  await until(peer, id, ({ state }) => state === 'seeding');
  assert.equal((await foreign.getTorrent(id)).isCompleted, true);
  assert.deepEqual(new Set(await foreign.torrentPieceStates(id)), new Set([2]));
  await foreign.pauseTorrent('all');
  await until(peer, id, ({ state }) => state === 'paused');
  assert.equal((await foreign.listTorrents({ filter: 'paused' })).length, 1);
  assert.equal((await foreign.listTorrents({ filter: 'downloading' })).length, 0);

  await foreign.createCategory('films', place.at('films'));
  await assert.rejects(foreign.createCategory('films'), 'it is there');
  await foreign.editCategory('films', place.at('cinema'));
  await foreign.setTorrentCategory(id, 'films');
  assert.equal((await foreign.getTorrent(id)).label, 'films');
  assert.equal((await foreign.getCategories())['films']?.savePath, place.at('cinema'));
  await foreign.removeCategory('films');
  assert.deepEqual(await foreign.getCategories(), {});
  await foreign.removeTorrentTags(id, 'one');
  await foreign.addTorrentTags(id, 'three');
  assert.deepEqual(await foreign.getTags(), ['three', 'two']);
  await foreign.deleteTags('two');
  assert.deepEqual(await foreign.getTags(), ['three']);

  await foreign.setTorrentDownloadLimit(id, 50_000);
  await foreign.setTorrentUploadLimit(id, 60_000);
  assert.deepEqual(await foreign.getTorrentDownloadLimit(id), { [id]: 50_000 });
  assert.deepEqual(await foreign.getTorrentUploadLimit(id), { [id]: 60_000 });
  const wanted = { dl_limit: 1_000_000, up_limit: 0, save_path: place.at('in') };
  await assert.rejects(foreign.setPreferences(wanted), 'settings are the owner’s');
  const owner = String(await place.read('home/api-secret'));
  await new QBittorrent({ ...login, password: owner }).setPreferences(wanted);
  const { dl_limit: down, up_limit: up } = await foreign.getPreferences();
  assert.deepEqual([down, up], [1_000_000, 0]);
  await foreign.setFilePriority(id, '1', 0);
  assert.deepEqual(
    (await foreign.torrentFiles(id)).map(({ priority }) => priority),
    [1, 0],
  );
  assert.deepEqual(await foreign.torrentTrackers(id), []);
  assert.deepEqual((await foreign.torrentPeers(id)).peers, {});
  await foreign.topPriority(id);
  await foreign.recheckTorrent(id);

  await foreign.resumeTorrent(id);
  await until(peer, id, ({ state }) => state === 'seeding');
  await foreign.setTorrentName(id, 'Another Show');
  assert.equal(existsSync(place.at('out/Another Show/episode.mkv')), true);
  await foreign.setTorrentLocation(id, place.at('elsewhere'));
  assert.equal(existsSync(place.at('elsewhere/Another Show/episode.mkv')), true);
  await foreign.renameFile(id, 'Another Show/episode.mkv', 'Another Show/one.mkv');
  assert.equal(existsSync(place.at('elsewhere/Another Show/one.mkv')), true);

  await foreign.removeTorrent(id, true);
  assert.deepEqual(await foreign.listTorrents(), []);
  await foreign.addMagnet(`magnet:?xt=urn:btih:${'d'.repeat(40)}&dn=d`, { paused: 'true' });
  assert.deepEqual(
    (await foreign.getAllData()).torrents.map(({ name }) => name),
    ['d'],
  );
});

void test('sync/maindata tells everything first, and then what changed', async () => {
  await using peer = await openPeer();
  const program = new Sonarr(peer.url);
  await program.signIn('x', peer.password);
  type Main = { rid: number; full_update?: boolean; torrents?: object } & Record<string, unknown>;
  const main = async (rid: number): Promise<Main> =>
    (await program.json('sync/maindata', { rid: `${rid}` })) as Main;
  const whole = await main(0);
  assert.equal(whole.full_update, true);
  assert.deepEqual([whole.torrents, whole['categories'], whole['tags']], [{}, {}, []]);
  const id = 'f'.repeat(40);
  await program.post('torrents/add', {
    urls: `magnet:?xt=urn:btih:${id}`,
    paused: 'true',
    tags: 'x',
    category: 'c',
  });
  const added = await main(whole.rid);
  assert.equal(added.full_update, undefined);
  assert.deepEqual(Object.keys(added.torrents ?? {}), [id]);
  assert.deepEqual(
    [added['categories'], added['tags']],
    [{ c: { name: 'c', savePath: '' } }, ['x']],
  );
  const same = await main(added.rid);
  assert.deepEqual(Object.keys(same).toSorted(), ['rid', 'server_state']);
  await program.post('torrents/delete', { hashes: id });
  await program.post('torrents/removeCategories', { categories: 'c' });
  const gone = await main(same.rid);
  assert.deepEqual(gone['torrents_removed'], [id]);
  assert.deepEqual(gone['categories_removed'], ['c']);
  assert.deepEqual(gone['tags_removed'], ['x']);
  assert.equal((await main(whole.rid)).full_update, true, 'an answer that is not the last');
});
