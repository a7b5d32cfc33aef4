// Nobody is needed: the network goes on without those by whom it began.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '@coequal/base';
import { Side } from '../contract/transport.ts';
import { HyperDhtTransport } from '../../src/io/transport/hyperdht-transport.ts';
import { freePort } from '../../../base/test/node/free-port.ts';
import { Book, clock, Device, isNear, never } from './devices.ts';

/** A device, its node and nothing else; without a book it finds others by their keys alone. */
class Peer implements AsyncDisposable {
  readonly device = new Device();
  readonly transport: HyperDhtTransport;

  static async open(
    bootstrap: readonly Endpoint[],
    { nodes = [], book = new Book(), device = new Device(), publicPort = 0 }: PeerOptions = {},
  ): Promise<Peer> {
    const options = {
      keys: device.keys,
      host: device,
      book,
      clock,
      isNear,
      mayReach: () => true,
      bootstrap,
      nodes,
      relays: () => [],
      bindHost: '127.0.0.1',
      port: publicPort,
      publicHost: publicPort === 0 ? undefined : '127.0.0.1',
    };
    return new Peer(device, await HyperDhtTransport.open(options, never));
  }

  private constructor(device: Device, transport: HyperDhtTransport) {
    this.device = device;
    this.transport = transport;
    device.admits = () => true;
    device.onCarrier = (carrier) => {
      carrier.start(
        (message) => void carrier.send([message]),
        () => undefined,
      );
    };
  }

  get at(): Endpoint {
    const { local } = this.transport.stats;
    assert.ok(local);
    return local;
  }

  /** Whether it answers. */
  async reaches(other: Peer): Promise<void> {
    const side = new Side(await this.transport.dial(other.device.key, never));
    side.carrier.send([Uint8Array.of(1)]);
    await side.received(1);
    side.carrier.close();
    await side.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.transport[Symbol.asyncDispose]();
  }
}

interface PeerOptions {
  readonly nodes?: readonly Endpoint[];
  readonly book?: Book;
  readonly device?: Device;
  readonly publicPort?: number;
}

/** Devices that can be dialled: each is a node for the others. */
async function openNodes(count: number, resources: AsyncDisposableStack): Promise<Peer[]> {
  const nodes: Peer[] = [];
  for (let i = 0; i < count; i++) {
    const publicPort = await freePort();
    const bootstrap = nodes.slice(0, 1).map(({ at }) => at);
    nodes.push(resources.use(await Peer.open(bootstrap, { publicPort })));
  }
  await Promise.all(nodes.map(({ transport }) => transport.announced));
  return nodes;
}

test('contacts find each other by nodes that they kept, when all by whom they began are gone', async () => {
  await using resources = new AsyncDisposableStack();
  const [first, ...others] = await openNodes(5, resources);
  assert.ok(first);
  const bootstrap = [first.at];
  const devices = [new Device(), new Device()] as const;
  const kept: (readonly Endpoint[])[] = [];
  for (const device of devices) {
    await using peer = await Peer.open(bootstrap, { device });
    await peer.transport.announced;
    kept.push(peer.transport.nodes());
  }
  await first[Symbol.asyncDispose]();
  const [near, far] = [
    resources.use(await Peer.open(bootstrap, { device: devices[0], nodes: kept[0] ?? [] })),
    resources.use(await Peer.open(bootstrap, { device: devices[1], nodes: kept[1] ?? [] })),
  ];
  await far.transport.announced;
  await near.reaches(far);
  assert.ok(others.length > 0);
});

test('contacts find each other by their addresses, when there is no node at all any more', async () => {
  await using resources = new AsyncDisposableStack();
  const nodes = await openNodes(2, resources);
  const book = new Book();
  const bootstrap = nodes.map(({ at }) => at);
  const near = resources.use(await Peer.open(bootstrap, { book }));
  const far = resources.use(await Peer.open(bootstrap, { book }));
  await Promise.all([near, far].map(({ transport }) => transport.announced));
  await near.reaches(far);
  for (const node of nodes) await node[Symbol.asyncDispose]();
  book.add(far.device.key, 'udp', far.at.host, far.at.port);
  await near.reaches(far);
});

test('who knows one device, and no node by another name, becomes part of the network by it', async () => {
  await using resources = new AsyncDisposableStack();
  const nodes = await openNodes(4, resources);
  const known = nodes.at(-1);
  assert.ok(known);
  const comer = resources.use(await Peer.open([known.at]));
  const other = resources.use(await Peer.open([nodes[1]?.at ?? known.at]));
  await Promise.all([comer, other].map(({ transport }) => transport.announced));
  await comer.reaches(other);
  await other.reaches(comer);
});

test('two devices alone make a network, when one of them can be dialled', async () => {
  await using resources = new AsyncDisposableStack();
  const [one] = await openNodes(1, resources);
  assert.ok(one);
  const other = resources.use(await Peer.open([one.at]));
  await other.transport.announced;
  await other.reaches(one);
  await one.reaches(other);
});

test('a device that knows nobody asks nobody', async () => {
  await using alone = await Peer.open([]);
  await alone.transport.announced;
  assert.deepEqual(alone.transport.stats.bootstrap, []);
  assert.equal(alone.transport.stats.nodes, 0);
});
