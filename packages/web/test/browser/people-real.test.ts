// People of real peers on loopback, each with a page of their own: in touch by one link, sure of each other by
// three words, and handing each other files.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { assertAccessible, Browser, DESKTOP, NEEDS_CHROMIUM, PHONE } from './chromium.ts';
import { finishFirstRun, RealPeer } from './real-peer.ts';

/** As the goals have it: one sends a file to a contact, and takes one, with at most so many clicks. */
const CLICKS_MAX = 2;
/** So slow that both see how far it is: half a minute for what is sent, and it is lifted then. */
const SLOW = 100_000;
/** Starts as a program of Windows does. */
const PROGRAM = Buffer.concat([Buffer.from('MZ'), Buffer.alloc(4_000, 7)]);

interface Person extends AsyncDisposable {
  readonly page: Page;
  /** Where their files go. */
  readonly files: string;
  /** What their browser complained of. */
  readonly complaints: readonly string[];
}

/** A peer that was just set up, and its page, with nobody there yet. */
async function openPerson(viewport = DESKTOP): Promise<Person> {
  await using resources = new AsyncDisposableStack();
  const folder = resources.use(await mkdtempDisposable(join(tmpdir(), 'coequal-person-')));
  const peer = resources.use(await RealPeer.open(join(folder.path, 'home')));
  // cookies belong to a host, whatever the port: each peer's page in its own browser
  const { context } = resources.use(await Browser.open());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} of ${response.url()}`);
  });
  await page.setViewportSize(viewport);
  const files = join(folder.path, 'files');
  await finishFirstRun(page, peer, files);
  await go(page, '#/people');
  const owned = resources.move();
  return { page, files, complaints, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

async function go(page: Page, hash: string): Promise<void> {
  await page.evaluate(`location.hash = '${hash}'`);
}

/** They say who they are, and leave the 24 words for later. */
async function introduce(page: Page, name: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Later' }).click();
  await page.getByText('Nobody here yet').waitFor();
}

/** The link, as the page shows it. */
async function invite(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Invite someone' }).first().click();
  await page.getByRole('button', { name: 'Make invitation' }).click();
  const link = page.getByRole('dialog').getByRole('textbox', { name: 'Link' });
  await link.waitFor();
  return (await link.textContent()) ?? '';
}

async function accept(page: Page, link: string): Promise<void> {
  await page.getByRole('button', { name: 'I have a link or code' }).first().click();
  await page.getByRole('textbox', { name: 'Invitation' }).fill(link);
  await page.getByRole('button', { name: 'Become contacts' }).click();
}

function rowOf(page: Page, name: string): Locator {
  return page.locator('.person').filter({ hasText: name });
}

async function whenHere(page: Page, name: string): Promise<void> {
  await rowOf(page, name).locator('[data-path=here]').getByText('here, ').waitFor();
}

/** Contacts, each on their list of people, by a link that is used up then. */
async function befriend(
  host: Person,
  hostName: string,
  guest: Person,
  name: string,
): Promise<string> {
  const link = await invite(host.page);
  await accept(guest.page, link);
  // a notice goes by itself, so neither waits for the other to have heard of it
  await Promise.all([
    host.page.getByText(`${name} is now your contact`).first().waitFor(),
    guest.page.locator('.toast').getByText(`${hostName} is now your contact`).waitFor(),
  ]);
  await host.page.keyboard.press('Escape');
  assert.equal(await guest.page.getByText('Looking for them').count(), 0);
  await Promise.all([whenHere(host.page, name), whenHere(guest.page, hostName)]);
  return link;
}

/** A file dropped on something, as a browser hands it over. */
async function dropOn(target: Locator, name: string, content: Buffer): Promise<void> {
  const given = { name, base64: content.toString('base64') };
  const dataTransfer = await target.page().evaluateHandle(({ name, base64 }) => {
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name));
    return transfer;
  }, given);
  await target.dispatchEvent('dragover', { dataTransfer });
  await target.dispatchEvent('drop', { dataTransfer });
}

async function changeSettings(page: Page, values: object): Promise<void> {
  const status = await page.evaluate(async (body) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch('/api/v1/settings', { method: 'PATCH', headers, body });
    return answer.status;
  }, JSON.stringify({ values }));
  assert.equal(status, 200);
}

async function assertFits(page: Page, what: string): Promise<void> {
  const wide = await page.evaluate(
    "document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth",
  );
  assert.equal(wide, 0, what);
}

function assertQuiet(...people: readonly Person[]): void {
  assert.deepEqual(
    people.map(({ complaints }) => complaints),
    people.map(() => []),
  );
}

describe('people of real peers', NEEDS_CHROMIUM, () => {
  test('one link makes contacts of two, and three words that both see make them sure', async () => {
    await using anna = await openPerson();
    await using ben = await openPerson(PHONE);
    await anna.page.getByRole('textbox', { name: 'Your name' }).fill('Anna');
    await assertAccessible(anna.page, 'who');
    await anna.page.keyboard.press('Enter');
    const list = anna.page.locator('.word-list li [lang=en]');
    await list.first().waitFor();
    const words = await list.allTextContents();
    assert.equal(words.length, 24);
    await checkWords(anna.page, words);
    await introduce(ben.page, 'Ben');
    await befriend(anna, 'Anna', ben, 'Ben');
    assert.equal(await anna.page.locator('.reminder').count(), 0);
    assert.equal(await ben.page.locator('.reminder').count(), 1);

    await rowOf(anna.page, 'Ben').locator('.person-link').click();
    await rowOf(ben.page, 'Anna').locator('.person-link').click();
    await anna.page.getByRole('button', { name: 'Compare words now' }).click();
    const [ofAnna, ofBen] = await Promise.all([anna, ben].map(shownWords));
    assert.equal(ofAnna?.length, 3);
    assert.deepEqual(ofAnna, ofBen);
    for (const [{ page }, other] of [
      [anna, 'Ben'],
      [ben, 'Anna'],
    ] as const) {
      await assertAccessible(page, `comparing with ${other}`);
      await assertFits(page, `comparing with ${other}`);
      await page.getByRole('button', { name: 'The same', exact: true }).click();
      await page.getByText(`The words were the same: it is ${other}`).waitFor();
      await page.getByText(/compared on .*: it is really them/).waitFor();
      await go(page, '#/people');
      await rowOf(page, other).getByText('compared: it is really them').waitFor();
    }
    assertQuiet(anna, ben);
  });

  test('whose link was used up by somebody else is told so, and to ask for a new one', async () => {
    await using anna = await openPerson();
    await using ben = await openPerson();
    await using cara = await openPerson(PHONE);
    for (const [{ page }, name] of [
      [anna, 'Anna'],
      [ben, 'Ben'],
      [cara, 'Cara'],
    ] as const)
      await introduce(page, name);
    const link = await befriend(anna, 'Anna', ben, 'Ben');
    await accept(cara.page, link);
    await cara.page.getByText('This invitation was used up. Ask for a new one.').waitFor();
    await cara.page.getByText('It did not work').waitFor();
    assert.equal(await cara.page.getByText('Looking for them').count(), 0);
    await assertFits(cara.page, 'an invitation that was used up');
    assertQuiet(anna, ben, cara);
  });

  test('a file dropped on a name arrives with two clicks of each, and both see how far it is', async () => {
    await using anna = await openPerson();
    await using ben = await openPerson(PHONE);
    await introduce(anna.page, 'Anna');
    await introduce(ben.page, 'Ben');
    await befriend(anna, 'Anna', ben, 'Ben');
    await changeSettings(anna.page, { uploadMax: SLOW });
    await go(ben.page, '#/home');
    const clicks = { sender: 0, receiver: 0 };
    const click = async (who: keyof typeof clicks, button: Locator): Promise<void> => {
      clicks[who] += 1;
      await button.click();
    };

    const content = randomBytes(3_000_000);
    clicks.sender += 1; // what is pulled is held with one
    await dropOn(rowOf(anna.page, 'Ben'), 'lake.jpg', content);
    const dialog = anna.page.getByRole('dialog', { name: 'Send to Ben' });
    await assertAccessible(anna.page, 'sending');
    await click('sender', dialog.getByRole('button', { name: 'Send', exact: true }));
    await anna.page.getByText('On its way to Ben').waitFor();
    await go(anna.page, '#/handover/sent');
    const sent = anna.page.locator('.thing').filter({ hasText: 'lake.jpg' });
    await sent.getByText('has been asked').waitFor();

    await ben.page.getByText('Anna wants to give you lake.jpg').waitFor();
    await assertAccessible(ben.page, 'what was offered');
    await assertFits(ben.page, 'what was offered');
    await click('receiver', ben.page.getByRole('button', { name: 'Accept' }));
    await ben.page.getByText('Fetching lake.jpg').waitFor();
    await go(ben.page, '#/handover');
    const come = ben.page.locator('.thing').filter({ hasText: 'lake.jpg' });
    await Promise.all([
      come.getByRole('progressbar', { name: 'How far lake.jpg is' }).waitFor(),
      sent.getByRole('progressbar', { name: 'How far Ben is' }).waitFor(),
    ]);
    await assertFits(ben.page, 'what is coming');
    await changeSettings(anna.page, { uploadMax: null });
    await Promise.all([
      come.getByText('It is here.').waitFor(),
      sent.getByText('has all of it').waitFor(),
    ]);
    assert.ok((await readFile(join(ben.files, 'lake.jpg'))).equals(content));
    assert.ok(clicks.sender <= CLICKS_MAX, `${clicks.sender} clicks to send`);
    assert.ok(clicks.receiver <= CLICKS_MAX, `${clicks.receiver} clicks to receive`);

    await go(anna.page, '#/people');
    await dropOn(rowOf(anna.page, 'Ben'), 'holiday.jpg.exe', PROGRAM);
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    const careful = ben.page.locator('.thing').filter({ hasText: 'holiday.jpg.exe' });
    await careful.getByRole('button', { name: 'Accept' }).click();
    await careful.getByText('held apart').waitFor();
    await careful.getByText('1 file is a program.').waitFor();
    await assertAccessible(ben.page, 'what is held apart');
    await assertFits(ben.page, 'what is held apart');
    assert.ok(!(await readdir(ben.files)).includes('holiday.jpg.exe'));
    await careful.getByRole('button', { name: 'Keep it anyway' }).click();
    await ben.page
      .getByRole('dialog', { name: 'Keep holiday.jpg.exe?' })
      .getByRole('button', { name: 'Keep it' })
      .click();
    await careful.getByText('It is here.').waitFor();
    assert.ok((await readFile(join(ben.files, 'holiday.jpg.exe'))).equals(PROGRAM));
    assertQuiet(anna, ben);
  });

  test('of three people one changes how she is found, and then hands both others a file', async () => {
    await using anna = await openPerson();
    await using ben = await openPerson();
    await using cleo = await openPerson(PHONE);
    await introduce(anna.page, 'Anna');
    await introduce(ben.page, 'Ben');
    await befriend(anna, 'Anna', ben, 'Ben');
    // who is nobody yet is somebody by the invitation
    const link = await invite(anna.page);
    await cleo.page.getByRole('button', { name: 'I was invited' }).click();
    await cleo.page.getByRole('textbox', { name: 'Invitation' }).fill(link);
    await cleo.page.getByText('Anna invites you').waitFor();
    await assertAccessible(cleo.page, 'invited');
    await cleo.page.getByRole('dialog').getByRole('textbox', { name: 'Your name' }).fill('Cleo');
    await cleo.page.getByRole('button', { name: 'Become contacts' }).click();
    await anna.page.getByText('Cleo is now your contact').first().waitFor();
    await anna.page.keyboard.press('Escape');
    await Promise.all([whenHere(anna.page, 'Cleo'), whenHere(cleo.page, 'Anna')]);
    await cleo.page.getByText('Your 24 words are not written down yet').waitFor();

    await go(anna.page, '#/reach');
    const udp = anna.page.getByText('Contacts, over UDP').first();
    await udp.waitFor();
    await go(anna.page, '#/settings');
    await anna.page.locator('#setting-usesPeopleDht label').click();
    await go(anna.page, '#/people');
    await anna.page.getByText('Contacts', { exact: true }).first().waitFor();
    await go(anna.page, '#/reach');
    await udp.waitFor({ state: 'detached' });
    await anna.page.getByText('Contacts, over TCP').first().waitFor(); // all was opened anew
    await go(anna.page, '#/people');
    for (const name of ['Ben', 'Cleo']) await whenHere(anna.page, name);
    await Promise.all([whenHere(ben.page, 'Anna'), whenHere(cleo.page, 'Anna')]);

    const content = randomBytes(400_000);
    await dropOn(anna.page.locator('h1'), 'plan.pdf', content);
    const dialog = anna.page.getByRole('dialog', { name: 'Send files' });
    await dialog.getByText('Ben').click();
    await dialog.getByText('Cleo').click();
    await assertAccessible(anna.page, 'sending to two');
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    await Promise.all(
      [ben, cleo].map(async ({ page, files }) => {
        await page.getByRole('button', { name: 'Accept' }).click();
        await go(page, '#/handover');
        await page.getByText('It is here.').waitFor();
        assert.ok((await readFile(join(files, 'plan.pdf'))).equals(content));
      }),
    );
    await go(anna.page, '#/handover/sent');
    await anna.page.getByText('has all of it').nth(1).waitFor();
    assertQuiet(anna, ben, cleo);
  });
});

/** Three of the words that were written down are asked for. */
async function checkWords(page: Page, words: readonly string[]): Promise<void> {
  await page.getByRole('button', { name: 'I have written them down' }).click();
  const fields = page.getByRole('textbox', { name: /^Word \d+$/ });
  await fields.first().waitFor();
  for (const field of await fields.all()) {
    const label = await field.evaluate(
      (element: HTMLInputElement) => element.labels?.[0]?.textContent,
    );
    await field.fill(words[Number(label?.match(/\d+/)?.[0]) - 1] ?? '');
  }
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('They are right').waitFor();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('Nobody here yet').waitFor();
}

async function shownWords({ page }: Person): Promise<readonly string[]> {
  const words = page.locator('.safety-words [lang=en]');
  await words.first().waitFor();
  return await words.allTextContents();
}
