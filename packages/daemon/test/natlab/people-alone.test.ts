// Nobody of ours is needed: a group begins with one peer of its own, newcomers know it alone or come by an invitation,
// and a contact is called at a helper whom the caller does not know.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { parseInvitation } from '@coequal/mesh';
import { LabPerson } from './lab-person.ts';
import { NatLab } from './nat-lab.ts';
import type { LabHost } from './nat-lab.ts';
import { assertReceived, beginSend } from './people-world.ts';

const PEOPLE_PORT = 30_000;
/** On two cores each takes some twenty seconds. */
const TIMEOUT_MS = 170_000;

const skip = await NatLab.skipReason();

describe('a group without anybody else', { concurrency: false, skip }, () => {
  test(
    'newcomers know its first peer alone, or nobody, and come to each other by it',
    { timeout: TIMEOUT_MS },
    async () => {
      await using owned = new AsyncDisposableStack();
      const lab = owned.use(await NatLab.open());
      const host = await lab.host('public');
      const first = owned.use(
        await LabPerson.start('First', host, [], { settings: publicAt(host) }),
      );
      // who names it, and who came by its invitation and names nobody
      const at = { host: host.address, port: PEOPLE_PORT };
      const named = owned.use(await LabPerson.start('Named', await lab.host('fullcone'), [at]));
      const invited = owned.use(await LabPerson.start('Invited', await lab.host('portres'), []));
      await first.befriend(invited);
      // by its key alone: neither is a contact of a contact
      const { link } = await invited.client.call('createInvitation', { body: {} });
      assert.ok(link !== undefined);
      await named.befriend(invited);
      const content = randomBytes(100_000);
      await beginSend(named, invited, await named.linked(invited.name), content);
      await assertReceived(invited, content);
      // what it learned stays, and the first is not asked to introduce anybody any more
      await Promise.all([named.stop(), invited.stop()]);
      await Promise.all([named.startAgain(), invited.startAgain()]);
      await Promise.all([named.linked(invited.name), invited.linked(named.name)]);
    },
  );

  test(
    'who waits at a helper is called there by a contact whom the helper does not know',
    { timeout: TIMEOUT_MS },
    async () => {
      await using owned = new AsyncDisposableStack();
      const lab = owned.use(await NatLab.open());
      const host = await lab.host('public');
      const helper = owned.use(
        await LabPerson.start('Helper', host, [], { settings: publicAt(host) }),
      );
      const waiter = owned.use(await LabPerson.start('Waiter', await lab.host('no-udp'), []));
      const caller = owned.use(await LabPerson.start('Caller', await lab.host('no-udp'), []));
      await helper.befriend(waiter);
      await helper.befriend(caller);
      await waiter.befriend(caller);
      await helper.forget(caller.name);
      await caller.forget(helper.name);
      await Promise.all([waiter.stop(), caller.stop()]);
      await Promise.all([waiter.startAgain(), caller.startAgain()]);
      const { path } = await caller.linked(waiter.name);
      assert.equal(path, 'relayed');
      const content = randomBytes(100_000);
      await beginSend(caller, waiter, await caller.linked(waiter.name), content);
      await assertReceived(waiter, content);
    },
  );
});

describe('an invitation names a way in', { concurrency: false, skip }, () => {
  for (const type of ['symmetric', 'no-udp'] as const)
    test(
      `two behind ${type} whom nobody knows both become contacts by a link`,
      { timeout: TIMEOUT_MS },
      async () => {
        await using owned = new AsyncDisposableStack();
        const lab = owned.use(await NatLab.open());
        const public_ = await lab.host('public');
        const helper = owned.use(
          await LabPerson.start('Helper', public_, [], { settings: publicAt(public_) }),
        );
        const host = owned.use(await LabPerson.start('Host', await lab.host(type), []));
        const guest = owned.use(await LabPerson.start('Guest', await lab.host(type), []));
        await helper.befriend(host);
        const began = performance.now();
        const link = await linkWithHelper(host);
        await guest.client.call('acceptInvitation', { body: { text: link } });
        await Promise.all([host.linked(guest.name), guest.linked(host.name)]);
        console.log(`contacts ${Math.round(performance.now() - began)} ms after the invitation`);
        const { path } = await guest.linked(host.name);
        assert.equal(path, 'relayed');
        const content = randomBytes(100_000);
        await beginSend(host, guest, await host.linked(guest.name), content);
        await assertReceived(guest, content);
        // from now on by what the host tells its contact
        await guest.stop();
        await guest.startAgain();
        await Promise.all([host.linked(guest.name), guest.linked(host.name)]);
      },
    );
});

/** As soon as it waits there. */
async function linkWithHelper(host: LabPerson): Promise<string> {
  return await host.until(async () => {
    const { id, link = '' } = await host.client.call('createInvitation', { body: {} });
    if (parseInvitation(link).helpers.length > 0) return link;
    await host.client.call('revokeInvitation', { params: { id } });
    return undefined;
  });
}

function publicAt({ address }: LabHost): readonly string[] {
  return [`peoplePort = ${PEOPLE_PORT}`, `peoplePublicAddress = "${address}"`];
}
