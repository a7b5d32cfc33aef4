import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { readPeerEvents } from '@coequal/contract';
import type { Offer } from '@coequal/contract';
import type { ContactRecord, InvitationView } from '@coequal/mesh';
import { giveGifts, isGiftAwaited } from '../../src/people/gifts.ts';
import { openPeer } from '../api/peer-in-test.ts';
import type { PeerInTest } from '../api/peer-in-test.ts';
import { temporaryFolder } from '../temporary-folder.ts';

function peopleOf(
  invitation: Partial<InvitationView>,
  contacts: readonly Partial<ContactRecord>[],
) {
  const gift = { id: 'g', name: 'A lake', size: 6 };
  return {
    contacts: () => contacts as ContactRecord[],
    invitations: () => [
      { gift, state: 'open', usedBy: [], ...invitation } as unknown as InvitationView,
    ],
  };
}

const usedBy = (...persons: readonly string[]) =>
  persons.map((person) => ({ person, name: person, at: 0 })) as unknown as InvitationView['usedBy'];
const ALL = [{ person: 'anna' }, { person: 'ben' }, { person: 'cleo', trust: 'blocked' }] as never;

void test('each who came by an invitation gets its gift once, also after others', async () => {
  const given = new Set<string>();
  const sent: unknown[] = [];
  const staging = {
    givenTo: (id: string) => (id === 'g' ? given : undefined),
    give: async (_: string, { to }: { to: readonly string[] }) => {
      sent.push(to);
      for (const person of to) given.add(person);
      return undefined as never;
    },
  };
  const come = async (...persons: readonly string[]): Promise<void> =>
    await giveGifts(peopleOf({ usedBy: usedBy(...persons) }, ALL), staging, (error) =>
      assert.fail(String(error)),
    );
  await come();
  await come('anna');
  await come('anna');
  await come('anna', 'ben', 'cleo', 'who was removed');
  assert.deepEqual(sent, [['anna'], ['ben']]);
});

void test('a gift that cannot be given now is told of, and kept', async () => {
  const problems: unknown[] = [];
  const refusal = new Error('too many sends');
  const staging = {
    givenTo: () => new Set<string>(),
    give: async () => {
      throw refusal;
    },
  };
  const people = peopleOf({ state: 'used', usedBy: usedBy('anna') }, ALL);
  await giveGifts(people, staging, (error) => problems.push(error));
  assert.deepEqual(problems, [refusal]);
  assert.equal(isGiftAwaited(people, 'g', new Set()), true);
  assert.equal(isGiftAwaited(people, 'g', new Set(['anna'])), false);
  assert.equal(isGiftAwaited(people, 'other', new Set()), false);
  assert.equal(isGiftAwaited(peopleOf({}, ALL), 'g', new Set()), true);
});

async function until<Found>(
  { client }: PeerInTest,
  look: () => Promise<Found | undefined>,
): Promise<Found> {
  const leave = new AbortController();
  try {
    // from an event of no run: told at once that something was missed
    for await (const _event of readPeerEvents(client, '0', leave.signal)) {
      const found = await look();
      if (found !== undefined) return found;
    }
  } finally {
    leave.abort();
  }
  assert.fail('the events ended');
}

/** Somebody who accepts, and what they are offered then. */
async function accept(link: string, name: string, host: PeerInTest): Promise<Offer> {
  await using guest = await openPeer({ flags: { usesPeopleDht: false } });
  const { client } = guest;
  await client.call('createIdentity', { body: { deviceName: name } });
  await client.call('acceptInvitation', { body: { text: link } });
  const offer = await until(guest, async () => {
    const [first] = (await client.call('showInbox', {})).offers;
    return first?.isListed === true ? first : undefined;
  });
  await client.call('acceptOffer', { params: { id: offer.id }, body: {} });
  await until(host, async () => {
    const { sends } = await host.client.call('listSends', {});
    const mine = sends.flatMap(({ receivers }) => receivers).find((each) => each.name === name);
    return mine?.state === 'done' ? mine : undefined;
  });
  return offer;
}

/** An invitation for two, with a lake behind it. */
async function invite({ client }: PeerInTest): Promise<{ link: string; gift: string }> {
  await client.call('createIdentity', { body: { deviceName: 'Anna' } });
  const { id } = await client.call('beginStaging', {
    body: { files: [{ path: 'lake.jpg', size: 6 }] },
  });
  const bytes = new Blob(['dawn!!']);
  await client.call('putStagedFile', { params: { id, index: '0' }, query: { offset: 0 }, bytes });
  await client.call('holdStaged', { params: { id } });
  const body = { uses: 2, gift: { id, name: 'A lake', size: 6 } };
  const { link = '' } = await client.call('createInvitation', { body });
  return { link, gift: id };
}

void test('of two who come by the same invitation, one after the other, both get the gift', async () => {
  await using host = await openPeer({ flags: { usesPeopleDht: false } });
  const { client } = host;
  const { link } = await invite(host);
  for (const name of ['Ben', 'Cleo']) {
    const offer = await accept(link, name, host);
    assert.deepEqual([offer.name, offer.size, offer.personName], ['A lake', 6, 'Anna']);
  }
  assert.equal((await client.call('listSends', {})).sends.length, 2);
});

void test('a gift whose mark was not written when the peer ended is not offered again', async () => {
  using folder = temporaryFolder();
  const choices = { flags: { usesPeopleDht: false }, folder };
  let mark = '';
  let offer: Offer | undefined;
  {
    await using host = await openPeer(choices);
    const { link, gift } = await invite(host);
    mark = folder.at('home', 'staging', gift, 'keep');
    mkdirSync(`${mark}.new`); // nothing can be written there: as if it was killed just before
    offer = await accept(link, 'Ben', host);
    const before = JSON.parse(readFileSync(mark, 'utf8')) as { purpose: unknown };
    assert.deepEqual(before.purpose, { type: 'held', given: [] });
  }
  rmdirSync(`${mark}.new`);
  await using host = await openPeer(choices);
  const signal = AbortSignal.timeout(30_000);
  while (!readFileSync(mark, 'utf8').includes('"person"')) {
    signal.throwIfAborted();
    await setImmediate();
  }
  const { sends } = await host.client.call('listSends', {});
  assert.deepEqual(
    sends.map(({ receivers }) => receivers.map(({ name, state }) => [name, state])),
    [[['Ben', 'done']]],
  );
  assert.equal(offer.name, 'A lake');
});
