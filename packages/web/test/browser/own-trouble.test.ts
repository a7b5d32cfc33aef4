// What is not as it should be between own devices is reminded of, in words, until it is over.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Identity } from '@coequal/contract';
import { identityOf } from '../fake-peer/identity.ts';
import type { World } from '../fake-peer/world.ts';
import { assertAccessible, Browser, NEEDS_CHROMIUM, visit } from './chromium.ts';
import type { VisitOptions } from './chromium.ts';

const LOOKS: readonly (readonly [string, VisitOptions])[] = [
  ['in light', { settings: { theme: 'light' } }],
  ['in dark', { settings: { theme: 'dark' } }],
];

const TROUBLES: readonly (readonly [string, Record<string, string | number>, RegExp, RegExp])[] = [
  ['OWN_CLOCK_DIFFERS', { name: 'Phone', minutes: 75 }, /“Phone” differ by 75 minutes/, /right/],
  ['OWN_LISTS_DIFFER', {}, /devices/, /./],
  ['OWN_DEVICE_PROBLEM', { name: 'Phone', problem: 'BAD' }, /“Phone” and this device/, /newest/],
];

function show(world: World, problem: Identity['problem']): void {
  const desk = identityOf(world);
  const { problem: _, ...identity } = desk.identity;
  desk.identity = problem === undefined ? identity : { ...identity, problem };
  world.publish({ type: 'identity' });
}

describe('trouble between own devices', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  for (const [look, options] of LOOKS)
    test(`is reminded of in words on both screens, ${look}, and goes when it is over`, async () => {
      await using visited = await visit(browser, { ...options, hasPeople: true, hash: '#/people' });
      const { page, peer, complaints } = visited;
      await page.locator('.person').first().waitFor();
      const reminder = page.locator('.reminder[role=status]');
      assert.equal(await reminder.count(), 0);
      for (const [code, details, reason, hint] of TROUBLES) {
        show(peer.world, { code, details, text: 'said by the peer itself' });
        await reminder.getByText(reason).waitFor();
        assert.match((await reminder.locator('.muted').textContent()) ?? '', hint, code);
        assert.doesNotMatch((await reminder.textContent()) ?? '', /said by the peer/, code);
        for (const hash of ['#/me', '#/people']) {
          await page.evaluate(`location.hash = '${hash}'`);
          await page
            .locator(hash === '#/me' ? '#own-devices' : '.person')
            .first()
            .waitFor();
          await reminder.getByText(reason).waitFor();
          await assertAccessible(page, `${code} at ${hash} ${look}`);
        }
      }
      show(peer.world, undefined);
      await reminder.waitFor({ state: 'detached' });
      assert.deepEqual(complaints, []);
    });

  test('news that comes while the first answer is under way is not lost', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/me' });
    const { page, peer } = visited;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    peer.beforeAnswer = (name) => (name === 'showIdentity' ? held : undefined);
    const answered = peer.next('showIdentity');
    const isListening = page.waitForResponse(/\/events/);
    await page.reload();
    await Promise.all([answered, isListening]);
    show(peer.world, { code: 'OWN_LISTS_DIFFER', details: {}, text: 'x' });
    release();
    await page.locator('.reminder').waitFor();
  });

  test('a list that has to be signed comes before it, since it can be done at once', async () => {
    await using visited = await visit(browser, { hasPeople: true, hash: '#/me' });
    const { page, peer } = visited;
    const desk = identityOf(peer.world);
    desk.identity = { ...desk.identity, needsSigning: true, isUnlocked: false, isSealed: true };
    show(peer.world, { code: 'OWN_LISTS_DIFFER', details: {}, text: 'x' });
    const reminder = page.locator('.reminder');
    await reminder.getByRole('button').waitFor();
    assert.equal(await reminder.count(), 1);
    desk.identity = { ...desk.identity, isUnlocked: true };
    show(peer.world, { code: 'OWN_LISTS_DIFFER', details: {}, text: 'x' });
    await reminder.getByRole('button').waitFor({ state: 'detached' });
    await reminder.waitFor();
  });
});
