import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { LocalFault } from '../../src/index.ts';
import type { Conn, Listener } from '../../src/index.ts';
import { openNet } from '../../src/node/net.ts';
import { localFault } from '../contract/world.ts';
import { ipv6Loopback } from './worlds.ts';

const never = new AbortController().signal;
const loopback = { host: '127.0.0.1', port: 0 };

interface Ended {
  readonly conn: Conn;
  readonly closed: Promise<Error | undefined>;
}

/** Listens, and lets a plain socket connect: what it does shows at the accepted end. */
async function openWithPlainSocket(): Promise<Ended & { listener: Listener; socket: Socket }> {
  const accepted = Promise.withResolvers<Ended>();
  const listener = await openNet().listen(
    loopback,
    (conn) => {
      const { promise: closed, resolve } = Promise.withResolvers<Error | undefined>();
      conn.start(() => {}, resolve);
      accepted.resolve({ conn, closed });
    },
    never,
  );
  const socket = connect(listener.local);
  return { listener, socket, ...(await accepted.promise) };
}

void test('an end that is half closed is closed', async () => {
  const { listener, socket, closed } = await openWithPlainSocket();
  await using _ = listener;
  socket.resume();
  socket.end();
  assert.equal(await closed, undefined);
  await once(socket, 'close');
});

void test('a connection that was reset says so', async () => {
  const { listener, socket, closed } = await openWithPlainSocket();
  await using _ = listener;
  socket.resetAndDestroy();
  const why = await closed;
  assert.ok(why instanceof LocalFault);
  assert.equal(why.code, 'CONNECTION_LOST');
  assert.deepEqual(why.details, { errno: 'ECONNRESET' });
});

void test('a reset while sending calls onSent of all that is queued, once each', async () => {
  const { listener, socket, conn, closed } = await openWithPlainSocket();
  await using _ = listener;
  const calls = Array.from({ length: 8 }, () => 0);
  for (const i of calls.keys()) {
    conn.send([new Uint8Array(4_000_000)], () => (calls[i] = (calls[i] ?? 0) + 1));
  }
  socket.resetAndDestroy();
  assert.ok((await closed) instanceof LocalFault);
  await new Promise(setImmediate);
  assert.deepEqual(calls, [1, 1, 1, 1, 1, 1, 1, 1]);
});

void test('a connection on which much has come gives others their turn', async () => {
  const length = 8_000_000;
  const conns: Conn[] = [];
  const { promise: both, resolve } = Promise.withResolvers<void>();
  await using listener = await openNet().listen(
    loopback,
    (conn) => {
      conns.push(conn);
      if (conns.length === 2) resolve();
    },
    never,
  );
  const sockets = [connect(listener.local), connect(listener.local)];
  for (const socket of sockets) socket.write(new Uint8Array(length)); // what the system takes of it, it holds for us
  await both;
  const left = [length, length];
  let [runLength, runMax, last] = [0, 0, -1];
  const ended = conns.map((conn, side) => {
    const { promise: all, resolve: done } = Promise.withResolvers<void>();
    conn.start(
      (view) => {
        left[side] = (left[side] ?? 0) - view.length;
        runLength = side === last ? runLength + view.length : view.length;
        last = side;
        if (left[1 - side] !== 0) runMax = Math.max(runMax, runLength);
        if (left[side] === 0) done();
      },
      () => done(),
    );
    return all;
  });
  await Promise.all(ended);
  for (const socket of sockets) socket.destroy();
  for (const conn of conns) conn.close();
  assert.deepEqual(left, [0, 0]);
  // what is read at a time, and one buffer more
  assert.ok(runMax <= 768 * 1_024, `${runMax} bytes of one came while the other waited`);
});

void test('connections leave from the address that was chosen', async (context) => {
  if (process.platform !== 'linux') return context.skip('only Linux has all of 127/8');
  const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { address: host, port } = address;
  const net = openNet({ bindHosts: ['127.0.0.2'] });
  const conn = await net.dial({ host, port }, never);
  assert.equal(conn.local.host, '127.0.0.2');
  const { promise: closed, resolve } = Promise.withResolvers<unknown>();
  conn.start(() => {}, resolve);
  await closed;
  const toIpv6 = net.dial({ host: '::1', port }, never);
  await assert.rejects(toIpv6, localFault('DIAL_FAILED'));
  await new Promise((done) => void server.close(done));
});

void test('a listener for both families names IPv4 peers as they are', async (context) => {
  if (ipv6Loopback() === undefined) return context.skip('this machine has no IPv6 loopback');
  const net = openNet();
  const { promise: accepted, resolve } = Promise.withResolvers<Conn>();
  await using listener = await net.listen({ host: '::', port: 0 }, resolve, never);
  const near = await net.dial({ host: '127.0.0.1', port: listener.local.port }, never);
  const far = await accepted;
  assert.deepEqual(far.remote, near.local);
  assert.deepEqual(far.local, near.remote);
  near.close();
  far.close();
});

void test('a datagram socket for both families speaks IPv4 too', async (context) => {
  if (ipv6Loopback() === undefined) return context.skip('this machine has no IPv6 loopback');
  const net = openNet();
  const arrived = Promise.withResolvers<unknown>();
  await using socket4 = await net.udp(
    loopback,
    (batch) => arrived.resolve(batch.map(({ from }) => from)),
    never,
  );
  await using socket6 = await net.udp({ host: '::', port: 0 }, () => {}, never);
  socket6.send(Uint8Array.of(1), socket4.local);
  assert.deepEqual(await arrived.promise, [{ host: '127.0.0.1', port: socket6.local.port }]);
  socket4.send(Uint8Array.of(1), { host: '::1', port: socket6.local.port }); // dropped
});

void test('listening at an address of another machine fails', async () => {
  for (const host of ['192.0.2.1', 'localhost', '']) {
    const at = { host, port: 0 };
    const net = openNet();
    await assert.rejects(
      net.listen(at, () => {}, never),
      localFault('LISTEN_FAILED'),
    );
    await assert.rejects(
      net.udp(at, () => {}, never),
      localFault('LISTEN_FAILED'),
    );
  }
});

void test('a thousand connections come and go, and the listener ends', async () => {
  const net = openNet();
  let open = 0;
  const listener = await net.listen(
    loopback,
    (conn) => {
      open += 1;
      conn.start(
        () => conn.close(),
        () => void (open -= 1),
      );
    },
    never,
  );
  for (let round = 0; round < 20; round++) {
    const closings = Array.from({ length: 50 }, async () => {
      const conn = await net.dial(listener.local, never);
      const { promise, resolve } = Promise.withResolvers<unknown>();
      conn.start(() => {}, resolve);
      conn.send([Uint8Array.of(1)]);
      await promise;
    });
    await Promise.all(closings);
  }
  await listener[Symbol.asyncDispose]();
  await new Promise(setImmediate);
  assert.equal(open, 0);
});

void test('localhost resolves to loopback, and nonsense to nothing', async () => {
  const net = openNet();
  const found = await net.resolve('localhost', never);
  assert.ok(found.length > 0);
  for (const address of found) assert.match(address, /^(127\.|::1$)/);
  await assert.rejects(net.resolve('a'.repeat(300), never), localFault('NAME_NOT_FOUND'));
  const reason = new Error('enough');
  await assert.rejects(
    net.resolve('localhost', AbortSignal.abort(reason)),
    (error) => error === reason,
  );
});
