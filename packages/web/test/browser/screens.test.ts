import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { idOf } from '../fake-peer/samples.ts';
import { assertAccessible, Browser, NEEDS_CHROMIUM, PHONE, visit } from './chromium.ts';
import type { VisitOptions } from './chromium.ts';

const [FIRST, SECOND] = [idOf(0), idOf(1)];
const TABS = ['overview', 'files', 'peers', 'trackers', 'pieces', 'speed', 'log'];

/** Each with what shows that it is there. */
const SCREENS: readonly (readonly [string, string])[] = [
  ['#/home', '.moving li'],
  ['#/transfers', '[role=row][data-id]'],
  ['#/share', '.form'],
  ['#/reach', '.lines li'],
  ['#/doctor', '.check'],
  ['#/log', '.log li'],
  ['#/settings', '.setting'],
  ['#/reach', '#sessions'],
  ...TABS.map((tab) => [`#/transfers/${FIRST}/${tab}`, '[role=tabpanel]'] as const),
];

const LOOKS: readonly (readonly [string, VisitOptions])[] = [
  ['in light', { settings: { theme: 'light' } }],
  ['in dark', { settings: { theme: 'dark' } }],
  ['in Arabic', { settings: { language: 'ar' } }],
  ['on the phone', { viewport: PHONE }],
];

describe('the screens of the page', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  for (const [look, options] of LOOKS) {
    test(`axe-core finds nothing serious ${look}, and nothing is wider than the window`, async () => {
      await using visited = await visit(browser, options);
      const { page, complaints } = visited;
      for (const [hash, sign] of SCREENS) {
        await page.evaluate((next) => {
          location.hash = next;
        }, hash);
        await page.locator(sign).first().waitFor();
        await assertAccessible(page, `${hash} ${look}`);
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.equal(overflow, 0, `${hash} is too wide ${look}`);
      }
      assert.deepEqual(complaints, []);
    });
  }

  test('axe-core finds nothing serious in the dialogs and on the first run', async () => {
    await using visited = await visit(browser, { hash: '#/transfers' });
    const { page } = visited;
    await page.locator('[role=row][data-id]').first().waitFor();
    await page.getByRole('navigation').getByRole('button', { name: 'Add' }).click();
    await page.getByRole('textbox', { name: 'Link' }).fill('https://example.org/a.torrent');
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByText('4 of 4').waitFor();
    await assertAccessible(page, 'adding');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Help' }).waitFor();
    await assertAccessible(page, 'help');
    await using fresh = await visit(browser, { isSetUp: false });
    await fresh.page.locator('.points').waitFor();
    await assertAccessible(fresh.page, 'first run');
  });

  test('Arabic reads from right to left, German is German', async () => {
    await using arabic = await visit(browser, {
      settings: { language: 'ar' },
      hash: '#/transfers',
    });
    await arabic.page.getByRole('heading', { name: 'عمليات النقل', level: 1 }).waitFor();
    assert.equal(await arabic.page.evaluate('document.documentElement.dir'), 'rtl');
    const rail = await arabic.page.locator('.rail').boundingBox();
    assert.ok(rail !== null && rail.x > 640, 'the rail is not on the right');
    await using german = await visit(browser, { settings: { language: 'de' } });
    await german.page.getByRole('heading', { name: 'Start', level: 1 }).waitFor();
    assert.equal(await german.page.evaluate('document.documentElement.lang'), 'de');
  });

  test('the phone has all that the desktop has: a bar, sheets, check boxes', async () => {
    await using visited = await visit(browser, { viewport: PHONE, hash: '#/transfers' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Choose several' }).click();
    await page.locator('[role=row][data-id]').nth(0).click();
    await page.locator('[role=row][data-id]').nth(1).click();
    await page.getByText('2 chosen').waitFor();
    const asked = peer.next('actOnTransfers');
    await page.getByRole('toolbar').getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Choose none' }).click();
    await page.locator(`#row-${SECOND}`).click();
    await page.getByRole('heading', { name: 'Big Buck Bunny 60fps 4K' }).waitFor();
    await page.getByRole('button', { name: 'Close details' }).click();
    const bar = page.getByRole('navigation');
    await bar.getByRole('button', { name: 'More' }).click();
    await page.getByRole('dialog').getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    assert.equal(((await asked) as { ids: string[] }).ids.length, 2);
  });

  test('settings are found, changed, reset, and locked by config.toml', async () => {
    await using visited = await visit(browser, {
      hash: '#/settings',
      origins: { uploadMax: 'config.toml' },
    });
    const { page, peer } = visited;
    await page.getByRole('searchbox').fill('at most');
    const locked = page.locator('#setting-uploadMax');
    await locked.getByText('Set by config.toml').waitFor();
    assert.ok(await locked.getByRole('textbox').isDisabled());
    const open = page.locator('#setting-downloadMax');
    await open.getByRole('textbox').fill('1500');
    await page.keyboard.press('Enter');
    await open.getByRole('button', { name: 'Reset' }).waitFor();
    assert.equal(peer.world.settings.values.downloadMax, 1_500_000);
    await open.getByRole('button', { name: 'Reset' }).click();
    await open.getByRole('button', { name: 'Reset' }).waitFor({ state: 'detached' });
    assert.equal(peer.world.settings.values.downloadMax, null);
    await page.getByRole('searchbox').fill('look');
    await page.locator('#setting-theme').getByRole('button').click();
    await page.getByRole('option', { name: 'Dark' }).click();
    await page.locator('html[data-theme=dark]').waitFor();
  });

  test('a folder is taken once it is shown, and not the one before in its place', async () => {
    await using visited = await visit(browser, { hash: '#/share' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Choose …' }).click();
    const pictures = page.getByRole('button', { name: 'Pictures' });
    await pictures.waitFor();
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    peer.beforeAnswer = (name) => (name === 'listFolder' ? held : undefined);
    const asked = peer.next('listFolder');
    await pictures.click();
    await asked;
    await page.locator('.dialog-foot .primary:disabled').waitFor();
    release();
    await page.getByRole('button', { name: 'Take this folder' }).click();
    await page.locator('input[value="/home/robin/Pictures"]').waitFor();
  });

  test('sharing shows how far it is, and then the link', async () => {
    await using visited = await visit(browser, { hash: '#/share' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Choose …' }).click();
    await page.getByRole('button', { name: 'Pictures' }).click();
    await page.getByRole('button', { name: 'Holiday 2026' }).click();
    await page.getByRole('button', { name: 'Take this folder' }).click();
    await page.getByRole('button', { name: 'Create and share' }).click();
    await page.getByRole('progressbar').waitFor();
    for (let count = 0; count < 4; count += 1) peer.world.tick();
    await page.getByText('The link is ready, and the files are shared').waitFor();
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('Copied', { exact: true }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save .torrent file' }).click();
    assert.equal((await download).suggestedFilename(), 'Holiday 2026.torrent');
    const { body } = peer.calls.find(({ name }) => name === 'createTorrent') ?? {};
    assert.deepEqual(body, {
      path: '/home/robin/Pictures/Holiday 2026',
      version: 'hybrid',
      isShared: true,
    });
    assert.deepEqual(visited.complaints, []);
  });
});
