// What somebody who does not keep to the rules of sending comes to.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { deviceKeyOf, PeerFault } from '@coequal/base';
import type { DeviceKey, LinkStream } from '@coequal/base';
import { encodeBencode } from '@coequal/bittorrent';
import { PlainLinks } from '@coequal/simulator';
import type { SimHost } from '@coequal/simulator';
import { FrameBuffer } from '../../src/sends/wire/frames.ts';
import {
  decodeSendMessage,
  encodeSendMessage,
  FRAME_LENGTH_MAX,
  PART_LENGTH,
} from '../../src/sends/wire/send-message.ts';
import type { OfferMessage, SendMessage } from '../../src/sends/wire/send-message.ts';
import { HOUR_MS, SendWorld } from './send-world.ts';
import type { Person } from './send-world.ts';

const NEVER = new AbortController().signal;
const HASH = 'ab'.repeat(32);

function idOf(number: number): string {
  return number.toString(16).padStart(32, '0');
}

function offerOf(number: number, changes: Partial<OfferMessage> = {}): OfferMessage {
  return {
    type: 'offer',
    id: idOf(number),
    name: `thing ${number}`,
    note: '',
    fileCount: 1,
    length: 1_000,
    kinds: [1],
    metainfoLength: 20_000,
    metainfoHash: HASH,
    ...changes,
  };
}

/** A contact whose program is not ours: says what it likes. */
class Eve {
  readonly heard: SendMessage[] = [];
  stream: LinkStream | undefined;
  isClosed = false;
  readonly #world: SendWorld;
  readonly #links: PlainLinks;

  static async open(world: SendWorld, device: DeviceKey): Promise<Eve> {
    const host: SimHost = world.world.host('eve');
    const links = await world.ask(() =>
      PlainLinks.open(device, host.address, world.directory, host.ports.net, NEVER),
    );
    return new Eve(world, links);
  }

  private constructor(world: SendWorld, links: PlainLinks) {
    this.#world = world;
    this.#links = links;
    links.accept('send/1', (stream) => this.#hear(stream));
  }

  async talkTo(person: Person): Promise<void> {
    this.isClosed = false;
    this.stream = await this.#world.ask(() =>
      this.#links.open(person.device, { protocol: 'send/1', lane: 'talk' }, NEVER),
    );
    this.#hear(this.stream);
  }

  say(message: SendMessage): void {
    this.stream?.send([encodeSendMessage(message)]);
  }

  async settle(): Promise<void> {
    await this.#world.world.pass(5_000);
  }

  #hear(stream: LinkStream): void {
    this.stream = stream;
    const frames = new FrameBuffer(FRAME_LENGTH_MAX);
    stream.start(
      (view) => frames.feed(view, (frame) => this.heard.push(decodeSendMessage(frame))),
      () => (this.isClosed = true),
    );
  }
}

interface Scene extends Disposable {
  readonly world: SendWorld;
  readonly ben: Person;
  /** A contact of Ben's. */
  readonly eve: Eve;
}

async function openScene(seed: number): Promise<Scene> {
  const world = new SendWorld({ seed });
  const ben = await world.person('ben');
  const device = deviceKeyOf(new Uint8Array(32).fill(99));
  const eveKey = '63'.repeat(32);
  const contactsOf = world.contactsOf.bind(world);
  world.contactsOf = (own) => ({
    ...contactsOf(own),
    personOf: (each) => (each === device ? eveKey : contactsOf(own).personOf(each)),
    nameOf: (key) => (key === eveKey ? 'eve' : contactsOf(own).nameOf(key)),
    devicesOf: (key) => (key === eveKey ? [device] : contactsOf(own).devicesOf(key)),
    find: (text) => (text === 'eve' ? eveKey : contactsOf(own).find(text)),
  });
  await world.stop(ben);
  await world.start(ben);
  const eve = await Eve.open(world, device);
  await eve.talkTo(ben);
  return { world, ben, eve, [Symbol.dispose]: () => world[Symbol.dispose]() };
}

void test('of a thousand offers a few dozen wait, and the rest are told to come later', async () => {
  using scene = await openScene(1);
  const { ben, eve } = scene;
  for (let number = 0; number < 1_000; number++) eve.say(offerOf(number));
  await eve.settle();
  assert.equal(ben.offers.length, 32);
  const full = eve.heard.filter((each) => each.type === 'ended' && each.why === 'full');
  assert.equal(full.length, 1_000 - 32);
});

void test('to offer and take back in turn fills a day, and no more', async () => {
  using scene = await openScene(2);
  const { ben, eve } = scene;
  for (let number = 0; number < 1_000; number++) {
    eve.say(offerOf(number));
    eve.say({ type: 'ended', id: idOf(number), why: 'withdrawn' });
  }
  await eve.settle();
  assert.equal(ben.offers.length, 200);
  assert.ok(ben.offers.every(({ state }) => state === 'withdrawn'));
});

void test('who floods is cut off', async () => {
  using scene = await openScene(3);
  const { ben, eve } = scene;
  for (let count = 0; count < 10_000; count++) eve.say({ type: 'noted', id: idOf(1) });
  await eve.settle();
  assert.ok(eve.isClosed);
  assert.ok(ben.told.includes('SEND_FAULT'));
});

void test('who is no contact, or is blocked, is not heard', async () => {
  using scene = await openScene(4);
  const { world, ben } = scene;
  const stranger = world.world.host('stranger');
  const device = deviceKeyOf(new Uint8Array(32).fill(77));
  const links = await world.ask(() =>
    PlainLinks.open(device, stranger.address, world.directory, stranger.ports.net, NEVER),
  );
  const refused = await world.ask(() =>
    links
      .open(ben.device, { protocol: 'send/1', lane: 'talk' }, NEVER)
      .catch((error: unknown) => error),
  );
  assert.ok(refused instanceof PeerFault);
  assert.deepEqual(ben.offers, []);
  ben.trust.set('63'.repeat(32), 'blocked');
  scene.eve.say(offerOf(1));
  await scene.eve.settle();
  assert.ok(scene.eve.isClosed);
  assert.deepEqual(ben.offers, []);
});

/** Answers each question for a part. */
function giveParts(eve: Eve, list: Uint8Array, number: number): void {
  for (const each of eve.heard.splice(0))
    if (each.type === 'ask') {
      const bytes = list.subarray(each.index * PART_LENGTH, (each.index + 1) * PART_LENGTH);
      eve.say({ type: 'part', id: idOf(number), index: each.index, bytes });
    }
}

const LISTS: Readonly<Record<string, Uint8Array>> = {
  'is not the list that was offered': new Uint8Array(20_000),
  'is no list': Buffer.from('this is no torrent'),
  'is of another size': listWith({ length: 999 }),
  'is not private': listWith({ private: undefined }),
  'names a tracker': listWith({}, { announce: 'http://tracker.example/announce' }),
  'names a web server': listWith({}, { 'url-list': 'http://web.example/' }),
};

/** A v1 torrent of one file of 1,000 bytes. */
function listWith(
  info: Record<string, number | undefined>,
  outer: Record<string, string> = {},
): Uint8Array {
  const pieces = new Uint8Array(20);
  const own = { name: 'x', length: 1_000, 'piece length': 16_384, pieces, private: 1, ...info };
  return encodeBencode({ ...outer, info: own });
}

for (const [name, list] of Object.entries(LISTS)) {
  void test(`an offer whose list ${name} fails, and nothing of it is kept`, async () => {
    using scene = await openScene(5);
    const { ben, eve } = scene;
    const isOther = name === 'is not the list that was offered';
    const metainfoHash = isOther ? HASH : createHash('sha256').update(list).digest('hex');
    eve.say(offerOf(1, { metainfoLength: list.length, metainfoHash }));
    await eve.settle();
    giveParts(eve, list, 1);
    await eve.settle();
    assert.equal(ben.offer.state, 'failed');
    assert.equal(ben.offer.problem?.code, 'OFFER_LIES');
    assert.ok(eve.isClosed);
    assert.deepEqual(ben.host.disk.paths(), []);
  });
}

void test('a list without end is refused by its length, and one that never comes costs nothing', async () => {
  using scene = await openScene(6);
  const { world, ben, eve } = scene;
  eve.stream?.send([
    encodeSendMessage(offerOf(1, { metainfoLength: 8 * 1024 * 1024 })),
    encodeSendMessage(offerOf(2, { metainfoLength: 8 * 1024 * 1024 })).fill(0xff, 49),
  ]);
  await eve.settle();
  assert.ok(eve.isClosed, 'a length over the limit ends the talk');
  assert.equal(ben.offers.length, 1);
  // a long list is not asked for before anybody accepts
  assert.ok(!eve.heard.some(({ type }) => type === 'ask'));
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.world.pass(HOUR_MS);
  const asked = eve.heard.filter(({ type }) => type === 'ask');
  assert.ok(asked.length >= 8, 'it is asked for again and again');
  assert.equal(ben.offer.have, 0);
});

void test('parts that nobody asked for, or are too long, are not kept', async () => {
  using scene = await openScene(7);
  const { ben, eve } = scene;
  const bytes = new Uint8Array(PART_LENGTH);
  eve.say({ type: 'part', id: idOf(1), index: 0, bytes });
  eve.say(offerOf(1));
  eve.say({ type: 'part', id: idOf(1), index: 1, bytes });
  await eve.settle();
  assert.ok(eve.isClosed, 'the second part has 3,616 bytes');
  assert.equal(ben.offer.isListed, false);
});

void test('what was offered once cannot be turned into something else', async () => {
  using scene = await openScene(8);
  const { ben, eve } = scene;
  eve.say(offerOf(1));
  await eve.settle();
  eve.say(offerOf(1, { length: 2_000 }));
  await eve.settle();
  assert.ok(eve.isClosed);
  assert.equal(ben.offer.size, 1_000);
});

void test('a ticket for what nobody accepted opens nothing', async () => {
  using scene = await openScene(9);
  const { ben, eve } = scene;
  const list = listWith({});
  const metainfoHash = createHash('sha256').update(list).digest('hex');
  eve.say(offerOf(1, { metainfoLength: list.length, metainfoHash }));
  await eve.settle();
  giveParts(eve, list, 1);
  eve.say({ type: 'ticket', id: idOf(1), ticket: new Uint8Array(32), devices: [] });
  await eve.settle();
  assert.equal(ben.offer.state, 'waiting');
  assert.equal(ben.offer.isListed, true);
  assert.deepEqual(ben.host.disk.paths(), []);
});

void test('names with marks and control signs are shown without them', async () => {
  using scene = await openScene(10);
  const { ben, eve } = scene;
  eve.say(offerOf(1, { name: 'a\u202egpj.exe', note: 'x\u0007\u001b[2J' }));
  await eve.settle();
  assert.equal(ben.offer.name, 'a\ufffdgpj.exe');
  assert.equal(ben.offer.note, 'x\ufffd\ufffd[2J');
});

void test('a receiver that asks for the list for ever and reads nothing is cut off', async () => {
  using scene = await openScene(11);
  const { world, ben, eve } = scene;
  for (let number = 0; number < 2_000; number++)
    ben.host.disk.put(`/many/file ${number}`, world.world.random.bytes(10));
  const { id } = ben.desk.sends.begin({ to: ['eve'], paths: ['/many'] });
  await world.until(() => eve.heard.some(({ type }) => type === 'offer'));
  eve.stream?.pause();
  for (let count = 0; count < 3_000; count++) eve.say({ type: 'ask', id, index: 0 });
  await eve.settle();
  eve.stream?.resume();
  await eve.settle();
  const parts = eve.heard.filter(({ type }) => type === 'part').length;
  assert.ok(parts < 3_000, `${parts} parts were given`);
});

void test('what a stranger to a send says of it ends the talk, and changes nothing', async () => {
  using scene = await openScene(12);
  const { world, ben, eve } = scene;
  const cleo = await world.person('cleo');
  ben.host.disk.put('/x.dat', world.world.random.bytes(10_000));
  const id = await world.offer(ben, [cleo], ['/x.dat']);
  eve.say({ type: 'answer', id, answer: 'accepted' });
  await eve.settle();
  assert.ok(eve.isClosed);
  assert.equal(ben.send(id).receivers[0]?.state, 'waiting');
  assert.ok(!eve.heard.some(({ type }) => type === 'ticket'));
});

void test('bytes that are not what was hashed are never taken for it', async () => {
  using world = new SendWorld({ seed: 13, bandwidth: { up: 100_000, down: 100_000 } });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  const content = world.world.random.bytes(2_000_000);
  anna.host.disk.put('/x.dat', content);
  await world.offer(anna, [ben], ['/x.dat']);
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => ben.offer.have > 0);
  anna.host.disk.put('/x.dat', world.world.random.bytes(2_000_000));
  await world.world.pass(HOUR_MS);
  assert.equal(ben.offer.state, 'receiving');
  assert.ok(ben.offer.have < content.length);
  assert.ok(!ben.host.disk.paths().includes('/in/x.dat'));
});

void test('files that were changed before anybody accepted are not sent, and the sender is told', async () => {
  using world = new SendWorld({ seed: 14 });
  const anna = await world.person('anna');
  const ben = await world.person('ben');
  anna.host.disk.put('/x.dat', world.world.random.bytes(100_000));
  const id = await world.offer(anna, [ben], ['/x.dat']);
  await world.world.pass(1_000);
  anna.host.disk.put('/x.dat', world.world.random.bytes(100_001));
  await world.ask(() => ben.desk.inbox.accept(ben.offer.id, '/in'));
  await world.until(() => anna.send(id).state === 'failed');
  assert.equal(anna.send(id).problem?.code, 'SEND_CHANGED');
  await world.until(() => ben.offer.state === 'withdrawn');
});
