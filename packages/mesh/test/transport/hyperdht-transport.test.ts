import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deviceKeyBytes } from '@coequal/base';
import { openHyperDhtNode } from '../../src/io/transport/hyperdht-node.ts';
import type { OwnKeys } from '../../src/io/transport/own-keys.ts';
import { Side, testTransport } from '../contract/transport.ts';
import type { TransportPeer, TransportWorld } from '../contract/transport.ts';
import { HyperDhtTransport } from '../../src/io/transport/hyperdht-transport.ts';
import { Book, clock, Device, isNear, makeKeys, never } from './devices.ts';

testTransport('hyperdht', openWorld);

interface DhtWorld extends TransportWorld {
  readonly book: Book;
  keysOf(peer: TransportPeer): OwnKeys;
}

async function openWorld(): Promise<DhtWorld> {
  await using resources = new AsyncDisposableStack();
  const [near, far] = [new Device(), new Device()];
  const nobody = makeKeys().device;
  const book = new Book();
  const open = async (device: Device): Promise<HyperDhtTransport> => {
    const options = {
      keys: device.keys,
      host: device,
      book,
      clock,
      isNear,
      mayReach: () => true,
      bootstrap: [],
      nodes: [],
      relays: () => [],
      bindHost: '127.0.0.1',
      port: 0,
    };
    const transport = resources.use(await HyperDhtTransport.open(options, never));
    const { local } = transport.stats;
    if (local !== undefined) {
      book.add(device.key, 'udp', local.host, local.port);
      if (device === far) book.add(nobody, 'udp', local.host, local.port);
    }
    return transport;
  };
  near.admitted.add(far.key);
  far.admitted.add(near.key);
  const transports = { near: await open(near), far: await open(far) };
  const owned = resources.move();
  return {
    near: peerOf(near, transports.near),
    far: peerOf(far, transports.far),
    nobody,
    book,
    keysOf: ({ key }) => (key === near.key ? near : far).keys,
    pathType: 'lan',
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function peerOf(device: Device, transport: HyperDhtTransport): TransportWorld['near'] {
  return Object.assign(device, { transport });
}

describe('by HyperDHT', () => {
  test('one device has so many connections and no more', async () => {
    await using world = await openWorld();
    let heard = 0;
    world.far.onCarrier = (carrier) => {
      heard += 1;
      void new Side(carrier);
    };
    for (let i = 0; i < 8; i++)
      void new Side(await world.near.transport.dial(world.far.key, never));
    await assert.rejects(world.near.transport.dial(world.far.key, never), { code: 'DIAL_FAILED' });
    assert.equal(heard, 8);
  });

  test('who asks to be relayed where nobody is relayed is sent away', async () => {
    await using world = await openWorld();
    const { far, near } = world;
    const [at] = world.book.addressesOf(far.key);
    assert.ok(at);
    let heard = 0;
    far.onCarrier = (carrier) => {
      heard += 1;
      carrier.close();
    };
    // as users of a relay do: a connection by the library itself, and its first message
    const pair = world.keysOf(near).pair;
    const node = await openHyperDhtNode(
      { bindHost: '127.0.0.1', port: 0 },
      { bootstrap: [], keyPair: pair },
    );
    const stream = node.connect(deviceKeyBytes(far.key), { keyPair: pair, relayAddresses: [at] });
    const closed = new Promise<void>((resolve) => stream.on('close', resolve));
    await new Promise<void>((resolve) => stream.on('connect', resolve));
    stream.sendNow([Uint8Array.of(0, 1, 2)], 3);
    await closed;
    assert.equal(heard, 0);
    await node.destroy({ force: true });
  });
});
