import { testTransport } from '../contract/transport.ts';
import type { TransportWorld } from '../contract/transport.ts';
import { TcpDoor } from '../../src/io/transport/tcp-door.ts';
import { TcpTransport } from '../../src/io/transport/tcp-transport.ts';
import { Book, clock, Device, isNear, makeKeys, net, never } from './devices.ts';

testTransport('tcp', openWorld);

async function openWorld(): Promise<TransportWorld> {
  await using resources = new AsyncDisposableStack();
  const [near, far] = [new Device(), new Device()];
  const nobody = makeKeys().device;
  const book = new Book();
  const open = async (device: Device): Promise<TcpTransport> => {
    const { keys } = device;
    const at = [{ host: '127.0.0.1', port: 0 }];
    const door = resources.use(await TcpDoor.open({ at, keys, net, clock }, never));
    for (const { host, port } of door.locals) {
      book.add(device.key, 'tcp', host, port);
      if (device === far) book.add(nobody, 'tcp', host, port);
    }
    const options = { keys, net, clock, host: device, book, isNear, door };
    return resources.use(new TcpTransport(options));
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

function peerOf(device: Device, transport: TcpTransport): TransportWorld['near'] {
  return Object.assign(device, { transport });
}
