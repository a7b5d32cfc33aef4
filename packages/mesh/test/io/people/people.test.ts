// Two or three persons in a simulated world: invitations, and what contacts keep of each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { deviceKeyBytes, deviceKeyOf, LocalFault } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import type { HelperPlace } from '../../../src/core/contacts/helper-places.ts';
import { callTokenOf } from '../../../src/core/contacts/call-token.ts';
import type { InvitationHelper } from '../../../src/core/invite/invitation-helpers.ts';
import { parseInvitation } from '../../../src/core/invite/invitation-link.ts';
import {
  INVITATIONS_ENDED_MAX,
  INVITATIONS_OPEN_MAX,
} from '../../../src/io/people/invitation-book.ts';
import { keyOf, Village } from './village.ts';
import type { Villager } from './village.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

async function two(seed = 1): Promise<readonly [Village, Villager, Villager]> {
  const village = new Village({ seed });
  return [village, await village.add('Anna'), await village.add('Ben')];
}

async function befriend(village: Village, a: Villager, b: Villager): Promise<void> {
  b.people.accept(a.people.invite().link);
  await village.world.run(
    () => a.knows(b) && b.knows(a) && a.people.meetings().length > 0,
    5 * MINUTE,
  );
}

function assertSound(village: Village): void {
  for (const { failures, name } of village.villagers) assert.deepEqual(failures, [], name);
}

test('one link adds both sides, with names and devices, and they are in touch', async () => {
  const [village, anna, ben] = await two();
  await using _ = village;
  const invitation = anna.people.invite({
    note: 'Ben',
    gift: { id: 's1', name: 'film.mp4', size: 7 },
  });
  assert.deepEqual(parseInvitation(invitation.link).gift, { name: 'film.mp4', size: 7 });
  ben.people.accept(`Hello Ben, ${invitation.link} - see you`);
  await village.world.run(
    () => anna.people.meetings().length === 1 && ben.people.meetings().length === 1,
    MINUTE,
  );
  const [of] = ben.people.contacts();
  assert.equal(of?.ownName, 'Anna');
  assert.equal(of.person, anna.person);
  assert.equal(of.trust, 'new');
  assert.deepEqual(of.list, anna.list);
  assert.equal(anna.people.contact(ben.person).ownName, 'Ben');
  assert.equal(anna.people.personOf(ben.device), ben.person);
  assert.deepEqual(anna.people.devicesOf(ben.person), [ben.device]);
  assert.equal(anna.people.admission(ben.device), 'contact');
  const [used] = anna.people.invitations();
  assert.equal(used?.state, 'used');
  assert.deepEqual(
    used.usedBy.map(({ person, isConfirmed }) => [person, isConfirmed]),
    [[ben.person, true]],
  );
  const joined = anna.events.find(({ type }) => type === 'joined');
  assert.ok(joined?.type === 'joined' && joined.gift?.id === 's1' && joined.person === ben.person);
  const [acceptance] = ben.people.acceptances();
  assert.ok(
    acceptance?.type === 'link' && acceptance.state === 'done' && acceptance.person === anna.person,
  );
  assertSound(village);
});

test('who lets a guest in meets them once they know it, and not before: they would refuse', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const village = new Village({ seed, latencyMs: [10, 80] });
    await using _ = village;
    const [anna, ben] = [await village.add('Anna'), await village.add('Ben')];
    const knew: boolean[] = [];
    onOpen(anna, () => knew.push(ben.knows(anna)));
    await befriend(village, anna, ben);
    assert.ok(!knew.includes(false), `seed ${seed}: too early`);
    assertSound(village);
  }
});

test('a guest who falls silent once it was let in is looked for all the same', async () => {
  const [village, anna, ben] = await two();
  await using _ = village;
  let opened = 0;
  onOpen(anna, () => (opened += 1));
  ben.people.accept(anna.people.invite().link);
  await village.world.run(() => anna.knows(ben), MINUTE);
  ben.crash();
  await village.world.run(() => opened > 0, 5 * MINUTE);
  assertSound(village);
});

function onOpen({ links }: Villager, run: () => void): void {
  const open = links.open.bind(links);
  links.open = async (...call) => {
    run();
    return await open(...call);
  };
}

test('where packets come from is kept with what was told, if it is the port of the node', async () => {
  const [village, anna, ben] = await two(10);
  await using _ = village;
  anna.addresses = [{ kind: 'udp', host: '10.0.0.7', port: 700 }];
  ben.endpointOf = () => ({ host: '192.0.2.7', port: 700 });
  await befriend(village, anna, ben);
  const kept = (): string[] =>
    ben.people.addressesOf(anna.device).map(({ host, port }) => `${host}:${port}`);
  await village.world.run(() => kept().length > 1, MINUTE);
  assert.deepEqual(kept(), ['192.0.2.7:700', '10.0.0.7:700']);
  ben.crash();
  await ben.restart();
  assert.equal(kept().length, 2);
  // of a connection, and of nothing else
  ben.endpointOf = () => ({ host: '192.0.2.7', port: 4_000 });
  anna.addresses = [{ kind: 'udp', host: '10.0.0.8', port: 700 }];
  await village.world.run(() => anna.people.meetings().length > 0, 5 * MINUTE);
  anna.people.tell('addresses');
  await village.world.run(() => kept().join() === '10.0.0.8:700', MINUTE);
  assertSound(village);
});

test('where a device can be called is told to contacts, each with its own token, and kept', async () => {
  const [village, anna, ben] = await two(9);
  await using _ = village;
  const placeFor = (device: DeviceKey, port: number): HelperPlace => ({
    helper: keyOf(50, 0),
    token: deviceKeyBytes(device).slice(0, 16),
    addresses: [{ kind: 'tcp', host: '192.0.2.1', port }],
  });
  anna.helpersFor = (device) => [placeFor(device, 7)];
  await befriend(village, anna, ben);
  const held = (port: number): boolean =>
    isDeepStrictEqual(ben.people.helpersOf(anna.device), [placeFor(ben.device, port)]);
  await village.world.run(() => held(7), MINUTE);
  ben.crash();
  await ben.restart();
  assert.ok(held(7), 'it was kept');
  await village.world.run(() => anna.people.meetings().length > 0, 5 * MINUTE);

  anna.helpersFor = (device) => [placeFor(device, 8)];
  anna.people.tell('helpers');
  await village.world.run(() => held(8), MINUTE);
  anna.helpersFor = () => [];
  anna.people.tell('helpers');
  await village.world.pass(MINUTE);
  assert.ok(held(8), 'who waits nowhere for now says nothing');
  ben.people.remove(anna.person);
  assert.deepEqual(ben.people.helpersOf(anna.device), []);
  assert.deepEqual(ben.database.all('SELECT * FROM contact_helpers'), []);
  assertSound(village);
});

test('a link names where its maker can be called, and the guest calls there until it is told better', async () => {
  const [village, anna, ben] = await two();
  await using _ = village;
  const helperOf = (fill: number): InvitationHelper => ({
    helper: keyOf(fill, 0),
    pass: new Uint8Array(16).fill(fill),
    addresses: [{ kind: 'tcp', host: `203.0.113.${fill}`, port: 7_230 }],
  });
  const asked: number[] = [];
  anna.passesUntil = (until) => {
    asked.push(until);
    return [40, 41, 42].map(helperOf);
  };
  const { link, validUntil } = anna.people.invite();
  assert.deepEqual(asked, [validUntil / 1_000]);
  assert.deepEqual(parseInvitation(link).helpers, [40, 41].map(helperOf));

  await village.world.run(async () => anna.links[Symbol.asyncDispose](), MINUTE);
  const id = ben.people.accept(link);
  const byLink = [40, 41].map((fill) => ({
    helper: keyOf(fill, 0),
    token: callTokenOf(new Uint8Array(16).fill(fill), ben.device),
    until: validUntil / 1_000,
    addresses: helperOf(fill).addresses,
  }));
  assert.deepEqual(ben.people.helpersOf(anna.device), byLink);
  ben.people.forget(id);
  await village.world.run(() => ben.people.helpersOf(anna.device).length === 0, MINUTE);

  await anna.stop();
  await anna.restart();
  const told: HelperPlace = { helper: keyOf(41, 0), token: new Uint8Array(16), addresses: [] };
  ben.people.accept(link);
  await village.world.run(() => ben.people.meetings().length === 1, MINUTE);
  // it might be cut off now: what the link says is all that it has
  await ben.stop();
  await ben.restart();
  assert.deepEqual(ben.people.helpersOf(anna.device), byLink);
  anna.helpersFor = () => [told];
  anna.people.tell('helpers');
  await village.world.run(
    () => ben.people.helpersOf(anna.device)[0]?.helper === told.helper,
    5 * MINUTE,
  );
  assert.deepEqual(ben.people.helpersOf(anna.device), [told, byLink[0]]);
  ben.people.remove(anna.person);
  assert.deepEqual(ben.people.helpersOf(anna.device), []);
  assertSound(village);
});

test('a used, revoked, unknown or expired invitation lets nobody in, and says so at the first try', async () => {
  const [village, anna, ben] = await two(2);
  await using _ = village;
  const cara = await village.add('Cara');
  const problemOf = async (guest: Villager, link: string): Promise<string | undefined> => {
    const id = guest.people.accept(link);
    const record = (): ReturnType<typeof guest.people.acceptances>[number] | undefined =>
      guest.people.acceptances().find((each) => each.id === id);
    await village.world.run(() => record()?.problem !== undefined, MINUTE);
    const found = record();
    // nothing is tried any more
    assert.ok(found?.type === 'link' && found.state === 'failed' && found.tries === 0);
    return found.problem;
  };
  const once = anna.people.invite();
  ben.people.accept(once.link);
  await village.world.run(() => anna.knows(ben) && ben.knows(anna), MINUTE);
  assert.equal(await problemOf(cara, once.link), 'INVITATION_USED');
  const revoked = anna.people.invite();
  anna.people.revoke(revoked.id);
  assert.equal(await problemOf(cara, revoked.link), 'INVITATION_REVOKED');
  const lost = anna.people.invite();
  anna.database.run('DELETE FROM invitations WHERE id = ?', lost.id);
  assert.equal(await problemOf(cara, lost.link), 'INVITATION_UNKNOWN');
  const short = anna.people.invite({ validSeconds: 60 });
  await village.world.pass(20 * MINUTE);
  assert.throws(() => cara.people.accept(short.link), { code: 'INVITATION_EXPIRED' });
  cara.crash();
  cara.clockAheadMs = -DAY / 2;
  await cara.restart();
  assert.equal(await problemOf(cara, short.link), 'INVITATION_EXPIRED');
  assert.throws(() => anna.people.accept(anna.people.invite().link), { code: 'OWN_INVITATION' });
  assert.ok(!anna.knows(cara) && !cara.knows(anna));
  assertSound(village);
});

test('the one who answers must be who the link names: else nothing is told to them', async () => {
  const [village, anna, ben] = await two(3);
  await using _ = village;
  const mallory = await village.add('Mallory');
  const { link } = anna.people.invite();
  // somebody sits where Anna's device should be, and does not know the secret
  village.directory.set(
    anna.device,
    village.directory.get(mallory.device) ?? { host: '', port: 0 },
  );
  mallory.people.invite();
  const id = ben.people.accept(link);
  await village.world.run(() => {
    const found = ben.people.acceptances().find((each) => each.id === id);
    return found?.type === 'link' && found.state === 'failed';
  }, 5 * MINUTE);
  assert.ok(!ben.people.contacts().length && !mallory.knows(ben) && !anna.knows(ben));
  assertSound(village);
});

test('wherever the line breaks, both sides end up with each other', async () => {
  // at each of the frames, and between what one side stored and the other heard
  for (let cut = 0; cut < 12; cut++) {
    const village = new Village({ seed: `cut ${cut}`, latencyMs: [50, 50] });
    await using _ = village;
    const anna = await village.add('Anna');
    const ben = await village.add('Ben');
    ben.people.accept(anna.people.invite().link);
    village.world.after(60 + cut * 40, () => anna.links.cut());
    village.world.after(75 + cut * 40, () => ben.links.cut());
    await village.world.run(
      () => anna.knows(ben) && ben.knows(anna) && anna.people.meetings().length === 1,
      20 * MINUTE,
    );
    assert.equal(anna.people.invitations()[0]?.usedBy.length, 1);
    assertSound(village);
  }
});

test('whenever either side is killed, both sides end up with each other once it is back', async () => {
  for (let cut = 0; cut < 10; cut++) {
    const village = new Village({ seed: `kill ${cut}`, latencyMs: [50, 50] });
    await using _ = village;
    const anna = await village.add('Anna');
    const ben = await village.add('Ben');
    ben.people.accept(anna.people.invite().link);
    const victim = cut % 2 === 0 ? anna : ben;
    const isOver = { value: false };
    village.world.after(60 + cut * 45, () => {
      victim.crash();
      isOver.value = true;
    });
    await village.world.run(() => isOver.value, MINUTE);
    await victim.restart();
    await village.world.run(() => anna.knows(ben) && ben.knows(anna), 60 * MINUTE);
    assert.equal(anna.people.contacts().length, 1);
    assert.equal(anna.people.invitations()[0]?.usedBy.length, 1);
    assertSound(village);
  }
});

test('words that are said do what a link does, and a wrong one is a guess', async () => {
  const [village, anna, ben] = await two(4);
  await using _ = village;
  const { id } = anna.people.invite({ spoken: true });
  const codeOf = (): { text: string; state: string; wrongGuesses: number } => {
    const code = anna.people.invitations().find((each) => each.id === id)?.code;
    assert.ok(code);
    return code;
  };
  await village.world.run(() => codeOf().state === 'open', MINUTE);
  const { text } = codeOf();
  const wrong = text.replace(/-[a-z]+$/, (word) => (word === '-table' ? '-tiger' : '-table'));
  const failed = ben.people.accept(wrong);
  await village.world.run(
    () =>
      ben.people.acceptances().some((each) => each.id === failed && each.problem === 'CODE_WRONG'),
    MINUTE,
  );
  assert.equal(codeOf().wrongGuesses, 1);
  ben.people.accept(text.toUpperCase().replaceAll('-', ' '));
  await village.world.run(
    () => anna.knows(ben) && ben.knows(anna) && codeOf().state === 'used',
    MINUTE,
  );
  assertSound(village);
});

test('three wrong guesses end a code, and then the right one is good for nothing', async () => {
  const [village, anna, ben] = await two(5);
  await using _ = village;
  anna.people.invite({ spoken: true });
  const code = (): { text: string; state: string } | undefined =>
    anna.people.invitations()[0]?.code;
  await village.world.run(() => code()?.state === 'open', MINUTE);
  const text = code()?.text ?? '';
  const wrong = text.replace(/-[a-z]+$/, (word) => (word === '-table' ? '-tiger' : '-table'));
  for (let guess = 0; guess < 3; guess++) {
    const id = ben.people.accept(wrong);
    await village.world.run(
      () =>
        ben.people.acceptances().some((each) => each.id === id && each.problem === 'CODE_WRONG'),
      MINUTE,
    );
  }
  assert.equal(code()?.state, 'burnt');
  const id = ben.people.accept(text);
  await village.world.run(
    () =>
      ben.people.acceptances().some((each) => each.id === id && each.problem === 'CODE_NOT_FOUND'),
    5 * MINUTE,
  );
  // the link of the same invitation is as good as before
  ben.people.accept(anna.people.invitations()[0]?.link ?? '');
  await village.world.run(() => anna.knows(ben), MINUTE);
  assertSound(village);
});

test('a code ends after ten minutes', async () => {
  const [village, anna] = await two(6);
  await using _ = village;
  anna.people.invite({ spoken: true });
  await village.world.run(() => anna.people.invitations()[0]?.code?.state === 'open', MINUTE);
  await village.world.run(
    () => anna.people.invitations()[0]?.code?.state === 'expired',
    11 * MINUTE,
  );
  assert.equal(
    [...village.places.values()].reduce((sum, place) => sum + place.size, 0),
    0,
  );
});

test('contacts hear of new names, addresses, and what they look like to each other', async () => {
  const [village, anna, ben] = await two(7);
  await using _ = village;
  await befriend(village, anna, ben);
  anna.people.rename('Anna of the mill');
  anna.addresses = [
    { kind: 'tcp', host: '10.0.0.9', port: 7 },
    { kind: 'tcp', host: '127.0.0.1', port: 7 },
  ];
  anna.people.tell('addresses');
  await village.world.run(
    () =>
      ben.people.contact(anna.person).ownName === 'Anna of the mill' &&
      ben.people.addressesOf(anna.device).length === 1,
    MINUTE,
  );
  // loopback of somebody else is nowhere, unless both are on this computer
  assert.deepEqual(ben.people.addressesOf(anna.device), [
    { kind: 'tcp', host: '10.0.0.9', port: 7, source: 'told' },
  ]);
  assert.equal(ben.people.meetings()[0]?.seen?.path, 'direct');
  // also after a restart, before anybody is there
  anna.crash();
  ben.crash();
  await ben.restart();
  assert.equal(ben.people.contact(anna.person).ownName, 'Anna of the mill');
  assert.equal(ben.people.addressesOf(anna.device).length, 1);
  assertSound(village);
});

test('a new device is a contact’s as soon as a list has it, and a revoked one is nobody’s for ever', async () => {
  const [village, anna, ben] = await two(8);
  await using _ = village;
  await befriend(village, anna, ben);
  const phone = keyOf(9, 1);
  anna.sign({ devices: [...anna.list.devices, { key: phone, name: 'Phone', addedAt: 2 }] });
  await village.world.run(() => ben.people.personOf(phone) === anna.person, MINUTE);
  assert.equal(ben.people.admission(phone), 'contact');
  anna.sign({ devices: anna.list.devices.slice(0, 1), revoked: [phone] });
  await village.world.run(() => ben.people.wasRevoked(phone), MINUTE);
  // it may come to be told so, and for nothing else
  assert.equal(ben.people.admission(phone), 'stranger');
  assert.equal(ben.people.personOf(phone), undefined);
  ben.crash();
  await ben.restart();
  assert.ok(ben.people.wasRevoked(phone));
  assertSound(village);
});

test('news that were signed while one was away arrive when they meet again', async () => {
  const [village, anna, ben] = await two(9);
  await using _ = village;
  await befriend(village, anna, ben);
  ben.crash();
  const phone = keyOf(9, 1);
  anna.sign({ devices: [...anna.list.devices, { key: phone, name: 'Phone', addedAt: 2 }] });
  anna.sign({
    devices: anna.list.devices.map((device) => ({ ...device, name: `${device.name}!` })),
  });
  await ben.restart();
  await village.world.run(() => ben.people.contact(anna.person).list.number === 3, 30 * MINUTE);
  assert.deepEqual(ben.people.contact(anna.person).list, anna.list);
  assertSound(village);
});

test('two lists of one number are noticed by both who see them, and the first counts', async () => {
  const [village, anna, ben] = await two(10);
  await using _ = village;
  await befriend(village, anna, ben);
  const held = anna.list;
  anna.sign({ number: held.number, signedAt: 99 });
  await village.world.run(
    () => ben.people.contact(anna.person).problem === 'FORKED_DEVICE_LIST',
    MINUTE,
  );
  assert.deepEqual(ben.people.contact(anna.person).list, held);
  // a later one ends the quarrel
  anna.sign({ signedAt: 100 });
  await village.world.run(() => ben.people.contact(anna.person).problem === undefined, MINUTE);
  assertSound(village);
});

test('nobody takes another’s device by writing it into their own list', async () => {
  const [village, anna, ben] = await two(11);
  await using _ = village;
  const cara = await village.add('Cara');
  await befriend(village, anna, ben);
  await befriend(village, anna, cara);
  const claim = { key: ben.device, name: 'Mine', addedAt: 3 };
  cara.sign({
    devices: [...cara.list.devices, claim, { key: anna.device, name: 'Also', addedAt: 3 }],
  });
  await village.world.run(() => anna.people.contact(cara.person).list.number === 2, MINUTE);
  assert.equal(anna.people.personOf(ben.device), ben.person);
  assert.equal(anna.people.personOf(anna.device), undefined);
  cara.sign({ devices: cara.list.devices.slice(0, 1), revoked: [ben.device] });
  await village.world.run(() => anna.people.contact(cara.person).list.number === 3, MINUTE);
  assert.equal(anna.people.admission(ben.device), 'contact');
  // who claimed it first has to give it up when it comes itself
  const dora = await village.add('Dora');
  cara.sign({ devices: [...cara.list.devices, { key: dora.device, name: 'Hers', addedAt: 4 }] });
  await village.world.run(() => anna.people.personOf(dora.device) === cara.person, MINUTE);
  dora.people.accept(anna.people.invite().link);
  await village.world.run(() => anna.people.personOf(dora.device) === dora.person, MINUTE);
  assertSound(village);
});

test('who is blocked is refused, does not come back by an invitation, and hears nothing', async () => {
  const [village, anna, ben] = await two(12);
  await using _ = village;
  await befriend(village, anna, ben);
  anna.people.change(ben.person, { trust: 'blocked' });
  await village.world.run(() => anna.people.meetings().length === 0, MINUTE);
  assert.equal(anna.people.admission(ben.device), 'refused');
  ben.people.accept(anna.people.invite().link);
  await village.world.run(
    () =>
      ben.people
        .acceptances()
        .some((each) => each.type === 'link' && each.problem === 'INVITATION_REVOKED'),
    10 * MINUTE,
  );
  assert.equal(anna.people.contact(ben.person).trust, 'blocked');
  assert.equal(ben.people.contact(anna.person).isGone, false);
  anna.people.change(ben.person, { trust: 'known' });
  await village.world.run(() => anna.people.meetings().length === 1, 30 * MINUTE);
  assertSound(village);
});

test('who was removed is told, may be invited again, and is forgotten until then', async () => {
  const [village, anna, ben] = await two(13);
  await using _ = village;
  await befriend(village, anna, ben);
  anna.people.remove(ben.person);
  assert.ok(!anna.knows(ben));
  assert.equal(anna.people.admission(ben.device), 'stranger');
  await village.world.run(() => ben.people.contact(anna.person).isGone, 30 * MINUTE);
  ben.people.accept(anna.people.invite().link);
  await village.world.run(
    () => anna.knows(ben) && !ben.people.contact(anna.person).isGone,
    30 * MINUTE,
  );
  assert.equal(ben.people.contact(anna.person).isGone, false);
  assertSound(village);
});

test('names and notes of one’s own stay when the contact is called something else', async () => {
  const [village, anna, ben] = await two(14);
  await using _ = village;
  await befriend(village, anna, ben);
  anna.people.change(ben.person, { name: 'My brother', note: 'owes me a boat', trust: 'trusted' });
  anna.people.verified(ben.person);
  ben.people.rename('Benjamin');
  await village.world.run(() => anna.people.contact(ben.person).ownName === 'Benjamin', MINUTE);
  const { givenName, note, trust, verifiedAt } = anna.people.contact(ben.person);
  assert.deepEqual([givenName, note, trust], ['My brother', 'owes me a boat', 'trusted']);
  assert.ok(verifiedAt !== undefined);
  assert.equal(anna.people.change(ben.person, { name: null }).givenName, undefined);
  assert.throws(() => anna.people.change(ben.person, { name: ' ' }), { code: 'BAD_NAME' });
  assert.throws(() => anna.people.rename('a\u202eb'), { code: 'BAD_NAME' });
  assert.throws(() => anna.people.contact(anna.person), { code: 'NO_SUCH_CONTACT' });
});

test('there are only so many open invitations, and those that ended make room', async () => {
  const [village, anna] = await two(15);
  await using _ = village;
  const made = Array.from({ length: INVITATIONS_OPEN_MAX }, () => anna.people.invite());
  assert.throws(
    () => anna.people.invite(),
    (error) => error instanceof LocalFault && error.code === 'INVITATIONS_FULL',
  );
  anna.people.revoke(made[0]?.id ?? '');
  anna.people.invite();
  for (const { id } of anna.people.invitations()) anna.people.revoke(id);
  for (let count = 0; count < INVITATIONS_ENDED_MAX; count++)
    anna.people.revoke(anna.people.invite().id);
  assert.ok(anna.people.invitations().length <= INVITATIONS_ENDED_MAX + 1);
});

test('an invitation for many lets in as many, and each once', async () => {
  const [village, anna, ben] = await two(16);
  await using _ = village;
  const cara = await village.add('Cara');
  const dora = await village.add('Dora');
  const { link, id } = anna.people.invite({ uses: 2 });
  ben.people.accept(link);
  await village.world.run(() => anna.knows(ben), MINUTE);
  cara.people.accept(link);
  await village.world.run(() => anna.knows(cara) && cara.knows(anna), MINUTE);
  // once more is no second use
  ben.people.forget(ben.people.acceptances()[0]?.id ?? '');
  ben.people.accept(link);
  dora.people.accept(link);
  await village.world.run(
    () => dora.people.acceptances().some(({ problem }) => problem !== undefined),
    10 * MINUTE,
  );
  assert.equal(anna.people.invitations().find((each) => each.id === id)?.usedBy.length, 2);
  assert.ok(!anna.knows(dora));
  assertSound(village);
});

test('who was on the way when the invitation ended hears it, also after a restart of both', async () => {
  const [village, anna, ben] = await two(19);
  await using _ = village;
  const { link, id } = anna.people.invite();
  anna.crash();
  ben.people.accept(link);
  await village.world.pass(20 * MINUTE);
  await anna.restart();
  anna.people.revoke(id);
  anna.crash();
  ben.crash();
  await anna.restart();
  await ben.restart();
  const problem = (): string | undefined => ben.people.acceptances()[0]?.problem;
  await village.world.run(() => problem() === 'INVITATION_REVOKED', MINUTE);
  assertSound(village);
});

test('who came by an invitation that is used up by now opens the link again: nothing is wrong', async () => {
  const [village, anna, ben] = await two(20);
  await using _ = village;
  const { link } = anna.people.invite();
  const isDone = (): boolean =>
    ben.people.acceptances().every((each) => each.type === 'link' && each.state === 'done');
  for (let time = 0; time < 2; time++) {
    ben.people.accept(link);
    await village.world.run(isDone, MINUTE);
  }
  assert.equal(anna.people.invitations()[0]?.usedBy.length, 1);
  // who was removed does not come back so
  anna.people.remove(ben.person);
  ben.people.accept(link);
  await village.world.run(() => ben.people.acceptances()[0]?.problem === 'INVITATION_USED', MINUTE);
  assert.ok(!anna.knows(ben));
  assertSound(village);
});

test('strangers are listened to while an invitation may be asked for, and a day longer', async () => {
  const [village, anna, ben] = await two(17);
  await using _ = village;
  const request = { protocol: 'invite/1', lane: 'talk' } as const;
  const open = (): Promise<unknown> =>
    village.world.run(
      () => ben.links.open(anna.device, request, new AbortController().signal),
      MINUTE,
    );
  await assert.rejects(open, { code: 'PROTOCOL_REFUSED' });
  const { id } = anna.people.invite({ validSeconds: 60 });
  await open();
  anna.people.revoke(id);
  await open();
  await village.world.pass(DAY);
  await open();
  await village.world.pass(2 * MINUTE);
  await assert.rejects(open, { code: 'PROTOCOL_REFUSED' });
});

test('a device of nobody is a stranger', async () => {
  const [village, anna] = await two(18);
  await using _ = village;
  assert.equal(anna.people.admission(deviceKeyOf(new Uint8Array(32))), 'stranger');
  assert.equal(anna.people.personOf(deviceKeyOf(new Uint8Array(32))), undefined);
  await village.world.pass(DAY);
  assertSound(village);
});
