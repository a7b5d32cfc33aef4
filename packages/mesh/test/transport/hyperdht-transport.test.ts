import { testTransport } from '../contract/transport.ts';
import type { TransportWorld } from '../contract/transport.ts';
import { HyperDhtTransport } from '../../src/io/transport/hyperdht-transport.ts';
import { Book, clock, Device, isNear, makeKeys, never } from './devices.ts';

testTransport('hyperdht', openWorld);

async function openWorld(): Promise<TransportWorld> {
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
    pathType: 'lan',
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function peerOf(device: Device, transport: HyperDhtTransport): TransportWorld['near'] {
  return Object.assign(device, { transport });
}
