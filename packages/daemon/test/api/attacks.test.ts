// What foreign pages, programs without a key, and those that want to wear the server out come to.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ROUTES } from '@coequal/contract';
import type { Route } from '@coequal/contract';
import { SERVER_LIMITS } from '../../src/api/server.ts';
import { openBareServer, OWNER_SECRET } from './bare-server.ts';
import { openPeer } from './peer-in-test.ts';
import type { PeerInTest } from './peer-in-test.ts';

const T = '/api/v1/transfers';
const JSON_TYPE = { 'content-type': 'application/json' };

function pathOf({ path }: Route): string {
  return path.replace('{name}', 'x').replace(/\{\w+\}/g, 'e'.repeat(40));
}

async function signIn(opened: PeerInTest): Promise<Record<string, string>> {
  const { pathname, search } = new URL(opened.peer.loginLink().url);
  const { status, headers } = await opened.ask('GET', pathname + search);
  assert.equal(status, 303);
  assert.equal(headers['location'], '/');
  const [cookie = ''] = headers['set-cookie'] as readonly string[];
  assert.match(cookie, /; HttpOnly; SameSite=Strict; Path=\//);
  return { cookie: cookie.split(';')[0] ?? '' };
}

describe('foreign pages', () => {
  let opened: PeerInTest;
  before(async () => {
    opened = await openPeer();
  });
  after(() => opened[Symbol.asyncDispose]());

  test('a foreign name that was made to lead here gets nothing, not even the page (DNS rebinding)', async () => {
    const cookie = await signIn(opened);
    for (const path of ['/', T, '/healthz', '/metrics', '/login?code=x', '/api/v1/openapi.json']) {
      const asked = await opened.ask('GET', path, { ...cookie, host: 'evil.example' });
      assert.equal(asked.status, 403, path);
      assert.equal(asked.error?.code, 'FORBIDDEN_HOST');
    }
    const told = await opened.sendRaw(
      `GET http://127.0.0.1:${opened.port}${T} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    assert.match(told, /^HTTP\/1\.1 403 [^]*FORBIDDEN_HOST/);
  });

  test('a foreign page cannot make a signed-in browser change anything (CSRF)', async () => {
    const cookie = await signIn(opened);
    const own = { ...cookie, origin: opened.url, ...JSON_TYPE };
    assert.equal(
      (await opened.ask('POST', '/api/v1/setup', own, '{"hasConsented":true}')).status,
      200,
    );
    const attempts: Record<string, string>[] = [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      {}, // a browser always says where from
      { origin: opened.url, 'sec-fetch-site': 'cross-site' },
      { origin: opened.url, 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of attempts) {
      const asked = await opened.ask('POST', '/api/v1/stop', { ...cookie, ...headers });
      assert.equal(asked.error?.code, 'FORBIDDEN_ORIGIN', JSON.stringify(headers));
    }
    const read = await opened.ask('GET', T, { ...cookie, 'sec-fetch-site': 'cross-site' });
    assert.equal(read.error?.code, 'FORBIDDEN_ORIGIN');
    assert.equal(opened.peer.stopSignal.aborted, false);
  });

  test('what a form can send is no JSON', async () => {
    const cookie = await signIn(opened);
    const types = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data'];
    for (const type of types) {
      const headers = { ...cookie, origin: opened.url, 'content-type': type };
      const asked = await opened.ask('POST', '/api/v1/setup', headers, '{"hasConsented":true}');
      assert.equal(asked.error?.code, 'WRONG_TYPE', type);
      assert.equal(asked.status, 415);
    }
  });

  test('no foreign page reads an answer, shows ours in a frame, or has it run what is not ours', async () => {
    for (const path of ['/', '/healthz', T, '/nowhere']) {
      const headers = { origin: 'http://evil.example' };
      for (const { headers: given } of [
        await opened.ask('GET', path),
        await opened.ask('GET', path, headers),
      ]) {
        assert.equal(given['access-control-allow-origin'], undefined);
        assert.equal(given['x-frame-options'], 'DENY');
        assert.equal(given['x-content-type-options'], 'nosniff');
        assert.equal(given['referrer-policy'], 'no-referrer');
        assert.equal(given['cross-origin-resource-policy'], 'same-origin');
        const policy = String(given['content-security-policy']);
        assert.match(policy, /default-src 'none'.*script-src 'self';.*frame-ancestors 'none'/);
        assert.doesNotMatch(policy, /script-src[^;]*unsafe/);
      }
    }
    const asked = await opened.ask('OPTIONS', T, { origin: opened.url });
    assert.equal(asked.status, 404);
  });

  test('a login link signs in one browser; who has the used one gets nothing', async () => {
    const { pathname, search } = new URL(opened.peer.loginLink().url);
    assert.equal((await opened.ask('HEAD', pathname + search)).status, 404); // a preview uses none up
    assert.equal((await opened.ask('GET', pathname + search)).status, 303);
    const again = await opened.ask('GET', pathname + search);
    assert.equal(again.error?.code, 'BAD_LOGIN');
    assert.equal(again.headers['set-cookie'], undefined);
  });
});

describe('who has no key', () => {
  test('each route is refused before the body has come', async () => {
    await using server = await openBareServer();
    const port = Number(new URL(server.url).port);
    for (const route of Object.values<Route>(ROUTES)) {
      const socket = connect(port, '127.0.0.1');
      // the body is promised, and never comes
      socket.write(
        `${route.method} ${pathOf(route)} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n` +
          'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n',
      );
      const [said] = (await once(socket, 'data')) as [Buffer];
      assert.match(String(said), /^HTTP\/1\.1 401 [^]*NOT_SIGNED_IN/, pathOf(route));
      socket.destroy();
    }
    assert.deepEqual(server.answered, []);
    assert.deepEqual(server.bugs, []);
  });

  test('a key does what its scope names, on every route', async () => {
    await using opened = await openPeer();
    const key = opened.peer.access.makeKey('x', 'read').secret;
    for (const route of Object.values<Route>(ROUTES)) {
      if (route.scope === 'read') continue;
      const headers = { authorization: `Bearer ${key}`, ...JSON_TYPE };
      const body = route.body === undefined ? undefined : '{';
      const asked = await opened.ask(route.method, pathOf(route), headers, body);
      assert.equal(asked.error?.code, 'SCOPE_MISSING', pathOf(route));
      assert.equal(asked.status, 403);
    }
  });

  test('who guesses keys is locked out, and the owner at the same computer is not', async () => {
    await using opened = await openPeer();
    const cookie = await signIn(opened);
    const codes: unknown[] = [];
    for (let tries = 0; tries < 12; tries += 1) {
      const headers = { authorization: `Bearer ${String(tries).padEnd(43, 'x')}` };
      codes.push((await opened.ask('GET', T, headers)).error?.code);
    }
    assert.deepEqual(codes, [...Array<string>(10).fill('BAD_LOGIN'), 'LOCKED_OUT', 'LOCKED_OUT']);
    const locked = await opened.ask('GET', '/login?code=guess');
    assert.equal(locked.status, 429);
    assert.equal(locked.headers['retry-after'], '60');
    assert.equal((await opened.askAsOwner('GET', T)).status, 200);
    assert.equal((await opened.ask('GET', T, cookie)).status, 200);
    await signIn(opened);
    const refused = opened.peer.journal
      .read(0, undefined)
      .filter(({ what }) => what.code === 'SIGN_IN_REFUSED');
    assert.equal(refused.length, 10); // the log is not flooded
  });
});

describe('who asks for too much', () => {
  let opened: PeerInTest;
  before(async () => {
    opened = await openPeer();
  });
  after(() => opened[Symbol.asyncDispose]());

  test('a body that is too long is refused, whether its length is said or not', async () => {
    const long = JSON.stringify({ hasConsented: true, x: 'x'.repeat(1_000_000) });
    const headers = { authorization: `Bearer ${opened.secret}`, ...JSON_TYPE };
    const asked = await opened.ask('POST', '/api/v1/setup', headers, long);
    assert.equal(asked.error?.code, 'TOO_LARGE');
    assert.equal(asked.status, 413);
    const head = `POST /api/v1/setup HTTP/1.1\r\nHost: 127.0.0.1:${opened.port}\r\nAuthorization: Bearer ${opened.secret}\r\nContent-Type: application/json\r\n`;
    const announced = await opened.sendRaw(`${head}Content-Length: 99000000000\r\n\r\n`);
    assert.match(announced, /^HTTP\/1\.1 413 [^]*TOO_LARGE/);
    const chunked = await opened.sendRaw(
      `${head}Transfer-Encoding: chunked\r\n\r\n`,
      `${(1_000_001).toString(16)}\r\n${'x'.repeat(1_000_001)}\r\n`,
    );
    assert.match(chunked, /^HTTP\/1\.1 413 [^]*TOO_LARGE/);
  });

  test('headers that are too long, and what is no HTTP, are refused in our words', async () => {
    const host = `Host: 127.0.0.1:${opened.port}`;
    const long = await opened.sendRaw(
      `GET / HTTP/1.1\r\n${host}\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    );
    assert.match(long, /^HTTP\/1\.1 413 [^]*"code":"TOO_LARGE"/);
    const other = await opened.sendRaw('\u0013BitTorrent protocol\r\n\r\n');
    assert.match(other, /^HTTP\/1\.1 400 [^]*"code":"BAD_REQUEST"/);
    assert.match(
      await opened.sendRaw(`GET /%zz HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1\.1 400 [^]*BAD_REQUEST/,
    );
  });

  test('who asks without a pause is told to wait, and others are not', async () => {
    const { peer } = opened;
    const key = peer.access.makeKey('busy', 'read').secret;
    const headers = { authorization: `Bearer ${key}` };
    let code: string | undefined;
    for (let count = 0; count < 1_000 && code === undefined; count += 1)
      code = (await opened.ask('GET', '/api/v1/log?after=999999', headers)).error?.code;
    if (code === undefined) {
      // the machine is too slow to be too fast: ask in its name
      for (let count = 0; count < 301; count += 1)
        void opened.ask('GET', T, headers).catch(() => undefined);
    } else assert.equal(code, 'TOO_MANY_REQUESTS');
    assert.equal((await opened.askAsOwner('GET', T)).status, 200);
  });
});

describe('who holds places and sends nothing', () => {
  let opened: PeerInTest;
  const limits = { ...SERVER_LIMITS, headersMs: 500, requestMs: 500, checkMs: 50, connections: 20 };
  before(async () => {
    opened = await openPeer({ serverLimits: limits });
  });
  after(() => opened[Symbol.asyncDispose]());

  test('who sends headers or a body drop by drop, or nothing, is sent away (slowloris)', async () => {
    const head = `POST /api/v1/setup HTTP/1.1\r\nHost: 127.0.0.1:${opened.port}\r\n`;
    const signed = `${head}Authorization: Bearer ${opened.secret}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`;
    for (const begun of ['', 'GET', head, signed])
      assert.match(await opened.sendRaw(begun), /^HTTP\/1\.1 408 [^]*REQUEST_TIMEOUT/, begun);
  });

  test('connections too many are closed, and when they have gone others come', async () => {
    const sockets: Socket[] = [];
    for (let count = 0; count < 25; count += 1) {
      const socket = connect(opened.port, '127.0.0.1');
      socket.on('error', () => undefined).resume();
      sockets.push(socket);
    }
    await Promise.all(sockets.map((socket) => once(socket, 'close')));
    assert.equal((await opened.ask('GET', '/healthz')).status, 200);
  });
});

describe('streams of events', () => {
  test('one caller holds twelve, the next is told so, and other callers have theirs', async () => {
    await using opened = await openPeer();
    const leave = new AbortController();
    const open = (secret: string): Promise<Response> =>
      fetch(`${opened.url}/api/v1/events`, {
        headers: { authorization: `Bearer ${secret}` },
        signal: leave.signal,
      });
    for (let count = 0; count < 12; count += 1)
      assert.equal((await open(opened.secret)).status, 200);
    const refused = await open(opened.secret);
    assert.equal(refused.status, 429);
    assert.match(await refused.text(), /TOO_MANY_REQUESTS/);
    const { secret } = opened.peer.access.makeKey('x', 'read');
    assert.equal((await open(secret)).status, 200);
    leave.abort();
    while (opened.peer.hub.readerCount > 0) await setImmediate();
    assert.equal((await fetch(`${opened.url}/healthz`)).status, 200);
  });

  test('a key that is revoked, and a browser that signs out, hear nothing more', async () => {
    await using opened = await openPeer();
    const { key, secret } = opened.peer.access.makeKey('x', 'read');
    const cookie = await signIn(opened);
    const streams = [
      await fetch(`${opened.url}/api/v1/events`, {
        headers: { authorization: `Bearer ${secret}` },
      }),
      await fetch(`${opened.url}/api/v1/events`, { headers: cookie }),
    ];
    const texts = Promise.all(streams.map((stream) => stream.text()));
    await opened.client.call('revokeApiKey', { params: { id: key.id } });
    const out = await opened.ask('DELETE', '/api/v1/session', { ...cookie, origin: opened.url });
    assert.equal(out.status, 200);
    assert.equal((await texts).length, 2); // both have ended
    assert.equal((await opened.ask('GET', T, cookie)).error?.code, 'NOT_SIGNED_IN');
  });
});

describe('what is asked for', () => {
  let opened: PeerInTest;
  before(async () => {
    opened = await openPeer();
  });
  after(() => opened[Symbol.asyncDispose]());

  test('names that would reach into every object are refused, and reach nothing', async () => {
    const headers = { authorization: `Bearer ${opened.secret}`, ...JSON_TYPE };
    const bodies = [
      '{"values":{"__proto__":{"theme":"dark"}}}',
      '{"__proto__":{"values":{}},"values":{}}',
      '{"values":{"constructor":{"prototype":{"x":1}}}}',
      '{"values":{},"reset":["__proto__"]}',
    ];
    for (const body of bodies) {
      const asked = await opened.ask('PATCH', '/api/v1/settings', headers, body);
      assert.ok(asked.status === 400 || asked.status === 422, asked.body);
      assert.ok(['BAD_REQUEST', 'SETTING_UNKNOWN'].includes(asked.error?.code ?? ''), asked.body);
    }
    assert.equal(({} as { x?: number }).x, undefined);
    assert.equal(opened.peer.settings.values.theme, 'system');
    const query = await opened.askAsOwner('GET', `${T}?__proto__[x]=1&constructor=2`);
    assert.equal(query.status, 200);
    for (const name of ['__proto__', 'constructor']) {
      const path = `/api/v1/categories/${name}`;
      assert.equal((await opened.askAsOwner('PUT', path, {})).status, 200);
      assert.equal((await opened.askAsOwner('DELETE', path)).status, 200);
      assert.equal((await opened.askAsOwner('DELETE', path)).error?.code, 'NO_SUCH_CATEGORY');
    }
  });

  test('JSON that is nested without end is refused, and the peer goes on', async () => {
    const headers = { authorization: `Bearer ${opened.secret}`, ...JSON_TYPE };
    for (const body of [
      '['.repeat(500_000),
      `${'[ '.repeat(200_000)}${']'.repeat(200_000)}`,
      '{"a":'.repeat(100_000),
    ]) {
      const asked = await opened.ask('POST', T, headers, body);
      assert.equal(asked.error?.code, 'BAD_REQUEST');
    }
  });

  test('a hundred thousand ids at once are passed over, and more are refused', async () => {
    const ids = Array.from({ length: 100_001 }, (_, index) => index.toString(16).padStart(40, '0'));
    const act = (given: string[]) =>
      opened.askAsOwner('POST', `${T}/act`, { ids: given, action: 'pause' });
    assert.equal((await act(ids.slice(1))).status, 200);
    assert.equal((await act(ids)).error?.code, 'BAD_REQUEST');
    assert.equal((await act([])).error?.code, 'BAD_REQUEST');
  });

  test('ids, paths and numbers of the wrong form are refused with their place', async () => {
    for (const id of ['x', '..%2f..%2fetc%2fpasswd', 'A'.repeat(40), '%00', 'e'.repeat(41)]) {
      const { error } = await opened.askAsOwner('GET', `${T}/${id}`);
      assert.equal(error?.code, 'BAD_REQUEST', id);
      assert.match(String(error.details['where']), /^the path/);
    }
    for (const path of ['etc', '../../etc', '%00', '/etc/passwd'])
      assert.equal(
        (await opened.askAsOwner('GET', `/api/v1/folders?path=${path}`)).error?.code,
        'NO_SUCH_FOLDER',
      );
    assert.equal(
      (await opened.askAsOwner('GET', `${T}?revision=1e999`)).error?.code,
      'BAD_REQUEST',
    );
  });

  test('offline, no address beyond this computer is fetched from', async () => {
    const source = 'http://192.0.2.1/x.torrent';
    for (const path of [T, `${T}/inspect`])
      assert.equal(
        (await opened.askAsOwner('POST', path, { source })).error?.code,
        'OUTSIDE_REACH',
      );
  });
});

test('of the page’s folder its files are served and nothing else on this computer', async () => {
  await using outside = await openPeer();
  const page = outside.folder.at('page');
  mkdirSync(`${page}/assets`, { recursive: true });
  writeFileSync(`${page}/index.html`, '<!doctype html>page');
  writeFileSync(`${page}/assets/app-1234.js`, 'script');
  writeFileSync(`${page}/.env`, 'hidden');
  writeFileSync(outside.folder.at('secret'), 'secret');
  await using opened = await openPeer({ pageDirectory: page });
  assert.equal((await opened.ask('GET', '/')).body, '<!doctype html>page');
  const asset = await opened.ask('GET', '/assets/app-1234.js');
  assert.equal(asset.body, 'script');
  assert.equal(asset.headers['cache-control'], 'public, max-age=31536000, immutable');
  const paths = [
    '/../secret',
    '/assets/../../secret',
    '/..%2fsecret',
    '/%2e%2e/secret',
    '/assets/%2e%2e%2f%2e%2e%2fsecret',
    '/..\\secret',
    '//etc/passwd',
    '/assets/app-1234.js/../../../secret',
    '/.env',
    '/assets/',
  ];
  for (const path of paths) {
    const { status, body } = await opened.ask('GET', path);
    assert.ok(status === 404 || status === 400, `${path}: ${status} ${body}`);
    assert.doesNotMatch(body, /^(secret|hidden)/);
  }
});

test('what a bug says goes to the log, not to who asked', async () => {
  const failing = {
    onCall: () => {
      throw new Error('the password is 1234');
    },
  };
  await using server = await openBareServer(failing);
  const response = await fetch(`${server.url}/api/v1/status`, {
    headers: { authorization: `Bearer ${OWNER_SECRET}` },
  });
  assert.equal(response.status, 500);
  const text = await response.text();
  assert.match(text, /"code":"INTERNAL"/);
  assert.doesNotMatch(text, /1234/);
  assert.equal(server.bugs.length, 1);
});

test('the usual port may be taken: any other will do', async () => {
  await using first = await openBareServer();
  await using second = await openBareServer({ port: Number(new URL(first.url).port) });
  assert.notEqual(first.url, second.url);
  assert.equal((await fetch(`${second.url}/healthz`)).status, 200);
});

test('a service that has failed makes the peer unwell', async () => {
  const service = { name: 'files', state: 'failed' as const, restarts: 1 };
  await using server = await openBareServer({ services: [service] });
  const response = await fetch(`${server.url}/healthz`);
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), { status: 'failed', services: ['files'] });
});
