// One hands something to another, in a simulated network.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SendWorld } from './send-world.ts';

void test('a file that was offered and accepted is at the other side, byte by byte, and both know', async () => {
  using world = new SendWorld({ seed: 1 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  const content = world.world.random.bytes(3_000_000);
  anna.host.disk.put('/photos/frog.jpg', content);
  const id = await world.offer(anna, [ben], ['/photos/frog.jpg']);
  const { offer } = ben;
  assert.equal(offer.personName, 'anna');
  assert.equal(offer.name, 'frog.jpg');
  assert.equal(offer.size, 3_000_000);
  assert.equal(offer.note, 'here you are');
  assert.equal(offer.state, 'waiting');
  await world.ask(() => ben.desk.inbox.accept(offer.id, '/home/ben'));
  await world.until(() => ben.offer.state === 'done');
  assert.deepEqual(ben.fileAt('/home/ben/frog.jpg'), content);
  await world.until(() => anna.send(id).state === 'finished');
  assert.deepEqual(
    anna.send(id).receivers.map(({ state, have }) => [state, have]),
    [['done', 3_000_000]],
  );
});

void test('a folder keeps its files, and several paths come as one folder', async () => {
  using world = new SendWorld({ seed: 2 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  const file = (length: number): Uint8Array => world.world.random.bytes(length);
  const [one, two, three] = [file(300_000), file(20_000), file(5)];
  anna.host.disk.put('/a/trip/day 1/one.jpg', one);
  anna.host.disk.put('/a/trip/two.jpg', two);
  anna.host.disk.put('/b/three.txt', three);
  await world.offer(anna, [ben], ['/a/trip', '/b/three.txt']);
  assert.equal(ben.offer.name, 'trip + 1');
  assert.deepEqual(ben.offer.kinds, { picture: 2, document: 1 });
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'done');
  assert.deepEqual(ben.fileAt('/in/trip + 1/trip/day 1/one.jpg'), one);
  assert.deepEqual(ben.fileAt('/in/trip + 1/trip/two.jpg'), two);
  assert.deepEqual(ben.fileAt('/in/trip + 1/three.txt'), three);
  // as being from elsewhere, before anybody could see it there
  const [root = '', ...files] = ben.marked;
  assert.match(root, /^\/in\/\.coequal-quarantine\/\w+\/trip \+ 1$/);
  const within = ['three.txt', 'trip/day 1/one.jpg', 'trip/two.jpg'];
  assert.deepEqual(
    files.toSorted(),
    within.map((path) => `${root}/${path}`),
  );
  assert.deepEqual(
    ben.host.disk.paths().filter((path) => path.startsWith('/in/.')),
    [],
    'nothing is left of the quarantine',
  );
});

void test('what is declined is not sent, and the sender hears of it', async () => {
  using world = new SendWorld({ seed: 3 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/x.bin', world.world.random.bytes(100_000));
  const id = await world.offer(anna, [ben], ['/x.bin']);
  await world.ask(async () => ben.desk.inbox.decline(ben.offer.id));
  await world.until(() => anna.send(id).state === 'finished');
  assert.equal(anna.send(id).receivers[0]?.state, 'declined');
  assert.equal(ben.offer.state, 'declined');
});

void test('what is withdrawn goes from the inbox, with what came of it', async () => {
  using world = new SendWorld({ seed: 4, bandwidth: { up: 100_000, down: 100_000 } });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/x.bin', world.world.random.bytes(2_000_000));
  const id = await world.offer(anna, [ben], ['/x.bin']);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.have > 0);
  anna.desk.sends.withdraw(id);
  await world.until(() => ben.offer.state === 'withdrawn');
  await world.until(() => !ben.host.disk.paths().some((path) => path.startsWith('/in')));
  assert.equal(anna.send(id).state, 'withdrawn');
  assert.equal(anna.send(id).receivers[0]?.state, 'withdrawn');
});

void test('who is off when it is offered gets it when it is on again, whoever starts first', async () => {
  using world = new SendWorld({ seed: 5 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/x.bin', world.world.random.bytes(100_000));
  await world.stop(ben);
  const id = await world.offer(anna, [ben], ['/x.bin']);
  await world.world.pass(600_000);
  assert.equal(anna.send(id).receivers[0]?.state, 'unreached');
  await world.stop(anna);
  await world.start(ben);
  await world.world.pass(600_000);
  await world.start(anna);
  await world.until(() => ben.offers.length > 0);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.state === 'done' && anna.send(id).state === 'finished');
});

void test('both are killed again and again, and it goes on where it was', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    using world = new SendWorld({ seed, bandwidth: { up: 200_000, down: 200_000 } });
    const anna = await world.person('anna');
    const ben = await world.person('ben');
    const content = world.world.random.bytes(4_000_000);
    anna.host.disk.put('/x.bin', content);
    const id = await world.offer(anna, [ben], ['/x.bin']);
    await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
    for (let turn = 0; turn < 6; turn++) {
      const victim = turn % 2 === 0 ? ben : anna;
      await world.world.pass(world.world.random.integer(1, 6_000));
      world.crash(victim);
      await world.world.pass(world.world.random.integer(1, 3_000));
      await world.start(victim);
    }
    await world.until(() => ben.offer.state === 'done' && anna.send(id).state === 'finished');
    assert.deepEqual(ben.fileAt('/in/x.bin'), content, `seed ${seed}`);
  }
});

void test('after a restart what is here already is shown soon, also while the sender is off', async () => {
  using world = new SendWorld({ seed: 9, bandwidth: { up: 200_000, down: 200_000 } });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/x.bin', world.world.random.bytes(4_000_000));
  await world.offer(anna, [ben], ['/x.bin']);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.have > 1_000_000);
  world.crash(anna);
  await world.world.pass(2_000);
  const { have } = ben.offer;
  world.crash(ben);
  await world.start(ben);
  await world.world.pass(5_000);
  assert.equal(ben.offer.have, have);
});

void test('the sender leaves once one has it all, and that one gives it to the others', async () => {
  using world = new SendWorld({ seed: 6, bandwidth: { up: 300_000, down: 300_000 } });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  const others = [];
  for (const name of ['cleo', 'dora', 'emil', 'finn']) others.push(await world.person(name));
  // receivers are no contacts of each other
  world.knows = (one, other) => one === anna || other === anna;
  const content = world.world.random.bytes(3_000_000);
  anna.host.disk.put('/x.bin', content);
  const id = await world.offer(anna, [ben, ...others], ['/x.bin']);
  for (const person of [ben, ...others])
    await world.ask(() => person.desk.inbox.accept(person.offer.id, '/in'));
  await world.until(() => anna.send(id).canLeave);
  await world.stop(anna);
  for (const person of [ben, ...others]) {
    await world.until(() => person.offer.state === 'done');
    assert.deepEqual(person.fileAt('/in/x.bin'), content);
  }
  await world.start(anna);
  await world.until(() => anna.send(id).state === 'finished');
});

void test('what is handed over keeps to the limits that other engines share', async () => {
  using world = new SendWorld({ seed: 30 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/x.bin', world.world.random.bytes(1_000_000));
  await world.offer(anna, [ben], ['/x.bin']);
  anna.rates?.setLimits({ uploadBytesPerSecondMax: 20_000 });
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.have > 0);
  const begunAt = world.world.now;
  await world.until(() => ben.offer.have > 300_000);
  assert.ok(world.world.now - begunAt > 10_000, 'slow');
  const liftedAt = world.world.now;
  anna.rates?.setLimits({});
  await world.until(() => ben.offer.state === 'done');
  assert.ok(world.world.now - liftedAt < 10_000, 'and quick');
});

void test('what has begun under an id is not begun again, also by a process that starts after a kill', async () => {
  using world = new SendWorld({ seed: 14 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/x.bin', world.world.random.bytes(100_000));
  const id = '5e'.repeat(16);
  const begin = (): string => anna.desk.sends.begin({ to: [ben.key], paths: ['/x.bin'] }, id).id;
  assert.equal(begin(), id);
  world.crash(anna); // nothing but the record of it is left
  await world.start(anna);
  assert.equal(begin(), id);
  await world.until(() => ben.offers.length > 0);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => anna.send(id).state === 'finished');
  assert.equal(begin(), id);
  await world.world.pass(600_000);
  assert.deepEqual([anna.desk.sends.list().length, ben.offers.length], [1, 1]);
  assert.equal(anna.send(id).state, 'finished');
});
