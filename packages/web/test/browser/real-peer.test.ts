// The page of real peers on loopback: one shares a folder, the other fetches it by the magnet link.
import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Browser, DESKTOP, NEEDS_CHROMIUM } from './chromium.ts';
import { finishFirstRun, RealPeer } from './real-peer.ts';

async function share(page: Page, path: string): Promise<string> {
  await page.getByRole('navigation').getByRole('link', { name: 'Share' }).click();
  await page.getByRole('textbox', { name: 'File or folder' }).fill(path);
  await page.getByRole('button', { name: 'Create and share' }).click();
  const magnet = page.getByRole('textbox', { name: 'Magnet link' });
  await magnet.waitFor();
  return (await magnet.textContent()) ?? '';
}

/** As the page says it. */
async function peerPort(page: Page): Promise<string> {
  await page.getByRole('navigation').getByRole('link', { name: 'Reach' }).click();
  const line = page.locator('.lines li').filter({ hasText: 'Peers, over TCP' });
  const address = await line.locator('.code').textContent();
  return address?.split(':').at(-1) ?? '';
}

describe('the page of a real peer', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('what one shares, the other fetches, sees complete, and removes with undo', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'coequal-real-'));
    const shared = join(folder.path, 'lake holiday');
    await mkdir(shared);
    const bytes = Buffer.alloc(700_000, 'lake ');
    await writeFile(join(shared, 'walk.txt'), bytes);
    await using giver = await RealPeer.open(join(folder.path, 'giver'));
    await using taker = await RealPeer.open(join(folder.path, 'taker'));
    // cookies belong to a host, whatever the port: each peer's page in its own browser
    await using other = await Browser.open();
    const givers = await browser.context.newPage();
    const takers = await other.context.newPage();
    await givers.setViewportSize(DESKTOP);
    await takers.setViewportSize(DESKTOP);
    await finishFirstRun(givers, giver, join(folder.path, 'given'));
    await finishFirstRun(takers, taker, join(folder.path, 'taken'));

    const magnet = await share(givers, shared);
    const port = await peerPort(givers);
    await takers.getByRole('textbox', { name: 'Link' }).fill(magnet);
    await takers.keyboard.press('Enter');
    await takers
      .getByRole('dialog', { name: 'Add' })
      .getByRole('button', { name: 'Add', exact: true })
      .click();
    await takers.getByRole('button', { name: 'Show' }).click();
    await takers.locator('[data-id]').first().click();
    await takers.getByRole('tab', { name: 'Peers' }).click();
    await takers
      .getByRole('textbox', { name: 'Connect to a peer you know' })
      .fill(`127.0.0.1:${port}`);
    await takers.getByRole('button', { name: 'Connect' }).click();
    await takers.locator('.detail-line[data-state=seeding]').waitFor();
    const fetched = await readFile(join(folder.path, 'taken', 'lake holiday', 'walk.txt'));
    assert.ok(fetched.equals(bytes));

    const detail = takers.getByRole('complementary', { name: 'Details' });
    await detail.getByRole('tab', { name: 'Pieces' }).click();
    await detail.getByText(/^(\d+) of \1 pieces are here/).waitFor();
    await detail.getByRole('button', { name: 'Remove' }).click();
    await takers.getByText('No transfers yet').waitFor();
    await takers.getByRole('button', { name: 'Undo' }).click();
    await takers.locator('[data-id]').first().waitFor();
  });
});
