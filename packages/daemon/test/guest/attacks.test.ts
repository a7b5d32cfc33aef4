// What somebody who has a link, or none, can try against the page for guests. Small limits stand for the real ones.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { GUEST_LIMITS } from '../../src/guest/guest-server.ts';
import type { GuestLimits } from '../../src/guest/guest-server.ts';
import { askGuest, openGuestPeer, writeHoliday } from './guest-in-test.ts';
import type { GuestPeer } from './guest-in-test.ts';

const IMPATIENT: GuestLimits = { ...GUEST_LIMITS, headersMs: 200, idleMs: 200, checkMs: 50 };
/** With requests as patient as ever: on a machine that stands still for a moment none would come to be one. */
const HURRYING: GuestLimits = { ...GUEST_LIMITS, stallMs: 200 };
const LONG = 60_000_000;

function longFile(folder: string): readonly string[] {
  writeFileSync(join(folder, 'long.bin'), new Uint8Array(LONG));
  return [join(folder, 'long.bin')];
}

async function say(guest: GuestPeer, ...parts: readonly string[]): Promise<Socket> {
  const socket = connect(guest.port, '127.0.0.1');
  socket.on('error', () => undefined); // it is closed on us, which is what is looked for
  for (const part of parts) socket.write(part);
  return socket;
}

/** Until the other side closed it. */
async function closing(socket: Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise((resolve) => socket.once('close', resolve));
}

function headOf(guest: GuestPeer, method: string, path: string, ...more: string[]): string {
  const lines = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${guest.port}`, ...more];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

test('no path leads out of what the link gives', async () => {
  await using guest = await openGuestPeer({}, (folder) => {
    const holiday = writeHoliday(folder);
    writeFileSync(join(folder, 'secret.txt'), 'SECRET');
    symlinkSync(join(folder, 'secret.txt'), join(holiday, 'link.txt'));
    symlinkSync(folder, join(holiday, 'up'));
    return [holiday];
  });
  assert.equal(guest.link.fileCount, 3);
  const tried = [
    'f/0/../../secret.txt',
    'f/0/..%2f..%2fsecret.txt',
    'f/0/%2e%2e/%2e%2e/secret.txt',
    'f/3/secret.txt',
    'f/-1/secret.txt',
    'f/999999/x',
    'f/0/',
    'f/0',
    'f/00000000000000000000000/x',
    'zip/..%2fsecret.txt',
    '../secret.txt',
    'up/../../secret.txt',
    '%00',
    'f/0/%ff',
    'f/0/%',
  ];
  for (const path of tried) {
    const { status, text: body } = await guest.ask(path);
    assert.ok(status === 404 || status === 403, `${path} ${status}`);
    assert.doesNotMatch(body, /SECRET/);
  }
  for (const target of ['/', '//evil/', 'http://evil/', '*', '/..', '/%2e%2e/'])
    assert.match(
      await text(await say(guest, headOf(guest, 'GET', target, 'Connection: close'))),
      /^HTTP\/1.1 4/,
    );
});

test('who guesses is told nothing, and after ten tries not even that; who has a link is let in', async () => {
  await using guest = await openGuestPeer();
  const guess = (from?: string) =>
    askGuest(guest.port, `/${'A'.repeat(24)}/`, from === undefined ? {} : { from });
  const statuses: number[] = [];
  for (let count = 0; count < 12; count += 1) statuses.push((await guess()).status);
  assert.deepEqual(statuses, [...Array<number>(10).fill(404), 429, 429]);
  assert.match((await guess()).text, /too many wrong links/);
  assert.equal((await guess('127.0.0.9')).status, 404);
  assert.equal((await guest.ask('')).status, 200);
  // what a browser asks for by itself is no guess
  for (let count = 0; count < 20; count += 1)
    assert.equal((await askGuest(guest.port, '/favicon.ico', { from: '127.0.0.8' })).status, 404);
  const nothing = await askGuest(guest.port, '/favicon.ico');
  assert.doesNotMatch(nothing.text, /Holiday/);
});

test('only the own names are answered, and no other site’s page', async () => {
  await using guest = await openGuestPeer({ mayUpload: true });
  for (const host of [
    'evil.example',
    `evil.example:${guest.port}`,
    '127.0.0.1',
    `127.0.0.1:${guest.port + 1}`,
  ])
    assert.equal((await guest.ask('', { headers: { host } })).status, 403, host);
  const foreign = { origin: 'https://evil.example' };
  assert.equal(
    (await guest.ask('up/x', { method: 'PUT', body: 'x', headers: foreign })).status,
    403,
  );
  const site = { 'sec-fetch-site': 'cross-site' };
  assert.equal((await guest.ask('up/x', { method: 'PUT', body: 'x', headers: site })).status, 403);
  // a link in a message leads here
  assert.equal((await guest.ask('', { headers: site })).status, 200);
  for (const method of ['POST', 'DELETE', 'OPTIONS', 'PATCH'])
    assert.equal((await guest.ask('', { method })).status, 405, method);
});

test('many ranges at once are one file, once', async () => {
  await using guest = await openGuestPeer();
  const range = `bytes=${Array.from({ length: 500 }, (_, at) => `${at}-`).join(',')}`;
  const answer = await guest.ask('f/2/lake%20at%20dawn.jpg', { headers: { range } });
  assert.deepEqual([answer.status, answer.bytes.length], [200, 200_000]);
  const end = `zip/Holiday%202026.zip`;
  for (let count = 0; count < 20; count += 1)
    assert.equal((await guest.ask(end, { headers: { range: 'bytes=-22' } })).bytes.length, 22);
});

test('names of files can neither end a header nor leave a folder of the ZIP', async () => {
  await using guest = await openGuestPeer({}, (folder) => {
    const evil = join(folder, 'evil');
    mkdirSync(join(evil, '..\\..\\up'), { recursive: true });
    writeFileSync(join(evil, 'a"\r\nX-Evil: 1\r\n\r\nbody.txt'), 'a');
    writeFileSync(join(evil, '..\\..\\up', 'C:\\x.exe'), 'b');
    writeFileSync(join(evil, '<img src=x onerror=alert(1)>.txt'), 'c');
    return [evil];
  });
  const page = (await guest.ask('')).text;
  assert.doesNotMatch(page, /<img/);
  const hrefs = Array.from(page.matchAll(/href="(f\/[^"]+)"/g), ([, href = '']) => href);
  assert.equal(hrefs.length, 3);
  for (const href of hrefs) {
    const { status, headers } = await guest.ask(href);
    assert.equal(status, 200);
    assert.equal(headers['x-evil'], undefined);
    assert.match(String(headers['content-disposition']), /^attachment; /);
  }
  const zip = await guest.ask('zip/evil.zip');
  // of the directory: what stands before the names has 42 bytes more
  const entries = zip.bytes.toString('latin1').split('PK\u0001\u0002').slice(1);
  const names = entries.map((entry) => entry.slice(42, entry.indexOf('UT', 42)));
  assert.equal(names.length, 3);
  for (const name of names) assert.doesNotMatch(name, /\\|:|\.\.\/|[\r\n]/);
});

test('who takes nothing of a download, or sends nothing of an upload, is cut off', async () => {
  await using guest = await openGuestPeer({ mayUpload: true }, longFile, {
    guestLimits: HURRYING,
  });
  const reader = await say(guest, headOf(guest, 'GET', `${guest.at}f/0/long.bin`));
  reader.pause();
  const sender = await say(
    guest,
    headOf(guest, 'PUT', `${guest.at}up/x`, 'Content-Length: 1000000'),
    'begun',
  );
  const signal = AbortSignal.timeout(30_000);
  const states = async () => (await guest.now()).transfers.map(({ state }) => state);
  while ((await states()).join() !== 'broken,broken') signal.throwIfAborted();
  reader.destroy();
  await closing(sender);
  // what came is kept for who goes on
  const { uploadDirectory = '' } = await guest.now();
  assert.equal(readdirSync(join(uploadDirectory, '..', '.unfinished')).length, 1);
});

test('who says half of a request, or nothing, is cut off', async () => {
  await using guest = await openGuestPeer({}, undefined, { guestLimits: IMPATIENT });
  const half = await say(guest, 'GET / HTTP/1.1\r\nHost:');
  const silent = await say(guest);
  const bodied = await say(guest, headOf(guest, 'GET', guest.at, 'Content-Length: 99999999'), 'x');
  for (const socket of [half, silent, bodied]) {
    socket.resume();
    await closing(socket);
  }
});

test('of one network there are so many connections, and others still come', async () => {
  await using guest = await openGuestPeer({}, longFile);
  const sockets: Socket[] = [];
  for (let count = 0; count < 80; count += 1) sockets.push(await say(guest));
  const signal = AbortSignal.timeout(30_000);
  const open = () => sockets.filter((socket) => !socket.closed && !socket.connecting).length;
  while (open() !== 32) {
    signal.throwIfAborted();
    await setImmediate();
  }
  const other = await askGuest(guest.port, guest.at, { from: '127.0.0.7' });
  assert.equal(other.status, 200);
  for (const socket of sockets) socket.destroy();
});

test('what a guest sends beyond the length that was said is not taken', async () => {
  await using guest = await openGuestPeer({ mayUpload: true });
  const answer = await text(
    await say(
      guest,
      headOf(guest, 'PUT', `${guest.at}up/x`, 'Content-Length: 3', 'Connection: close'),
      'abcdefghi',
    ),
  );
  assert.match(answer, /^HTTP\/1.1 (201|400)/); // what follows is no request
  const { uploadDirectory = '' } = await guest.now();
  // the connection may have ended before it was begun
  for (const name of existsSync(uploadDirectory) ? readdirSync(uploadDirectory) : [])
    assert.equal(readFileSync(join(uploadDirectory, name), 'utf8'), 'abc');
  const range = { 'content-range': 'bytes 0-2/3' };
  const longer = await guest.ask('up/y', { method: 'PUT', body: 'abcdef', headers: range });
  assert.equal(longer.status, 400);
  for (const bad of ['bytes 0-1/3', 'bytes 3-2/3', 'bytes */3', 'bytes 0-2/*', 'x'])
    assert.equal(
      (await guest.ask('up/y', { method: 'PUT', body: 'a', headers: { 'content-range': bad } }))
        .status,
      411,
      bad,
    );
});

test('unfinished uploads are as many as may be, and the oldest gives way', async () => {
  await using guest = await openGuestPeer({ mayUpload: true });
  for (let count = 0; count < 22; count += 1) {
    const head = headOf(
      guest,
      'PUT',
      `${guest.at}up/x${count}?key=${`${count}`.padStart(20, 'k')}`,
      'Content-Length: 10',
    );
    const socket = await say(guest, head, 'begun');
    const signal = AbortSignal.timeout(30_000);
    const last = async () => (await guest.now()).transfers.find(({ name }) => name === `x${count}`);
    while ((await last())?.done !== 5) signal.throwIfAborted();
    socket.destroy();
    while ((await last())?.state === 'running') signal.throwIfAborted();
  }
  const { uploadDirectory = '' } = await guest.now();
  assert.equal(readdirSync(join(uploadDirectory, '..', '.unfinished')).length, 20);
});
