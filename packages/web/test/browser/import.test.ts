import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { IMPORT_DIRECTORY, IMPORT_PLAN } from '../fake-peer/imports.ts';
import { assertAccessible, Browser, NEEDS_CHROMIUM, PHONE, visit } from './chromium.ts';
import type { Visit } from './chromium.ts';

const KEYS = IMPORT_PLAN.items.map(({ key }) => key);

function bodyOf({ peer }: Visit, name: string): unknown {
  return peer.calls.findLast((call) => call.name === name)?.body;
}

describe('taking over transfers of other programs', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('shows what is there, says what stands in the way, and takes what is chosen', async () => {
    await using visited = await visit(browser, { hash: '#/settings' });
    const { page } = visited;
    await page.getByRole('link', { name: 'Look for transfers' }).click();
    await page.getByText('5 transfers of qBittorrent').waitFor();
    await page.getByRole('button', { name: 'Look at qBittorrent' }).click();
    await page.getByRole('heading', { name: 'Transfers of qBittorrent' }).waitFor();
    await page.getByText('qBittorrent seems to run').waitFor();
    await page.getByText('Nothing of it lies at /media/disk/Old').waitFor();
    await page.getByText('301 MB of 812 MB · paused').waitFor();
    const box = (name: string) => page.getByRole('checkbox', { name: `Take over ${name}` });
    assert.ok(await box('Sita Sings the Blues').isChecked());
    assert.ok(!(await box('Old library').isChecked()), 'what would be fetched anew is chosen');
    assert.ok(await box('Big Buck Bunny').isDisabled());
    await assertAccessible(page, 'the plan');
    await page.getByText('Field recordings').waitFor();
    await box('Field recordings').click({ force: true });
    await box('Old library').click({ force: true });
    assert.equal(bodyOf(visited, 'runImport'), undefined, 'something was done unasked');
    await page.getByRole('button', { name: 'Take over 3 transfers' }).click();
    await page.getByText('3 transfers were taken over').waitFor();
    assert.deepEqual(bodyOf(visited, 'runImport'), {
      program: 'qbittorrent',
      directory: IMPORT_DIRECTORY,
      keys: [KEYS[0], KEYS[2], KEYS[3]],
    });
    await assertAccessible(page, 'what came of it');
    await page.getByRole('link', { name: 'Show the transfers' }).click();
    await page.getByText('Sita Sings the Blues').first().waitFor();
    assert.deepEqual(visited.complaints, []);
  });

  test('all that are ready are chosen and left together', async () => {
    await using visited = await visit(browser, { hash: '#/import' });
    const { page } = visited;
    await page.getByRole('button', { name: 'Look at qBittorrent' }).click();
    const all = page.getByRole('checkbox', { name: 'All that are ready' });
    await all.click({ force: true });
    assert.ok(await page.getByRole('button', { name: 'Take over 0 transfers' }).isDisabled());
    await all.click({ force: true });
    await page.getByRole('button', { name: 'Take over 3 transfers' }).waitFor();
    await page.getByRole('button', { name: 'Back' }).click();
    await page.getByRole('button', { name: 'Look at qBittorrent' }).waitFor();
  });

  test('where nothing is found a folder can be named, and a wrong one is told', async () => {
    await using visited = await visit(browser, { hash: '#/import', hasImports: false });
    const { page } = visited;
    await page.getByText('Nothing was found in the usual places').waitFor();
    await assertAccessible(page, 'nothing found');
    const look = page.getByRole('button', { name: 'Look there' });
    assert.ok(await look.isDisabled());
    await page.getByRole('textbox', { name: 'Another folder' }).fill('/srv/other');
    await look.click();
    await page.getByText('No transfers of qBittorrent or Transmission are there').waitFor();
    await page.getByText('Name the folder in which it keeps them').waitFor();
    assert.deepEqual(bodyOf(visited, 'planImport'), { directory: '/srv/other' });
  });

  test('is offered in the first run when there is something, and only then', async () => {
    await using visited = await visit(browser, { isSetUp: false, transfers: 0 });
    const begin = async ({ page }: Visit): Promise<void> => {
      await page.getByText('I understand that what I fetch is passed on').click();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('button', { name: 'Next' }).click();
      await page.getByRole('heading', { name: 'What would you like to do first?' }).waitFor();
    };
    await begin(visited);
    await visited.page.getByText('5 transfers of qBittorrent were found').waitFor();
    await assertAccessible(visited.page, 'offered in the first run');
    assert.ok(!visited.peer.world.isSetUp);
    await visited.page.getByRole('button', { name: 'Take over transfers' }).click();
    await visited.page.getByRole('heading', { name: 'Take over transfers', level: 1 }).waitFor();
    assert.ok(visited.peer.world.isSetUp);
    await using bare = await visit(browser, { isSetUp: false, transfers: 0, hasImports: false });
    await begin(bare);
    await bare.page.getByRole('button', { name: 'Just look round' }).waitFor();
    assert.equal(await bare.page.getByText('Go on with what you have').count(), 0);
  });

  for (const [look, options, title] of [
    ['in German', { settings: { language: 'de' } }, 'Übertragungen übernehmen'],
    ['in Arabic', { settings: { language: 'ar' } }, 'متابعة تحميلات برنامج آخر'],
    [
      'on the phone, in the dark',
      { settings: { theme: 'dark' }, viewport: PHONE },
      'Take over transfers',
    ],
  ] as const) {
    test(`is complete, and no wider than the window, ${look}`, async () => {
      await using visited = await visit(browser, { ...options, hash: '#/import' });
      const { page } = visited;
      await page.getByRole('heading', { name: title, level: 1 }).waitFor();
      await page.locator('.lines .button').first().click();
      await page.locator('.import-items li').nth(4).waitFor();
      await assertAccessible(page, look);
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0);
      assert.deepEqual(visited.complaints, []);
    });
  }
});
