// A relay lets strangers through to who waits there and gave them a token: them alone, and only so many.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceKeyOf, LocalFault } from '@coequal/base';
import type { Clock, DeviceKey } from '@coequal/base';
import { openRandom } from '@coequal/base/node';
import {
  CALL_TOKEN_LENGTH,
  callKeyOf,
  callPassOf,
  callSecretOf,
  callTokenOf,
} from '../../src/core/contacts/call-token.ts';
import type { HelperPlace } from '../../src/core/contacts/helper-places.ts';
import { placesOfGuest } from '../../src/core/invite/invitation-helpers.ts';
import type { Admission, AdmissionLevel } from '../../src/io/links/link-limits.ts';
import type { Greeting } from '../../src/io/transport/greeting.ts';
import { RelayService } from '../../src/io/transport/relay-service.ts';
import { RelayTransport } from '../../src/io/transport/relay-transport.ts';
import { dialChannel } from '../../src/io/transport/tcp-dial.ts';
import { TcpDoor } from '../../src/io/transport/tcp-door.ts';
import { openPair } from '../contract/transport.ts';
import { Book, clock, Device, makeKeys, net, never } from './devices.ts';

const random = openRandom();

/** For a relay at which no call is ever over, however long a test takes. */
const STILL: Clock = {
  now: () => clock.now(),
  epochNow: () => clock.epochNow(),
  at: () => () => undefined,
};

/** A relay that knows nobody but who waits there. */
class World implements AsyncDisposable {
  readonly helper = new Device();
  readonly waiter = new Device();
  readonly caller = new Device();
  readonly service: RelayService;
  readonly waiting: RelayTransport;
  /** What the caller was told. */
  told: readonly HelperPlace[] = [];
  readonly calling: RelayTransport;
  /** Of who is no stranger to the relay. */
  readonly levels = new Map<DeviceKey, AdmissionLevel>();
  readonly #door: TcpDoor;

  static async open(ofService: Clock = clock): Promise<World> {
    const helper = new Device();
    const at = [{ host: '127.0.0.1', port: 0 }];
    const door = await TcpDoor.open({ at, keys: helper.keys, net, clock }, never);
    const world = new World(helper, door, ofService);
    await new Promise<void>((resolve) => {
      world.waiting.onWaiting = resolve;
    });
    return world;
  }

  private constructor(helper: Device, door: TcpDoor, ofService: Clock) {
    this.helper = helper;
    this.#door = door;
    const host: Admission = {
      levelOf: (key) =>
        key === this.waiter.key ? 'contact' : (this.levels.get(key) ?? 'stranger'),
    };
    this.service = new RelayService({ door, host, clock: ofService, random });
    const book = new Book();
    for (const local of door.locals) book.add(helper.key, 'tcp', local.host, local.port);
    const common = { net, clock, random };
    this.waiting = new RelayTransport({
      ...common,
      keys: this.waiter.keys,
      host: this.waiter,
      book,
      ownHelpers: () => [helper.key],
      helpersOf: () => [],
    });
    this.calling = new RelayTransport({
      ...common,
      keys: this.caller.keys,
      host: this.caller,
      book: new Book(), // it knows of the helper what it was told
      ownHelpers: () => [],
      helpersOf: () => this.told,
    });
    this.waiter.admitted.add(this.caller.key);
  }

  async dial(greeting: Greeting, keys = makeKeys()): Promise<{ closed: Promise<void> }> {
    const [local] = this.#door.locals;
    assert.ok(local);
    const dialling = { keys, net, clock };
    const channel = await dialChannel(this.helper.key, local, greeting, dialling, never);
    const closed = new Promise<void>((resolve) => {
      channel.start(
        () => undefined,
        () => resolve(),
      );
    });
    return { closed };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.calling[Symbol.asyncDispose]();
    await this.waiting[Symbol.asyncDispose]();
    this.service[Symbol.dispose]();
    await this.#door[Symbol.asyncDispose]();
  }
}

async function assertRelayed({ waiter, caller, waiting, calling, helper }: World): Promise<void> {
  const pair = await openPair(
    Object.assign(caller, { transport: calling }),
    Object.assign(waiter, { transport: waiting }),
  );
  assert.deepEqual(pair.near.carrier.path, { type: 'relayed', by: helper.key });
  pair.near.carrier.close();
  await pair.far.closed;
}

test('who is refused by the relay calls nobody by it, whatever the one who waits told it', async () => {
  await using world = await World.open();
  const { waiter, caller, waiting, calling, levels } = world;
  world.told = waiting.placesFor(caller.key);
  levels.set(caller.key, 'refused');
  await assert.rejects(calling.dial(waiter.key, never), isRefused);
  levels.delete(caller.key);
  (await calling.dial(waiter.key, never)).close();
});

test('a stranger to the relay calls by what the one who waits told it, and nobody else by the same', async () => {
  await using world = await World.open();
  const { waiter, caller, waiting, calling } = world;
  const [place, ...others] = waiting.placesFor(caller.key);
  assert.ok(place !== undefined && others.length === 0);
  assert.deepEqual(
    place.addresses.map(({ kind, host }) => [kind, host]),
    [['tcp', '127.0.0.1']],
  );

  world.told = [{ ...place, token: undefined }];
  await assert.rejects(calling.dial(waiter.key, never), isRefused);
  world.told = [{ ...place, token: waiting.placesFor(makeKeys().device)[0]?.token }];
  await assert.rejects(calling.dial(waiter.key, never), isRefused);

  world.told = [place];
  await assertRelayed(world);
});

test('a stranger without a token is closed at once, and cannot wait or answer', async () => {
  await using world = await World.open();
  const { service, waiter } = world;
  const token = random.bytes(CALL_TOKEN_LENGTH).slice();
  for (const greeting of [
    { type: 'wait', callKey: new Uint8Array(32) },
    { type: 'call', to: waiter.key, token },
    { type: 'call', to: makeKeys().device, token },
    { type: 'answer', ticket: random.bytes(16).slice() },
  ] as const) {
    const before = service.stats.refused;
    const { closed } = await world.dial(greeting);
    await closed;
    assert.equal(service.stats.refused, before + 1);
  }
  assert.equal(service.stats.calls, 0);
  assert.equal(service.waiterCount, 1);
});

test('strangers with tokens have half of the places, and no more', async () => {
  await using world = await World.open(STILL);
  const { waiter, service, helper } = world;
  waiter.admits = () => false; // it lets them ring
  const callKey = callKeyOf(waiter.keys.callSecret, helper.key);
  const closings: Promise<void>[] = [];
  for (let count = 0; count < 65; count++) {
    const keys = makeKeys();
    const token = callTokenOf(callKey, keys.device);
    try {
      closings.push((await world.dial({ type: 'call', to: waiter.key, token }, keys)).closed);
    } catch (error) {
      assert.ok(error instanceof LocalFault);
    }
  }
  await closings[64];
  assert.equal(service.stats.calls, 64);
});

test('who has an invitation calls by what its link says, as long as it is good', async () => {
  await using world = await World.open();
  const { waiter, caller, waiting, calling } = world;
  const until = Math.floor(clock.epochNow() / 1_000) + 3_600;
  const invite = (end: number, key = caller.key): HelperPlace => {
    const [place] = placesOfGuest(waiting.passesUntil(end), end, key);
    assert.ok(place);
    return place;
  };
  const good = invite(until);
  const past = Math.floor(clock.epochNow() / 1_000);
  for (const told of [
    { ...good, until: until + 1 }, // the token is of another end
    { ...good, until: undefined }, // it is no contact's
    { ...good, token: waiting.placesFor(caller.key)[0]?.token },
    invite(until, makeKeys().device),
    invite(past),
  ]) {
    world.told = [told];
    await assert.rejects(calling.dial(waiter.key, never), isRefused);
  }
  world.told = [good];
  await assertRelayed(world);
});

test('those who have an invitation have eight of these places, however many keys they have', async () => {
  await using world = await World.open(STILL);
  const { waiter, service, helper } = world;
  waiter.admits = () => false; // it lets them ring
  const callKey = callKeyOf(waiter.keys.callSecret, helper.key);
  const until = Math.floor(clock.epochNow() / 1_000) + 3_600;
  const pass = callPassOf(callKey, until);
  const callBy = async (key: Uint8Array, more: { readonly until?: number }) => {
    const keys = makeKeys();
    const token = callTokenOf(key, keys.device);
    return await world.dial({ type: 'call', to: waiter.key, token, ...more }, keys);
  };
  const { stats } = service;
  const come = async (count: number): Promise<void> => {
    while (stats.calls + stats.refused < count) await new Promise((next) => setImmediate(next));
  };
  for (let count = 0; count < 9; count++) await callBy(pass, { until });
  await come(9);
  assert.deepEqual([stats.calls, stats.refused], [8, 1]);
  await callBy(callKey, {}); // of a contact of the one who waits
  await come(10);
  assert.deepEqual([stats.calls, stats.refused], [9, 1]);
});

test('passes are of one call key and one end, and the same whenever they are asked for', () => {
  const hex = (of: Uint8Array): string => Buffer.from(of).toString('hex');
  const key = callKeyOf(callSecretOf(filled(1)), deviceKeyOf(filled(3)));
  const passes = [key, filled(7)].flatMap((each) =>
    [1_800_000_000, 1_800_000_001].map((until) => hex(callPassOf(each, until))),
  );
  assert.equal(new Set(passes).size, 4);
  // computed by Python's hmac, after docs/carriers.md
  assert.equal(passes[0], 'b97570a89eae282356daa5561f7df1e4');
  const token = callTokenOf(callPassOf(key, 1_800_000_000), deviceKeyOf(filled(2)));
  assert.equal(hex(token), 'b43f13f3e2515215ae44962954ab3f8f');
});

test('a relay at which nobody waits reads no greeting of strangers', async () => {
  await using world = await World.open();
  world.told = world.waiting.placesFor(world.caller.key);
  await world.waiting[Symbol.asyncDispose]();
  while (world.service.waiterCount > 0) await new Promise((resolve) => setImmediate(resolve));
  await assert.rejects(world.calling.dial(world.waiter.key, never), { code: 'DIAL_FAILED' });
  assert.equal(world.service.stats.calls, 0);
});

test('tokens are of one device, one helper and one caller, and the same after each start', () => {
  const [seed, other] = [filled(1), filled(9)];
  const [a, b] = [deviceKeyOf(filled(2)), deviceKeyOf(filled(3))];
  const hex = (of: Uint8Array): string => Buffer.from(of).toString('hex');
  const tokens = [seed, other].flatMap((each) =>
    [a, b].flatMap((helper) =>
      [a, b].map((caller) => hex(callTokenOf(callKeyOf(callSecretOf(each), helper), caller))),
    ),
  );
  assert.equal(new Set(tokens).size, 8);
  // computed by Python's hmac, after docs/carriers.md
  assert.equal(tokens[1], '9bce2faaca25fcd5797d8414c43c0db8');
});

function isRefused(error: unknown): boolean {
  return error instanceof LocalFault && error.code === 'DIAL_FAILED';
}

function filled(byte: number): Uint8Array {
  return new Uint8Array(32).fill(byte);
}
