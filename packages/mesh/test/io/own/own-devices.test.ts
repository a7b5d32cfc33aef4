// One person's devices in a simulated world: they have the same contacts and invitations, whichever of them was asked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeDeviceList } from '../../../src/core/identity/device-list.ts';
import { personKeyOf } from '../../../src/core/identity/person-key.ts';
import { Stamps } from '../../../src/io/own/stamps.ts';
import { ContactBook } from '../../../src/io/people/contact-book.ts';
import { ed25519 } from '../../core/identity/device-lists.ts';
import { keyOf, NEVER, Village } from '../people/village.ts';
import type { Villager } from '../people/village.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const CLOCK = { epochNow: (): number => 2 };

interface Family {
  readonly village: Village;
  readonly laptop: Villager;
  readonly phone: Villager;
  readonly ben: Villager;
}

/** Anna with a laptop and a phone, and Ben, who is nobody to her yet. */
async function family(seed: number | string): Promise<Family> {
  const village = new Village({ seed });
  const laptop = await village.add('Anna');
  const ben = await village.add('Ben');
  laptop.sign({ devices: [...laptop.list.devices, entry(1, 1, 'Phone')] });
  const phone = await village.addDevice(laptop, 'Phone', 1);
  await village.world.run(() => inTouch(laptop, phone), MINUTE);
  return { village, laptop, phone, ben };
}

function entry(person: number, device: number, name: string): Villager['list']['devices'][number] {
  return { key: keyOf(person, device), name, addedAt: 2 };
}

function inTouch(one: Villager, other: Villager): boolean {
  return (
    one.people.ownSettled().includes(other.device) && other.people.ownSettled().includes(one.device)
  );
}

function assertSound({ village }: Family): void {
  for (const { failures, name } of village.villagers) assert.deepEqual(failures, [], name);
}

test('own devices that are not there are awaited like those of contacts, and before them', async () => {
  const all = await family(1);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  ben.people.accept(laptop.people.invite().link);
  await village.world.run(() => laptop.people.meetings().length === 1, MINUTE);
  assert.deepEqual(laptop.people.awaited(), []);
  ben.crash();
  await village.world.run(() => laptop.people.meetings().length === 0, HOUR);
  assert.deepEqual(laptop.people.awaited(), [ben.device]);
  phone.crash();
  await village.world.run(() => laptop.people.ownMeetings().length === 0, HOUR);
  assert.deepEqual(laptop.people.awaited(), [phone.device, ben.device]);
  laptop.people.change(ben.person, { trust: 'blocked' });
  assert.deepEqual(laptop.people.awaited(), [phone.device]);
  laptop.sign({ devices: laptop.list.devices.slice(0, 1), revoked: [phone.device] });
  assert.deepEqual(laptop.people.awaited(), []);
  assertSound(all);
});

test('where an own device’s packets come from is kept, as it may not know that itself', async () => {
  const all = await family(1);
  const { village, laptop, phone } = all;
  await using _ = village;
  const inside = { kind: 'udp', host: '192.168.1.20', port: 7_230 } as const;
  const outside = { host: '203.0.113.7', port: 7_230 };
  phone.addresses = [inside];
  laptop.endpointOf = () => outside;
  phone.people.tell('addresses');
  const held = (): unknown[] =>
    laptop.people.addressesOf(phone.device).map(({ host, port }) => ({ host, port }));
  await village.world.run(() => held().length === 2, MINUTE);
  await laptop.stop();
  await laptop.restart();
  assert.deepEqual(held(), [outside, { host: inside.host, port: inside.port }]);
  assertSound(all);
});

test('a contact of one device is one of the other, with all that was noted, and both are in touch with it', async () => {
  const all = await family(1);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  laptop.people.rename('Anna B.');
  ben.people.accept(laptop.people.invite().link);
  await village.world.run(() => phone.knows(ben), MINUTE);
  laptop.people.change(ben.person, { name: 'Benjamin', note: 'of the choir', trust: 'trusted' });
  laptop.people.verified(ben.person);
  await village.world.run(() => phone.people.contact(ben.person).verifiedAt !== undefined, MINUTE);
  const { givenName, note, trust, ownName, verifiedAt, list } = phone.people.contact(ben.person);
  assert.deepEqual(
    { givenName, note, trust, ownName },
    { givenName: 'Benjamin', note: 'of the choir', trust: 'trusted', ownName: 'Ben' },
  );
  assert.equal(verifiedAt, laptop.people.contact(ben.person).verifiedAt);
  assert.deepEqual(list, ben.list);
  assert.equal(phone.people.name, 'Anna B.');
  await village.world.run(() => phone.people.meetings().length === 1, 5 * MINUTE);
  assert.deepEqual(phone.people.devicesOf(ben.person), [ben.device]);
  // nobody is their own contact
  assert.deepEqual(
    laptop.people.contacts().map(({ person }) => person),
    [ben.person],
  );
  assert.equal(laptop.people.personOf(phone.device), undefined);
  assert.equal(laptop.people.admission(phone.device), 'contact');
  assert.deepEqual(
    laptop.people.ownMeetings().map(({ device }) => device),
    [phone.device],
  );
  assertSound(all);
});

test('a block, and a removal, on one device is one on the other; who was removed comes back only by a wish', async () => {
  const all = await family(2);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  ben.people.accept(laptop.people.invite().link);
  await village.world.run(() => phone.knows(ben), MINUTE);
  phone.people.change(ben.person, { trust: 'blocked' });
  await village.world.run(() => laptop.people.contact(ben.person).trust === 'blocked', MINUTE);
  assert.equal(laptop.people.admission(ben.device), 'refused');
  laptop.people.remove(ben.person);
  await village.world.run(() => !phone.knows(ben), MINUTE);
  await village.world.pass(HOUR);
  assert.ok(!phone.knows(ben) && !laptop.knows(ben));
  // removed on one, while the other notes something, apart: it stays removed
  ben.people.accept(phone.people.invite().link);
  await village.world.run(() => laptop.knows(ben) && phone.knows(ben), 20 * MINUTE);
  assert.equal(
    laptop.people.contact(ben.person).trust,
    'new',
    'what was before the removal is gone',
  );
  await phone.stop();
  laptop.people.remove(ben.person);
  await laptop.stop();
  await phone.start();
  phone.people.change(ben.person, { note: 'later' });
  await laptop.start();
  await village.world.run(() => !phone.knows(ben), HOUR);
  assert.ok(!laptop.knows(ben));
  assertSound(all);
});

test('another own device lets a guest in while the one that invited is off, and uses are counted together', async () => {
  const all = await family(3);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  const cara = await village.add('Cara');
  const { link, id } = laptop.people.invite();
  const revoked = laptop.people.invite();
  await village.world.run(() => phone.people.invitations().length === 2, MINUTE);
  laptop.people.revoke(revoked.id);
  const stateOn = (of: Villager, which: string): string | undefined =>
    of.people.invitations().find((each) => each.id === which)?.state;
  await village.world.run(() => stateOn(phone, revoked.id) === 'revoked', MINUTE);
  await laptop.stop();
  ben.people.accept(link);
  await village.world.run(() => phone.knows(ben) && ben.knows(phone), 5 * MINUTE);
  await laptop.start();
  await village.world.run(() => laptop.knows(ben) && stateOn(laptop, id) === 'used', HOUR);
  cara.people.accept(link);
  await village.world.run(() => {
    const [acceptance] = cara.people.acceptances();
    return acceptance?.problem === 'INVITATION_USED';
  }, HOUR);
  assert.ok(!laptop.knows(cara) && !phone.knows(cara));
  assertSound(all);
});

test('two devices that are apart let in one guest each by an invitation for one, and both stay', async () => {
  const all = await family(4);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  const cara = await village.add('Cara');
  const { link, id } = laptop.people.invite();
  await village.world.run(() => phone.people.invitations().length === 1, MINUTE);
  const { world } = village;
  world.partition(laptop.host, phone.host);
  world.partition(laptop.host, ben.host);
  world.partition(phone.host, cara.host);
  laptop.links.cut();
  phone.links.cut();
  ben.people.accept(link);
  cara.people.accept(link);
  await world.run(() => phone.knows(ben) && laptop.knows(cara), HOUR);
  world.heal();
  await world.run(() => laptop.knows(ben) && phone.knows(cara), 2 * HOUR);
  for (const { people } of [laptop, phone]) {
    const found = people.invitations().find((each) => each.id === id);
    assert.equal(found?.state, 'used');
    assert.equal(found.usedBy.length, 2);
  }
  assertSound(all);
});

test('by what a device is known near stays: own devices are not contacts who have left', async () => {
  const all = await family(8);
  const { village, laptop, phone } = all;
  await using _ = village;
  const secrets = () => [laptop, phone].map(({ people }) => people.nearSecrets().own[0]);
  const before = secrets();
  for (let minute = 0; minute < 3; minute++) {
    await village.world.pass(MINUTE);
    assert.deepEqual(secrets(), before);
  }
  assert.ok(inTouch(laptop, phone));
  assertSound(all);
});

/** Ben is a contact of both, and knows it. */
async function befriended(seed: number | string): ReturnType<typeof family> {
  const all = await family(seed);
  const { village, laptop, phone, ben } = all;
  ben.people.accept(laptop.people.invite().link);
  await village.world.run(() => phone.people.meetings().length === 1, 10 * MINUTE);
  return all;
}

test('a device that was off while another was added or taken out hears of it, of a contact as well', async () => {
  const all = await befriended(5);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  await phone.stop();
  laptop.sign({ devices: [...laptop.list.devices, entry(1, 2, 'Tablet')] });
  await village.world.run(() => ben.people.contact(laptop.person).list.number === 3, HOUR);
  // the one that signed is gone for good
  await laptop.stop();
  await phone.start();
  await village.world.run(() => phone.list.number === 3, HOUR);
  assert.deepEqual(phone.list, laptop.list);
  assert.equal(phone.people.admission(keyOf(1, 2)), 'contact');
  assert.deepEqual(new Set(phone.learned), new Set(['adopt']));
  assertSound(all);
});

test('a revoked device hears so of whoever knows, is nobody’s then, and nobody answers it', async () => {
  for (const teller of ['own', 'contact'] as const) {
    const all = await befriended(`revoked ${teller}`);
    const { village, laptop, phone, ben } = all;
    await using _ = village;
    if (teller === 'contact') await phone.stop();
    laptop.sign({ devices: laptop.list.devices.slice(0, 1), revoked: [phone.device] });
    await village.world.run(() => ben.people.contact(laptop.person).list.number === 3, HOUR);
    if (teller === 'contact') {
      await laptop.stop();
      await phone.start();
    }
    await village.world.run(() => phone.isRevoked && !phone.isThere, HOUR);
    assert.equal(ben.people.personOf(phone.device), undefined);
    assert.equal(ben.people.admission(phone.device), 'stranger');
    if (teller === 'own') assert.equal(laptop.people.admission(phone.device), 'stranger');
    // one that does not listen is told again, and has no more of it
    phone.take({
      ...laptop.list,
      number: 2,
      devices: [...laptop.list.devices, entry(1, 1, 'Phone')],
      revoked: [],
    });
    await phone.start();
    ben.people.change(laptop.person, { note: 'not for the phone' });
    await village.world.run(() => phone.isRevoked && !phone.isThere, HOUR);
    assert.ok(!ben.people.meetings().some(({ device }) => device === phone.device));
    assertSound(all);
  }
});

test('two lists of one number come to light, on an own device and by a contact', async () => {
  const all = await befriended(6);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  await phone.stop();
  laptop.sign({ devices: [...laptop.list.devices, entry(1, 2, 'Tablet')] });
  await village.world.run(() => ben.people.contact(laptop.person).list.number === 3, HOUR);
  await laptop.stop();
  phone.sign({ devices: [...phone.list.devices, entry(1, 3, 'Desktop')] });
  await phone.start();
  await village.world.run(() => phone.learned.includes('merge'), HOUR);
  assert.equal(ben.people.contact(laptop.person).problem, 'FORKED_DEVICE_LIST');
  phone.learned.length = 0;
  await laptop.start();
  await village.world.run(
    () => phone.learned.includes('merge') && laptop.learned.includes('merge'),
    HOUR,
  );
  assertSound(all);
});

test('clocks that are far apart are told of, and nothing is exchanged by them', async () => {
  const all = await family(7);
  const { village, laptop, phone, ben } = all;
  await using _ = village;
  await phone.stop();
  phone.clockAheadMs = 2 * HOUR;
  await phone.start();
  const problems = (of: Villager): string[] =>
    of.events.flatMap((event) => (event.type === 'own-problem' ? [event.fault.code] : []));
  await village.world.run(
    () => problems(laptop).length > 0 && problems(phone).length > 0,
    10 * MINUTE,
  );
  assert.equal(problems(laptop)[0], 'OWN_CLOCK_DIFFERS');
  ben.people.accept(laptop.people.invite().link);
  await village.world.pass(HOUR);
  assert.ok(laptop.knows(ben) && !phone.knows(ben));
  assert.ok(problems(laptop).length < 20, 'it is not tried over and over');
  await phone.stop();
  phone.clockAheadMs = 20 * MINUTE;
  await phone.start();
  await village.world.run(() => phone.knows(ben), HOUR);
  // a change is later than what it changes, whatever the clocks say
  phone.people.change(ben.person, { note: 'by the phone' });
  await village.world.run(() => laptop.people.contact(ben.person).note !== '', MINUTE);
  laptop.people.change(ben.person, { note: 'by the laptop' });
  await village.world.run(() => phone.people.contact(ben.person).note === 'by the laptop', MINUTE);
  assertSound(all);
});

test('nobody but an own device is spoken with, also who is a contact', async () => {
  const all = await family(8);
  const { village, laptop, ben } = all;
  await using _ = village;
  ben.people.accept(laptop.people.invite().link);
  await village.world.run(() => ben.people.meetings().length === 2, 10 * MINUTE);
  const request = { protocol: 'own/1', lane: 'talk' } as const;
  const opening = ben.links.open(laptop.device, request, NEVER);
  await assert.rejects(
    village.world.run(() => opening, MINUTE),
    { code: 'PROTOCOL_REFUSED' },
  );
  assertSound(all);
});

test('a thousand contacts come over, as many as there can be and no more', async () => {
  const village = new Village({ seed: 9 });
  await using _ = village;
  const laptop = await village.add('Anna');
  const fill = (of: Villager, from: number, to: number): void => {
    const book = new ContactBook(of.database, ed25519, new Stamps(of.database, of.device, CLOCK));
    for (let number = from; number < to; number++) {
      const secret = new Uint8Array(32)
        .fill(number % 251)
        .with(0, number >> 8)
        .with(1, number & 255);
      const person = personKeyOf(ed25519.publicKey(secret));
      const devices = [
        { key: keyOf(number & 255, 20 + (number >> 8)), name: 'Laptop', addedAt: 1 },
      ];
      const list = { person, number: 1, devices, revoked: [], signedAt: 1 };
      const encodedList = encodeDeviceList(list, (message) => ed25519.sign(secret, message));
      const introduction = { list, encodedList, name: `No. ${number}` };
      book.change(person, () =>
        book.arrive({
          introduction,
          speaker: devices[0]?.key ?? of.device,
          at: 2,
          isOwnWish: true,
        }),
      );
    }
  };
  fill(laptop, 1_000, 1_990);
  await laptop.stop();
  await laptop.start();
  laptop.sign({ devices: [...laptop.list.devices, entry(1, 1, 'Phone')] });
  const phone = await village.addDevice(laptop, 'Phone', 1);
  fill(phone, 2_000, 2_020);
  await phone.stop();
  await phone.start();
  await village.world.run(
    () => inTouch(laptop, phone) && phone.people.contacts().length > 999,
    10 * MINUTE,
  );
  assert.equal(phone.people.contacts().length, 1_000);
  assert.equal(laptop.people.contacts().length, 1_000);
  const codes = [laptop, phone].flatMap(({ events }) =>
    events.flatMap((event) => (event.type === 'own-problem' ? [event.fault.code] : [])),
  );
  assert.ok(codes.includes('CONTACTS_FULL'));
  for (const { failures } of village.villagers) assert.deepEqual(failures, []);
});
