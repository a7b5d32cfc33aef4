// Parts of the page that are fetched when they are needed, and are not there any more: the peer has a newer page.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, NEEDS_CHROMIUM, visit } from './chromium.ts';

/** Fetched later than the page itself. */
const LATER = '**/assets/*.js';
const FAILED = 'This part of the page could not be loaded';

describe('what is fetched when it is needed, and is gone,', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('is told of in place of a screen, while the others go on, and comes when the page is loaded again', async () => {
    await using visited = await visit(browser, { hash: '#/transfers' });
    const { page } = visited;
    await page.locator('[role=row][data-id]').first().waitFor();
    await page.route(LATER, (route) => route.fulfill({ status: 404 }));
    await page.evaluate("location.hash = '#/doctor'");
    await page.getByRole('alert').getByText(FAILED).waitFor();
    await assertAccessible(page, 'a screen that is gone');
    await page.evaluate("location.hash = '#/transfers'");
    await page.locator('[role=row][data-id]').first().waitFor();
    assert.equal(await page.getByText(FAILED).count(), 0);
    await page.evaluate("location.hash = '#/doctor'");
    await page.unroute(LATER);
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.locator('.check').first().waitFor();
  });

  test('is told of in a sheet, which can be closed', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/people' });
    const { page } = visited;
    const accept = page.getByRole('button', { name: 'I have a link or code' }).first();
    await accept.waitFor();
    await page.route(LATER, (route) => route.abort());
    await accept.click();
    const sheet = page.getByRole('dialog', { name: FAILED });
    await sheet.getByRole('button', { name: 'Load again' }).waitFor();
    await assertAccessible(page, 'a sheet that is gone');
    await sheet.getByRole('button', { name: 'Close' }).click();
    await sheet.waitFor({ state: 'detached' });
    await accept.waitFor();
  });

  test('is told of in every language when it is the words themselves', async () => {
    await using visited = await visit(browser);
    const { page } = visited;
    await page.route('**/assets/en-*.js', (route) => route.abort());
    await page.reload();
    await page.getByText('Load again').waitFor();
    await assertAccessible(page, 'a page without words');
    await page.unrouteAll();
    await page.getByRole('button', { name: 'Load again' }).click();
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  });
});
