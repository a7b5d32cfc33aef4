// People: the first time, invitations, contacts, handing over, what others see; in every look, and by keyboard alone.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { FAKE_WORDS, identityOf } from '../fake-peer/identity.ts';
import { MIRA, peopleOf, TOM } from '../fake-peer/people.ts';
import { deskOf } from '../fake-peer/sends.ts';
import { stagesOf } from '../fake-peer/staging.ts';
import { assertAccessible, Browser, NEEDS_CHROMIUM, PHONE, visit } from './chromium.ts';
import type { VisitOptions } from './chromium.ts';
import { readQrCode } from './read-qr.ts';

const LINK = 'coequal:invite/aeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibaeaqcaibae';
/** As the goals have it: one sends a file to a contact, and takes one, with at most so many clicks. */
const CLICKS_MAX = 2;

const LOOKS: readonly (readonly [string, VisitOptions])[] = [
  ['in light', { settings: { theme: 'light' } }],
  ['in dark', { settings: { theme: 'dark' } }],
  ['in Arabic', { settings: { language: 'ar' } }],
  ['in German', { settings: { language: 'de' } }],
  ['on the phone', { viewport: PHONE }],
  [
    'on the phone, dark and in Arabic',
    { viewport: PHONE, settings: { language: 'ar', theme: 'dark' } },
  ],
];

const SCREENS: readonly (readonly [string, string])[] = [
  ['#/people', '.person'],
  [`#/people/${MIRA}`, '.safety-number, #safety'],
  [`#/people/${TOM}`, '#safety'],
  ['#/me', '#own-devices'],
  ['#/handover', '.thing-warnings'],
  ['#/handover/sent', '.receivers-list'],
  ['#/handover/links', '.guest-transfer, .thing'],
  ['#/seen', '#announced'],
];

/** Files dropped on something, as a browser hands them over. */
async function dropOn(target: Locator, files: Readonly<Record<string, string>>): Promise<void> {
  const page = target.page();
  const data = await page.evaluateHandle((given) => {
    const transfer = new DataTransfer();
    for (const [name, text] of Object.entries(given))
      transfer.items.add(new File([text], name, { type: 'image/jpeg' }));
    return transfer;
  }, files);
  await target.dispatchEvent('dragover', { dataTransfer: data });
  await target.dispatchEvent('drop', { dataTransfer: data });
}

async function assertFits(page: Page, what: string): Promise<void> {
  const wide = await page.evaluate(
    "document.querySelector('#main').scrollWidth - document.querySelector('#main').clientWidth",
  );
  assert.equal(wide, 0, what);
}

async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let count = 0; count < 80; count += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail('Tab does not reach it');
}

describe('people', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  for (const [look, options] of LOOKS) {
    test(`every screen is whole and accessible ${look}`, async () => {
      await using visited = await visit(browser, { ...options, hasPeople: true, hash: '#/people' });
      const { page, peer, complaints } = visited;
      await page.locator('.person').first().waitFor();
      await page.evaluate(async () => {
        const body = JSON.stringify({ paths: ['/srv/files/Books'], mayUpload: true });
        const headers = { 'content-type': 'application/json' };
        await fetch('/api/v1/guest-links', { method: 'POST', headers, body });
      });
      for (const [hash, sign] of SCREENS) {
        await page.evaluate(`location.hash = '${hash}'`);
        await page.locator(sign).first().waitFor();
        await assertAccessible(page, `${hash} ${look}`);
        await assertFits(page, `${hash} ${look}`);
      }
      assert.equal(peer.world.guestLinks.size, 1);
      assert.deepEqual(complaints, []);
    });

    test(`looking by address is whole and accessible ${look}`, async () => {
      await using visited = await visit(browser, { ...options, hasPeople: true, hash: '#/people' });
      const { page, peer, complaints } = visited;
      await page.locator('.link-button').last().click();
      const code = page.locator('.dialog .qr-code');
      await code.waitFor();
      assert.equal(await readQrCode(code), peopleOf(peer.world).card);
      await assertAccessible(page, `by address ${look}`);
      await page.locator('.dialog .field input').fill('coequal:at/nonsense');
      await page.locator('.dialog-foot .primary').click();
      await page.locator('.dialog .error').waitFor();
      await assertAccessible(page, `a wrong address ${look}`);
      const wide = await page.evaluate(
        "document.querySelector('.dialog').scrollWidth - document.querySelector('.dialog').clientWidth",
      );
      assert.equal(wide, 0);
      // the browser itself tells that the peer refused
      assert.ok(
        complaints.every((text) => text.includes('422')),
        complaints.join(),
      );
    });

    test(`the first time, and inviting, are accessible ${look}`, async () => {
      await using visited = await visit(browser, { ...options, hash: '#/people' });
      const { page, complaints } = visited;
      await page.locator('.who input').first().fill('Robin');
      await assertAccessible(page, `who ${look}`);
      await page.locator('.who .primary').click();
      await page.locator('.word-list').waitFor();
      await assertAccessible(page, `words ${look}`);
      await assertFits(page, `words ${look}`);
      await page.locator('.who .form-foot .quiet').click();
      await page.locator('.screen-actions .primary').click();
      await page.locator('.dialog .given').waitFor();
      await assertAccessible(page, `inviting ${look}`);
      await page.locator('.dialog-foot .primary').click();
      const code = page.locator('.qr-code');
      await code.waitFor();
      assert.equal(await readQrCode(code), LINK.toUpperCase());
      await assertAccessible(page, `invited ${look}`);
      assert.deepEqual(complaints, []);
    });
  }

  test('a name is typed once, the words are shown once, and three of them are asked for', async () => {
    await using visited = await visit(browser, { hash: '#/people' });
    const { page, peer } = visited;
    await page.getByRole('textbox', { name: 'Your name' }).fill('Robin');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Write these 24 words down' }).waitFor();
    assert.equal(await page.locator('.word-list li').count(), 24);
    await page.getByRole('button', { name: 'I have written them down' }).click();
    const fields = page.locator('.word-fields input');
    for (const [at, number] of [3, 12, 24].entries())
      await fields.nth(at).fill(at === 0 ? 'wrong' : (FAKE_WORDS[number - 1] ?? ''));
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('Not all of these words are right').waitFor();
    await fields.nth(0).fill(` ${FAKE_WORDS[2]?.toUpperCase()} `);
    await page.getByRole('button', { name: 'Check' }).click();
    await page.getByText('They are right').waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.locator('.person').first().waitFor();
    assert.equal(identityOf(peer.world).identity.state, 'checked');
    assert.equal(peopleOf(peer.world).profile.name, 'Robin');
    assert.equal(await page.locator('.reminder').count(), 0);
  });

  test('the words can wait, and are reminded of until they are checked', async () => {
    await using visited = await visit(browser, { hash: '#/people' });
    const { page } = visited;
    await page.getByRole('textbox', { name: 'Your name' }).fill('Robin');
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByText('Your 24 words are not written down yet').waitFor();
    await page.getByRole('button', { name: 'Write them down' }).click();
    await page.locator('.dialog .word-list').waitFor();
    await page.getByRole('button', { name: 'I have written them down' }).click();
    for (const [at, number] of [3, 12, 24].entries())
      await page
        .locator('.word-fields input')
        .nth(at)
        .fill(FAKE_WORDS[number - 1] ?? '');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click();
    await page.locator('.reminder').waitFor({ state: 'detached' });
  });

  test('the words of before make one the same person, and what is wrong in them is said', async () => {
    await using visited = await visit(browser, { hash: '#/people' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Use my 24 words' }).click();
    const words = page.getByRole('textbox', { name: '24 words' });
    await words.fill(FAKE_WORDS.join(' ').replace('art', 'arrt'));
    await page.getByText('Word 24 is not in the list').waitFor();
    assert.ok(await page.getByRole('button', { name: 'Be this person' }).isDisabled());
    await words.fill(FAKE_WORDS.join(' '));
    await page.getByText('These are the words of somebody').waitFor();
    await page.getByRole('button', { name: 'Be this person' }).click();
    await page.locator('.person').first().waitFor();
    assert.equal(identityOf(peer.world).identity.state, 'restored');
  });

  test('a contact is looked for where their line says, and a line that is of no use is told apart', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: `#/people/${TOM}` });
    const { page, peer } = visited;
    const desk = peopleOf(peer.world);
    await page.getByRole('button', { name: 'By their address' }).click();
    const field = page.getByRole('textbox', { name: 'Their line' });
    const lineOf = (device: string): string =>
      `coequal:at/${device.repeat(32)}?tcp=192.168.1.21:7230`;
    for (const [line, said] of [
      ['hello', 'Copy the whole line'],
      [desk.card ?? '', 'This is your own line'],
      [lineOf('00'), 'Become contacts first'],
    ] as const) {
      await field.fill(line);
      assert.equal(await page.locator('.dialog .error').count(), 0);
      await page.keyboard.press('Enter');
      await page.locator('.dialog .error').getByText(said).waitFor();
    }
    await field.fill(` ${lineOf('e2')} `);
    await page.getByRole('button', { name: 'Look there' }).click();
    await page.getByText('Tom is looked for there').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Tom', exact: true }).waitFor();
  });

  test('beside words that are good in this network alone it says so, and beside others nothing', async () => {
    for (const reach of ['network', 'everywhere'] as const) {
      await using visited = await visit(browser, { hasPeople: true, hash: '#/people' });
      const { page, peer } = visited;
      peopleOf(peer.world).codeReach = reach;
      await page.getByRole('button', { name: 'Invite someone' }).click();
      await page.getByRole('button', { name: 'Make invitation' }).click();
      await page.locator('.spoken-code').waitFor();
      const said = await page.getByText('Good in this network alone').count();
      assert.equal(said, reach === 'network' ? 1 : 0);
      await assertAccessible(page, `good ${reach}`);
    }
    await using visited = await visit(browser, { hasPeople: true, hash: '#/me' });
    const { page, peer } = visited;
    identityOf(peer.world).isPairingHeld = true;
    await page.getByRole('button', { name: 'Add a device' }).click();
    await page.getByText('Good in this network alone').waitFor();
    await assertAccessible(page, 'a code for a device');
  });

  test('a computer without an address says so instead of showing a line', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/people' });
    const { page, peer } = visited;
    peopleOf(peer.world).card = undefined;
    await page.getByRole('button', { name: 'By their address' }).click();
    await page.getByText('has no address now').waitFor();
    assert.equal(await page.locator('.dialog .qr-code').count(), 0);
    await assertAccessible(page, 'no address');
  });

  test('a file goes to a contact with two clicks, from any screen', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/home' });
    const { page, peer } = visited;
    let clicks = 0;
    await page.locator('.now').waitFor();
    await page.locator('.drop-root').dispatchEvent('dragover', {
      dataTransfer: await page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(['x'], 'x.jpg'));
        return data;
      }),
    });
    const name = page.locator(`[data-drop="${MIRA}"]`);
    await name.waitFor();
    clicks += 1;
    await dropOn(name, { 'lake.jpg': 'dawn', 'walk.jpg': 'long' });
    await page.getByRole('dialog', { name: 'Send to Mira' }).waitFor();
    await assertAccessible(page, 'sending');
    clicks += 1;
    await page.getByRole('button', { name: 'Send', exact: true }).last().click();
    await page.getByText('On its way to Mira').waitFor();
    assert.ok(clicks <= CLICKS_MAX, `${clicks} clicks`);
    const [stage] = stagesOf(peer.world).values();
    assert.deepEqual(stage?.paths, ['lake.jpg', 'walk.jpg']);
    assert.equal(stage?.report.state, 'sent');
    const { body } = peer.calls.findLast(({ name }) => name === 'sendStaged') ?? {};
    assert.deepEqual(body, { to: [MIRA] });
    await page.evaluate("location.hash = '#/handover/sent'");
    const card = page.locator('.thing').filter({ hasText: 'lake.jpg' });
    await card.getByText('not reached yet').waitFor();
    for (const state of ['has been asked', 'has 0%', 'has 25%']) {
      peer.world.tick();
      await card.getByText(state).waitFor();
    }
    for (let count = 0; count < 3; count += 1) peer.world.tick();
    await card.getByText('has all of it').waitFor();
  });

  test('what a contact offers is taken with one click on any screen, and what is dangerous is held apart', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/home' });
    const { page, peer } = visited;
    let clicks = 0;
    await page.getByText('Mira wants to give you garden.mp4').waitFor();
    clicks += 1;
    await page.getByRole('button', { name: 'Accept' }).click();
    await page.getByText('Fetching garden.mp4').waitFor();
    assert.ok(clicks <= CLICKS_MAX);
    await page.evaluate("location.hash = '#/handover'");
    const garden = page.locator('.thing').filter({ hasText: 'garden.mp4' });
    await garden.getByRole('progressbar').waitFor();
    for (let count = 0; count < 4; count += 1) peer.world.tick();
    await garden.getByText('/home/robin/Downloads/garden.mp4').waitFor();
    const tools = page.locator('.thing').filter({ hasText: 'tools' });
    await tools.getByText('1 file is a program.').waitFor();
    await tools.getByText('Which files').click();
    await tools.getByText('tools/frog.jpg.exe').waitFor();
    await tools.getByRole('button', { name: 'Keep it anyway' }).click();
    await page
      .getByRole('dialog', { name: 'Keep tools?' })
      .getByRole('button', { name: 'Keep it' })
      .click();
    await tools.getByText('It is here.').waitFor();
    await tools.getByRole('button', { name: 'Take off the list' }).click();
    await tools.waitFor({ state: 'detached' });
  });

  test('dropped elsewhere, files ask for whom; what is on its way to the peer can be cancelled', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/people' });
    const { page, peer } = visited;
    await page.locator('.person').first().waitFor();
    await dropOn(page.locator('h1'), { 'photo.jpg': 'x'.repeat(100) });
    const dialog = page.getByRole('dialog', { name: 'Send files' });
    assert.ok(await dialog.getByRole('button', { name: 'Send', exact: true }).isDisabled());
    await dialog.getByText('Grandma').click();
    let isHeld = true;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    peer.beforeAnswer = (name) => (isHeld && name === 'putStagedFile' ? held : undefined);
    const copying = peer.next('putStagedFile');
    await dialog.getByRole('button', { name: 'Send', exact: true }).click();
    const going = page.locator('.going li');
    await going.getByText('Keep this page open').waitFor();
    await copying;
    const cancelled = peer.next('cancelStaging');
    await going.getByRole('button', { name: /Cancel/ }).click();
    await going.waitFor({ state: 'detached' });
    isHeld = false;
    release();
    await cancelled;
    await dropOn(page.locator(`[data-person="${MIRA}"]`), { 'photo.jpg': 'y'.repeat(100) });
    await page
      .getByRole('dialog', { name: 'Send to Mira' })
      .getByRole('button', { name: 'Send', exact: true })
      .click();
    await page.getByText('On its way to Mira').waitFor();
    const states = [...stagesOf(peer.world).values()].map(({ report }) => report.state);
    assert.deepEqual(states, ['sent']);
  });

  test('when more came by an invitation than it was for, one is told to look who they are', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/people' });
    const { page, peer } = visited;
    const [mira, tom] = [MIRA, TOM].map((person, at) => ({ person, name: `No. ${at}`, at }));
    assert.ok(mira !== undefined && tom !== undefined);
    const made = { note: '', createdAt: 1, validUntil: 2, usesMax: 1, state: 'used' } as const;
    await page.locator('.person').first().waitFor();
    const { invitations } = peopleOf(peer.world);
    invitations.set('01', { ...made, id: '01'.repeat(8), usedBy: [mira] });
    invitations.set('02', { ...made, id: '02'.repeat(8), usedBy: [mira, tom] });
    peer.world.publish({ type: 'invitations' });
    const lines = page.locator('section[aria-labelledby=invitations] li');
    await lines.filter({ hasText: 'No. 1' }).getByText('More came').waitFor();
    assert.equal(await lines.count(), 2);
    assert.equal(await page.getByText('More came').count(), 1);
    await assertAccessible(page, 'an invitation by which more came');
  });

  test('an invitation is accepted by pasting it anywhere, or by typing the words', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/home' });
    const { page, peer } = visited;
    await page.locator('.now').waitFor();
    await page.evaluate((text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', `Look: ${text} .`);
      document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
    }, LINK);
    const dialog = page.getByRole('dialog', { name: 'A link or code' });
    await dialog.getByText('Ada invites you').waitFor();
    await assertAccessible(page, 'accepting');
    await dialog.getByRole('button', { name: 'Become contacts' }).click();
    await page.getByText('Ada', { exact: true }).first().waitFor();
    assert.ok(peer.calls.some(({ name }) => name === 'acceptInvitation'));
    await page.evaluate("location.hash = '#/home'");
    const field = page.locator('.drop-card').getByRole('textbox');
    await field.fill('7 Amber river TABLE');
    await field.press('Enter');
    await dialog.getByText(/^Words that were said/).waitFor();
    assert.equal(await dialog.getByRole('textbox').inputValue(), '7-amber-river-table');
  });

  test('who is invited and is nobody yet types a name, and is a contact', async () => {
    await using visited = await visit(browser, { hash: '#/people' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'I was invited' }).click();
    await page.getByRole('textbox', { name: 'Invitation' }).fill(LINK);
    await page.getByRole('dialog').getByRole('textbox', { name: 'Your name' }).fill('Kim');
    await page.getByRole('button', { name: 'Become contacts' }).click();
    await page.getByText('Ada', { exact: true }).first().waitFor();
    await page.getByText('Your 24 words are not written down yet').waitFor();
    assert.equal(peopleOf(peer.world).profile.name, 'Kim');
  });

  test('a gift is copied to the peer, kept there, and named in the invitation', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/people' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Invite someone' }).first().click();
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a file' }).click();
    const file = { name: 'cake.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('cake') };
    await (await chooser).setFiles([file]);
    await page.getByText('cake.jpg, 4').waitFor();
    await page.getByRole('button', { name: 'Make invitation' }).click();
    await page.getByText('7-amber-river-table').waitFor();
    const [stage] = stagesOf(peer.world).values();
    assert.equal(stage?.report.state, 'held');
    const [invitation] = peopleOf(peer.world).invitations.values();
    assert.deepEqual(invitation?.gift, { name: 'cake.jpg', size: 4 });
    const { body } = peer.calls.findLast(({ name }) => name === 'createInvitation') ?? {};
    assert.equal((body as { gift: { id: string } }).gift.id, stage?.report.id);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: /Take back the invitation/ }).click();
    await page.getByText('taken back').waitFor();
  });

  test('a contact is named, trusted, compared, blocked, and removed with undo', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: `#/people/${TOM}` });
    const { page, peer } = visited;
    const tom = () => peopleOf(peer.world).contacts.get(TOM);
    const name = page.getByRole('textbox', { name: 'What you call them' });
    await name.fill('Uncle Tom');
    await name.blur();
    await page.getByRole('heading', { name: 'Uncle Tom', level: 1 }).waitFor();
    const rule = page.getByRole('switch', { name: 'Accept their files without asking' });
    assert.ok(await rule.isDisabled());
    await page.getByRole('button', { name: /How well you know them/ }).click();
    await page.getByRole('option', { name: 'Trusted' }).click();
    await page.getByText('What you allow below happens').waitFor();
    await page.locator('label').filter({ has: rule }).click();
    await page.getByRole('textbox', { name: 'Up to this size at once' }).waitFor();
    assert.equal(deskOf(peer.world).rules.get(TOM)?.sizeMax, 1_000_000_000);
    await page.getByRole('button', { name: 'Compare words now' }).click();
    await page.getByText('candle').waitFor();
    await assertAccessible(page, 'comparing');
    await page.getByRole('button', { name: 'Not the same' }).click();
    await page.getByText('somebody is in between').waitFor();
    await page.getByRole('button', { name: 'Compare again' }).click();
    await page.getByRole('button', { name: 'The same', exact: true }).click();
    await page.getByText('it is Uncle Tom').waitFor();
    await page.getByText('Compare a number instead').click();
    await page.getByText('17919').waitFor();
    await page.getByRole('button', { name: 'Block', exact: true }).click();
    await page.getByText('Uncle Tom is blocked').waitFor();
    assert.equal(tom()?.trust, 'blocked');
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Block', exact: true }).waitFor();
    assert.equal(tom()?.trust, 'trusted');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Uncle Tom is removed').waitFor();
    assert.equal(await page.locator(`[data-person="${TOM}"]`).count(), 0);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.locator(`[data-person="${TOM}"]`).waitFor();
    assert.ok(tom() !== undefined);
  });

  test('a removal that was not undone is carried out, also when the page is closed at once', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: `#/people/${TOM}` });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Tom is removed').waitFor();
    assert.ok(peopleOf(peer.world).contacts.has(TOM));
    const { promise, resolve } = Promise.withResolvers<void>();
    peer.beforeAnswer = (name) => {
      if (name === 'removeContact') resolve();
      return undefined;
    };
    await page.goto('about:blank');
    await promise;
    assert.ok(!peopleOf(peer.world).contacts.has(TOM));
  });

  test('a device is added, named and taken out; the pass phrase is asked for when it seals the words', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/me' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Set a pass phrase' }).click();
    await page.getByLabel('New pass phrase').fill('six apples under a roof');
    await page.getByRole('button', { name: 'Seal the words' }).click();
    await page.getByText('The words are sealed on this computer.').waitFor();
    const desk = identityOf(peer.world);
    desk.identity = { ...desk.identity, isUnlocked: false };
    peer.world.publish({ type: 'identity' });
    await page.getByRole('button', { name: 'Add a device' }).click();
    await page.getByText('“Phone” wants to be one of your devices').waitFor();
    await page.getByLabel('Pass phrase').fill('six apples under a roof');
    await page.getByRole('button', { name: 'Yes, it is mine' }).click();
    await page.getByText('“Phone” is one of your devices').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'What to do with Phone' }).first().click();
    await page.getByRole('menuitem', { name: 'Take out for ever' }).click();
    await page
      .getByRole('dialog', { name: 'Pass phrase needed' })
      .getByLabel('Pass phrase')
      .fill('six apples under a roof');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Take out', exact: true }).click();
    await page.getByText('“Phone” is taken out').waitFor();
    assert.equal(desk.revoked.length, 1);
  });

  test('of the other own devices it says which are on, and by what way, as that changes', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/me' });
    const { page, peer } = visited;
    const desk = identityOf(peer.world);
    const lines = page.locator('section', { has: page.locator('#own-devices') }).locator('li');
    await lines.nth(1).getByText('here, in your network').waitFor();
    assert.equal(await lines.nth(0).locator('.person-path').count(), 0);
    for (const [way, said] of [
      [{ path: 'none' }, 'not here now'],
      [{ path: 'relayed', relayedBy: 'Mira' }, 'here, through Mira'],
      [{ path: 'direct' }, 'here, reached directly'],
    ] as const) {
      desk.devices = desk.devices.map(({ path: _path, relayedBy: _by, ...device }) => ({
        ...device,
        ...(!device.isThis && way),
      }));
      peer.world.publish({ type: 'identity' });
      await lines.nth(1).getByText(said, { exact: true }).waitFor();
      await assertAccessible(page, said);
    }
  });

  test('a guest link is made with its code, shown, and ended', async () => {
    await using visited = await visit(browser, { hash: '#/handover/links' });
    const { page, peer } = visited;
    await page.getByRole('button', { name: 'Make a link' }).click();
    await page
      .getByRole('textbox', { name: 'File or folder of the peer’s computer' })
      .fill('/srv/files/Books');
    await page.getByText('They may also put files here').click();
    await page.getByRole('button', { name: 'Make link' }).click();
    const code = page.locator('.qr-code');
    await code.waitFor();
    await assertAccessible(page, 'guest link');
    const [link] = peer.world.guestLinks.values();
    assert.equal(await readQrCode(code), link?.addresses[0]?.url);
    assert.equal(link?.guestsMax, 1);
    await page.keyboard.press('Escape');
    const card = page.locator('.thing').filter({ hasText: 'Books' });
    await card.getByText('Upload box').waitFor();
    await card.getByRole('button', { name: 'End it' }).click();
    await card.waitFor({ state: 'detached' });
    assert.equal(peer.world.guestLinks.size, 0);
  });

  test('everything that goes out is listed, and one button ends it', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/seen' });
    const { page, peer } = visited;
    await page.getByText('1 thing is offered to contacts').waitFor();
    await page.getByText('203.0.113.7:49737').first().waitFor();
    await page.getByRole('button', { name: 'Stop everything' }).click();
    await page.getByText('1 thing you sent is taken back').waitFor();
    await assertAccessible(page, 'stopping');
    await page.getByRole('button', { name: 'Stop it all' }).click();
    await page.getByText('Everything is stopped').waitFor();
    await page.getByText('Nothing is offered to a contact').waitFor();
    const rest = ['paused', 'finished', 'failed'];
    assert.ok([...peer.world.transfers.values()].every(({ state }) => rest.includes(state)));
    assert.ok([...deskOf(peer.world).sends.values()].every(({ state }) => state === 'withdrawn'));
  });

  test('by keyboard alone one begins, invites, and looks at a contact', async () => {
    await using visited = await visit(browser, { hash: '#/people' });
    const { page } = visited;
    const field = page.getByRole('textbox', { name: 'Your name' });
    await tabTo(page, field);
    await page.keyboard.type('Robin');
    await page.keyboard.press('Enter');
    const later = page.getByRole('button', { name: 'Later' });
    await later.waitFor();
    await tabTo(page, later);
    await page.keyboard.press('Enter');
    const invite = page.getByRole('button', { name: 'Invite someone' }).first();
    await invite.waitFor();
    await tabTo(page, invite);
    await page.keyboard.press('Enter');
    const make = page.getByRole('button', { name: 'Make invitation' });
    await make.waitFor();
    await tabTo(page, make);
    await page.keyboard.press('Enter');
    await page.getByText('7-amber-river-table').waitFor();
    await page.keyboard.press('Escape');
    const mira = page.locator(`[data-person="${MIRA}"] .person-link`);
    await tabTo(page, mira);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Mira', level: 1 }).waitFor();
  });
});
