import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { RequestRefused } from '@coequal/contract';
import { openPeer } from '../api/peer-in-test.ts';
import { RunningPeer } from '../../src/peer/running-peer.ts';
import { askGuest, openGuestPeer, run, writeHoliday } from './guest-in-test.ts';

const NEEDS_CURL = {
  skip: spawnSync('curl', ['--version']).status === 0 ? false : 'install the Debian package curl',
};
const LAKE = 'lake'.repeat(50_000);
/** Each peer asks for this port first. */
const USUAL_PORT = 7_229;
/** As the page has it. */
const LAKE_AT = 'f/2/lake%20at%20dawn.jpg';

function refused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof RequestRefused && error.code === code;
}

describe('a link for guests', () => {
  test('has a page without a script, in the language of the browser, and says what it gives', async () => {
    await using guest = await openGuestPeer();
    const page = await guest.ask('', { headers: { 'accept-language': 'de-AT,de;q=0.9' } });
    assert.equal(page.status, 200);
    assert.match(page.text, /<html lang="de" dir="ltr">/);
    assert.match(page.text, /<h1><bdi>Holiday 2026<\/bdi><\/h1>/);
    assert.match(page.text, /3 Dateien, zusammen 200 kB/);
    assert.match(page.text, /nicht verschlüsselt/);
    assert.doesNotMatch(page.text, /<script/);
    assert.match((await guest.ask('?lang=ar')).text, /<html lang="ar" dir="rtl">/);
    assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; /);
    assert.equal(page.headers['referrer-policy'], 'no-referrer');
    assert.equal(page.headers['cache-control'], 'no-store');
    assert.match(
      String(page.headers['set-cookie']),
      /^guest=[\w-]{22}; Path=\/[\w-]{24}\/; .*HttpOnly/,
    );
    assert.equal((await guest.ask(guest.at.slice(0, -1))).status, 308);
    assert.equal(
      (await guest.ask('/guest.css')).headers['content-type'],
      'text/css; charset=utf-8',
    );
    const hrefs = Array.from(page.text.matchAll(/href="((?:f|zip)\/[^"]+)"/g), ([, href]) => href);
    assert.equal(hrefs.length, 4);
    for (const href of hrefs) assert.equal((await guest.ask(href ?? '')).status, 200, href);
  });

  test('gives each file, and parts of it, with what is needed to go on', async () => {
    await using guest = await openGuestPeer();
    const whole = await guest.ask(LAKE_AT);
    assert.equal(whole.text, LAKE);
    assert.equal(whole.headers['accept-ranges'], 'bytes');
    assert.equal(whole.headers['content-type'], 'application/octet-stream');
    assert.match(String(whole.headers['content-disposition']), /^attachment; filename="lake at/);
    const etag = String(whole.headers.etag);
    const part = await guest.ask(LAKE_AT, {
      headers: { range: 'bytes=199998-', 'if-range': etag },
    });
    assert.deepEqual([part.status, part.text], [206, 'ke']);
    assert.equal(part.headers['content-range'], 'bytes 199998-199999/200000');
    const head = await guest.ask(LAKE_AT, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '200000', '']);
    const beyond = await guest.ask(LAKE_AT, { headers: { range: 'bytes=200000-' } });
    assert.deepEqual([beyond.status, beyond.headers['content-range']], [416, 'bytes */200000']);
    const other = await guest.ask(LAKE_AT, { headers: { range: 'bytes=5-', 'if-range': '"x"' } });
    assert.deepEqual([other.status, other.text.length], [200, 200_000]);
    assert.equal((await guest.ask('f/1/empty.txt')).text, '');
  });

  test('is fetched by curl, which goes on with what broke off', NEEDS_CURL, async () => {
    await using guest = await openGuestPeer();
    const file = guest.opened.folder.at('fetched.jpg');
    const url = guest.url + LAKE_AT;
    writeFileSync(file, LAKE.slice(0, 77_777));
    assert.equal((await run('curl', '-sf', '-C', '-', '-o', file, url)).code, 0);
    assert.equal(readFileSync(file, 'utf8'), LAKE);
    const zip = guest.opened.folder.at('all.zip');
    const zipUrl = `${guest.url}zip/Holiday%202026.zip`;
    await run('curl', '-sf', '-o', zip, zipUrl);
    const bytes = readFileSync(zip);
    truncateSync(zip, 100_001);
    assert.equal((await run('curl', '-sf', '-C', '-', '-o', zip, zipUrl)).code, 0);
    assert.ok(readFileSync(zip).equals(bytes));
    const { transfers, guests } = await guest.now();
    assert.equal(guests, 1);
    assert.deepEqual(
      transfers.map(({ name, state, done, size, address }) => [
        name,
        state,
        done === size,
        address,
      ]),
      [
        ['Holiday 2026.zip', 'done', true, undefined],
        ['Holiday 2026.zip', 'done', true, undefined],
        ['lake at dawn.jpg', 'done', true, undefined],
      ],
    );
  });

  test('lets in as many guests as it may, and those who began go on', async () => {
    await using guest = await openGuestPeer({ guestsMax: 1 });
    const page = await guest.ask('');
    const [cookie = ''] = String(page.headers['set-cookie']).split(';');
    const known = { headers: { cookie } };
    assert.equal((await guest.now()).guests, 0);
    assert.equal((await guest.ask(LAKE_AT, known)).status, 200);
    assert.deepEqual([(await guest.now()).guests, (await guest.now()).state], [1, 'used-up']);
    const late = await guest.ask(LAKE_AT);
    assert.equal(late.status, 410);
    assert.match(late.text, /used as often as it may be/);
    assert.equal((await guest.ask('')).status, 410);
    assert.equal((await guest.ask(LAKE_AT, known)).status, 200);
    assert.equal((await guest.ask('', known)).status, 200);
  });

  test('refuses in words what was changed on the disk, and tells the person here', async () => {
    await using guest = await openGuestPeer();
    const [holiday = ''] = guest.link.items.map(({ path }) => path);
    utimesSync(join(holiday, 'lake at dawn.jpg'), 1, 1);
    for (const path of [LAKE_AT, 'zip/Holiday%202026.zip']) {
      const answer = await guest.ask(path, { headers: { 'accept-language': 'de' } });
      assert.equal(answer.status, 410);
      assert.match(answer.text, /wurden geändert, nachdem der Link gemacht war/);
    }
    const { state, problem } = await guest.now();
    assert.deepEqual([state, problem?.code], ['changed', 'GUEST_CONTENT_CHANGED']);
    assert.equal((await guest.ask('f/0/what_%20a%20_day_.txt')).text, 'sun\n');
    rmSync(join(holiday, 'Süden'), { recursive: true });
    assert.equal((await guest.ask('f/0/what_%20a%20_day_.txt')).status, 410);
  });

  test('is there again after a restart, at the same address, and has its listener only while it is', async () => {
    // peers of other tests, which run beside this one, would take that port while nobody listens there
    await using opened = new AsyncDisposableStack();
    const open = async () => opened.use(await openGuestPeer({ guestsMax: 1 }));
    let guest = await open();
    while (guest.port === USUAL_PORT) guest = await open();
    await guest.ask(LAKE_AT);
    const { options } = guest.opened.peer;
    await guest.opened.peer[Symbol.asyncDispose]();
    await assert.rejects(guest.ask(''), { code: 'ECONNREFUSED' });
    await using again = await RunningPeer.open(options);
    const signal = AbortSignal.timeout(30_000);
    while (again.guestLinks.list()[0]?.addresses.length === 0) {
      signal.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [link] = again.guestLinks.list();
    assert.equal(link?.addresses[0]?.url, guest.url);
    assert.equal((await guest.ask(LAKE_AT)).text, LAKE); // the same guest
    assert.equal((await guest.ask(LAKE_AT, { headers: { 'user-agent': 'other' } })).status, 410);
    again.guestLinks.revoke(link?.id ?? '');
    const serviceOf = () => again.supervisor.report.find(({ name }) => name === 'guest-links');
    while (serviceOf()?.state !== 'off') {
      signal.throwIfAborted();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await assert.rejects(guest.ask(''), { code: 'ECONNREFUSED' });
  });

  test('ends at once, and other links go on', async () => {
    await using guest = await openGuestPeer();
    const { client, folder } = guest.opened;
    writeFileSync(folder.at('note.txt'), 'hello');
    const other = await client.call('createGuestLink', {
      body: { paths: [folder.at('note.txt')] },
    });
    await client.call('revokeGuestLink', { params: { id: guest.link.id } });
    const ended = await guest.ask('');
    assert.equal(ended.status, 404);
    const { pathname } = new URL(other.addresses[0]?.url ?? '');
    assert.equal((await askGuest(guest.port, `${pathname}f/0/note.txt`)).text, 'hello');
    assert.match((await askGuest(guest.port, pathname)).text, /Download <span class="size">5 byte/);
  });

  test('shows how far a guest is, and stops one who is not let in again', async () => {
    await using guest = await openGuestPeer({}, (folder) => {
      writeFileSync(join(folder, 'long.bin'), new Uint8Array(40_000_000));
      return [join(folder, 'long.bin')];
    });
    // the answer is not read: the guest holds it open
    const response = await fetch(`${guest.url}f/0/long.bin`, {
      headers: { 'user-agent': 'Mozilla/5.0 (Android 14; Mobile) Firefox/140.0' },
    });
    const [running] = (await guest.now()).transfers;
    assert.equal(running?.state, 'running');
    assert.deepEqual(
      [running.guest, running.address, running.size],
      ['Firefox, Android', '127.0.0.1', 40_000_000],
    );
    const params = { id: guest.link.id, transfer: running.id };
    await guest.opened.client.call('stopGuestTransfer', { params });
    await assert.rejects(response.arrayBuffer(), TypeError);
    assert.equal((await guest.now()).transfers[0]?.state, 'stopped');
    const again = await fetch(`${guest.url}f/0/long.bin`, {
      headers: { 'user-agent': 'Mozilla/5.0 (Android 14; Mobile) Firefox/140.0' },
    });
    assert.equal(again.status, 403);
    assert.match(await again.text(), /has stopped it for you/);
  });
});

describe('what guests put here', () => {
  test('goes into a folder apart, under a name that is safe, and nothing is replaced', async () => {
    await using guest = await openGuestPeer({ mayUpload: true, title: 'For Robin' });
    const put = (name: string, body: string) => guest.ask(`up/${name}`, { method: 'PUT', body });
    assert.equal((await put('photo.jpg', 'one')).status, 201);
    assert.equal((await put('photo.jpg', 'two')).status, 201);
    assert.equal((await put('..%2f..%2Fevil.sh', 'x')).status, 201);
    assert.equal((await put('nothing.txt', '')).status, 201);
    const { uploadDirectory = '', uploadedBytes, transfers } = await guest.now();
    assert.deepEqual(readdirSync(uploadDirectory).toSorted(), [
      '_.._evil.sh',
      'nothing.txt',
      'photo (2).jpg',
      'photo.jpg',
    ]);
    assert.equal(readFileSync(join(uploadDirectory, 'photo (2).jpg'), 'utf8'), 'two');
    assert.equal(statSync(join(uploadDirectory, '_.._evil.sh')).mode & 0o777, 0o600);
    assert.equal(uploadedBytes, 7);
    assert.equal(basename(uploadDirectory), `For Robin ${guest.link.id}`);
    assert.deepEqual(
      transfers.map(({ direction, state, path }) => [direction, state, basename(path ?? '')])[3],
      ['upload', 'done', 'photo.jpg'],
    );
    const { entries } = await guest.opened.client.call('readLog', { query: {} });
    assert.ok(entries.some(({ what }) => what.code === 'GUEST_UPLOADED'));
  });

  test('goes on from where it is, by curl too, and not from elsewhere', NEEDS_CURL, async () => {
    await using guest = await openGuestPeer({ mayUpload: true, paths: [] });
    const key = 'k'.repeat(24);
    const at = `up/lake.jpg?key=${key}`;
    const first = { 'content-range': `bytes 0-199999/200000`, 'content-length': '200000' };
    // breaks off: what came is kept
    await assert.rejects(
      fetch(guest.url + at, {
        method: 'PUT',
        headers: first,
        duplex: 'half',
        body: new ReadableStream({
          start(controller) {
            controller.enqueue(Buffer.from(LAKE.slice(0, 120_000)));
          },
          async pull(controller) {
            const signal = AbortSignal.timeout(30_000);
            while ((await guest.now()).transfers[0]?.done !== 120_000) signal.throwIfAborted();
            controller.error(new Error('gone'));
          },
        }),
      }),
    );
    const signal = AbortSignal.timeout(30_000);
    while ((await guest.now()).transfers[0]?.state === 'running') signal.throwIfAborted();
    const asked = await guest.ask(at, { method: 'HEAD' });
    assert.equal(asked.headers['upload-offset'], '120000');
    const wrong = await guest.ask(at, { method: 'PUT', body: LAKE });
    assert.deepEqual([wrong.status, wrong.headers['upload-offset']], [409, '120000']);
    const file = guest.opened.folder.at('lake.jpg');
    writeFileSync(file, LAKE);
    const sent = await run('curl', '-sf', '-C', '120000', '-T', file, guest.url + at);
    assert.equal(sent.code, 0);
    const { uploadDirectory = '' } = await guest.now();
    assert.equal(readFileSync(join(uploadDirectory, 'lake.jpg'), 'utf8'), LAKE);
    assert.equal((await guest.ask(at, { method: 'HEAD' })).headers['upload-complete'], '?1');
    assert.deepEqual(readdirSync(join(uploadDirectory, '..', '.unfinished')), []);
  });

  test('is refused in words where the link does not allow it, or not that much', async () => {
    await using guest = await openGuestPeer();
    const off = await guest.ask('up/x', { method: 'PUT', body: 'x' });
    assert.deepEqual([off.status, off.text], [403, 'No files can be sent by this link.']);
    await using small = await openGuestPeer({ mayUpload: true, uploadBytesMax: 10 });
    const long = await small.ask('up/x?lang=de', { method: 'PUT', body: 'x'.repeat(11) });
    assert.equal(long.status, 413);
    assert.match(long.text, /mehr, als über diesen Link/);
    assert.equal((await small.ask('up/x?length=11')).status, 413);
    const chunked = { 'transfer-encoding': 'chunked' };
    assert.equal(
      (await small.ask('up/x', { method: 'PUT', body: 'x', headers: chunked })).status,
      411,
    );
    assert.equal((await small.ask('up/x', { method: 'PUT', body: 'x'.repeat(6) })).status, 201);
    assert.equal((await small.ask('up/y', { method: 'PUT', body: 'x'.repeat(5) })).status, 413);
    const huge = { 'content-range': `bytes 0-${2 ** 45 - 1}/${2 ** 45}` };
    const { client } = small.opened;
    const link = await client.call('createGuestLink', {
      body: { paths: [], mayUpload: true, uploadBytesMax: 2 ** 40 },
    });
    const { pathname } = new URL(link.addresses[0]?.url ?? '');
    const most = { 'content-range': `bytes 0-${2 ** 40 - 1}/${2 ** 40}` };
    const full = await askGuest(small.port, `${pathname}up/x`, { method: 'PUT', headers: most });
    assert.deepEqual([full.status, /not enough space/.test(full.text)], [507, true]);
    const over = await askGuest(small.port, `${pathname}up/x`, { method: 'PUT', headers: huge });
    assert.equal(over.status, 413);
  });
});

describe('what cannot be given', () => {
  test('is refused when the link is made', async () => {
    await using opened = await openPeer();
    const { client, folder } = opened;
    const create = (paths: string[]) => client.call('createGuestLink', { body: { paths } });
    await assert.rejects(create([folder.at('none')]), refused('GUEST_PATH_MISSING'));
    await assert.rejects(create(['relative']), refused('BAD_REQUEST'));
    await assert.rejects(create(['/dev/null']), refused('GUEST_PATH_MISSING'));
    await assert.rejects(create([]), refused('GUEST_LINK_EMPTY'));
    const params = { id: 'none', transfer: '1' };
    await assert.rejects(
      client.call('stopGuestTransfer', { params }),
      refused('NO_SUCH_GUEST_LINK'),
    );
    await assert.rejects(client.call('revokeGuestLink', { params }), refused('NO_SUCH_GUEST_LINK'));
    const { id } = await create([writeHoliday(folder.path)]);
    await assert.rejects(
      client.call('stopGuestTransfer', { params: { id, transfer: '1' } }),
      refused('NO_SUCH_GUEST_TRANSFER'),
    );
    for (let count = 1; count < 100; count += 1) await create([folder.at('Holiday 2026')]);
    await assert.rejects(create([folder.at('Holiday 2026')]), refused('TOO_MANY_GUEST_LINKS'));
  });
});
