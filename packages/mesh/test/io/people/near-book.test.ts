// By what devices are known in the local network: who recognises whom, as contacts and invitations come and go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equalBytes } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { SimRandom } from '@coequal/simulator';
import type { LanSecrets } from '../../../src/core/lan/lan-discovery.ts';
import { OWN_SECRETS_MAX } from '../../../src/core/lan/lan-discovery.ts';
import { openMeshStore } from '../../../src/io/mesh-store.ts';
import { NearBook, RETIRED_MS } from '../../../src/io/people/near-book.ts';
import { makeKeys } from '../../transport/devices.ts';
import { keyOf, Village } from './village.ts';
import type { Villager } from './village.ts';

const MINUTE = 60_000;
const NOBODY = { contacts: new Set<DeviceKey>(), ownOthers: [], invitations: [], awaited: [] };

/** Whether `seeker` knows what is announced by `device` when it hears it. */
function recognises(seeker: LanSecrets, device: DeviceKey, announced: LanSecrets): boolean {
  const known = seeker.others.get(device) ?? [];
  return known.some((secret) => announced.own.some((own) => equalBytes(own, secret)));
}

function knowsNear(seeker: Villager, other: Villager): boolean {
  return recognises(seeker.people.nearSecrets(), other.device, other.people.nearSecrets());
}

async function befriend(village: Village, a: Villager, b: Villager): Promise<void> {
  b.people.accept(a.people.invite().link);
  await village.world.run(
    () => a.people.meetings().length > 0 && b.people.meetings().length > 0 && b.knows(a),
    5 * MINUTE,
  );
}

test('who has a link knows the inviter near, and contacts know each other, also after a restart', async () => {
  await using village = new Village({ seed: 31 });
  const [anna, ben, eve] = [
    await village.add('Anna'),
    await village.add('Ben'),
    await village.add('Eve'),
  ];
  const { link, id } = anna.people.invite();
  // it is on its way: nothing was said yet
  ben.people.accept(link);
  assert.ok(knowsNear(ben, anna));
  assert.ok(!knowsNear(anna, ben) && !knowsNear(eve, anna));
  await village.world.run(
    () => anna.people.meetings().length === 1 && ben.people.meetings().length === 1,
    MINUTE,
  );
  await village.world.run(() => knowsNear(anna, ben) && knowsNear(ben, anna), MINUTE);
  assert.equal(anna.people.invitations().find((each) => each.id === id)?.state, 'used');
  assert.equal(anna.people.nearSecrets().own.length, 1, 'by its own secret alone from now on');
  ben.crash();
  await ben.restart();
  assert.ok(knowsNear(anna, ben) && knowsNear(ben, anna));
});

test('a contact who was removed or blocked does not know what is announced once the others have been told', async () => {
  for (const part of ['removed', 'blocked'] as const) {
    await using village = new Village({ seed: 32 });
    const [anna, ben, dora] = [
      await village.add('Anna'),
      await village.add('Ben'),
      await village.add('Dora'),
    ];
    for (const other of [ben, dora]) await befriend(village, anna, other);
    await village.world.run(
      () =>
        anna.people.nearSecrets().own.length === 1 && knowsNear(ben, anna) && knowsNear(dora, anna),
      MINUTE,
    );
    const eavesdropper = ben.people.nearSecrets();
    dora.crash();
    if (part === 'removed') anna.people.remove(ben.person);
    else anna.people.change(ben.person, { trust: 'blocked' });
    const announced = anna.people.nearSecrets();
    assert.equal(announced.own.length, 2, 'and the old one, for who was away');
    await dora.restart();
    assert.ok(recognises(dora.people.nearSecrets(), anna.device, announced));
    await village.world.run(() => anna.people.nearSecrets().own.length === 1, 30 * MINUTE);
    assert.ok(knowsNear(dora, anna));
    assert.ok(!recognises(eavesdropper, anna.device, anna.people.nearSecrets()), part);
    assert.ok(!recognises(anna.people.nearSecrets(), ben.device, ben.people.nearSecrets()));
  }
});

test('an earlier secret is announced for a week at most, and no more than three of them', () => {
  using database = openMeshStore(':memory:');
  const own = { device: keyOf(1, 1), deviceSecret: () => new Uint8Array(32) };
  const book = new NearBook(database, own, new SimRandom('near'));
  const devices = Array.from({ length: 6 }, (_, number) => keyOf(2, number));
  for (const device of devices) book.noteTold(device);
  const first = book.current();
  const away = devices[5] ?? assert.fail();
  for (let count = 1; count <= 5; count += 1) {
    const contacts = new Set(devices.slice(count));
    assert.ok(book.renew(contacts, count));
    assert.ok(!book.renew(contacts, count), 'once');
    for (const device of devices.slice(count, 5)) book.noteTold(device);
  }
  const left = new Set([away]);
  const announced = book.secrets({ ...NOBODY, contacts: left }, 10).own;
  assert.equal(announced.length, 1, 'what that one knows is too old');
  book.noteTold(away);
  const told = book.current();
  const [other] = devices;
  assert.ok(other);
  book.noteTold(other);
  assert.ok(book.renew(left, 100));
  const has = (secret: Uint8Array, now: number): boolean =>
    book.secrets({ ...NOBODY, contacts: left }, now).own.some((each) => equalBytes(each, secret));
  assert.ok(has(told, 100 + RETIRED_MS - 1) && !has(told, 100 + RETIRED_MS));
  assert.ok(!has(first, 100));
});

test('own devices, and contacts’ new ones, know each other near by their keys alone, each in its direction', () => {
  const [one, other, third] = [makeKeys(), makeKeys(), makeKeys()];
  const bookOf = ({ device, pair }: typeof one): NearBook =>
    new NearBook(
      openMeshStore(':memory:'),
      { device, deviceSecret: () => pair.secretKey.subarray(0, 32) },
      new SimRandom(device),
    );
  const of = (
    keys: typeof one,
    how: 'ownOthers' | 'contacts',
    ...devices: readonly DeviceKey[]
  ): LanSecrets =>
    bookOf(keys).secrets({ ...NOBODY, [how]: how === 'contacts' ? new Set(devices) : devices }, 0);
  for (const how of ['ownOthers', 'contacts'] as const) {
    const [a, b] = [of(one, how, other.device), of(other, how, one.device)];
    assert.ok(recognises(a, other.device, b) && recognises(b, one.device, a));
    assert.ok(!recognises(a, other.device, a), 'not what it says itself');
    // who knows both keys, and neither secret
    const c = of(third, how, one.device, other.device);
    assert.ok(!recognises(c, one.device, a) && !recognises(c, other.device, b));
  }
});

test('however many there are, a device is announced by so many secrets at most, and no list stops it', () => {
  const keys = makeKeys();
  const book = new NearBook(
    openMeshStore(':memory:'),
    { device: keys.device, deviceSecret: () => keys.pair.secretKey.subarray(0, 32) },
    new SimRandom('many'),
  );
  const contacts = new Set(Array.from({ length: 200 }, (_, number) => keyOf(number, 1)));
  const invitations = Array.from({ length: 50 }, (_, fill) => new Uint8Array(16).fill(fill));
  const { own, others } = book.secrets({ ...NOBODY, contacts, invitations }, 0);
  assert.ok(own.length <= OWN_SECRETS_MAX, `${own.length}`);
  assert.equal(others.size, 200);
});
