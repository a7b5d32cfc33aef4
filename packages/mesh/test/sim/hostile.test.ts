/** A hostile device cannot push an honest one past its limits, nor an honest third aside. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkStream } from '@coequal/base';
import type { Frame, StreamFrame } from '../../src/core/session/frames.ts';
import { framesPerSecondMax, sessionLimits } from '../../src/io/links/link-limits.ts';
import type { AdmissionLevel } from '../../src/io/links/link-limits.ts';
import { Attacker } from './attacker.ts';
import type { Line } from './attacker.ts';
import { LinksWorld, keyOf, NEVER, SECOND_MS } from './links-world.ts';
import type { Device } from './links-world.ts';

const ATTACKER = 100;

interface Scene {
  readonly links: LinksWorld;
  readonly victim: Device;
  readonly honest: Device;
  readonly attacker: Attacker;
  /** Streams that the victim was given of the attacker. */
  readonly given: LinkStream[];
  /** That a contact is served meanwhile. */
  readonly honestyHolds: () => Promise<void>;
}

async function scene(level: AdmissionLevel): Promise<Scene> {
  const levelOf = (key: string): AdmissionLevel =>
    key === keyOf(1) || key === keyOf(2) ? 'contact' : level;
  const links = await LinksWorld.open({
    seed: level,
    count: 2,
    hasRelay: false,
    latencyMs: [5, 20],
    levelOf,
  });
  const [victim, honest] = links.devices as [Device, Device];
  const attacker = await Attacker.open(links, ATTACKER);
  const given: LinkStream[] = [];
  victim.onStream = (stream, from) => {
    if (from === honest.key) {
      stream.start(
        (view) => stream.send([view.slice()]),
        () => undefined,
      );
      return;
    }
    given.push(stream);
    stream.start(
      () => undefined,
      () => undefined,
    );
    stream.pause();
  };
  return { links, victim, honest, attacker, given, honestyHolds };

  async function honestyHolds(): Promise<void> {
    const request = { protocol: 'stream/1', lane: 'talk' } as const;
    await links.run(async () => {
      const stream = await honest.links.open(victim.key, request, NEVER);
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.start(
        () => resolve(),
        () => undefined,
      );
      stream.send([Uint8Array.of(1)]);
      await promise;
      stream.end();
    }, 2 * SECOND_MS);
  }
}

function opens(count: number, protocol = 'stream/1'): StreamFrame[] {
  return Array.from({ length: count }, (_, i) => ({
    type: 'open',
    number: i,
    stream: i * 2 + 2,
    window: 1_000,
    protocol,
  }));
}

async function lineOf({ links, attacker, victim }: Scene): Promise<Line> {
  const line = await links.run(() => attacker.dial(victim.key));
  line.hello();
  await links.world.run(() => line.count('welcome') === 1, SECOND_MS);
  await links.world.pass(100);
  return line;
}

test('whoever says no hello is closed after three seconds, and few of one device are waited for', async () => {
  const { links, attacker, victim, honestyHolds } = await scene('contact');
  const dials = Array.from(
    { length: 40 },
    () => () => attacker.dial(victim.key).catch(() => undefined),
  );
  const lines = await links.run(() => Promise.all(dials.map((dial) => dial())));
  await links.world.pass(SECOND_MS);
  assert.equal(lines.filter((line) => line?.isClosed === false).length, 6);
  await honestyHolds();
  await links.world.pass(3 * SECOND_MS);
  assert.ok(lines.every((line) => line?.isClosed !== false));
  assert.deepEqual(victim.links.linked(), [keyOf(2)]);
});

test('what is no frame, no hello or a lie closes the carrier', async () => {
  const setting = await scene('contact');
  const { links, attacker, victim, honestyHolds } = setting;
  const own = 77n;
  const lies: readonly (readonly Frame[])[] = [
    [{ type: 'ping', token: 1 }],
    [{ type: 'bye' }],
    [...opens(1)],
    [{ type: 'welcome', lane: 'talk', own, peer: 0n, position: 0 }],
    [
      { type: 'hello', lane: 'talk', own, peer: 0n, position: 5 },
      { type: 'ping', token: 1 },
    ],
    Array.from({ length: 9 }, () => ({ type: 'hello', lane: 'talk', own, peer: 0n, position: 0 })),
    [
      { type: 'hello', lane: 'talk', own, peer: 0n, position: 0 },
      { type: 'hello', lane: 'bulk', own, peer: 0n, position: 0 },
    ],
  ];
  for (const lie of lies) {
    const line = await links.run(() => attacker.dial(victim.key));
    line.say(...lie);
    await links.world.pass(SECOND_MS);
    assert.ok(line.isClosed, lie.at(-1)?.type);
  }
  const garbage = await links.run(() => attacker.dial(victim.key));
  garbage.carrier.send([new Uint8Array(100_000).fill(0x13)]);
  await links.world.pass(SECOND_MS);
  assert.ok(garbage.isClosed);
  await honestyHolds();
});

test('frames that break the rules of a session end it', async () => {
  const bytes = new Uint8Array(10);
  const breaches: readonly (readonly Frame[])[] = [
    [{ type: 'end', number: 1, stream: 2 }],
    [{ type: 'end', number: 0, stream: 2 }],
    [{ type: 'data', number: 0, stream: 1, bytes }],
    [{ type: 'accepted', number: 0, stream: 1, window: 1 }],
    [{ type: 'open', number: 0, stream: 1, window: 1, protocol: 'stream/1' }],
    [...opens(1), { type: 'open', number: 1, stream: 2, window: 1, protocol: 'stream/1' }],
    [...opens(1), { type: 'accepted', number: 1, stream: 2, window: 1 }],
    [
      ...opens(1),
      { type: 'window', number: 1, stream: 2, window: 2 ** 32 - 1 },
      { type: 'window', number: 2, stream: 2, window: 2 ** 32 - 1 },
    ],
    [{ type: 'acknowledge', position: 1_000, delay: 0 }],
    [{ type: 'welcome', lane: 'talk', own: 9n, peer: 0n, position: 0 }],
  ];
  for (const breach of breaches) {
    const setting = await scene('contact');
    const line = await lineOf(setting);
    line.say(...breach);
    await setting.links.world.pass(SECOND_MS);
    assert.ok(line.isClosed, breach.at(-1)?.type);
    assert.equal(setting.victim.links.path(setting.attacker.key).type, 'none');
    await setting.honestyHolds();
  }
});

for (const level of ['contact', 'stranger'] as const) {
  const limits = sessionLimits(level, 'talk');

  test(`a bomb of streams of a ${level} opens as many as may be, and the rest is refused`, async () => {
    const setting = await scene(level);
    const line = await lineOf(setting);
    line.say(...opens(1_000));
    await setting.links.world.pass(60 * SECOND_MS);
    assert.equal(setting.given.length, limits.streamsMax);
    assert.equal(line.count('refused'), 1_000 - limits.streamsMax);
    await setting.honestyHolds();
  });

  test(`a ${level} that sends more than it may is cut off, with no more kept than its window`, async () => {
    const setting = await scene(level);
    const line = await lineOf(setting);
    let lost: Error | undefined;
    const serve = setting.victim.onStream;
    setting.victim.onStream = (stream, from, protocol) => {
      if (from === setting.honest.key) {
        serve(stream, from, protocol);
        return;
      }
      stream.start(
        () => assert.fail('it is paused'),
        (why) => {
          lost = why;
        },
      );
      stream.pause();
    };
    line.say(...opens(1));
    const bytes = new Uint8Array(1_024);
    const count = limits.window / bytes.length;
    const data = Array.from({ length: count }, (_, i) => ({
      type: 'data' as const,
      number: i + 1,
      stream: 2,
      bytes,
    }));
    line.say(...data);
    await setting.links.world.pass(SECOND_MS);
    assert.equal(line.isClosed, false);
    line.say({ type: 'data', number: count + 1, stream: 2, bytes: Uint8Array.of(1) });
    await setting.links.world.pass(SECOND_MS);
    assert.equal(line.isClosed, true);
    assert.match(String(lost), /LINK_LOST/);
    await setting.honestyHolds();
  });

  test(`of a flood of frames of a ${level} as many are looked at as the limit says`, async () => {
    const setting = await scene(level);
    const line = await lineOf(setting);
    const rate = framesPerSecondMax(level);
    const before = line.count('pong');
    const lot = level === 'contact' ? 3_000 : 500;
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < lot; i++) line.say({ type: 'ping', token: i });
      await setting.links.world.pass(SECOND_MS);
    }
    const looked = line.count('pong') - before;
    // what came in one piece with the last that may be looked at is looked at as well
    if (level === 'contact') assert.equal(looked, lot * 3, 'it is no flood');
    else assert.ok(looked <= rate + lot, `${looked}`);
    assert.equal(line.isClosed, false);
    await setting.honestyHolds();
  });
}

test('who asks for answers and acknowledges none loses the session', async () => {
  const setting = await scene('contact');
  const line = await lineOf(setting);
  line.say(...opens(6_000, 'unknown/1'));
  await setting.links.world.pass(10 * SECOND_MS);
  assert.ok(line.isClosed);
  assert.ok(line.count('refused') <= 4_097);
  await setting.honestyHolds();
});

test('what came already is dropped, and answered now and then', async () => {
  const setting = await scene('contact');
  const line = await lineOf(setting);
  line.say(...opens(1));
  for (let i = 0; i < 5_000; i++) line.say(...opens(1));
  await setting.links.world.pass(SECOND_MS);
  assert.equal(setting.given.length, 1);
  assert.ok(line.count('acknowledge') < 100);
  assert.equal(line.isClosed, false);
});

test('strangers get what is for anyone, no bulk, and few at a time', async () => {
  const setting = await scene('stranger');
  const { links, victim, given } = setting;
  victim.links.accept('private/1', () => assert.fail('it is for contacts'));
  const line = await lineOf(setting);
  line.say({ type: 'open', number: 0, stream: 2, window: 1, protocol: 'private/1' });
  line.say({ type: 'open', number: 1, stream: 4, window: 1, protocol: 'stream/1' });
  await links.world.pass(SECOND_MS);
  assert.equal(line.count('refused'), 1);
  assert.equal(given.length, 1);
  const bulk = await links.run(() => setting.attacker.dial(victim.key));
  bulk.hello('bulk');
  await links.world.pass(SECOND_MS);
  assert.equal(bulk.isClosed, true);
  let served = 0;
  for (let n = 101; n < 140; n++) {
    const other = await Attacker.open(links, n);
    const more = await links.run(() => other.dial(victim.key)).catch(() => undefined);
    more?.hello();
    await links.world.pass(100);
    if (more?.count('welcome') === 1) served += 1;
  }
  assert.equal(served, 15);
  await setting.honestyHolds();
});

test('who is refused does not come in', async () => {
  const { links, attacker, victim, honestyHolds } = await scene('refused');
  await assert.rejects(links.run(() => attacker.dial(victim.key)));
  await honestyHolds();
});
