// What guests see, in Chromium: a page of a real peer, made without a script but for the sending of files.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Client } from '@coequal/contract';
import type { GuestLink } from '@coequal/contract';
import type { Page } from 'playwright-core';
import { assertAccessible, Browser, DESKTOP, NEEDS_CHROMIUM, PHONE } from './chromium.ts';

const COMMAND = fileURLToPath(new URL('../../../daemon/bin/coequal.js', import.meta.url));
const LAKE = new Uint8Array(3_000_000).fill(7);

const LOOKS = [
  ['en', 'light', DESKTOP, 'Download all as one ZIP file'],
  ['de', 'dark', PHONE, 'Alles als eine ZIP-Datei herunterladen'],
  ['ar', 'light', PHONE, 'تنزيل الكل في ملف ZIP واحد'],
  ['ar', 'dark', DESKTOP, 'تنزيل الكل في ملف ZIP واحد'],
] as const;

async function visitLink(
  browser: Browser,
  url: string,
  viewport: { readonly width: number; readonly height: number } = PHONE,
): Promise<{ readonly page: Page; readonly complaints: readonly string[] } & AsyncDisposable> {
  const page = await browser.context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  await page.setViewportSize(viewport);
  await page.goto(url);
  return { page, complaints, [Symbol.asyncDispose]: () => page.close() };
}

describe('the page for guests', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  let child: ChildProcess;
  let link: GuestLink;
  let url: string;
  const resources = new AsyncDisposableStack();

  before(async () => {
    browser = resources.use(await Browser.open());
    const folder = resources.use(await mkdtempDisposable(join(tmpdir(), 'coequal-guest-')));
    const holiday = join(folder.path, 'Holiday 2026');
    await mkdir(holiday);
    await writeFile(join(holiday, 'lake at dawn.jpg'), LAKE);
    await writeFile(join(holiday, 'رحلة طويلة جدا إلى البحيرة مع كل الأصدقاء والعائلة.txt'), 'x');
    const home = join(folder.path, 'home');
    const flags = ['up', '--no-open', '--json', '--offline', '--api-port', '0', '--home', home];
    const environment = { ...process.env, HOME: folder.path };
    child = spawn(process.execPath, [COMMAND, ...flags], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: environment,
    });
    resources.defer(async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    });
    if (child.stdout === null) throw new Error('it has no output');
    const lines = createInterface({ input: child.stdout });
    const [line] = (await once(lines, 'line')) as [string];
    const ready = JSON.parse(line) as { url: string };
    const secret = (await readFile(join(home, 'api-secret'), 'utf8')).trim();
    const client = new Client({ base: new URL(ready.url).origin, secret });
    const body = { paths: [holiday], mayUpload: true };
    link = await client.call('createGuestLink', { body });
    url = link.addresses[0]?.url ?? '';
  });
  after(() => resources.disposeAsync());

  for (const [language, scheme, viewport, name] of LOOKS) {
    test(`is accessible, and fits, in ${language}, ${scheme}, ${viewport.width} wide`, async () => {
      await using visit = await visitLink(browser, `${url}?lang=${language}`, viewport);
      const { page, complaints } = visit;
      await page.emulateMedia({ colorScheme: scheme });
      await page.getByRole('link', { name }).waitFor();
      await assertAccessible(page, `${language} ${scheme}`);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0);
      const direction = await page.evaluate('getComputedStyle(document.body).direction');
      assert.equal(direction, language === 'ar' ? 'rtl' : 'ltr');
      assert.deepEqual(complaints, []);
      const low = await page.evaluate(
        "[...document.querySelectorAll('a, label')].filter((each) => each.getBoundingClientRect().height < 43.9).map((each) => each.textContent)",
      );
      assert.deepEqual(low, [], 'targets of 44 px');
    });
  }

  test('gives a file and all as a ZIP file by one click each, and speaks another language by one', async () => {
    await using visit = await visitLink(browser, url);
    const { page, complaints } = visit;
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: 'lake at dawn.jpg' }).click();
    const file = await saved;
    assert.equal(file.suggestedFilename(), 'lake at dawn.jpg');
    assert.deepEqual(new Uint8Array(await readFile(await file.path())), LAKE);
    const zipped = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download all' }).click();
    const zip = await zipped;
    assert.equal(zip.suggestedFilename(), 'Holiday 2026.zip');
    assert.ok((await readFile(await zip.path())).length > LAKE.length);
    await page.getByRole('link', { name: 'Deutsch' }).click();
    await page.getByText('2 Dateien, zusammen 3 MB').waitFor();
    assert.equal(await page.title(), 'Holiday 2026');
    assert.deepEqual(complaints, []);
  });

  test('takes files, one after the other, and says when they are there', async () => {
    await using visit = await visitLink(browser, url);
    const { page, complaints } = visit;
    await page.getByLabel('Choose files').setInputFiles([
      { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(LAKE) },
      { name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
    ]);
    const rows = page.locator('#uploads li');
    await rows.filter({ hasText: 'photo.jpg' }).getByText('it is there').waitFor();
    await rows.filter({ hasText: 'note.txt' }).getByText('it is there').waitFor();
    const folder = link.uploadDirectory ?? '';
    assert.deepEqual(new Uint8Array(await readFile(join(folder, 'photo.jpg'))), LAKE);
    assert.equal(await readFile(join(folder, 'note.txt'), 'utf8'), 'hello');
    await assertAccessible(page, 'with files that were sent');
    assert.deepEqual(complaints, []);
  });

  test('says in words, and accessibly, that a link is wrong', async () => {
    const wrong = url.replace(/\/[\w-]{24}\/$/, `/${'x'.repeat(24)}/?lang=ar`);
    await using visit = await visitLink(browser, wrong);
    await visit.page.getByText('لا يوجد شيء هنا').waitFor();
    await assertAccessible(visit.page, 'a wrong link');
  });
});
