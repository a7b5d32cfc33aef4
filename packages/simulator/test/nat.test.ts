import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Datagram, Endpoint, UdpSocket } from '@coequal/base';
import { World } from '@coequal/simulator';
import type { SimHost } from '@coequal/simulator';

const PORT = 6881;
const NEVER = new AbortController().signal;
const HELLO = Uint8Array.of(1);

interface Bound {
  readonly socket: UdpSocket;
  /** Who was heard, in order. */
  readonly heard: readonly Endpoint[];
}

async function bind(world: World, host: SimHost, port = PORT): Promise<Bound> {
  const heard: Endpoint[] = [];
  const onDatagrams = (batch: readonly Datagram[]): void => {
    heard.push(...batch.map(({ from }) => from));
  };
  const at = { host: host.address, port };
  const socket = await world.run(() => host.ports.net.udp(at, onDatagrams, NEVER), 1_000);
  return { socket, heard };
}

test('a port-restricted router keeps the port, and lets in answers alone', async () => {
  const world = new World({ seed: 1 });
  const [inside, outside] = [world.host({ nat: 'port-restricted' }), world.host('outside')];
  const [near, far, other] = [
    await bind(world, inside),
    await bind(world, outside),
    await bind(world, outside, 7_000),
  ];
  const to = { host: inside.address, port: PORT };
  far.socket.send(HELLO, to);
  await world.pass(1_000);
  assert.deepEqual(near.heard, []);
  near.socket.send(HELLO, far.socket.local);
  await world.pass(1_000);
  assert.deepEqual(far.heard, [to]);
  far.socket.send(HELLO, to);
  other.socket.send(HELLO, to);
  await world.pass(1_000);
  assert.deepEqual(near.heard, [far.socket.local]);
});

test('a symmetric router has another port for each endpoint, and leads answers back', async () => {
  const world = new World({ seed: 1 });
  const [inside, outside] = [world.host({ nat: 'symmetric' }), world.host('outside')];
  const [near, far, other] = [
    await bind(world, inside),
    await bind(world, outside),
    await bind(world, outside, 7_000),
  ];
  for (const { socket } of [far, far, other]) near.socket.send(HELLO, socket.local);
  await world.pass(1_000);
  const [first, second] = far.heard;
  const [third] = other.heard;
  assert.ok(first && third);
  assert.deepEqual(second, first);
  assert.notEqual(third.port, first.port);
  assert.notEqual(first.port, PORT);
  far.socket.send(HELLO, first);
  other.socket.send(HELLO, first);
  await world.pass(1_000);
  assert.deepEqual(near.heard, [far.socket.local]);
});

test('no router lets in connections, and some no datagrams; what goes out is answered', async () => {
  const world = new World({ seed: 1 });
  const inside = world.host({ nat: 'no-udp' });
  const outside = world.host('outside');
  const far = await bind(world, outside);
  const near = await bind(world, inside);
  near.socket.send(HELLO, far.socket.local);
  await world.pass(1_000);
  assert.deepEqual(far.heard, []);
  const listen = (host: SimHost): Promise<unknown> => {
    const at = { host: host.address, port: PORT };
    return host.ports.net.listen(at, (conn) => conn.start(ignore, ignore), NEVER);
  };
  await world.run(() => Promise.all([listen(inside), listen(outside)]), 1_000);
  const dial = async (from: SimHost, to: SimHost): Promise<void> => {
    const conn = await from.ports.net.dial({ host: to.address, port: PORT }, NEVER);
    conn.start(ignore, ignore);
    conn.close();
  };
  await world.run(() => dial(inside, outside), 1_000);
  await assert.rejects(world.run(() => dial(outside, inside), 300_000));
});

function ignore(): void {}
