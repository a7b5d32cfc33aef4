import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { decodeUtf8, encodeUtf8, formatHex, LocalFault } from '@coequal/base';
import type { Conn } from '@coequal/base';
import { openEd25519, openRandom } from '@coequal/base/node';
import {
  announcedCodeTag,
  decodeCodeAnnouncement,
  encodeCodeAnnouncement,
} from '../../../src/core/lan/code-announcement.ts';
import { lanKeys, slotAt } from '../../../src/core/lan/lan-tag.ts';
import { INTERFACES_MAX, LanGroup } from '../../../src/io/lan/lan-group.ts';
import { LanRendezvous } from '../../../src/io/lan/lan-rendezvous.ts';
import { findPairCode, offerPairCode } from '../../../src/io/people/pair-codes.ts';
import { MeetingPlaces } from '../../../src/io/people/meeting-places.ts';
import type { ByteStream } from '../../../src/io/people/drive-stream.ts';
import type { Announced, MeetingPlace, Met } from '../../../src/io/people/rendezvous.ts';
import { clock, makeKeys, net, never } from '../../transport/devices.ts';
import { GroupNetwork } from './group-network.ts';

const random = openRandom();
const ports = { clock, random, ed25519: openEd25519() };
/** All hosts are addresses of this computer. */
const [ANN, BEN, EVE] = ['127.0.0.1', '127.0.0.2', '127.0.0.66'] as const;
/** The words of a spoken code are tried in this many places at least. */
const slowHash = {
  scrypt: async (password: Uint8Array) => new Uint8Array(32).fill(password.length),
};

function join(network: GroupNetwork, host: string, resources: AsyncDisposableStack): LanRendezvous {
  const options = { hosts: () => [host], onProblem: (error: LocalFault) => assert.ifError(error) };
  const group = resources.use(new LanGroup(options, clock, network.open));
  return resources.use(new LanRendezvous(group, [host], { clock, random, net }));
}

async function* failing(): AsyncGenerator<Met> {
  await Promise.reject(new LocalFault('RENDEZVOUS_FAILED'));
  yield* [];
}

function answer(visitor: ByteStream): void {
  visitor.start(
    (message) => visitor.send([encodeUtf8('you said '), message.slice()]),
    () => undefined,
  );
}

async function said(stream: ByteStream): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  stream.start(
    (message) => resolve(decodeUtf8(message)),
    (why) => reject(why ?? new Error('closed')),
  );
  stream.send([encodeUtf8('hello')]);
  return await promise;
}

test('two meet in the local network at a topic that both know, and nobody is at another', async () => {
  await using resources = new AsyncDisposableStack();
  const network = new GroupNetwork();
  const waiting = new MeetingPlaces([join(network, ANN, resources)], ports);
  const looking = new MeetingPlaces([join(network, BEN, resources)], ports);
  const topic = randomBytes(32);
  await using _announced = await waiting.announce(topic, answer, never);
  const heard: (string | undefined)[] = [];
  for await (const stream of looking.find(topic, never)) {
    heard.push(await said(stream));
    stream.close();
  }
  assert.deepEqual(heard, ['you said hello']);
  for await (const _stream of looking.find(randomBytes(32), never)) assert.fail('who is it?');
  const text = network.said.map(({ bytes }) => formatHex(bytes)).join();
  assert.ok(network.said.length > 0 && !text.includes(formatHex(topic)));
});

test('who is announced at two places under one key is met once, whichever comes first', async () => {
  await using resources = new AsyncDisposableStack();
  const network = new GroupNetwork();
  const other = new GroupNetwork();
  const waiting = new MeetingPlaces(
    [join(network, ANN, resources), join(other, ANN, resources)],
    ports,
  );
  const looking = new MeetingPlaces(
    [join(network, BEN, resources), join(other, BEN, resources)],
    ports,
  );
  const topic = randomBytes(32);
  await using _announced = await waiting.announce(topic, answer, never);
  let met = 0;
  for await (const stream of looking.find(topic, never)) {
    met += 1;
    stream.close();
  }
  assert.equal(met, 1);
  assert.ok(network.said.length > 0 && other.said.length > 0);
});

test('one place that takes nothing does not keep the others from it, and without any it is said', async () => {
  await using resources = new AsyncDisposableStack();
  const network = new GroupNetwork();
  const broken: MeetingPlace = {
    reach: 'everywhere',
    announce: () => Promise.reject(new LocalFault('RENDEZVOUS_FAILED')),
    find: () => failing(),
  };
  const waiting = new MeetingPlaces([broken, join(network, ANN, resources)], ports);
  const looking = new MeetingPlaces([broken, join(network, BEN, resources)], ports);
  const topic = randomBytes(32);
  {
    await using _announced = await waiting.announce(topic, answer, never);
    let met = 0;
    for await (const stream of looking.find(topic, never)) {
      met += 1;
      stream.close();
    }
    assert.equal(met, 1);
  }
  const isFault = (code: string) => (error: unknown) =>
    error instanceof LocalFault && error.code === code;
  await assert.rejects(
    new MeetingPlaces([broken], ports).announce(topic, answer, never),
    isFault('RENDEZVOUS_FAILED'),
  );
  const nowhere = new MeetingPlaces([], ports);
  await assert.rejects(nowhere.announce(topic, answer, never), isFault('NO_MEETING_PLACE'));
  await assert.rejects(nowhere.find(topic, never).next(), isFault('NO_MEETING_PLACE'));
});

test('of what is announced it is known from where others can come, once all that reach far were asked', async () => {
  await using resources = new AsyncDisposableStack();
  const near = join(new GroupNetwork(), ANN, resources);
  const asked = Promise.withResolvers<AsyncDisposable>();
  asked.promise.catch(() => undefined);
  const directory: MeetingPlace = {
    reach: 'everywhere',
    announce: () => asked.promise,
    find: () => failing(),
  };
  const announce = (...places: MeetingPlace[]): Promise<Announced> =>
    new MeetingPlaces(places, ports).announce(randomBytes(32), answer, never);
  await using here = await announce(near);
  assert.equal(here.reach, 'network');
  await using both = await announce(directory, near);
  assert.equal(both.reach, undefined);
  asked.resolve({ [Symbol.asyncDispose]: async () => undefined });
  await using far = await announce(directory);
  assert.deepEqual([both.reach, far.reach], ['everywhere', 'everywhere']);
  const refusing = Promise.withResolvers<AsyncDisposable>();
  await using refused = await announce({ ...directory, announce: () => refusing.promise }, near);
  assert.equal(refused.reach, undefined);
  refusing.reject(new LocalFault('RENDEZVOUS_FAILED'));
  await new Promise(setImmediate);
  assert.equal(refused.reach, 'network');
});

test('a flood of false places is dialled no further than its bound, and who is there is met all the same', async () => {
  await using resources = new AsyncDisposableStack();
  const network = new GroupNetwork();
  const waiting = new MeetingPlaces([join(network, ANN, resources)], ports);
  const place = join(network, BEN, resources);
  const topic = randomBytes(32);
  await using _announced = await waiting.announce(topic, answer, never);
  let knocks = 0;
  await using trap = await net.listen(
    { host: EVE, port: 0 },
    (conn) => {
      knocks += 1;
      conn.start(
        () => undefined,
        () => undefined,
      );
      conn.close();
    },
    never,
  );
  const keys = lanKeys(topic, slotAt(clock.epochNow()));
  // she knows the place, and announces more of them than anybody has
  const flood = (): void => {
    for (let count = 0; count < 1_000; count += 1) {
      const at = { host: EVE, port: trap.local.port, key: makeKeys().device };
      if (count < 20) network.say(encodeCodeAnnouncement(at, keys, randomBytes(24)), EVE);
      else network.say(Uint8Array.from([2, ...keys.tag, ...randomBytes(78)]), EVE);
    }
  };
  let met = 0;
  const finding = new MeetingPlaces([place], ports).find(topic, never);
  const first = finding.next();
  flood();
  for (let next = await first; next.done !== true; next = await finding.next()) {
    assert.equal(await said(next.value), 'you said hello');
    next.value.close();
    met += 1;
  }
  assert.equal(met, 1);
  assert.equal(knocks, 2);
  assert.ok(place.stats.dropped >= 900, `${place.stats.dropped}`);
});

test('who is announced at several addresses is met once, and at another when nobody is at the first', async () => {
  await using resources = new AsyncDisposableStack();
  const network = new GroupNetwork();
  const waiting = new MeetingPlaces([join(network, ANN, resources)], ports);
  const looking = new MeetingPlaces([join(network, BEN, resources)], ports);
  const topic = randomBytes(32);
  let visits = 0;
  const onVisitor = (stream: ByteStream): void => {
    visits += 1;
    answer(stream);
  };
  await using _announced = await waiting.announce(topic, onVisitor, never);
  const [first] = network.said;
  assert.ok(first);
  const keys = lanKeys(topic, slotAt(clock.epochNow()));
  assert.equal(announcedCodeTag(first.bytes), keys.tagText);
  const place = decodeCodeAnnouncement(first.bytes, keys);
  // who announces that key elsewhere takes up whoever comes, until the true place was heard as well
  const held: Conn[] = [];
  const hold = (conn: Conn): void => {
    held.push(conn);
    conn.start(
      () => undefined,
      () => undefined,
    );
  };
  await using trap = await net.listen({ host: EVE, port: 0 }, hold, never);
  const finding = looking.find(topic, never);
  const next = finding.next();
  const { port } = trap.local;
  network.say(encodeCodeAnnouncement({ ...place, host: EVE, port }, keys, randomBytes(24)), EVE);
  const heard = network.said.length;
  while (network.said.length === heard || held.length === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  for (const conn of held) conn.close();
  const met = await next;
  assert.ok(met.done !== true);
  assert.equal(await said(met.value), 'you said hello');
  met.value.close();
  assert.equal((await finding.next()).done, true);
  assert.equal(visits, 1);
});

test('so many interfaces are looked in of each family, and no more', async () => {
  const network = new GroupNetwork();
  const hosts = Array.from({ length: 40 }, (_, at) => [`10.0.${at}.1`, `fe80::${at}%veth${at}`]);
  const options = {
    hosts: () => hosts.flat(),
    onProblem: (error: LocalFault) => assert.ifError(error),
  };
  await using group = new LanGroup(options, clock, network.open);
  const families = group.hosts.map((host) => host.includes(':'));
  const half = Array<boolean>(INTERFACES_MAX);
  assert.deepEqual(families, [...half.fill(false), ...Array<boolean>(INTERFACES_MAX).fill(true)]);
});

test('a second device pairs by its code in the local network alone, and each wrong code is one guess', async () => {
  await using resources = new AsyncDisposableStack();
  const network = new GroupNetwork();
  const rendezvous = (host: string) => new MeetingPlaces([join(network, host, resources)], ports);
  const stop = new AbortController();
  const shared = { clock, random, slowHash };
  const offered = await offerPairCode({ ...shared, rendezvous: rendezvous(ANN) }, stop.signal);
  const finding = { ...shared, rendezvous: rendezvous(BEN) };
  const wrong = offered.code.replace(/-[a-z]+$/, (word) =>
    word === '-table' ? '-tiger' : '-table',
  );
  await assert.rejects(findPairCode(wrong, finding, never), { code: 'CODE_WRONG' });
  const [old, fresh] = await Promise.all([
    offered.channel,
    findPairCode(offered.code, finding, never),
  ]);
  assert.equal(old.confirmCode, fresh.confirmCode);
  old.send(encodeUtf8('welcome'));
  assert.equal(decodeUtf8(await fresh.receive(never)), 'welcome');
  stop.abort();
});
