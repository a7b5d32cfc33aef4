// What strangers of a network come to at the page for other devices, and what one door's secrets are worth at another.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { hostname } from 'node:os';
import { REMOTE_SERVER_LIMITS } from '../../src/api/remote-server.ts';
import { ADDRESS, askAt, openRemotePeer, settled } from './remote-page-in-test.ts';
import type { RemotePeer } from './remote-page-in-test.ts';

const T = '/api/v1/transfers';
const JSON_TYPE = { 'content-type': 'application/json' };
/** Two strangers. */
const [ONE, OTHER] = ['127.0.0.3', '127.0.0.4'];

async function linkOf({ opened }: RemotePeer): Promise<string> {
  const { links } = await opened.client.call('pairBrowser', {});
  const { pathname, search } = new URL(links[0]?.url ?? '');
  return pathname + search;
}

describe('foreign pages, beyond this computer', () => {
  let far: RemotePeer;
  before(async () => {
    far = await openRemotePeer({ pageNames: ['Peer.Example', 'proxy.example:8443'] });
  });
  after(() => far[Symbol.asyncDispose]());

  test('a foreign name that was made to lead here gets nothing, not even the page (DNS rebinding)', async () => {
    const headers = await far.pair();
    const hosts = ['evil.example', `evil.example:${far.port}`, `127.0.0.1:${far.port}`, ADDRESS];
    for (const host of [...hosts, 'localhost', `peer.example:${far.port + 1}`, 'proxy.example'])
      for (const path of ['/', T, '/healthz', '/login?code=x']) {
        const asked = await far.ask({ path, headers: { ...headers, host } });
        assert.equal(asked.error?.code, 'FORBIDDEN_HOST', `${host} ${path}`);
        assert.equal(asked.status, 403);
      }
    const [name = ''] = hostname().toLowerCase().split('.');
    const own = [`${name}.local:${far.port}`, 'proxy.example:8443', 'peer.example'];
    for (const host of [...own, `PEER.example:${far.port}`, far.host])
      assert.equal((await far.ask({ path: '/healthz', headers: { host } })).status, 200, host);
  });

  test('a foreign page cannot make a paired browser change anything (CSRF)', async () => {
    const { cookie, origin } = await far.pair();
    const post = (headers: Record<string, string>) =>
      far.ask({ method: 'POST', path: '/api/v1/stop', headers: { cookie, ...headers } });
    const attempts: Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: origin.replace('https:', 'http:') },
      { origin: far.opened.url },
      {},
      { origin, 'sec-fetch-site': 'cross-site' },
      { origin, 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of attempts) {
      const { error } = await post(headers);
      assert.equal(error?.code, 'FORBIDDEN_ORIGIN', JSON.stringify(headers));
    }
    assert.equal(far.opened.peer.stopSignal.aborted, false);
  });

  test('its answers have the headers of the page here, and its cookie is of this host and https alone', async () => {
    const signed = await far.ask({ path: await linkOf(far) });
    assert.match(
      String(signed.headers['set-cookie']),
      /^__Host-coequal-[0-9a-f]{8}=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/; Max-Age=\d+; Secure$/,
    );
    for (const path of ['/', T, '/nowhere']) {
      const { headers } = await far.ask({ path, headers: { origin: 'https://evil.example' } });
      assert.equal(headers['access-control-allow-origin'], undefined);
      assert.equal(headers['x-frame-options'], 'DENY');
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
      // of an address browsers must not be told so (RFC 6797)
      assert.equal(headers['strict-transport-security'], undefined);
    }
  });
});

describe('secrets of another door', () => {
  let far: RemotePeer;
  before(async () => {
    far = await openRemotePeer();
  });
  after(() => far[Symbol.asyncDispose]());

  test('a link is used once, at its own door, and void when there is a newer one', async () => {
    const { opened } = far;
    const { peer } = opened;
    const near = new URL(peer.loginLink().url);
    const nearLink = near.pathname + near.search;
    const code = async (path: string, from?: string): Promise<string | undefined> =>
      (await far.ask({ path, ...(from !== undefined && { from }) })).error?.code;
    assert.equal(await code(nearLink), 'BAD_LOGIN');
    assert.equal((await opened.ask('GET', nearLink)).status, 303); // and is still good here
    const older = await linkOf(far);
    const link = await linkOf(far);
    assert.equal(await code(older), 'BAD_LOGIN');
    assert.equal((await opened.ask('GET', link)).error?.code, 'BAD_LOGIN');
    assert.equal(await code(link, ONE), undefined);
    assert.equal(await code(link, OTHER), 'BAD_LOGIN');
  });

  test('a cookie is good at the door where it was given, under whatever name it comes', async () => {
    const { opened } = far;
    const { peer, url } = opened;
    const near = new URL(peer.loginLink().url);
    const { headers } = await opened.ask('GET', near.pathname + near.search);
    const valueOf = (cookie: string): string => cookie.split(';')[0]?.split('=')[1] ?? '';
    const nearValue = valueOf(String(headers['set-cookie']));
    const paired = await far.pair();
    const [https, http] = (['https', 'http'] as const).map((door) => peer.access.at(door));
    const stolen = `${https?.cookieName}=${nearValue}; ${peer.access.cookieName}=${nearValue}`;
    const there = await far.ask({ path: T, headers: { cookie: stolen } });
    assert.equal(there.error?.code, 'NOT_SIGNED_IN');
    const farValue = valueOf(paired.cookie);
    const here = await opened.ask('GET', T, {
      cookie: `${peer.access.cookieName}=${farValue}`,
      origin: url,
    });
    assert.equal(here.error?.code, 'NOT_SIGNED_IN');
    // what was overheard without encryption is worth nothing once there is some
    peer.settings.change({ values: { pageReach: 'http-on-trusted-lan' } });
    const { port = 0 } = await settled(far.opened);
    const { links } = await far.opened.client.call('pairBrowser', {});
    const { pathname, search } = new URL(links[0]?.url ?? '');
    const plain = await askAt(port, false, { path: pathname + search });
    const overheard = valueOf(String(plain.headers['set-cookie']));
    const before = { cookie: `${http?.cookieName}=${overheard}` };
    assert.equal((await askAt(port, false, { path: T, headers: before })).status, 200);
    peer.settings.change({ values: { pageReach: 'https' } });
    const again = await settled(far.opened);
    const replayed = { cookie: `${https?.cookieName}=${overheard}; ${before.cookie}` };
    const asked = await askAt(again.port ?? 0, true, { path: T, headers: replayed });
    assert.equal(asked.error?.code, 'NOT_SIGNED_IN');
  });

  test('the owner’s secret is for the commands of this computer; a key is good', async () => {
    const { secret, peer } = far.opened;
    const as = (bearer: string) =>
      far.ask({ path: T, headers: { authorization: `Bearer ${bearer}` } });
    assert.equal((await as(secret)).error?.code, 'BAD_LOGIN');
    assert.equal((await as(peer.access.makeKey('x', 'read').secret)).status, 200);
  });
});

void test('who guesses is locked out at that address, and nobody else is', async () => {
  await using far = await openRemotePeer();
  const headers = await far.pair();
  const guess = async (from: string): Promise<string | undefined> =>
    (await far.ask({ path: '/login?code=guess', from })).error?.code;
  const codes: unknown[] = [];
  for (let tries = 0; tries < 12; tries += 1) codes.push(await guess(ONE));
  assert.deepEqual(codes, [...Array<string>(10).fill('BAD_LOGIN'), 'LOCKED_OUT', 'LOCKED_OUT']);
  assert.equal(await guess(OTHER), 'BAD_LOGIN');
  assert.equal((await far.ask({ path: T, headers })).status, 200);
  assert.equal((await far.opened.ask('GET', '/login?code=guess')).error?.code, 'BAD_LOGIN');
  // also who guesses may be the owner on a new phone
  assert.equal((await far.ask({ path: await linkOf(far), from: ONE })).status, 303);
  const refused = far.opened.peer.journal
    .read(0, undefined)
    .filter(({ what }) => what.code === 'SIGN_IN_REFUSED')
    .map(({ what }) => what.details['address']);
  assert.deepEqual(refused, [...Array<string>(10).fill(ONE), OTHER, '127.0.0.1']);
});

describe('who says what is no request, or too much', () => {
  let far: RemotePeer;
  before(async () => {
    far = await openRemotePeer();
  });
  after(() => far[Symbol.asyncDispose]());

  test('without TLS nothing is answered at the port of https', async () => {
    for (const said of [
      `GET / HTTP/1.1\r\nHost: ${far.host}\r\n\r\n`,
      '\u0016\u0003\u0001xx\r\n',
    ]) {
      const socket = connect(far.port, ADDRESS);
      socket.write(said);
      const told = await text(socket).catch(() => '');
      assert.doesNotMatch(told, /HTTP|html|error/);
    }
    assert.equal((await far.ask({ path: '/healthz' })).status, 200);
  });

  test('old versions of TLS are not spoken', async () => {
    const options = {
      host: ADDRESS,
      port: far.port,
      rejectUnauthorized: false,
      ciphers: 'DEFAULT@SECLEVEL=0',
    };
    const old = connectTls({ ...options, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' });
    await assert.rejects(once(old, 'secureConnect'), /ssl|tls/i);
    const today = connectTls({ ...options, minVersion: 'TLSv1.3' });
    await once(today, 'secureConnect');
    today.destroy();
  });

  test('a body and headers that are too long are refused', async () => {
    const headers = { ...(await far.pair()), ...JSON_TYPE };
    const body = JSON.stringify({ hasConsented: true, x: 'x'.repeat(1_000_000) });
    const asked = await far.ask({ method: 'POST', path: '/api/v1/setup', headers, body });
    assert.equal(asked.error?.code, 'TOO_LARGE');
    const long = await far.ask({ path: '/', headers: { x: 'x'.repeat(20_000) } });
    assert.equal(long.error?.code, 'TOO_LARGE');
  });

  test('one network holds thirty-two connections, and others find a place', async () => {
    const held: Socket[] = [];
    const closed = Promise.withResolvers<void>();
    for (let count = 0; count < 33; count += 1) {
      const socket = connect({ port: far.port, host: ADDRESS, localAddress: ONE });
      socket.on('error', () => undefined).once('close', () => closed.resolve());
      held.push(socket.resume());
    }
    await closed.promise;
    assert.equal(held.filter(({ closed: isClosed }) => isClosed).length, 1);
    assert.equal((await far.ask({ path: '/healthz', from: OTHER })).status, 200);
    for (const socket of held) socket.destroy();
  });
});

void test('who begins a handshake, or a request, and does not go on is sent away', async () => {
  // longer than a handshake takes, also where the machine stands still for a moment in the middle of it
  const limits = { ...REMOTE_SERVER_LIMITS, headersMs: 1_000, requestMs: 1_000, checkMs: 50 };
  await using far = await openRemotePeer({}, { serverLimits: limits });
  for (const begun of ['', '\u0016\u0003\u0001\u0002\u0000\u0001']) {
    const socket = connect(far.port, ADDRESS);
    socket.on('error', () => undefined);
    socket.write(begun, 'latin1');
    socket.resume();
    await once(socket, 'close');
  }
  const secure = connectTls({ host: ADDRESS, port: far.port, rejectUnauthorized: false });
  await once(secure, 'secureConnect');
  secure.write('GET / HT');
  assert.match(await text(secure), /^HTTP\/1\.1 408 [^]*REQUEST_TIMEOUT/);
});
