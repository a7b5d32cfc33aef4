import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { Browser, NEEDS_CHROMIUM, visit } from './chromium.ts';

const HASH = 'ee'.repeat(20);
const MAGNET = `magnet:?xt=urn:btih:${HASH}&dn=Free%20lectures`;

const rows = (page: Page) => page.locator('[role=row][data-id]');
const row = (page: Page, name: string) => rows(page).filter({ hasText: name });

async function paste(page: Page, text: string): Promise<void> {
  await page.evaluate((pasted) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', pasted);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  }, text);
}

/** React keeps an element's properties on it, others each time it draws it. */
function watchTabs(): void {
  const shown = globalThis as unknown as { tabsDrawn: number };
  shown.tabsDrawn = 0;
  for (const tab of document.querySelectorAll('[role=tab]')) {
    const key = Object.keys(tab).find((name) => name.startsWith('__reactProps')) ?? '';
    let props: unknown = Reflect.get(tab, key);
    Object.defineProperty(tab, key, {
      get: () => props,
      set(next) {
        props = next;
        shown.tabsDrawn += 1;
      },
    });
  }
}

describe('transfers in the page', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('a magnet link pasted anywhere is added, and shown', async () => {
    await using visited = await visit(browser, { transfers: 3 });
    const { page, peer } = visited;
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await paste(page, MAGNET);
    const dialog = page.getByRole('dialog', { name: 'Add' });
    await dialog.getByText('Free lectures').waitFor();
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Show' }).click();
    await row(page, 'Free lectures').waitFor();
    assert.ok(peer.world.transfers.has(HASH));
    assert.deepEqual(visited.complaints, []);
  });

  test('of several, what the peer refuses stays in the dialog, and can be tried again', async () => {
    await using visited = await visit(browser, { transfers: 3 });
    const { page, peer } = visited;
    const [known] = peer.world.transfers.values();
    assert.ok(known !== undefined);
    const other = MAGNET.replace(HASH, 'dd'.repeat(20)).replace('Free', 'More');
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await paste(page, `${MAGNET} ${other}`);
    const dialog = page.getByRole('dialog', { name: 'Add' });
    await dialog.getByText('More lectures').waitFor();
    peer.world.put({ ...known, id: HASH }); // another browser was quicker
    await dialog.getByRole('button', { name: 'Add 2' }).click();
    await dialog.getByText('More lectures').waitFor({ state: 'detached' });
    assert.ok(peer.world.transfers.has('dd'.repeat(20)));
    peer.world.take(HASH);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    assert.ok(peer.world.transfers.has(HASH));
  });

  test('of a .torrent file one chooses files, folder, category and how', async () => {
    await using visited = await visit(browser, { transfers: 3 });
    const { page, peer } = visited;
    await page.getByRole('navigation').getByRole('button', { name: 'Add' }).click();
    const dialog = page.getByRole('dialog', { name: 'Add' });
    const chooser = page.waitForEvent('filechooser');
    await dialog.getByRole('button', { name: 'Choose file' }).click();
    const file = { name: 'talks.torrent', mimeType: '', buffer: Buffer.from('d4:infode') };
    await (await chooser).setFiles(file);
    await dialog.getByText('4 of 4').waitFor();
    await dialog.getByText('Slides', { exact: true }).waitFor();
    await dialog.locator('.tree-row').filter({ hasText: 'Slides' }).locator('.checkbox').click();
    await dialog.getByText('3 of 4').waitFor();
    await dialog.getByRole('button', { name: 'Category' }).click();
    await page.getByRole('option', { name: 'Films' }).click();
    await dialog.getByText('Add paused').click();
    await dialog.getByText('Fetch in order').click();
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    const { body } = peer.calls.find(({ name }) => name === 'addTransfer') ?? {};
    assert.deepEqual(body, {
      torrent: file.buffer.toString('base64'),
      category: 'Films',
      isPaused: true,
      isSequential: true,
      files: [0, 1, 3],
    });
  });

  test('a .torrent file dropped on the page opens the dialog', async () => {
    await using visited = await visit(browser, { transfers: 3 });
    const { page } = visited;
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['d4:infode'], 'a.torrent'));
      const target = document.querySelector('main');
      for (const type of ['dragover', 'drop'])
        target?.dispatchEvent(
          new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
        );
    });
    await page.getByRole('dialog', { name: 'Add' }).getByText('4 of 4').waitFor();
  });

  test('what cannot be used says why, and is not added', async () => {
    await using visited = await visit(browser, { transfers: 1 });
    const { page } = visited;
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await paste(page, 'https://bad.example/x.torrent');
    const dialog = page.getByRole('dialog', { name: 'Add' });
    await dialog.getByText('This is neither a magnet link').waitFor();
    assert.ok(await dialog.getByRole('button', { name: 'Add', exact: true }).isDisabled());
  });

  test('of ten thousand only those in sight exist, and the search finds any', async () => {
    await using visited = await visit(browser, { transfers: 10_000, hash: '#/transfers' });
    const { page } = visited;
    await rows(page).first().waitFor();
    assert.ok((await rows(page).count()) < 60);
    assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), '10001');
    await page.getByRole('searchbox').fill('sintel 600');
    await row(page, 'Sintel (2010) 2160p · 600').waitFor();
    assert.equal(await rows(page).count(), 1);
    await page.getByRole('searchbox').fill('nothing is called so');
    await page.getByText('None matches').waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await row(page, 'Sintel (2010) 2160p').first().waitFor();
  });

  test('rows that come into sight take the elements of those that went, and at rest stand in order', async () => {
    await using visited = await visit(browser, { transfers: 1_000, hash: '#/transfers' });
    const { page } = visited;
    await rows(page).first().waitFor();
    const element = await rows(page).first().elementHandle();
    await page.locator('.grid').evaluate((grid) => grid.scrollBy(0, 20_000));
    await page.locator('[role=row][aria-rowindex="340"]').waitFor();
    await page.waitForFunction(() => {
      const shown = document.querySelectorAll('[data-id]');
      const positions = [...shown].map((row) => Number(row.getAttribute('aria-rowindex')));
      return positions.every(
        (position, at) => at === 0 || position === (positions[at - 1] ?? 0) + 1,
      );
    });
    assert.ok(await element?.evaluate((row) => row.isConnected));
    // the box of a row that scrolls away is another's: keys are for the list
    await rows(page).nth(8).locator('.native-check').click();
    assert.ok(await page.locator('.grid').evaluate((grid) => grid === document.activeElement));
    await page.keyboard.press('Space');
    await page.waitForFunction(() => document.querySelector('[aria-selected=true]') === null);
  });

  test('are filtered by state and category, and sorted', async () => {
    await using visited = await visit(browser, { transfers: 64, hash: '#/transfers' });
    const { page } = visited;
    await rows(page).first().waitFor(); // of what is not here yet none has another state
    await page.getByRole('button', { name: /^Failed/ }).click();
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLElement>('[data-id]')].every(
        (shown) => shown.dataset['state'] === 'failed',
      ),
    );
    assert.equal(await rows(page).count(), 4);
    await page.locator('.chip').first().click();
    await page.getByRole('button', { name: 'Category' }).click();
    await page.getByRole('option', { name: 'Music' }).click();
    await row(page, 'Musopen').first().waitFor();
    await page.waitForFunction(() => document.querySelectorAll('[data-id]').length === 4);
    await page.getByRole('button', { name: 'Name', exact: true }).click();
    await page.locator('[role=columnheader][aria-sort=ascending]').getByText('Name').waitFor();
  });

  test('is paused and resumed at once, and says why it does not move', async () => {
    await using visited = await visit(browser, { transfers: 16, hash: '#/transfers' });
    const { page, peer } = visited;
    await row(page, 'Big Buck Bunny').getByText('No peers yet: 2 trackers answered').waitFor();
    await row(page, 'Sintel').click();
    const detail = page.getByRole('complementary', { name: 'Details' });
    for (const [action, label, next] of [
      ['pause', 'Pause', 'Resume'],
      ['resume', 'Resume', 'Pause'],
    ] as const) {
      const asked = peer.next('actOnTransfers');
      await detail.getByRole('button', { name: label }).click();
      await detail.getByRole('button', { name: next }).waitFor();
      assert.equal(((await asked) as { action: string }).action, action);
    }
    const actions = peer.calls.filter(({ name }) => name === 'actOnTransfers');
    assert.equal(actions.length, 2);
  });

  test('several are chosen with Shift and removed together, and come back by undo', async () => {
    await using visited = await visit(browser, { transfers: 16, hash: '#/transfers' });
    const { page, peer } = visited;
    await rows(page).nth(0).locator('.cell-check').click();
    await rows(page)
      .nth(2)
      .locator('.cell-name')
      .click({ modifiers: ['Shift'] });
    await page.getByText('3 chosen').waitFor();
    await page.getByRole('toolbar').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('3 transfers removed. Their files stay on disk.').waitFor();
    await row(page, 'Sintel').waitFor({ state: 'detached' });
    assert.equal(peer.world.transfers.size, 13);
    await page.getByRole('button', { name: 'Undo' }).click();
    await row(page, 'Sintel').waitFor();
    assert.equal(peer.world.transfers.size, 16);
  });

  test('with their files are removed only after a question', async () => {
    await using visited = await visit(browser, { transfers: 4, hash: '#/transfers' });
    const { page, peer } = visited;
    await row(page, 'Sintel').click();
    const detail = page.getByRole('complementary', { name: 'Details' });
    await detail.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Remove with files' }).click();
    assert.equal(peer.world.transfers.size, 4);
    await page.getByRole('dialog').getByRole('button', { name: 'Remove with files' }).click();
    await page.getByText('Removed with its files.').waitFor();
    const { body } = peer.calls.find(({ name }) => name === 'removeTransfers') ?? {};
    assert.equal((body as { deleteData: boolean }).deleteData, true);
  });

  test('files get priorities, the piece map has a table, the graph too', async () => {
    await using visited = await visit(browser, { transfers: 4, hash: '#/transfers' });
    const { page, peer } = visited;
    await row(page, 'Sintel').click();
    await page.getByRole('tab', { name: 'Files' }).click();
    await page.getByRole('button', { name: 'Priority of feature.mkv' }).click();
    const asked = peer.next('changeTransfer');
    await page.getByRole('option', { name: 'First' }).click();
    await page.getByRole('button', { name: /First Priority of feature.mkv/ }).waitFor();
    assert.deepEqual(await asked, { files: [{ index: 0, priority: 'high' }] });
    await page.getByRole('tab', { name: 'Pieces' }).click();
    await page.getByRole('img', { name: /Map of the pieces/ }).waitFor();
    await page.getByText('the same as a table').click();
    await page.getByRole('columnheader', { name: 'Peers that have it' }).waitFor();
    await page.getByRole('tab', { name: 'Speed' }).click();
    await page.getByRole('button', { name: 'Hour' }).click();
    await page.getByRole('img', { name: /Speed over time/ }).waitFor();
    await page.getByText('The same as a table').click();
    await page.getByRole('columnheader', { name: 'When' }).waitFor();
    assert.deepEqual(visited.complaints, []);
  });

  test('in one that is open, what changes each second does, and the tabs stay as they are', async () => {
    await using visited = await visit(browser, { transfers: 4, hash: '#/transfers' });
    const { page, peer } = visited;
    await row(page, 'Sintel').click();
    const detail = page.getByRole('complementary', { name: 'Details' });
    await detail.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
    const [id = ''] = peer.world.transfers.keys();
    await page.evaluate(watchTabs);
    for (const down of [1_500_000, 2_500_000]) {
      peer.world.change(id, { state: 'downloading', down });
      peer.world.publishTransfers();
      await detail.locator('.tile.is-down', { hasText: `${down / 1e6} MB/s` }).waitFor();
    }
    assert.equal(await page.evaluate('window.tabsDrawn'), 0);
    peer.world.change(id, { state: 'paused', down: 0 });
    peer.world.publishTransfers();
    await detail.getByRole('button', { name: 'Resume' }).waitFor();
    assert.deepEqual(visited.complaints, []);
  });

  test('the graph at home shows a minute, an hour or a day, and the same as a table', async () => {
    await using visited = await visit(browser, { transfers: 4, hash: '#/home' });
    const { page, peer } = visited;
    const now = page.getByRole('region', { name: 'Now' });
    await now.getByRole('img', { name: /Speed over time/ }).waitFor();
    await now.getByText('The same as a table').click();
    await now.getByRole('button', { name: 'Day' }).click();
    await now.getByRole('rowheader', { name: /hr/ }).first().waitFor();
    assert.ok(peer.calls.some(({ name }) => name === 'showSpeed'));
    assert.deepEqual(visited.complaints, []);
  });

  test('live updates reach the rows, and a lagged page asks again', async () => {
    await using visited = await visit(browser, { transfers: 4, hash: '#/transfers' });
    const { page, peer } = visited;
    await row(page, 'Sintel').waitFor();
    const [first] = peer.world.transfers.keys();
    peer.world.change(first ?? '', { name: 'Renamed by another' });
    peer.world.publishTransfers();
    await row(page, 'Renamed by another').waitFor();
    peer.world.change(first ?? '', { name: 'Told by no event' });
    peer.world.publish({ type: 'lagged', dropped: 1 });
    await row(page, 'Told by no event').waitFor();
  });

  test('a peer that falls silent is said so, and what changed meanwhile comes afterwards', async () => {
    await using visited = await visit(browser, { transfers: 4, hash: '#/transfers' });
    const { page, peer } = visited;
    await row(page, 'Sintel').waitFor();
    // with the time standing still it does not try again by itself: that the button does it is seen
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 1_000);
    peer.fallSilent();
    const banner = page.getByRole('alert').filter({ hasText: 'The peer does not answer' });
    await banner.waitFor();
    const [first] = peer.world.transfers.keys();
    peer.world.change(first ?? '', { name: 'Changed in the meantime' });
    peer.isSilent = false;
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.clock.resume();
    await row(page, 'Changed in the meantime').waitFor();
    await banner.waitFor({ state: 'detached' });
  });

  test('a browser that is not signed in is told how', async () => {
    await using visited = await visit(browser, { transfers: 1 });
    const { page, peer } = visited;
    peer.isSignedIn = false;
    await page.reload();
    await page.getByRole('heading', { name: 'This browser is not signed in' }).waitFor();
  });
});
