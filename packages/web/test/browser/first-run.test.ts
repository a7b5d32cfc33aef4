import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertAccessible, Browser, NEEDS_CHROMIUM, visit } from './chromium.ts';

describe('the first run', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  test('asks for consent before anything is sent, then where files go, then begins', async () => {
    await using visited = await visit(browser, { isSetUp: false, transfers: 0 });
    const { page, peer } = visited;
    const called = (): boolean => peer.calls.some(({ name }) => name === 'setUp');
    const next = page.getByRole('button', { name: 'Next' });
    await page.getByRole('heading', { name: 'Your computer becomes a peer' }).waitFor();
    assert.ok(await next.isDisabled(), 'one can go on without having agreed');
    await page.getByText('I understand that what I fetch is passed on').click();
    await next.click();
    const folder = page.getByRole('textbox', { name: 'Folder for files' });
    await page.locator('input[value="/home/robin/Coequal"]').waitFor();
    await page.getByRole('button', { name: 'Choose …' }).click();
    await page.getByRole('button', { name: 'One up' }).click();
    await page.getByRole('button', { name: 'Videos' }).click();
    await page.getByRole('button', { name: 'Take this folder' }).click();
    assert.equal(await folder.inputValue(), '/home/robin/Videos');
    await next.click();
    await page.getByRole('heading', { name: 'What would you like to do first?' }).waitFor();
    assert.ok(!called(), 'the peer was set up before the last step');
    await page.getByRole('button', { name: 'Just look round' }).click();
    await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    const { body } = peer.calls.find(({ name }) => name === 'setUp') ?? {};
    assert.deepEqual(body, { hasConsented: true, downloadDirectory: '/home/robin/Videos' });
    assert.deepEqual(visited.complaints, []);
  });

  test('takes a link as the first action', async () => {
    await using visited = await visit(browser, { isSetUp: false, transfers: 0 });
    const { page, peer } = visited;
    await page.getByText('I understand that what I fetch is passed on').click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('textbox', { name: 'Link' }).fill('https://example.org/a.torrent');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Add' }).waitFor();
    assert.ok(peer.world.isSetUp);
  });

  test('offers a demo on this computer alone, and so does an empty Home', async () => {
    await using visited = await visit(browser, { isSetUp: false, transfers: 0 });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Try it without the Internet' }).click();
    const sheet = page.getByRole('dialog', { name: 'A swarm on this computer' });
    await sheet.getByRole('button', { name: 'Begin', exact: true }).click();
    await sheet.getByRole('progressbar', { name: 'Peer 4' }).waitFor();
    await assertAccessible(page, 'the demo');
    await sheet.getByRole('button', { name: 'Stop it' }).click();
    await sheet.getByText('You stopped it. The folders are deleted.').waitFor();
    await sheet.getByRole('button', { name: 'Begin again' }).waitFor();
    const asked = peer.calls.map(({ name }) => name);
    assert.ok(asked.includes('beginDemo') && asked.includes('cancelDemo'));
    assert.ok(!asked.includes('setUp'), 'it is no consent');
    assert.deepEqual(visited.complaints, []);
    await using settled = await visit(browser, { transfers: 0 });
    await settled.page.getByRole('button', { name: 'Try it without the Internet' }).waitFor();
    await using busy = await visit(browser, { transfers: 3 });
    await busy.page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
    await busy.page.locator('.moving li').first().waitFor();
    assert.equal(await busy.page.getByRole('button', { name: /without the Internet/ }).count(), 0);
  });
});
