// What foreign pages, guessers and those that want to wear the server out get from qBittorrent's interface.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fastify from 'fastify';
import { CallLimits } from '../../../src/api/call-limits.ts';
import { addQbittorrent } from '../../../src/compat/qbittorrent/interface.ts';
import { openPeer } from '../../api/peer-in-test.ts';
import type { Asked, PeerInTest } from '../../api/peer-in-test.ts';

const API = '/api/v2';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const MAGNET = `magnet:?xt=urn:btih:${'b'.repeat(40)}&dn=b`;

async function openSpeaking(): Promise<PeerInTest> {
  const opened = await openPeer();
  await opened.client.call('changeSettings', { body: { values: { speaksQbittorrent: true } } });
  return opened;
}

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}

function logIn(opened: PeerInTest, password: string, username = 'anyone'): Promise<Asked> {
  return opened.ask('POST', `${API}/auth/login`, FORM, form({ username, password }));
}

async function cookieOf(opened: PeerInTest, password = opened.secret): Promise<string> {
  const { headers, body } = await logIn(opened, password);
  assert.equal(body, 'Ok.');
  const [cookie = ''] = headers['set-cookie'] as readonly string[];
  assert.match(cookie, /^SID=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
  return cookie.split(';')[0] ?? '';
}

void test('while it is off its paths answer as if they were not there, whoever asks', async () => {
  await using opened = await openPeer();
  const bearer = { authorization: `Bearer ${opened.secret}` };
  for (const path of ['/app/webapiVersion', '/auth/login', '/torrents/info', '/no/such']) {
    for (const method of ['GET', 'POST', 'PUT']) {
      for (const headers of [{}, bearer, FORM]) {
        const asked = await opened.ask(method, API + path, headers, method === 'GET' ? '' : 'x=y');
        assert.equal(asked.status, 404, `${method} ${path}`);
        assert.equal(asked.error?.code, 'NO_SUCH_ROUTE');
      }
    }
  }
  const elsewhere = await opened.ask('GET', '/api/v3/app');
  const here = await opened.ask('GET', `${API}/app/version`);
  const without = ({ date: _date, 'content-length': _length, ...rest }: Asked['headers']): object =>
    rest;
  assert.deepEqual(without(here.headers), without(elsewhere.headers));
});

describe('qBittorrent’s interface', () => {
  let opened: PeerInTest;
  before(async () => {
    opened = await openSpeaking();
  });
  after(() => opened[Symbol.asyncDispose]());

  void test('who is nobody gets 403 for everything but the sign-in', async () => {
    for (const path of ['/app/version', '/torrents/info', '/sync/maindata', '/no/such'])
      assert.equal((await opened.ask('GET', API + path)).status, 403);
    const basic = Buffer.from(`x:${opened.secret}`).toString('base64');
    const asked = await opened.ask('GET', `${API}/app/version`, {
      authorization: `Basic ${basic}`,
    });
    assert.equal(asked.status, 403, 'qBittorrent 4.5 does not look at it');
    const stale = await opened.ask('GET', `${API}/app/version`, { cookie: 'SID=stale' });
    assert.equal(stale.status, 403);
  });

  void test('a key of the scope transfers signs in, one that may only read does not, and a revoked one no more', async () => {
    const { client } = opened;
    const reader = await client.call('makeApiKey', { body: { name: 'r', scope: 'read' } });
    assert.equal((await logIn(opened, reader.secret)).body, 'Fails.');
    const asReader = { authorization: `Bearer ${reader.secret}` };
    assert.equal((await opened.ask('GET', `${API}/app/version`, asReader)).status, 403);
    const made = await client.call('makeApiKey', { body: { name: 't', scope: 'transfers' } });
    const bearer = { authorization: `Bearer ${made.secret}` };
    assert.equal((await opened.ask('GET', `${API}/app/version`, bearer)).status, 200);
    const cookie = await cookieOf(opened, made.secret);
    assert.equal((await opened.ask('GET', `${API}/app/version`, { cookie })).status, 200);
    await client.call('revokeApiKey', { params: { id: made.key.id } });
    assert.equal((await opened.ask('GET', `${API}/app/version`, { cookie })).status, 403);
    assert.equal((await opened.ask('GET', `${API}/app/version`, bearer)).status, 403);
  });

  void test('a key of the scope transfers changes no settings, as in the peer’s own API; the owner does', async () => {
    const made = await opened.client.call('makeApiKey', {
      body: { name: 's', scope: 'transfers' },
    });
    const asKey = { authorization: `Bearer ${made.secret}`, ...FORM };
    const asOwner = { authorization: `Bearer ${opened.secret}`, ...FORM };
    const before = opened.peer.settings.values;
    const same = JSON.stringify({ save_path: before.downloadDirectory, dl_limit: 0 });
    const limit = JSON.stringify({ dl_limit: 5_000 });
    const own = await opened.ask(
      'PATCH',
      '/api/v1/settings',
      { authorization: asKey.authorization, 'content-type': 'application/json' },
      JSON.stringify({ values: { downloadMax: 5_000 } }),
    );
    assert.equal(own.error?.code, 'SCOPE_MISSING');
    for (const [path, body, status] of [
      ['app/setPreferences', `json=${encodeURIComponent(limit)}`, 403],
      ['app/setPreferences', `json=${encodeURIComponent(same)}`, 200],
      ['transfer/setDownloadLimit', 'limit=5000', 403],
      ['transfer/setUploadLimit', 'limit=5000', 403],
      ['transfer/setUploadLimit', 'limit=0', 200],
    ] as const)
      assert.equal((await opened.ask('POST', `${API}/${path}`, asKey, body)).status, status, path);
    assert.deepEqual(opened.peer.settings.values, before);
    await opened.ask('POST', `${API}/transfer/setDownloadLimit`, asOwner, 'limit=5000');
    assert.equal(opened.peer.settings.values.downloadMax, 5_000);
    await opened.ask('POST', `${API}/transfer/setDownloadLimit`, asOwner, 'limit=0');
  });

  void test('after a sign-out the cookie is worth nothing, and it never opens the peer’s own API', async () => {
    const cookie = await cookieOf(opened);
    assert.equal((await opened.ask('GET', '/api/v1/status', { cookie })).status, 401);
    await opened.ask('POST', `${API}/auth/logout`, { cookie, ...FORM }, '');
    assert.equal((await opened.ask('GET', `${API}/app/version`, { cookie })).status, 403);
  });

  void test('a foreign page cannot make a browser that is signed in change or read anything', async () => {
    const cookie = await cookieOf(opened);
    const attempts: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { referer: 'http://evil.example/page' },
      { referer: 'http://127.0.0.1:1/' },
      { referer: 'nonsense' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { host: 'evil.example' },
    ];
    for (const headers of attempts) {
      const told = JSON.stringify(headers);
      const add = await opened.ask(
        'POST',
        `${API}/torrents/add`,
        { cookie, ...FORM, ...headers },
        form({ urls: MAGNET }),
      );
      assert.equal(add.status, 403, told);
      const login = await opened.ask(
        'POST',
        `${API}/auth/login`,
        { ...FORM, ...headers },
        form({ username: 'x', password: opened.secret }),
      );
      assert.equal(login.status, 403, told);
      assert.equal(login.headers['set-cookie'], undefined);
      const read = await opened.ask('GET', `${API}/torrents/info`, { cookie, ...headers });
      assert.equal(read.status, 403, told);
    }
    assert.deepEqual((await opened.client.call('listTransfers', { query: {} })).changed, []);
  });

  void test('nothing changes by GET: an image on a page could ask for it', async () => {
    const cookie = await cookieOf(opened);
    for (const call of [
      'torrents/add',
      'torrents/delete',
      'app/setPreferences',
      'torrents/pause',
    ]) {
      const query = form({ urls: MAGNET, hashes: 'all', json: '{"save_path":"/x"}' });
      assert.equal((await opened.ask('GET', `${API}/${call}?${query}`, { cookie })).status, 405);
    }
    assert.deepEqual((await opened.client.call('listTransfers', { query: {} })).changed, []);
  });

  void test('folders are from the root, as in the API', async () => {
    const cookie = await cookieOf(opened);
    const post = (call: string, fields: Readonly<Record<string, string>>): Promise<Asked> =>
      opened.ask('POST', `${API}/${call}`, { cookie, ...FORM }, form(fields));
    for (const path of ['../../etc', 'files', './x', '~/x']) {
      const asked = [
        await post('torrents/add', { urls: MAGNET, savepath: path }),
        await post('torrents/createCategory', { category: 'c', savePath: path }),
        await post('torrents/setLocation', { hashes: 'all', location: path }),
        await post('app/setPreferences', { json: JSON.stringify({ save_path: path }) }),
      ];
      assert.deepEqual(
        asked.map(({ status }) => status),
        [400, 400, 400, 400],
      );
    }
    await post('torrents/add', { urls: MAGNET, paused: 'true' });
    for (const name of ['../x', 'a/b', '..', '']) {
      const asked = await post('torrents/rename', { hash: 'b'.repeat(40), name });
      assert.notEqual(asked.status, 200, name);
    }
    await post('torrents/delete', { hashes: 'all' });
  });

  void test('what is no form, too long or nonsense is refused in words', async () => {
    const cookie = await cookieOf(opened);
    const ask = (call: string, type: string, body: string): Promise<Asked> =>
      opened.ask('POST', `${API}/${call}`, { cookie, 'content-type': type }, body);
    const urlencoded = FORM['content-type'];
    const statuses = [
      await ask('torrents/add', 'text/plain', 'urls=x'),
      await ask('torrents/add', 'multipart/form-data', 'x'),
      await ask('torrents/add', urlencoded, ''),
      await ask(
        'torrents/add',
        urlencoded,
        form({ urls: 'x\n'.repeat(1) + MAGNET, tags: 't'.repeat(101) }),
      ),
      await ask('torrents/pause', urlencoded, ''),
      await ask(
        'torrents/filePrio',
        urlencoded,
        form({ hash: 'e'.repeat(40), id: '0', priority: '3' }),
      ),
      await ask('app/setPreferences', urlencoded, form({ json: '[' })),
      await ask('auth/login', urlencoded, 'x'.repeat(10_001)),
      await ask('constructor/name', urlencoded, ''),
      await ask('torrents/constructor', urlencoded, ''),
    ].map(({ status }) => status);
    assert.deepEqual(statuses, [415, 400, 400, 400, 400, 400, 400, 413, 404, 404]);
    assert.equal(
      (await opened.ask('GET', `${API}/torrents/properties?hash=${'e'.repeat(40)}`, { cookie }))
        .status,
      404,
    );
  });
});

void test('who guesses is told to wait after ten attempts, and the owner is let in all the same', async () => {
  await using opened = await openSpeaking();
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const { status, body } = await logIn(opened, 'adminadmin', 'admin');
    assert.deepEqual([status, body], [200, 'Fails.']);
  }
  assert.equal((await logIn(opened, 'adminadmin', 'admin')).status, 403);
  assert.equal((await logIn(opened, '', 'admin')).status, 403);
  await cookieOf(opened);
});

void test('one program asks only so often', async () => {
  await using opened = await openSpeaking();
  const { transfers, categories, access, settings } = opened.peer;
  // time stands still: what may be asked at once is all there is
  const clock = { now: () => 0, epochNow: () => 0, at: () => () => undefined };
  const app = fastify();
  addQbittorrent(app, {
    transfers,
    categories,
    access,
    clock,
    limits: new CallLimits(clock),
    settings: () => settings.values,
    changeSettings: (values) => settings.change({ values }),
    status: () => opened.peer.status,
    setUp: () => undefined,
    publish: () => undefined,
    publishCategories: () => undefined,
  });
  const headers = { authorization: `Bearer ${opened.secret}` };
  const ask = async (): Promise<number> =>
    (await app.inject({ url: `${API}/app/version`, headers })).statusCode;
  for (let count = 0; count < 300; count += 1) assert.equal(await ask(), 200);
  assert.equal(await ask(), 429);
});

void test('a form that is longer than any torrent is not read', async () => {
  await using opened = await openSpeaking();
  const cookie = await cookieOf(opened);
  const told = await opened.sendRaw(
    `POST ${API}/torrents/add HTTP/1.1\r\nHost: 127.0.0.1:${opened.port}\r\nCookie: ${cookie}\r\n`,
    'Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 23000001\r\n\r\n',
  );
  assert.match(told, /^HTTP\/1\.1 413 /);
});
