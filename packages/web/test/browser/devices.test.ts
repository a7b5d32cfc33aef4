// “Use it on your phone”: the code, what is said beside it, who is signed in; and a real peer's page over https.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Client } from '@coequal/contract';
import type { Page } from 'playwright-core';
import { assertAccessible, Browser, DESKTOP, NEEDS_CHROMIUM, PHONE, visit } from './chromium.ts';
import type { VisitOptions } from './chromium.ts';
import { readQrCode } from './read-qr.ts';

const COMMAND = fileURLToPath(new URL('../../../daemon/bin/coequal.js', import.meta.url));
/** Beyond what the first listener hears, and of this computer. */
const ADDRESS = '127.0.0.2';
const ON_PHONE =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36';

const LOOKS: readonly (readonly [string, VisitOptions, string])[] = [
  ['in light', { settings: { theme: 'light' } }, 'Use it on your phone'],
  ['in dark', { settings: { theme: 'dark' } }, 'Use it on your phone'],
  ['in Arabic', { settings: { language: 'ar' } }, 'استعملها على هاتفك'],
  ['in German', { settings: { language: 'de' } }, 'Auf dem Handy benutzen'],
  ['on the phone', { viewport: PHONE }, 'Use it on your phone'],
];

describe('the page on other devices', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  for (const [look, options, name] of LOOKS) {
    test(`its code is found, read by a camera and accessible ${look}`, async () => {
      await using visited = await visit(browser, { ...options, hash: '#/reach' });
      const { page, peer, complaints } = visited;
      await page.getByRole('button', { name }).click();
      await page.locator('.pairing-list').waitFor();
      await assertAccessible(page, `before it is open ${look}`);
      await page.locator('.dialog-foot .primary').click();
      const code = page.locator('.qr-code');
      await code.waitFor();
      assert.equal(peer.world.settings.values.pageReach, 'https');
      const link = await page.locator('.secret').textContent();
      assert.match(link ?? '', /^https:\/\/192\.168\.1\.20:7228\/login\?code=made-\d/);
      assert.equal(await readQrCode(code), link);
      await page.locator('.pairing-note').waitFor();
      await assertAccessible(page, `with the code ${look}`);
      const overflows = await page.evaluate(
        "['html', '.dialog-body'].map((each) => document.querySelector(each)).map((each) => each.scrollWidth - each.clientWidth)",
      );
      assert.deepEqual(overflows, [0, 0]);
      await page.keyboard.press('Escape');
      await page.locator('.fingerprint').waitFor();
      await assertAccessible(page, `reach, when it is open ${look}`);
      assert.deepEqual(complaints, []);
    });
  }

  test('another address makes another code, a new one voids it, and one that is over says so', async () => {
    await using visited = await visit(browser, {
      settings: { pageReach: 'https' },
      hash: '#/home',
    });
    const { page } = visited;
    await page.clock.install();
    await page.evaluate("location.hash = '#/reach'");
    await page.getByRole('button', { name: 'Use it on your phone' }).click();
    const code = page.locator('.qr-code');
    const first = await readQrCode(code);
    await page.getByRole('button', { name: /Address of this computer/ }).click();
    await page.getByRole('option', { name: 'den.local' }).click();
    await page.locator('.secret').filter({ hasText: 'den.local' }).waitFor();
    const second = await readQrCode(code);
    assert.equal(second, first?.replace('192.168.1.20', 'den.local'));
    await page.clock.fastForward(301_000);
    await page.getByText('This code is no longer good.').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Copy' }).isDisabled());
    await page.getByRole('button', { name: 'New code' }).click();
    await page.getByText(/made-\d*[1-9]x/).waitFor();
    const { fingerprint = '' } = visited.peer.world.remotePage().certificate ?? {};
    await page.getByText(fingerprint.slice(0, 23), { exact: true }).waitFor();
  });

  test('a browser that signs in shows at once, is listed, and is signed out from there', async () => {
    await using visited = await visit(browser, {
      settings: { pageReach: 'http-on-trusted-lan' },
      hash: '#/reach',
    });
    const { page, peer } = visited;
    await page.getByText('Open, and not encrypted').waitFor();
    await page.getByRole('button', { name: 'Use it on your phone' }).click();
    await page.getByText('This is not encrypted').waitFor();
    peer.world.signIn('phone', { door: 'http' });
    await page.getByText('Signed in: Firefox, Android').waitFor();
    await assertAccessible(page, 'signed in');
    await page.keyboard.press('Escape');
    const line = page.locator('.lines li').filter({ hasText: 'Firefox, Android' });
    await line.getByText(/not encrypted · last seen/).waitFor();
    await line.getByRole('button', { name: 'Sign out: Firefox, Android' }).click();
    await line.waitFor({ state: 'detached' });
    assert.ok(!peer.world.sessions.has('phone'));
    await page.getByText('this browser').waitFor();
  });

  test('closed by a switch, locked by config.toml, and set in the settings', async () => {
    await using visited = await visit(browser, {
      settings: { pageReach: 'https' },
      hash: '#/reach',
    });
    const { page, peer } = visited;
    const toggle = page.getByRole('switch', { name: 'Open this page to other devices' });
    await page.locator('.fingerprint').waitFor();
    await page.locator('label').filter({ has: toggle }).click();
    await page.getByText('Closed: only this computer').waitFor();
    assert.equal(peer.world.settings.values.pageReach, 'off');
    await page.evaluate("location.hash = '#/settings'");
    await page.getByRole('searchbox').fill('other names');
    const names = page.locator('#setting-pageNames').getByRole('textbox');
    await names.fill('page.example\nproxy.example:8443');
    await names.blur();
    await page.locator('#setting-pageNames').getByRole('button', { name: 'Reset' }).waitFor();
    assert.deepEqual(peer.world.settings.values.pageNames, ['page.example', 'proxy.example:8443']);
    const asked = peer.next('changeSettings');
    await names.fill('');
    await names.blur();
    assert.deepEqual(await asked, { values: { pageNames: [] } });
    assert.equal(await names.inputValue(), '');
    await using locked = await visit(browser, {
      origins: { pageReach: 'config.toml' },
      hash: '#/reach',
    });
    await locked.page.getByText('Set by config.toml').waitFor();
    assert.ok(await locked.page.getByRole('switch', { name: /Open this page/ }).isDisabled());
  });
});

/** It may be reached within private networks, and reaches no further than this computer. */
class RealPeer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly home: string;
  readonly loginLink: string;

  private constructor(child: ChildProcess, home: string, loginLink: string) {
    this.#child = child;
    this.home = home;
    this.loginLink = loginLink;
  }

  static async open(home: string): Promise<RealPeer> {
    const flags = ['up', '--no-open', '--json', '--lan-only', '--bind', '127.0.0.1'];
    const child = spawn(process.execPath, [COMMAND, ...flags, '--api-port', '0', '--home', home], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        ...process.env,
        COEQUAL_PAGE_ADDRESS: ADDRESS,
        COEQUAL_USES_DHT: 'false',
        COEQUAL_USES_LSD: 'false',
      },
    });
    for await (const line of createInterface({ input: child.stdout })) {
      const { event, url } = JSON.parse(line) as { event: string; url: string };
      if (event === 'ready') return new RealPeer(child, home, url);
    }
    throw new Error('the peer ended before it was ready');
  }

  /** As its owner. */
  async client(): Promise<Client> {
    const secret = await readFile(join(this.home, 'api-secret'), 'utf8');
    return new Client({ base: new URL(this.loginLink).origin, secret });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
  }
}

/** What a browser there would be shown. */
async function presentedFingerprint(url: URL): Promise<string> {
  const options = { host: url.hostname, port: Number(url.port), rejectUnauthorized: false };
  const socket = connect(options);
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

async function firstRun(page: Page, link: string): Promise<void> {
  await page.goto(link);
  await page.getByText('I understand that what I fetch is passed on').click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Just look round' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
}

describe('a phone, and the page of a real peer', NEEDS_CHROMIUM, () => {
  test('is paired by the code on the screen, works over https with live updates, and is shut out by one switch', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'coequal-phone-'));
    await using peer = await RealPeer.open(join(folder.path, 'home'));
    await using desktop = await Browser.open();
    await using phone = await Browser.open([
      '--ignore-certificate-errors', // as a person who compared the fingerprint
      `--user-agent=${ON_PHONE}`,
    ]);
    const here = await desktop.context.newPage();
    await here.setViewportSize(DESKTOP);
    await firstRun(here, peer.loginLink);
    await here.getByRole('navigation').getByRole('link', { name: 'Reach' }).click();
    await here.getByRole('button', { name: 'Use it on your phone' }).click();
    await here.getByRole('button', { name: 'Open it' }).click();
    const code = here.locator('.qr-code');
    await code.waitFor();
    const url = new URL((await readQrCode(code)) ?? '');
    assert.equal(url.protocol, 'https:');
    assert.equal(url.hostname, ADDRESS);
    const told = await here.locator('.pairing-note .fingerprint').textContent();
    assert.equal(told, (await presentedFingerprint(url)).slice(0, 23));

    const there = await phone.context.newPage();
    await there.setViewportSize(PHONE);
    await there.goto(url.href);
    await there.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    assert.equal(new URL(there.url()).origin, url.origin);
    await here.getByText('Signed in: Chrome, Android').waitFor();
    // a link is of use once
    const again = await phone.context.newPage();
    assert.equal((await again.goto(url.href))?.status(), 401);
    await again.close();

    await there.getByRole('navigation').getByRole('link', { name: 'Transfers' }).click();
    await there.getByText('No transfers yet').waitFor();
    const client = await peer.client();
    const source = `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=lake+holiday`;
    const { id } = await client.call('addTransfer', { body: { source, isPaused: true } });
    await there.locator('[data-id]').first().click(); // told by the stream of events
    await there.getByRole('heading', { name: 'lake holiday' }).waitFor();
    const answered = there.waitForResponse(`${url.origin}/api/v1/transfers/act`);
    await there.getByRole('button', { name: 'Resume' }).click();
    await there.locator('.detail-line:not([data-state=paused])').waitFor();
    assert.equal((await answered).status(), 200); // it is shown before
    const { transfer } = await client.call('showTransfer', { params: { id } });
    assert.notEqual(transfer.state, 'paused');
    await assertAccessible(there, 'over https, on the phone');

    await here.keyboard.press('Escape');
    const toggle = here.getByRole('switch', { name: 'Open this page to other devices' });
    await here.locator('label').filter({ has: toggle }).click();
    await here.getByText('Closed: only this computer').waitFor();
    await there.getByText('The peer does not answer.').waitFor();
    const { sessions } = await client.call('listSessions', {});
    assert.deepEqual(
      sessions.map(({ door }) => door),
      ['loopback'],
    );
  });
});
