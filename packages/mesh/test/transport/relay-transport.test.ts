import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LocalFault } from '@coequal/base';
import type { Clock, DeviceKey } from '@coequal/base';
import { openRandom } from '@coequal/base/node';
import { freePort } from '../../../base/test/node/free-port.ts';
import { openPair, testTransport } from '../contract/transport.ts';
import type { TransportWorld } from '../contract/transport.ts';
import type { Admission } from '../../src/io/links/link-limits.ts';
import { RelayService } from '../../src/io/transport/relay-service.ts';
import type { RelayServiceOptions } from '../../src/io/transport/relay-service.ts';
import { RelayTransport } from '../../src/io/transport/relay-transport.ts';
import { TcpDoor } from '../../src/io/transport/tcp-door.ts';
import { Book, clock, Device, makeKeys, net, never, placeOf } from './devices.ts';

const random = openRandom();

testTransport('relay', openWorld);

describe('a relay', () => {
  test('does not see what it carries', async () => {
    const seen: Uint8Array[] = [];
    await using world = await openWorld({}, (bytes) => seen.push(bytes.slice()));
    const { near, far } = await openPair(world.near, world.far);
    const secret = new TextEncoder().encode('nobody else is to read this '.repeat(20));
    near.carrier.send([secret]);
    await far.received(1);
    const all = Buffer.concat(seen);
    assert.ok(all.length > secret.length, 'it went this way');
    assert.equal(all.indexOf(secret.subarray(0, 28)), -1);
  });

  test('names itself as the way, and tells why it ends: a quota that is used up', async () => {
    await using world = await openWorld({
      quotas: { bytesOfUser: 100_000, bytesOfAll: 1_000_000_000 },
    });
    const { near, far } = await openPair(world.near, world.far);
    assert.deepEqual(near.carrier.path, { type: 'relayed', by: world.helper });
    assert.deepEqual(far.carrier.path, { type: 'relayed', by: world.helper });
    for (let i = 0; i < 3; i++) near.carrier.send([new Uint8Array(60_000)]);
    await Promise.all([near.closed, far.closed]);
    for (const { closings } of [near, far]) {
      const [why] = closings;
      assert.ok(why instanceof LocalFault);
      assert.equal(why.details['reason'], 'quota');
    }
    await assert.rejects(world.near.transport.dial(world.far.key, never), (error: unknown) => {
      return error instanceof LocalFault && error.details['reason'] === 'quota';
    });
  });

  test('serves nobody whom its owner does not help', async () => {
    await using world = await openWorld();
    world.helped.delete(world.near.key);
    await assert.rejects(world.near.transport.dial(world.far.key, never), { code: 'DIAL_FAILED' });
  });

  test('joins a device with so many others and no more', async () => {
    await using world = await openWorld();
    const pairs = [];
    for (let i = 0; i < 8; i++) pairs.push(await openPair(world.near, world.far));
    await assert.rejects(world.near.transport.dial(world.far.key, never), { code: 'DIAL_FAILED' });
    const [first] = pairs;
    first?.near.carrier.close();
    await first?.far.closed;
    await openPair(world.near, world.far);
  });
});

describe('who waits at a relay', () => {
  test('comes back when the relay does, and at once when it is told that the network has changed', async () => {
    const [device, helper] = [new Device(), new Device()];
    const book = new Book();
    const host = { levelOf: () => 'contact' as const };
    const open = async (port: number): Promise<AsyncDisposableStack & { port: number }> => {
      const resources = new AsyncDisposableStack();
      const at = [{ host: '127.0.0.1', port }];
      const door = resources.use(await TcpDoor.open({ at, keys: helper.keys, net, clock }, never));
      resources.use(new RelayService({ door, host, clock, random }));
      return Object.assign(resources, { port: door.locals[0]?.port ?? 0 });
    };
    const first = await open(await freePort());
    book.add(helper.key, 'tcp', '127.0.0.1', first.port);
    await using transport = new RelayTransport({
      keys: device.keys,
      net,
      clock,
      random,
      host: device,
      book,
      ownHelpers: () => [helper.key],
      helpersOf: () => [],
    });
    const changed = async (): Promise<void> => {
      await new Promise<void>((resolve) => {
        transport.onWaiting = resolve;
      });
    };
    await changed();
    assert.deepEqual(transport.waitingAt, [helper.key]);
    const gone = changed();
    await first.disposeAsync();
    await gone;
    assert.deepEqual(transport.waitingAt, []);
    const back = changed();
    await using _second = await open(first.port);
    await back;
    assert.deepEqual(transport.waitingAt, [helper.key]);
    const again = changed();
    transport.networkChanged();
    assert.deepEqual(transport.waitingAt, []);
    await again;
    assert.deepEqual(transport.waitingAt, [helper.key]);
  });
});

interface RelayWorld extends TransportWorld {
  readonly helper: DeviceKey;
  /** Whom the helper helps. */
  readonly helped: Set<DeviceKey>;
}

async function openWorld(
  options: Partial<RelayServiceOptions> = {},
  onBytes?: (bytes: Uint8Array) => void,
  clockOfService: Clock = clock,
): Promise<RelayWorld> {
  await using resources = new AsyncDisposableStack();
  const [near, far, helper] = [new Device(), new Device(), new Device()];
  const nobody = makeKeys().device;
  const helped = new Set([near.key, far.key]);
  const book = new Book();
  const at = [{ host: '127.0.0.1', port: 0 }];
  const door = resources.use(await TcpDoor.open({ at, keys: helper.keys, net, clock }, never));
  const serve = door.serve.bind(door);
  if (onBytes !== undefined) {
    // what the service is given is what a helper can read
    door.serve = (purposes, greeter) =>
      serve(purposes, {
        admits: (key) => greeter.admits(key),
        onChannel: (channel, greeting) => {
          const start = channel.start.bind(channel);
          channel.start = (onMessage, onClose) =>
            start((message) => {
              onBytes(message);
              onMessage(message);
            }, onClose);
          greeter.onChannel(channel, greeting);
        },
      });
  }
  const host: Admission = { levelOf: (key) => (helped.has(key) ? 'contact' : 'stranger') };
  resources.use(new RelayService({ door, host, clock: clockOfService, random, ...options }));
  for (const local of door.locals) book.add(helper.key, 'tcp', local.host, local.port);
  const open = async (device: Device): Promise<RelayTransport> => {
    const helpers = (): readonly DeviceKey[] => [helper.key];
    const transport = resources.use(
      new RelayTransport({
        keys: device.keys,
        net,
        clock,
        random,
        host: device,
        book,
        ownHelpers: helpers,
        helpersOf: () => [placeOf(helper.key)],
      }),
    );
    await new Promise<void>((resolve) => {
      transport.onWaiting = resolve;
    });
    transport.onWaiting = undefined;
    return transport;
  };
  near.admitted.add(far.key);
  far.admitted.add(near.key);
  const transports = { near: await open(near), far: await open(far) };
  const owned = resources.move();
  return {
    near: Object.assign(near, { transport: transports.near }),
    far: Object.assign(far, { transport: transports.far }),
    nobody,
    helper: helper.key,
    helped,
    pathType: 'relayed',
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
