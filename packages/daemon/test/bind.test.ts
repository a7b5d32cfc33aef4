import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilAborted } from '@coequal/base';
import type { Clock, Http } from '@coequal/base';
import { openNet } from '@coequal/base/node';
import { Binding, findBindHosts, httpBoundTo, netBoundTo } from '../src/bind.ts';
import { watchNetwork } from '../src/network-watch.ts';

const { signal } = new AbortController();

void test('an interface has its global addresses, one of each /64, or else its first; an address itself', () => {
  const find = (): Record<string, readonly string[]> => ({
    eth0: ['fe80::1', 'fd00::1', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', '192.0.2.1'],
    eth1: ['10.0.0.1', '10.0.0.2', 'fd00::2', 'fd00::3'],
    eth2: ['10.0.0.3', '192.0.2.2', '192.0.2.3'],
    tun0: ['fe80::2'],
  });
  const hosts = (what: string): readonly string[] => findBindHosts(what, find);
  assert.deepEqual(hosts('eth0'), ['192.0.2.1', '2001:db8::1', '2001:db8:0:1::1']);
  assert.deepEqual(hosts('eth1'), ['10.0.0.1', 'fd00::2']);
  assert.deepEqual(hosts('eth2'), ['192.0.2.2', '192.0.2.3']);
  assert.deepEqual(hosts('192.0.2.2'), ['192.0.2.2']);
  assert.deepEqual(hosts('10.0.0.2,eth1'), ['10.0.0.2', '10.0.0.1', 'fd00::2']);
  for (const what of ['192.0.2.4', 'eth3', 'tun0', 'eth0,eth3']) {
    assert.throws(() => findBindHosts(what, find), { code: 'BIND_NOT_HERE' }, what);
  }
});

void test('sockets are at the bound address, whatever was asked for', async () => {
  using binding = new Binding(['127.0.0.1'], new HandClock());
  const net = netBoundTo(openNet({ bindHosts: binding.hosts }), binding);
  const nothing = (): void => undefined;
  await using any = await net.udp({ host: '0.0.0.0', port: 0 }, nothing, signal);
  assert.equal(any.local.host, '127.0.0.1');
  const refused = { code: 'LISTEN_FAILED' };
  await assert.rejects(net.udp({ host: '::', port: 0 }, nothing, signal), refused);
  await assert.rejects(net.udp({ host: '127.0.0.2', port: 0 }, nothing, signal), refused);
  const group = { host: '0.0.0.0', port: 0, group: '239.255.77.78' };
  await assert.rejects(net.udp(group, nothing, signal), refused);
  await assert.rejects(net.listen({ host: '0.0.0.0', port: 0 }, nothing, signal), refused);
  await assert.rejects(net.dial({ host: '::1', port: 9 }, signal), { code: 'DIAL_FAILED' });
});

void test('when the address goes, connections end, and nothing is dialled or sent until it is back', async () => {
  const clock = new HandClock();
  let addresses = ['127.0.0.1'];
  using binding = new Binding(['127.0.0.1'], clock, () => ({ lo: addresses }));
  let timesBack = 0;
  using _watch = watchNetwork(binding, clock, () => (timesBack += 1));
  const net = netBoundTo(openNet({ bindHosts: binding.hosts }), binding);
  await using listener = await openNet().listen(
    { host: '127.0.0.1', port: 0 },
    (accepted) => accepted.start(nothing, nothing),
    signal,
  );
  const heard: number[] = [];
  const { promise: isHeard, resolve: hear } = Promise.withResolvers<void>();
  await using receiver = await openNet().udp(
    { host: '127.0.0.1', port: 0 },
    (batch) => {
      for (const { bytes } of batch) heard.push(bytes[0] ?? -1);
      hear();
    },
    signal,
  );
  await using sender = await net.udp({ host: '127.0.0.1', port: 0 }, nothing, signal);
  const conn = await net.dial(listener.local, signal);
  const { promise: ended, resolve: end } = Promise.withResolvers<Error | undefined>();
  conn.start(nothing, end);

  addresses = [];
  clock.turn(100);
  assert.deepEqual(binding.missing, ['127.0.0.1']);
  assert.match(String(await ended), /ADDRESS_GONE/);
  await assert.rejects(net.dial(listener.local, signal), { code: 'ADDRESS_GONE' });
  assert.equal(sender.problem?.code, 'ADDRESS_GONE');
  sender.send(Uint8Array.of(1), receiver.local);

  addresses = ['127.0.0.1'];
  clock.turn(100);
  assert.deepEqual(binding.missing, []);
  assert.equal(timesBack, 1);
  assert.equal(sender.problem, undefined);
  sender.send(Uint8Array.of(2), receiver.local);
  await isHeard;
  assert.deepEqual(heard, [2]);
  const again = await net.dial(listener.local, signal);
  again.start(nothing, nothing);
  again.close();
});

void test('a new address is told of, and one that goes is not', () => {
  const clock = new HandClock();
  let eth0: string[] = [];
  let told = 0;
  using _watch = watchNetwork(
    undefined,
    clock,
    () => (told += 1),
    () => ({ lo: ['127.0.0.1'], eth0 }),
  );
  for (const [addresses, times] of [
    [[], 0],
    [['192.0.2.1'], 1],
    [['192.0.2.1'], 1],
    [[], 1],
    [['192.0.2.1'], 2],
  ] as const) {
    eth0 = [...addresses];
    clock.turn(2_000);
    assert.equal(told, times);
  }
});

void test('a fetch that is under way when the address goes ends with it, and none begins until it is back', async () => {
  const clock = new HandClock();
  let addresses = ['192.0.2.1'];
  using binding = new Binding(['192.0.2.1'], clock, () => ({ eth0: addresses }));
  let fetches = 0;
  const never: Http = {
    fetch: async (_request, stop) => {
      fetches += 1;
      return await untilAborted(new Promise<never>(nothing), stop);
    },
  };
  const http = httpBoundTo(never, binding);
  const request = { url: 'http://192.0.2.9/', bodyLengthMax: 1, timeoutMs: 1_000 };
  const gone = { code: 'ADDRESS_GONE' };
  const fetching = assert.rejects(http.fetch(request, signal), gone);
  addresses = [];
  clock.turn(100);
  await fetching;
  await assert.rejects(http.fetch(request, signal), gone);
  assert.equal(fetches, 1);
  addresses = ['192.0.2.1'];
  clock.turn(10); // it looks again by itself, before its time
  const again = assert.rejects(http.fetch(request, signal), gone);
  assert.equal(fetches, 2);
  addresses = [];
  clock.turn(100);
  await again;
});

function nothing(): void {}

/** Turned by hand; holds the one thing that waits. */
class HandClock implements Clock {
  #now = 0;
  #waiting: { readonly when: number; readonly run: () => void } | undefined;

  now(): number {
    return this.#now;
  }

  epochNow(): number {
    return this.#now;
  }

  at(when: number, run: () => void): () => void {
    this.#waiting = { when, run };
    return () => (this.#waiting = undefined);
  }

  turn(ms: number): void {
    this.#now += ms;
    const { when, run } = this.#waiting ?? {};
    if (when !== undefined && when <= this.#now) run?.();
  }
}
