// How far a link for guests reaches, as the page shows it: in the network alone, from the internet by the router, or not.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { GuestLink } from '@coequal/contract';
import { guestLinkOf } from '../fake-peer/guest-links.ts';
import type { World } from '../fake-peer/world.ts';
import { assertAccessible, Browser, NEEDS_CHROMIUM, visit } from './chromium.ts';
import type { VisitOptions } from './chromium.ts';

const LOOKS: readonly (readonly [string, VisitOptions])[] = [
  ['in light', { settings: { theme: 'light' } }],
  ['in dark', { settings: { theme: 'dark' } }],
];
const OUTSIDE = { host: '203.0.113.7', port: 7229 };

/** With the details that the peer gives. */
function closed(
  reason: string,
  router: string,
  more: { readonly host?: string } = {},
): NonNullable<GuestLink['outside']> {
  const details = { reason, router, ...more };
  return { state: 'closed', problem: { code: 'GUEST_NOT_REACHABLE', details, text: 'closed' } };
}

/** What a link is like, and what is said of it. */
const LINKS: readonly (readonly [Partial<GuestLink>, RegExp])[] = [
  [{ title: 'Apple', reach: 'lan' }, /^your network$/],
  [{ title: 'Banjo', reach: 'loopback' }, /^this computer only$/],
  [
    { title: 'Cedar', reach: 'internet', outside: { state: 'asking' } },
    /^Your router is asked to let guests in …$/,
  ],
  [
    { title: 'Dune', reach: 'internet', outside: { state: 'open', ...OUTSIDE } },
    /^Reachable from the internet at 203\.0\.113\.7:7229$/,
  ],
  [
    { title: 'Ember', reach: 'internet', outside: { state: 'open', port: 7229 } },
    /^Your router lets guests in at port 7229, and does not say at which address$/,
  ],
  [
    { title: 'Fern', reach: 'internet', outside: closed('silent', '') },
    /do not come in: no router answered\..*by hand/,
  ],
  [
    { title: 'Gull', reach: 'internet', outside: closed('refused', '192.168.1.1') },
    /do not come in: your router refuses to open the port\..*by hand/,
  ],
  [
    {
      title: 'Heron',
      reach: 'internet',
      outside: closed('behind', '192.168.1.1', { host: '100.64.0.9' }),
    },
    /do not come in: your router is behind another one itself \(its address is 100\.64\.0\.9\)/,
  ],
];

function put(world: World, link: Partial<GuestLink>): void {
  const number = world.guestLinks.size + 1;
  const made = guestLinkOf(number, { paths: ['/srv/files/Books'] }, world.now());
  world.guestLinks.set(made.id, { ...made, ...link });
  world.publish({ type: 'guest-links' });
}

describe('how far a link for guests reaches', NEEDS_CHROMIUM, () => {
  let browser: Browser;
  before(async () => {
    browser = await Browser.open();
  });
  after(() => browser[Symbol.asyncDispose]());

  for (const [look, options] of LOOKS)
    test(`is said with each link, ${look}, and axe-core finds nothing serious`, async () => {
      await using visited = await visit(browser, { ...options, hash: '#/handover/links' });
      const { page, peer, complaints } = visited;
      for (const [link] of LINKS) put(peer.world, link);
      for (const [{ title = '', outside }, words] of LINKS) {
        const card = page.locator('.thing').filter({ hasText: title });
        await card.getByText(words).waitFor();
        const said = card.locator('[role=status]');
        assert.equal(await said.count(), outside === undefined ? 0 : 1, title);
        const isProblem = outside?.state === 'closed' ? 1 : 0;
        assert.equal(await card.locator('.thing-problem').count(), isProblem, title);
      }
      await assertAccessible(page, `links ${look}`);
      assert.deepEqual(complaints, []);
    });

  test('changes on the page as the router answers, and the address it gives is shown first', async () => {
    await using visited = await visit(browser, { hash: '#/handover/links' });
    const { page, peer } = visited;
    put(peer.world, { title: 'Books', reach: 'internet', outside: { state: 'asking' } });
    const card = page.locator('.thing').filter({ hasText: 'Books' });
    await card.getByText('is asked to let guests in').waitFor();
    const [link] = peer.world.guestLinks.values();
    assert.ok(link !== undefined);
    const address = { host: OUTSIDE.host, url: 'http://203.0.113.7:7229/x/', reach: 'internet' };
    peer.world.guestLinks.set(link.id, {
      ...link,
      outside: { state: 'open', ...OUTSIDE },
      addresses: [{ ...address, reach: 'internet' }, ...link.addresses],
    });
    peer.world.publish({ type: 'guest-links' });
    await card.getByText('Reachable from the internet at 203.0.113.7:7229').waitFor();
    await card.getByRole('button', { name: 'Show' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Reachable from the internet at 203.0.113.7:7229').waitFor();
    await dialog.getByText(address.url).first().waitFor();
    await assertAccessible(page, 'link that is shown');
  });
});
