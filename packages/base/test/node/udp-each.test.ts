/** A socket at each address of this computer: what came to one is answered from it. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Datagram, Endpoint, UdpSocket } from '../../src/index.ts';
import { openNet } from '../../src/node/net.ts';
import { ownAddresses, SourceFinder } from '../../src/node/own-addresses.ts';
import { openUdpEach } from '../../src/node/udp-each.ts';
import { localFault } from '../contract/world.ts';
import { ipv6Loopback } from './worlds.ts';

const never = new AbortController().signal;
/** All of 127.0.0.0/8 is this computer on Linux; on other systems the first alone. */
const HOSTS = ['127.0.0.1', '127.0.0.2'] as const;
const skip = process.platform !== 'linux' && 'only Linux has 127.0.0.2 by itself';
/** At which it looks for addresses. */
const LOOK_MS = 2_000;

interface Open extends AsyncDisposable {
  readonly socket: UdpSocket;
  readonly heard: { readonly at: string | undefined; readonly from: Endpoint }[];
}

/** One that answers what comes. */
async function openEcho(find: () => readonly string[], port = 0): Promise<Open> {
  const heard: Open['heard'] = [];
  const onDatagrams = (batch: readonly Datagram[]): void => {
    for (const { bytes, from, at } of batch) {
      heard.push({ at, from });
      socket?.send(bytes, from, at);
    }
  };
  const socket = await openUdpEach({ host: '0.0.0.0', port }, onDatagrams, never, { find });
  assert.ok(socket);
  return { socket, heard, [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose]() };
}

/** Where the answer comes from; asked until there is one. */
async function ask(to: Endpoint): Promise<Endpoint> {
  const answers: Endpoint[] = [];
  const onDatagrams = (batch: readonly Datagram[]): void =>
    void answers.push(...batch.map(({ from }) => from));
  await using socket = await openNet().udp({ host: '0.0.0.0', port: 0 }, onDatagrams, never);
  for (;;) {
    const [first] = answers;
    if (first !== undefined) return first;
    socket.send(Uint8Array.of(1), to);
    await setImmediate();
  }
}

test('each datagram says where it came to, and is answered from there', { skip }, async () => {
  await using echo = await openEcho(() => HOSTS);
  const { port } = echo.socket.local;
  for (const host of HOSTS) {
    assert.deepEqual(await ask({ host, port }), { host, port });
    assert.equal(echo.heard.at(-1)?.at, host);
  }
});

test('an address that comes is heard at, and one that goes no longer', { skip }, async () => {
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    let hosts: readonly string[] = [HOSTS[0]];
    await using echo = await openEcho(() => hosts);
    const { port } = echo.socket.local;
    hosts = [HOSTS[1]];
    mock.timers.tick(LOOK_MS);
    await using taker = await takenAgain({ host: HOSTS[0], port });
    assert.equal(taker.local.port, port);
    assert.deepEqual(await ask({ host: HOSTS[1], port }), { host: HOSTS[1], port });
    echo.socket.send(Uint8Array.of(1), { host: HOSTS[1], port }, HOSTS[0]); // it is gone: dropped
  } finally {
    mock.timers.reset();
  }
});

/** As soon as the port is free there. */
async function takenAgain(at: Endpoint): Promise<UdpSocket> {
  for (;;) {
    try {
      return await openNet().udp(at, () => {}, never);
    } catch (error) {
      if (!localFault('ADDRESS_IN_USE')(error)) throw error;
    }
  }
}

test('what is asked first leaves from where the system would send it', { skip }, async () => {
  await using echo = await openEcho(() => HOSTS.toReversed());
  const { promise, resolve } = Promise.withResolvers<Endpoint>();
  await using asked = await openNet().udp(
    { host: HOSTS[0], port: 0 },
    (batch) => batch.forEach(({ from }) => resolve(from)),
    never,
  );
  echo.socket.send(Uint8Array.of(1), asked.local);
  assert.equal((await promise).host, HOSTS[0]);
});

test('a port that somebody has at one of the addresses is taken', { skip }, async () => {
  await using other = await openNet().udp({ host: HOSTS[1], port: 0 }, () => {}, never);
  await assert.rejects(
    openEcho(() => HOSTS, other.local.port),
    localFault('ADDRESS_IN_USE'),
  );
});

test('addresses that are not there are passed over, and where there are none there is no socket', async () => {
  await using echo = await openEcho(() => ['192.0.2.1', HOSTS[0]]);
  const { port } = echo.socket.local;
  assert.deepEqual(await ask({ host: HOSTS[0], port }), { host: HOSTS[0], port });
  const none = await openUdpEach({ host: '0.0.0.0', port: 0 }, () => {}, never, { find: () => [] });
  assert.equal(none, undefined);
});

test('the addresses of this computer are named as a socket can be bound to them', async () => {
  for (const host of ownAddresses()) {
    await using socket = await openNet().udp({ host, port: 0 }, () => {}, never);
    assert.equal(socket.local.host, host);
  }
});

test('the system is asked from where it would send, and nobody can reach who asks', async (context) => {
  using sources = await SourceFinder.open(never);
  assert.equal(sources.sourceFor({ host: HOSTS[0], port: 1 }), HOSTS[0]);
  assert.equal(sources.sourceFor({ host: '239.255.255.255.1', port: 1 }), undefined);
  if (ipv6Loopback() === undefined) return context.skip('this machine has no IPv6 loopback');
  assert.equal(sources.sourceFor({ host: '::1', port: 1 }), '::1');
});
