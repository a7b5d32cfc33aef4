// The page on other devices, as its owner opens it from a terminal; and in networks of our own, who gets in.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Pairing } from '@coequal/contract';
import { ADDRESS, askAt } from '../remote-page/remote-page-in-test.ts';
import { readQrText } from '../remote-page/read-qr-text.ts';
import { COMMAND, eventOf, NODE, Place } from './command.ts';
import type { Command } from './command.ts';
import { Laboratory, noNamespaces } from './namespaces.ts';

const TERMINAL = fileURLToPath(new URL('terminal.py', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;
const UP = ['up', '--json', '--api-port', '0'] as const;

async function configure(place: Place, ...lines: readonly string[]): Promise<void> {
  await mkdir(place.at('home'));
  await writeFile(place.at('home', 'config.toml'), ['version = 1', ...lines, ''].join('\n'));
}

void test('from a terminal it is opened, pairs a browser, and is closed', async () => {
  await using place = await Place.make();
  await configure(place, `pageAddress = "${ADDRESS}"`);
  await using peer = place.start(...UP, '--lan-only');
  await peer.event('ready');
  const closed = await place.run('pair', '--json');
  assert.equal(closed.code, 1);
  assert.equal(eventOf(closed, 'error')['code'], 'PAGE_NOT_OPEN');
  const opened = await place.run('pair', '--open', '--json');
  assert.equal(opened.code, 0, opened.stderr);
  const { url, certificate } = eventOf(opened, 'pairing') as unknown as Pairing & { url: string };
  const { port, pathname, search } = new URL(url);
  const signed = await askAt(Number(port), true, { path: pathname + search });
  assert.equal(signed.status, 303);
  assert.equal(signed.fingerprint, certificate?.fingerprint);
  const words = await place.run('pair', '--address', ADDRESS);
  assert.equal(words.code, 0, words.stderr);
  assert.match(words.stdout, /^https:\/\/[\d.]+:\d+\/login\?code=[\w-]{22}\n/);
  assert.ok(words.stdout.startsWith(`https://${ADDRESS}:`));
  assert.match(words.stdout, /once, within 5 min/);
  assert.ok(words.stdout.includes(certificate?.fingerprint.slice(0, 23) ?? 'none'));
  const elsewhere = await place.run('pair', '--address', 'nowhere', '--json');
  assert.equal(eventOf(elsewhere, 'error')['code'], 'NO_SUCH_ADDRESS');
  assert.ok(String(eventOf(elsewhere, 'error')['hint']).includes(ADDRESS));
  const after = await place.run('pair', '--close');
  assert.equal(after.code, 0, after.stderr);
  assert.equal((await place.run('pair', '--json')).code, 1);
});

void test(
  'on a terminal the link is a QR code, too',
  { skip: hasPython ? false : 'install the Debian package python3' },
  async () => {
    await using place = await Place.make();
    await configure(place, `pageAddress = "${ADDRESS}"`, 'pageReach = "https"');
    await using peer = place.start(...UP, '--lan-only');
    await peer.event('ready');
    const env = { ...process.env, COEQUAL_HOME: place.at('home') };
    const child = spawn('python3', [TERMINAL, '40', '100', ...COMMAND, 'pair', '--open'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [shown] = await Promise.all([text(child.stdout), once(child, 'close')]);
    const lines = shown.split(/\r?\n/);
    const code = lines.filter((line) => line.startsWith('\u001b[38;5;16'));
    const link = lines.find((line) => line.startsWith('https://'));
    assert.ok(link !== undefined, shown);
    assert.equal(readQrText(code.join('\n')), link);
  },
);

void test('offline it stays closed, and the terminal says why', async () => {
  await using place = await Place.make();
  await using peer = place.start(...UP, '--offline');
  await peer.event('ready');
  const ended = await place.run('pair', '--open', '--json');
  assert.equal(ended.code, 1);
  assert.equal(eventOf(ended, 'error')['code'], 'PAGE_OFFLINE');
});

/** What a device there is answered; `gone`: the connection ended without one. */
function askFrom(place: Place, host: string, url: string): Command {
  const script = `
    import { request as secure } from 'node:https';
    import { request as plain } from 'node:http';
    const tell = (answer) => console.log(JSON.stringify({ event: 'answer', ...answer }));
    const request = '${url}'.startsWith('https:') ? secure : plain;
    request('${url}', { rejectUnauthorized: false }, (response) => {
      tell({ status: response.statusCode, fingerprint: response.socket.getPeerCertificate?.().fingerprint256 });
      response.resume();
    }).on('error', ({ code }) => tell({ status: 0, code })).end();`;
  const module = ['--input-type=module', '-e', script];
  return place.startOther(['ip', 'netns', 'exec', host, NODE, ...module]);
}

describe('in networks of our own', { skip: noNamespaces() }, () => {
  /** A peer with an address of the local network and one of the internet, and a device in both. */
  async function ask(
    flags: readonly string[],
    reach: string,
    hosts: readonly string[],
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    await using place = await Place.make();
    await using lab = new Laboratory();
    const [here, phone] = [lab.addHost('here'), lab.addHost('phone')];
    lab.join(
      { host: here, name: 'out', addresses: ['10.93.1.1/24', '203.0.113.1/24', 'fd93::1/64'] },
      { host: phone, name: 'in', addresses: ['10.93.1.2/24', '203.0.113.2/24', 'fd93::2/64'] },
    );
    await configure(place, `pageReach = "${reach}"`, 'pagePort = 7228');
    await using peer = place.startIn(here, ...UP, ...flags);
    await peer.event('ready');
    await using paired = place.startIn(here, 'pair', '--open', '--json');
    const made = (await paired.event('pairing')) as unknown as Pairing;
    assert.deepEqual(
      new Set(made.links.map(({ host }) => host).filter((host) => /^[\d.]+$|:/.test(host))),
      new Set(['10.93.1.1', '203.0.113.1', 'fd93::1']),
    );
    assert.equal(made.links[0]?.host, '10.93.1.1');
    const answers: Record<string, unknown>[] = [];
    for (const host of hosts) {
      const { url = '' } = made.links.find((link) => link.host === host) ?? {};
      await using asked = askFrom(place, phone, `${new URL(url).origin}/healthz`);
      const { event: _, ...answer } = await asked.event('answer');
      const isRight = answer['fingerprint'] === made.certificate?.fingerprint;
      answers.push({ ...answer, ...('fingerprint' in answer && { fingerprint: isRight }) });
    }
    return answers;
  }

  const ALL = ['10.93.1.1', 'fd93::1', '203.0.113.1'];
  const GOOD = { status: 200, fingerprint: true };
  const GONE = { status: 0, code: 'ECONNRESET' };

  test('a phone in the local network opens it, and so does one that comes from the internet', async () => {
    assert.deepEqual(await ask([], 'https', ALL), [GOOD, GOOD, GOOD]);
  });

  test('with --lan-only who comes from beyond the local network is not even greeted', async () => {
    assert.deepEqual(await ask(['--lan-only'], 'https', ALL), [GOOD, GOOD, GONE]);
  });

  test('without encryption the same holds, whatever the peer may reach', async () => {
    const [near, nearer, far] = await ask([], 'http-on-trusted-lan', ALL);
    assert.deepEqual([near?.['status'], nearer?.['status']], [200, 200]);
    assert.deepEqual(far, GONE);
  });
});
