// The page on other devices: opened and closed by a setting, paired by a link, with a certificate that can be compared.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openPeer } from '../api/peer-in-test.ts';
import { ADDRESS, openRemotePeer, settled } from './remote-page-in-test.ts';

const T = '/api/v1/transfers';
const PHONE = 'Mozilla/5.0 (Android 16; Mobile; rv:150.0) Gecko/150.0 Firefox/150.0';

void test('a peer opens nothing to other devices by itself', async () => {
  await using opened = await openPeer({ reach: 'private' });
  const { client, peer } = opened;
  assert.deepEqual(await client.call('showRemotePage', {}), {
    wanted: 'off',
    state: 'off',
    addresses: [],
  });
  const { listening } = await client.call('showReach', {});
  assert.deepEqual(
    listening.map(({ what }) => what),
    ['page'],
  );
  await assert.rejects(client.call('pairBrowser', {}), { code: 'PAGE_NOT_OPEN' });
  assert.equal(peer.supervisor.report.find(({ name }) => name === 'remote-page')?.state, 'off');
});

void test('opened, it has a certificate whose fingerprint is the one that the peer tells', async () => {
  await using far = await openRemotePeer();
  const { client, folder, peer } = far.opened;
  const page = await client.call('showRemotePage', {});
  assert.equal(page.state, 'open');
  assert.equal(page.addresses[0]?.url, far.origin);
  const { status, fingerprint } = await far.ask({ path: '/healthz' });
  assert.equal(status, 200);
  assert.match(fingerprint ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
  assert.equal(fingerprint, page.certificate?.fingerprint);
  assert.equal(fingerprint, (await client.call('pairBrowser', {})).certificate?.fingerprint);
  const kept = folder.at('home', 'page-certificate.pem');
  assert.equal(statSync(kept).mode & 0o777, 0o600);
  const certificate = new X509Certificate(readFileSync(kept));
  assert.equal(certificate.fingerprint256, fingerprint);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  assert.equal(certificate.checkIP(ADDRESS), ADDRESS);
  assert.equal(certificate.ca, false);
  const { listening } = await client.call('showReach', {});
  assert.deepEqual(listening[1], {
    what: 'remote-page',
    address: ADDRESS,
    port: far.port,
    from: 'local-network',
  });
  // the same one after it was closed and opened
  peer.settings.change({ values: { pageReach: 'off' } });
  peer.settings.change({ values: { pageReach: 'https' } });
  const again = await settled(far.opened);
  assert.equal(again.certificate?.fingerprint, fingerprint);
  assert.equal(again.port, far.port);
});

void test('a link pairs one browser, which has all that it has on this computer, and is listed', async () => {
  await using far = await openRemotePeer();
  const { client, peer } = far.opened;
  const headers = await far.pair(PHONE);
  const listed = await far.ask({ path: T, headers });
  assert.equal(listed.status, 200, listed.body);
  const body = JSON.stringify({ values: { uploadMax: 5_000 } });
  const changing = { ...headers, 'content-type': 'application/json' };
  const changed = await far.ask({
    method: 'PATCH',
    path: '/api/v1/settings',
    headers: changing,
    body,
  });
  assert.equal(changed.status, 200, changed.body);
  assert.equal(peer.settings.values.uploadMax, 5_000);
  const own = await far.ask({ path: '/api/v1/sessions', headers });
  const [session] = (JSON.parse(own.body) as { sessions: { id: string }[] }).sessions;
  const { sessions } = await client.call('listSessions', {});
  assert.deepEqual(
    sessions.map(({ name, door, address, isThis }) => [name, door, address, isThis]),
    [['Firefox, Android', 'https', '127.0.0.1', false]],
  );
  assert.deepEqual(session, { ...sessions[0], isThis: true });
  const entry = peer.journal
    .read(0, undefined)
    .find(({ what }) => what.code === 'DEVICE_SIGNED_IN');
  assert.equal(entry?.what.text, 'Firefox, Android signed in, from 127.0.0.1');
  await client.call('endSession', { params: { id: sessions[0]?.id ?? '' } });
  assert.equal((await far.ask({ path: T, headers })).error?.code, 'NOT_SIGNED_IN');
});

void test('switched off, it is gone at once, and all who came over it are signed out', async () => {
  await using far = await openRemotePeer();
  const { opened } = far;
  const { client, peer } = opened;
  const near = new URL(peer.loginLink().url);
  const { headers: told } = await opened.ask('GET', near.pathname + near.search);
  const [nearCookie = ''] = told['set-cookie'] as readonly string[];
  const headers = await far.pair();
  const { links } = await client.call('pairBrowser', {});
  const events = far.ask({ path: '/api/v1/events', headers }).catch(() => 'cut off');
  while (peer.hub.readerCount === 0) await setImmediate();
  // by the other device itself: its answer still comes
  const off = await far.ask({
    method: 'PATCH',
    path: '/api/v1/settings',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"values":{"pageReach":"off"}}',
  });
  assert.equal(off.status, 200);
  await events; // has ended
  while (peer.remotePage.openAt !== undefined) await setImmediate();
  await assert.rejects(far.ask({ path: '/healthz' }), { code: 'ECONNREFUSED' });
  assert.deepEqual(
    (await client.call('listSessions', {})).sessions.map(({ door }) => door),
    ['loopback'],
  );
  assert.equal((await opened.ask('GET', T, { cookie: nearCookie })).status, 200);
  peer.settings.change({ values: { pageReach: 'https' } });
  await settled(far.opened);
  assert.equal((await far.ask({ path: T, headers })).error?.code, 'NOT_SIGNED_IN');
  const old = new URL(links[0]?.url ?? '');
  assert.equal((await far.ask({ path: old.pathname + old.search })).error?.code, 'BAD_LOGIN');
});

void test('a port that is taken makes it fail, in words, and alone; freed, it is opened', async () => {
  const taken = createServer().listen(0, ADDRESS);
  await once(taken, 'listening');
  const address = taken.address();
  assert.ok(typeof address === 'object' && address !== null);
  await using far = await openRemotePeer({ pagePort: address.port });
  const { client, peer } = far.opened;
  const page = await client.call('showRemotePage', {});
  assert.equal(page.state, 'failed');
  assert.equal(page.problem?.code, 'PAGE_PORT_TAKEN');
  assert.match(page.problem.text, /taken by another program/);
  assert.equal((await far.opened.askAsOwner('GET', T)).status, 200);
  const states = peer.supervisor.report.map(({ name, state }) => `${name} ${state}`);
  assert.deepEqual(states, [
    'files waiting',
    'watch-folder off',
    'remote-page failed',
    'guest-links off',
    'people off',
  ]);
  taken.close();
  await once(taken, 'close');
  peer.supervisor.restart('remote-page');
  while (peer.remotePage.openAt === undefined) await setImmediate();
  assert.equal(peer.remotePage.openAt.port, address.port);
});

void test('offline it stays closed, whatever the setting, and says why', async () => {
  await using opened = await openPeer();
  opened.peer.settings.change({ values: { pageReach: 'https', pageAddress: ADDRESS } });
  const page = await settled(opened);
  assert.equal(page.state, 'forbidden');
  assert.equal(page.problem?.code, 'PAGE_OFFLINE');
  await assert.rejects(opened.client.call('pairBrowser', {}), (error: Error) =>
    /not open to other devices/.test(error.message),
  );
  assert.equal(opened.peer.remotePage.openAt, undefined);
});

void test('without encryption it is open where a person says so, and to the local network alone', async () => {
  await using far = await openRemotePeer(
    { pageReach: 'http-on-trusted-lan' },
    { reach: 'anywhere' },
  );
  const { client } = far.opened;
  const page = await client.call('showRemotePage', {});
  assert.equal(page.certificate, undefined);
  assert.equal(page.addresses[0]?.url, far.origin);
  assert.match(far.origin, /^http:/);
  const headers = await far.pair();
  const asked = await far.ask({ path: T, headers });
  assert.equal(asked.status, 200);
  assert.equal(asked.headers['strict-transport-security'], undefined);
  const { listening } = await client.call('showReach', {});
  assert.equal(listening[1]?.from, 'local-network');
});

void test('programs made for others are answered there only when that is switched on, too', async () => {
  await using far = await openRemotePeer({ speaksQbittorrent: true, speaksTransmission: true });
  const { peer } = far.opened;
  const key = peer.access.makeKey('app', 'transfers').secret;
  const headers = { authorization: `Bearer ${key}` };
  const paths = ['/api/v2/app/version', '/transmission/rpc'];
  const statuses = async (): Promise<number[]> =>
    await Promise.all(
      paths.map(async (path) => {
        const method = path.startsWith('/api') ? 'GET' : 'POST';
        return (await far.ask({ method, path, headers })).status;
      }),
    );
  assert.deepEqual(await statuses(), [404, 404]);
  assert.equal((await far.opened.ask('GET', paths[0] ?? '', headers)).status, 200);
  peer.settings.change({ values: { pageServesPrograms: true } });
  assert.deepEqual(await statuses(), [200, 409]);
  const body = `username=x&password=${key}`;
  const signed = await far.ask({
    method: 'POST',
    path: '/api/v2/auth/login',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  assert.match(String(signed.headers['set-cookie']), /^SID=.*; Secure$/);
});

void test('the certificate of a person is presented as it is, and again when its file has changed', async () => {
  await using maker = await openRemotePeer();
  await using other = await openRemotePeer();
  const pem = maker.opened.folder.at('home', 'page-certificate.pem');
  const values = { pageCertificate: pem, pageKey: pem };
  await using far = await openRemotePeer({ ...values, pageNames: ['page.example'] });
  const first = await far.ask({ path: '/healthz' });
  assert.equal(first.fingerprint, (await maker.ask({ path: '/healthz' })).fingerprint);
  assert.equal(first.headers['strict-transport-security'], undefined);
  const named = await far.ask({ path: '/', headers: { host: `page.example:${far.port}` } });
  assert.equal(named.status, 200);
  assert.match(String(named.headers['strict-transport-security']), /^max-age=\d+$/);
  const page = await far.opened.client.call('showRemotePage', {});
  assert.equal(page.certificate?.isOwn, false);
  assert.equal(page.addresses[0]?.host, 'page.example');
  const wrong = { pageKey: other.opened.folder.at('home', 'page-certificate.pem') };
  far.opened.peer.settings.change({ values: wrong });
  while (far.opened.peer.remotePage.openAt !== undefined) await setImmediate();
  const failed = await settled(far.opened);
  assert.equal(failed.state, 'failed');
  assert.equal(failed.problem?.code, 'PAGE_CERTIFICATE_BAD');
  assert.equal(failed.problem.details['path'], wrong.pageKey);
  assert.doesNotMatch(JSON.stringify(failed), /PRIVATE|BEGIN/);
});
