import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Browser, NEEDS_CHROMIUM, visit } from './chromium.ts';

const chosen = (page: Page) => page.locator('[role=row][aria-selected=true]');

async function pressTimes(page: Page, key: string, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) await page.keyboard.press(key);
}

/** Tab until that has the focus; fails when it is never reached. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press('Tab');
    if (await page.locator(selector).evaluate((element) => element === document.activeElement))
      return;
  }
  assert.fail(`Tab does not reach ${selector}`);
}

describe('the page by keyboard alone', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('one searches, chooses, looks, removes and undoes', async () => {
    await using visited = await visit(browser, { transfers: 16 });
    const { page, peer } = visited;
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await page.keyboard.press('/');
    await page.locator('#search-transfers:focus').waitFor();
    await page.keyboard.type('debian');
    await page.waitForFunction(() => document.querySelectorAll('[data-id]').length === 2);
    await page.keyboard.press('Escape');
    await page.waitForFunction(() => document.querySelectorAll('[data-id]').length > 2);
    await tabTo(page, '.grid');
    await pressTimes(page, 'ArrowDown', 2);
    await page.keyboard.press('Shift+ArrowDown');
    assert.equal(await chosen(page).count(), 2);
    await page.keyboard.press('Enter');
    const detail = page.getByRole('complementary', { name: 'Details' });
    await detail.getByRole('heading', { name: 'debian-13.2.0-amd64-netinst.iso' }).waitFor();
    await page.keyboard.press('Escape');
    await detail.waitFor({ state: 'detached' });
    await page.locator('.grid:focus').waitFor();
    await page.keyboard.press('Delete');
    await page.getByText('2 transfers removed').waitFor();
    assert.equal(peer.world.transfers.size, 14);
    await tabTo(page, '.toast-action');
    await page.keyboard.press('Enter');
    await page.locator('[role=grid][aria-rowcount="17"]').waitFor();
    assert.equal(peer.world.transfers.size, 16);
  });

  test('Ctrl-A chooses all that are shown, and End goes to the last', async () => {
    await using visited = await visit(browser, { transfers: 1_000, hash: '#/transfers' });
    const { page } = visited;
    await page.locator('[role=row][data-id]').first().waitFor();
    await page.locator('.grid').focus();
    await page.keyboard.press('Control+a');
    await page.getByText('1,000 chosen').waitFor();
    await page.keyboard.press('End');
    await page.locator('[role=row][aria-rowindex="1001"]').waitFor();
    const active = await page.getByRole('grid').getAttribute('aria-activedescendant');
    assert.ok(active?.startsWith('row-'));
  });

  test('n adds, ? helps, and Esc closes', async () => {
    await using visited = await visit(browser, { transfers: 1 });
    const { page } = visited;
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    for (const [key, name] of [
      ['n', 'Add'],
      ['?', 'Help'],
    ] as const) {
      await page.keyboard.press(key);
      const dialog = page.getByRole('dialog', { name });
      await dialog.waitFor();
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
    }
  });

  test('single keys do nothing when they are switched off', async () => {
    await using visited = await visit(browser, {
      transfers: 1,
      hash: '#/settings',
      settings: { singleKeys: false },
    });
    const { page } = visited;
    await page.locator('#setting-singleKeys').waitFor();
    await page.keyboard.press('n');
    assert.equal(await page.getByRole('dialog').count(), 0);
  });
});
