// What a person does with what is offered: rules, room, quarantine and release; and what time does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault } from '../faults.ts';
import { HOUR_MS, SendWorld } from './send-world.ts';
import type { Person } from './send-world.ts';

async function openTwo(seed: number): Promise<{ world: SendWorld; anna: Person; ben: Person }> {
  const world = new SendWorld({ seed });
  return { world, anna: await world.person('anna'), ben: await world.person('ben') };
}

const PROGRAM = Buffer.from('MZ this is a program of Windows');

function pathsBelow(person: Person, folder: string): readonly string[] {
  return person.host.disk.paths().filter((path) => path.startsWith(folder));
}

void test('what runs stays in quarantine until a person releases it, and says why', async () => {
  const { world, anna, ben } = await openTwo(1);
  using _world = world;
  anna.host.disk.put('/gift/holiday.jpg.exe', PROGRAM);
  anna.host.disk.put('/gift/frog.jpg', PROGRAM);
  anna.host.disk.put('/gift/real.jpg', Buffer.from('\xff\xd8\xff\xe0', 'latin1'));
  const id = await world.offer(anna, [ben], ['/gift']);
  await world.until(() => ben.offer.isListed);
  assert.deepEqual(
    ben.offer.warnings,
    [
      { warning: 'PROGRAM', files: 1 },
      { warning: 'DOUBLE_EXTENSION', files: 1 },
    ],
    'names are looked at before anything is fetched',
  );
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'quarantined');
  assert.deepEqual(ben.offer.warnings.at(-1), { warning: 'DISGUISED', files: 1 });
  const { files } = ben.desk.inbox.detail(ben.offer.id);
  assert.deepEqual(
    files.map(({ path, warnings }) => [path, warnings]),
    [
      ['gift/frog.jpg', ['DISGUISED']],
      ['gift/holiday.jpg.exe', ['PROGRAM', 'DOUBLE_EXTENSION']],
      ['gift/real.jpg', []],
    ],
  );
  // its sender is done with it all the same
  await world.until(() => anna.send(id).state === 'finished');
  await world.world.pass(HOUR_MS);
  assert.deepEqual(pathsBelow(ben, '/in/gift'), []);
  const released = await world.ask(() => ben.desk.inbox.release(ben.offer.id));
  assert.equal(released.state, 'done');
  assert.equal(released.path, '/in/gift');
  assert.deepEqual(Buffer.from(ben.fileAt('/in/gift/holiday.jpg.exe') ?? []), PROGRAM);
  assert.deepEqual(pathsBelow(ben, '/in/.'), []);
});

void test('what is in quarantine can be deleted instead', async () => {
  const { world, anna, ben } = await openTwo(2);
  using _world = world;
  anna.host.disk.put('/a.exe', PROGRAM);
  await world.offer(anna, [ben], ['/a.exe']);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'quarantined');
  await world.ask(() => ben.desk.inbox.decline(ben.offer.id));
  await world.until(() => pathsBelow(ben, '/in').length === 0);
  assert.equal(ben.offer.state, 'declined');
});

void test('a name that is taken gets a number, and nothing that was there is touched', async () => {
  const { world, anna, ben } = await openTwo(3);
  using _world = world;
  const content = world.world.random.bytes(50_000);
  anna.host.disk.put('/frog.jpg', content);
  ben.host.disk.put('/in/frog.jpg', Buffer.from('mine'));
  ben.host.disk.put('/in/frog (2).jpg', Buffer.from('mine, too'));
  await world.offer(anna, [ben], ['/frog.jpg']);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'done');
  assert.equal(ben.offer.path, '/in/frog (3).jpg');
  assert.deepEqual(ben.fileAt('/in/frog (3).jpg'), content);
  assert.deepEqual(Buffer.from(ben.fileAt('/in/frog.jpg') ?? []).toString(), 'mine');
});

void test('a release that is cut off at any moment goes on, and the content is at one place', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    const { world, anna, ben } = await openTwo(seed);
    using _world = world;
    const content = world.world.random.bytes(200_000);
    anna.host.disk.put('/trip/a.jpg', content);
    anna.host.disk.put('/trip/b.jpg', content);
    ben.host.disk.put('/in/trip/own.txt', Buffer.from('mine'));
    await world.offer(anna, [ben], ['/trip']);
    await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
    await world.until(() => ben.offer.have > 0 || ben.offer.state !== 'receiving');
    for (let turn = 0; turn < 4; turn++) {
      await world.world.pass(world.world.random.integer(0, 400));
      const how = world.world.random.integer(0, 1);
      if (how === 0) world.crash(ben);
      else {
        ben.host.powerLoss();
        world.directory.delete(ben.device);
      }
      await world.start(ben);
    }
    await world.until(() => ben.offer.state === 'done');
    assert.equal(ben.offer.path, '/in/trip (2)', `seed ${seed}`);
    assert.deepEqual(ben.fileAt('/in/trip (2)/a.jpg'), content);
    assert.deepEqual(ben.fileAt('/in/trip (2)/b.jpg'), content);
    await world.until(() => pathsBelow(ben, '/in/.').length === 0);
  }
});

void test('without room it is not accepted, and waits', async () => {
  const { world, anna, ben } = await openTwo(4);
  using _world = world;
  anna.host.disk.put('/x.dat', world.world.random.bytes(100_000));
  await world.offer(anna, [ben], ['/x.dat']);
  const free = await world.ask(() => ben.host.ports.disk.freeBytes('/in' as never));
  ben.freeSpaceMin = free - 99_999;
  await assert.rejects(
    world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in')),
    fault('NOT_ENOUGH_SPACE', { needed: 100_000, free: 99_999, path: '/in' }),
  );
  assert.equal(ben.offer.state, 'waiting');
  ben.freeSpaceMin -= 1;
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'done');
});

void test('a rule accepts what is small enough, of who is trusted', async () => {
  const { world, anna, ben } = await openTwo(5);
  using _world = world;
  for (const [name, length] of [
    ['small.dat', 1_000],
    ['large.dat', 1_001],
  ] as const)
    anna.host.disk.put(`/${name}`, world.world.random.bytes(length));
  ben.desk.inbox.putRule('anna', { sizeMax: 1_000, directory: '/auto' });
  await world.offer(anna, [ben], ['/small.dat']);
  await world.world.pass(60_000);
  assert.equal(ben.offer.state, 'waiting', 'she is known, and not trusted');
  ben.trust.set(anna.key, 'trusted');
  anna.host.disk.put('/small 2.dat', world.world.random.bytes(500));
  await world.offer(anna, [ben], ['/small 2.dat']);
  await world.offer(anna, [ben], ['/large.dat']);
  await world.until(() => ben.offers.some(({ state }) => state === 'done'));
  assert.deepEqual(
    ben.offers.map(({ name, state }) => [name, state]),
    [
      ['large.dat', 'waiting'],
      ['small 2.dat', 'done'],
      ['small.dat', 'waiting'],
    ],
  );
  assert.ok(ben.fileAt('/auto/small 2.dat') !== undefined);
  ben.desk.inbox.removeRule(anna.key);
  assert.deepEqual(ben.desk.inbox.show().rules, []);
});

void test('an archive with a program in it stays in quarantine, also when a rule accepted it', async () => {
  const { world, anna, ben } = await openTwo(12);
  using _world = world;
  ben.trust.set(anna.key, 'trusted');
  ben.desk.inbox.putRule('anna', { sizeMax: 100_000, directory: '/auto' });
  anna.host.disk.put('/photos.zip', zipOf('holiday.jpg', 'setup.exe'));
  await world.offer(anna, [ben], ['/photos.zip']);
  await world.until(() => ben.offer.state === 'quarantined');
  assert.deepEqual(ben.offer.warnings, [{ warning: 'PROGRAM_INSIDE', files: 1 }]);
  const { files } = ben.desk.inbox.detail(ben.offer.id);
  assert.deepEqual(files[0]?.warnings, ['PROGRAM_INSIDE']);
  await world.world.pass(HOUR_MS);
  assert.deepEqual(pathsBelow(ben, '/auto/photos'), []);
});

void test('what nobody answers is too late for both after two weeks', async () => {
  const { world, anna, ben } = await openTwo(6);
  using _world = world;
  anna.host.disk.put('/x.dat', world.world.random.bytes(1_000));
  const id = await world.offer(anna, [ben], ['/x.dat']);
  await world.world.pass(13 * 24 * HOUR_MS);
  assert.equal(ben.offer.state, 'waiting');
  await world.world.pass(25 * HOUR_MS);
  assert.match(ben.offer.state, /^(expired|withdrawn)$/, 'whoever of both sees it first');
  assert.equal(anna.send(id).state, 'finished');
  assert.equal(anna.send(id).receivers[0]?.state, 'expired');
  ben.desk.inbox.forget(ben.offer.id);
  anna.desk.sends.forget(id);
  assert.deepEqual(ben.offers, []);
  assert.throws(() => anna.send(id), fault('NO_SUCH_SEND', { id }));
});

void test('what is under way is not forgotten, and what has ended not changed', async () => {
  const { world, anna, ben } = await openTwo(7);
  using _world = world;
  anna.host.disk.put('/x.dat', world.world.random.bytes(1_000));
  const id = await world.offer(anna, [ben], ['/x.dat']);
  const offer = ben.offer.id;
  assert.throws(() => anna.desk.sends.forget(id), fault('NOT_POSSIBLE_NOW'));
  assert.throws(() => ben.desk.inbox.forget(offer), fault('NOT_POSSIBLE_NOW'));
  await assert.rejects(
    world.ask(() => ben.desk.inbox.release(offer)),
    fault('NOT_POSSIBLE_NOW'),
  );
  await world.ask(() => ben.desk.inbox.decline(offer));
  await assert.rejects(
    world.ask(() => ben.desk.inbox.accept(offer, '/in')),
    fault('NOT_POSSIBLE_NOW'),
  );
  await assert.rejects(
    world.ask(() => ben.desk.inbox.accept('00'.repeat(16), '/in')),
    fault('NO_SUCH_OFFER'),
  );
});

void test('what cannot be read is told, and offered to nobody', async () => {
  const { world, anna, ben } = await openTwo(8);
  using _world = world;
  const failed = async (paths: string[]): Promise<string | undefined> => {
    const { id } = anna.desk.sends.begin({ to: ['ben'], paths });
    await world.until(() => anna.send(id).state === 'failed');
    return anna.send(id).problem?.code;
  };
  assert.equal(await failed(['/not/there']), 'NOT_FOUND');
  anna.host.disk.put('/a/x.dat', Buffer.from('1'));
  anna.host.disk.put('/b/x.dat', Buffer.from('2'));
  assert.equal(await failed(['/a/x.dat', '/b/x.dat']), 'NAME_TWICE');
  anna.host.disk.put('/c/y.dat', new Uint8Array());
  assert.equal(await failed(['/c']), 'NOTHING_TO_SHARE');
  assert.throws(
    () => anna.desk.sends.begin({ to: ['nobody'], paths: ['/a'] }),
    fault('NO_SUCH_CONTACT'),
  );
  assert.deepEqual(ben.offers, []);
});

void test('of the devices of one person the first that accepts gets it, and the other is told', async () => {
  const { world, anna, ben } = await openTwo(10);
  using _world = world;
  const phone = await world.person('phone');
  const contactsOf = world.contactsOf.bind(world);
  // Anna knows both as devices of Ben
  world.contactsOf = (own) => ({
    ...contactsOf(own),
    devicesOf: (key) =>
      key === ben.key ? [ben.device, phone.device] : contactsOf(own).devicesOf(key),
    personOf: (device) => (device === phone.device ? ben.key : contactsOf(own).personOf(device)),
  });
  await world.stop(anna);
  await world.start(anna);
  anna.host.disk.put('/x.dat', world.world.random.bytes(50_000));
  const id = await world.offer(anna, [ben], ['/x.dat']);
  await world.until(() => phone.offers.length === 1);
  await world.ask(() => phone.desk.inbox.accept(phone.offer.id, '/in'));
  await world.until(() => phone.offer.state === 'done' && ben.offer.state === 'withdrawn');
  await world.until(() => anna.send(id).state === 'finished');
  assert.deepEqual(
    anna.send(id).receivers.map(({ name, state }) => [name, state]),
    [['ben', 'done']],
  );
});

void test('what was forgotten leaves no resume data behind', async () => {
  const { world, anna, ben } = await openTwo(11);
  using _world = world;
  anna.host.disk.put('/x.dat', world.world.random.bytes(50_000));
  await world.offer(anna, [ben], ['/x.dat']);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'done');
  assert.ok(pathsBelow(ben, '/home/resume/').length > 0);
  ben.desk.inbox.forget(ben.offer.id);
  await world.until(() => pathsBelow(ben, '/home/resume/').length === 0);
  assert.ok(ben.fileAt('/in/x.dat') !== undefined);
});

void test('the same files can be sent again, to another one, and on to a third', async () => {
  const { world, anna, ben } = await openTwo(9);
  using _world = world;
  const cleo = await world.person('cleo');
  const content = world.world.random.bytes(60_000);
  anna.host.disk.put('/x.dat', content);
  const first = await world.offer(anna, [ben], ['/x.dat']);
  const second = await world.offer(anna, [cleo], ['/x.dat']);
  for (const person of [ben, cleo])
    await world.ask(() => person.desk.inbox.accept(person.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'done' && cleo.offer.state === 'done');
  await world.until(() => [first, second].every((id) => anna.send(id).state === 'finished'));
  await world.offer(ben, [anna], ['/in/x.dat']);
  await world.ask(() => anna.desk.inbox.accept(anna.offer.id, '/back'));
  await world.until(() => anna.offer.state === 'done');
  assert.deepEqual(anna.fileAt('/back/x.dat'), content);
});

/** The list alone: what is in the files is of no interest. */
function zipOf(...names: readonly string[]): Uint8Array {
  const entries = names.map((name) => {
    const head = Buffer.alloc(46);
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(name.length, 28);
    return Buffer.concat([head, Buffer.from(name)]);
  });
  const list = Buffer.concat(entries);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(list.length, 12);
  return Buffer.concat([list, end]);
}
