/** What MeshLinks does beside what the contract of Links asks: ways, their changes, and what is told of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { LocalFault } from '@coequal/base';
import type { DeviceKey, LinkPath } from '@coequal/base';
import { World } from '@coequal/simulator';
import { encodeFrame } from '../../../src/core/session/frames.ts';
import type { Frame } from '../../../src/core/session/frames.ts';
import type { Carrier } from '../../../src/io/carrier.ts';
import type { LanePorts } from '../../../src/io/links/lane-link.ts';
import { MeshLinks } from '../../../src/io/links/mesh-links.ts';
import type { LinkEvent, MeshLinksOptions } from '../../../src/io/links/mesh-links.ts';
import type { PlainCarrier } from '../../plain-transport.ts';
import { End } from '../../sim/ledger.ts';
import { keyOf, LinksWorld, NEVER, SECOND_MS } from '../../sim/links-world.ts';
import type { Device } from '../../sim/links-world.ts';

const TALK = { protocol: 'stream/1', lane: 'talk' } as const;
const BULK = { protocol: 'stream/1', lane: 'bulk' } as const;

interface Two {
  readonly links: LinksWorld;
  readonly a: Device;
  readonly b: Device;
}

async function openTwo(hasRelay: boolean, seed = 1): Promise<Two> {
  const links = await LinksWorld.open({ seed, count: 2, hasRelay, latencyMs: [10, 40] });
  const [a, b] = links.devices as [Device, Device];
  return { links, a, b };
}

let streams = 0;

async function openStream(
  { links, a, b }: Two,
  request: typeof TALK | typeof BULK = TALK,
): Promise<{ near: End; far: End }> {
  const number = ++streams;
  const now = (): number => links.world.now;
  const far = Promise.withResolvers<End>();
  b.onStream = (stream) => far.resolve(new End(stream, number, 1, now));
  return await links.run(async () => {
    const near = new End(await a.links.open(b.key, request, NEVER), number, 0, now);
    return { near, far: await far.promise };
  });
}

function live(device: Device): PlainCarrier[] {
  return [...device.carriers].filter(({ isClosed }) => !isClosed);
}

/** Types of paths of one lane, as they were told. */
function watch(device: Device): LinkEvent[] {
  const events: LinkEvent[] = [];
  void (async () => {
    for await (const event of device.links.events(NEVER)) {
      assert.equal(event.type, 'path');
      if (event.type === 'path') events.push(event);
    }
  })();
  return events;
}

test('a relayed link becomes direct by itself, and its streams go on', async () => {
  const two = await openTwo(true);
  const { links, a, b } = two;
  const events = watch(a);
  links.block(a, b);
  const { near, far } = await openStream(two);
  assert.equal(a.links.path(b.key).type, 'relayed');
  assert.equal(b.links.path(a.key).type, 'relayed');
  near.send(20_000);
  links.world.heal();
  const isDirect = (path: LinkPath): boolean => path.type === 'direct';
  await links.world.run(
    () => isDirect(a.links.path(b.key)) && isDirect(b.links.path(a.key)),
    30 * SECOND_MS,
  );
  near.send(20_000);
  far.send(20_000);
  await links.world.run(() => far.received === 40_000 && near.received === 20_000, SECOND_MS);
  assert.deepEqual(
    events.map(({ path }) => path.type),
    ['relayed', 'direct'],
  );
  await links.world.pass(60 * SECOND_MS);
  assert.equal(live(a).length, 1, 'what is not needed is closed');
  await links.close();
});

test('while talk is relayed bulk is relayed at once, and both become direct', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const two = await openTwo(true, seed);
    const { links, a, b } = two;
    const { world } = links;
    links.block(a, b);
    await openStream(two);
    const askedAt = world.now;
    const { near, far } = await openStream(two, BULK);
    assert.equal(a.links.status(b.key).lanes.bulk.type, 'relayed');
    assert.ok(world.now - askedAt < SECOND_MS, `seed ${seed}: ${world.now - askedAt} ms`);
    near.send(20_000);
    links.world.heal();
    const lanesOf = (from: Device, to: Device): unknown => from.links.status(to.key).lanes;
    const isDirect = (lanes: unknown): boolean =>
      isDeepStrictEqual(lanes, { talk: DIRECT, bulk: DIRECT });
    await world.run(() => isDirect(lanesOf(a, b)) && isDirect(lanesOf(b, a)), 30 * SECOND_MS);
    near.send(20_000);
    await world.run(() => far.received === 40_000, SECOND_MS);
    await links.close();
  }
});

test('while talk is direct bulk leaves relays alone for a second', async () => {
  const two = await openTwo(true);
  const { links, a, b } = two;
  await openStream(two);
  links.block(a, b);
  const askedAt = links.world.now;
  await openStream(two, BULK);
  assert.equal(a.links.status(b.key).lanes.bulk.type, 'relayed');
  assert.ok(links.world.now - askedAt >= SECOND_MS);
  await links.close();
});

test('with networkChanged the direct way is found at once', async () => {
  const two = await openTwo(true);
  const { links, a, b } = two;
  links.block(a, b);
  await openStream(two);
  links.world.heal();
  a.links.networkChanged();
  await links.world.run(() => a.links.path(b.key).type === 'direct', 3 * SECOND_MS);
  await links.close();
});

test('a carrier that goes another way by itself is told as such', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  await openStream(two);
  const events = watch(a);
  live(a)[0]?.changePath({ type: 'lan' });
  assert.equal(a.links.path(b.key).type, 'lan');
  await links.world.pass(SECOND_MS);
  assert.deepEqual(
    events.map(({ path, lane, device }) => [path.type, lane, device]),
    [['lan', 'talk', b.key]],
  );
  await links.close();
});

test('both may dial at once: one session comes of it, and one carrier stays', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const two = await openTwo(false, seed);
    const { links, a, b } = two;
    const ends: End[] = [];
    const now = (): number => links.world.now;
    for (const device of [a, b]) {
      device.onStream = (stream) => ends.push(new End(stream, device === a ? 2 : 1, 1, now));
    }
    const [one, other] = await links.run(() =>
      Promise.all([
        a.links.open(b.key, TALK, NEVER).then((stream) => new End(stream, 1, 0, now)),
        b.links.open(a.key, TALK, NEVER).then((stream) => new End(stream, 2, 0, now)),
      ]),
    );
    one.send(60_000);
    other.send(60_000);
    await links.world.run(
      () => ends.length === 2 && ends.every(({ received }) => received === 60_000),
      10 * SECOND_MS,
    );
    await links.world.pass(40 * SECOND_MS);
    assert.equal(live(a).length, 1);
    assert.equal(one.closed ?? other.closed, undefined);
    await links.close();
  }
});

test('bulk has a carrier of its own, opened when it is needed and closed when it is not', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  await openStream(two);
  assert.equal(live(a).length, 1);
  const { near, far } = await openStream(two, BULK);
  assert.equal(live(a).length, 2);
  assert.deepEqual(a.links.status(b.key).lanes, { talk: DIRECT, bulk: DIRECT });
  near.send(60_000);
  near.end();
  await links.world.run(() => far.closed !== undefined && near.closed !== undefined, SECOND_MS);
  await links.world.pass(70 * SECOND_MS);
  assert.equal(live(a).length, 1);
  assert.deepEqual(a.links.status(b.key).lanes, { talk: DIRECT, bulk: { type: 'none' } });
  await links.close();
});

const DIRECT: LinkPath = { type: 'direct' };

test('a link that nobody uses is closed after five minutes, on both sides', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  const { near } = await openStream(two);
  near.end();
  await links.world.pass(200 * SECOND_MS);
  assert.deepEqual(a.links.linked(), [b.key]);
  await links.world.pass(120 * SECOND_MS);
  assert.deepEqual([...a.links.linked(), ...b.links.linked()], []);
  assert.equal(live(a).length + live(b).length, 0);
  const again = await openStream(two);
  assert.equal(again.near.closed, undefined);
  await links.close();
});

test('why a device is not reached is told by transport, until it is', async () => {
  const two = await openTwo(true);
  const { links, a, b } = two;
  links.isolate(b);
  await assert.rejects(
    links.run(() => a.links.open(b.key, TALK, NEVER)),
    (error) => error instanceof LocalFault && error.code === 'DEVICE_UNREACHABLE',
  );
  const status = a.links.status(b.key);
  assert.equal(status.path.type, 'none');
  assert.deepEqual(
    new Set(status.failures.map(({ transport }) => transport)),
    new Set(['tcp', 'relay']),
  );
  for (const { reason } of status.failures) assert.match(reason, /^[A-Z_]+$/);
  links.world.heal();
  await openStream(two);
  assert.deepEqual(a.links.status(b.key).failures, []);
  await links.close();
});

test('a carrier that is open and carries nothing is not used: the next one is', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  const stallFirst = (device: Device): void => {
    const add = device.carriers.add.bind(device.carriers);
    device.carriers.add = (carrier) => {
      if (device.carriers.size === 0) carrier.stall();
      return add(carrier);
    };
  };
  stallFirst(a);
  await assert.rejects(
    links.run(() => a.links.open(b.key, TALK, NEVER)),
    (error) => error instanceof LocalFault && String(error.details['reason']).includes('NO_ANSWER'),
  );
  assert.ok(links.world.now < 5 * SECOND_MS);
  const { near } = await openStream(two);
  assert.equal(near.closed, undefined);
  await links.close();
});

test('streams are kept for ten minutes without a way, and then lost on both sides', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  const { near, far } = await openStream(two);
  near.send(1_000);
  links.isolate(a);
  await links.world.pass(9 * 60 * SECOND_MS);
  assert.deepEqual([near.closed, far.closed], [undefined, undefined]);
  await links.world.pass(2 * 60 * SECOND_MS);
  for (const end of [near, far]) {
    const why = end.closed?.why;
    assert.ok(why instanceof LocalFault && why.code === 'LINK_LOST');
  }
  assert.equal(near.settled, near.sent, 'nothing that was given is held any more');
  links.world.heal();
  await links.world.pass(SECOND_MS);
  assert.deepEqual([...a.links.linked(), ...b.links.linked()], []);
  await links.close();
});

test('streams to a device that was started anew are lost soon, and new ones open', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  const { near } = await openStream(two);
  await links.run(() => links.restart(b));
  await links.world.run(() => near.closed !== undefined, 10 * SECOND_MS);
  const why = near.closed?.why;
  assert.ok(why instanceof LocalFault && why.code === 'LINK_LOST');
  const { near: next } = await openStream(two);
  assert.equal(next.closed, undefined);
  assert.deepEqual(a.links.linked(), [keyOf(2)]);
  await links.close();
});

test('a device that stops tells so: the streams of others do not wait', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  const { near } = await openStream(two);
  await links.run(() => b.links[Symbol.asyncDispose]());
  await links.world.run(() => near.closed !== undefined, SECOND_MS);
  await assert.rejects(links.run(() => a.links.open(b.key, TALK, NEVER)));
  await links.run(() => a.links[Symbol.asyncDispose]());
});

test('who is refused from now on is cut off', async () => {
  let isRefused = false;
  const levelOf = (): 'contact' | 'refused' => (isRefused ? 'refused' : 'contact');
  const links = await LinksWorld.open({ seed: 1, count: 2, hasRelay: false, levelOf });
  const [a, b] = links.devices as [Device, Device];
  const { near, far } = await openStream({ links, a, b });
  isRefused = true;
  a.links.admissionChanged(b.key);
  await links.world.run(() => near.closed !== undefined && far.closed !== undefined, 30_000);
  await assert.rejects(
    links.run(() => a.links.open(b.key, TALK, NEVER)),
    (error) => error instanceof LocalFault && error.details['reason'] === 'REFUSED',
  );
  await links.close();
});

test('an end whose acknowledgement was lost is an end all the same', async () => {
  const two = await openTwo(false);
  const { links, a, b } = two;
  const { near, far } = await openStream(two);
  near.send(1_000);
  near.end();
  await links.world.run(() => far.closed !== undefined, SECOND_MS);
  assert.equal(near.closed, undefined, 'it does not know yet');
  for (const carrier of [...live(a), ...live(b)]) carrier.stall();
  links.isolate(b);
  await links.world.pass(60 * SECOND_MS); // long enough for both to know that the path is dead
  links.world.heal();
  await links.world.run(() => near.closed !== undefined, 10 * SECOND_MS);
  assert.deepEqual(near.closed, { why: undefined });
  await links.close();
});

/** A carrier that takes nothing more after its first messages: who is at its other end does not read. */
class FullCarrier implements Carrier {
  remote = keyOf(9);
  readonly isDialler = false;
  readonly path: LinkPath = { type: 'direct' };
  readonly remoteEndpoint = undefined;
  readonly queuedBytes = 2_000_000;
  onPath: (() => void) | undefined;
  onDrain: (() => void) | undefined;
  sent = 0;
  onMessage: (message: Uint8Array) => void = () => undefined;

  start(onMessage: (message: Uint8Array) => void): void {
    this.onMessage = onMessage;
  }

  send(): boolean {
    this.sent += 1;
    return false;
  }

  pause(): void {
    // it comes all the same
  }

  resume(): void {
    // it was never paused
  }

  close(): void {
    // nothing is under way
  }
}

/** Links to which carriers are given by the test. */
async function openGiven(
  world: World,
  ports: LanePorts,
): Promise<{ links: MeshLinks; give: (carrier: Carrier) => void }> {
  let give: (carrier: Carrier) => void = () => undefined;
  const options: MeshLinksOptions = {
    own: keyOf(1),
    admission: { levelOf: () => 'contact' },
    onFailure: (error) => assert.fail(String(error)),
    transports: [
      async (host) => {
        give = (comes) => host.onCarrier(comes);
        return {
          name: 'tcp',
          dial: () => Promise.reject(new LocalFault('DIAL_FAILED')),
          [Symbol.asyncDispose]: () => Promise.resolve(),
        };
      },
    ],
  };
  const links = await world.run(() => MeshLinks.open(options, ports, NEVER), SECOND_MS);
  return { links, give };
}

test('who asks and does not read the answers makes nothing pile up', async () => {
  const world = new World({ seed: 1 });
  const { ports } = world.host();
  const carrier = new FullCarrier();
  const { links, give } = await openGiven(world, ports);
  give(carrier);
  const say = (frame: Frame): void => carrier.onMessage(encodeFrame(frame));
  say({ type: 'hello', lane: 'talk', own: 5n, peer: 0n, position: 0 });
  for (let token = 0; token < 1_000; token++) say({ type: 'ping', token });
  for (let number = 0; number < 1_000; number++) {
    say({ type: 'open', number, stream: number * 2 + 2, window: 1, protocol: 'x/1' });
  }
  await world.pass(SECOND_MS);
  assert.ok(carrier.sent <= 3, `${carrier.sent} messages`);
  await world.run(() => links[Symbol.asyncDispose](), SECOND_MS * 2);
});

/** Its hello came in the same read as what opened it, so that it is there when the carrier is started. */
class HastyCarrier extends FullCarrier {
  isClosed = false;
  readonly #first: Uint8Array;
  #onClose: (why?: Error) => void = () => undefined;

  constructor(remote: DeviceKey, first: Uint8Array) {
    super();
    this.remote = remote;
    this.#first = first;
  }

  override start(
    onMessage: (message: Uint8Array) => void,
    onClose: (why?: Error) => void = () => undefined,
  ): void {
    this.#onClose = onClose;
    onMessage(this.#first);
  }

  override close(): void {
    this.isClosed = true;
    this.#onClose();
  }
}

test('who says hello at once takes no place of those who have not: after a thousand the next may stay', async () => {
  const world = new World({ seed: 1 });
  const { links, give } = await openGiven(world, world.host().ports);
  const hello = (own: bigint): Uint8Array =>
    encodeFrame({ type: 'hello', lane: 'talk', own, peer: 0n, position: 0 });
  const staysOpen = (first: Uint8Array, number: number): boolean => {
    const carrier = new HastyCarrier(keyOf(2 + (number % 100)), first);
    give(carrier);
    const { isClosed } = carrier;
    carrier.close();
    return !isClosed;
  };
  for (let number = 1; number <= 1_000; number++) {
    assert.ok(staysOpen(hello(BigInt(number)), number), `number ${number} stays`);
    assert.ok(!staysOpen(Uint8Array.of(99), number), 'nonsense does not');
  }
  await world.run(() => links[Symbol.asyncDispose](), SECOND_MS * 2);
});
