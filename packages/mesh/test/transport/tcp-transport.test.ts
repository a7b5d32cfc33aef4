import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Conn, Net } from '@coequal/base';
import type { Carrier } from '../../src/index.ts';
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

test('a handshake whose first bytes come with the connection is answered', async () => {
  const [near, far] = [new Device(), new Device()];
  far.admitted.add(near.key);
  const early: Net = {
    ...net,
    listen: (at, onConn, signal) => net.listen(at, (conn) => comeWithBytes(conn, onConn), signal),
  };
  const at = [{ host: '127.0.0.1', port: 0 }];
  await using door = await TcpDoor.open({ at, keys: far.keys, net: early, clock }, never);
  const book = new Book();
  for (const { host, port } of door.locals) book.add(far.key, 'tcp', host, port);
  const come = Promise.withResolvers<Carrier>();
  far.onCarrier = (carrier) => {
    carrier.start(
      () => undefined,
      () => undefined,
    );
    come.resolve(carrier);
  };
  const common = { net, clock, book, isNear };
  await using _far = new TcpTransport({ ...common, keys: far.keys, host: far, door });
  await using _near = new TcpTransport({ ...common, keys: near.keys, host: near });
  const carrier = await _near.dial(far.key, never);
  assert.equal((await come.promise).remote, near.key);
  carrier.close();
});

/** Gives the connection once there are bytes, and these in the call of `start`. */
function comeWithBytes(conn: Conn, onConn: (conn: Conn) => void): void {
  let handlers: Parameters<Conn['start']> | undefined;
  conn.start(
    (view) => {
      if (handlers !== undefined) {
        handlers[0](view);
        return;
      }
      const bytes = view.slice();
      const late = Object.create(conn, {
        remote: { value: conn.remote },
        queuedBytes: { value: 0 },
        send: { value: conn.send.bind(conn) },
        close: { value: conn.close.bind(conn) },
        pause: { value: conn.pause.bind(conn) },
        resume: { value: conn.resume.bind(conn) },
        start: {
          value: (...given: Parameters<Conn['start']>) => {
            handlers = given;
            given[0](bytes);
          },
        },
      }) as Conn;
      onConn(late);
    },
    (why) => handlers?.[1](why),
  );
}
