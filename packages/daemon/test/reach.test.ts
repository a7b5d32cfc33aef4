import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNet } from '@coequal/base/node';
import { isWithin, netWithin } from '../src/reach.ts';

void test('loopback and private addresses are told from all others', () => {
  // who connects to "any address" comes back here
  for (const host of ['127.0.0.1', '127.9.9.9', '::1', '0.0.0.0', '::']) {
    assert(isWithin(host, 'loopback') && isWithin(host, 'private'), host);
  }
  for (const host of [
    '10.1.2.3',
    '172.31.0.1',
    '192.168.1.1',
    '169.254.0.1',
    'fd00::1',
    'fe80::1',
  ]) {
    assert(!isWithin(host, 'loopback') && isWithin(host, 'private'), host);
  }
  for (const host of ['192.0.2.1', '172.32.0.1', '2001:db8::1', 'localhost', '::ffff:192.0.2.1']) {
    assert(!isWithin(host, 'private') && isWithin(host, 'anywhere'), host);
  }
});

void test('offline, nothing beyond loopback is dialled or looked up', async () => {
  const net = netWithin(openNet(), 'loopback');
  const { signal } = new AbortController();
  const outside = { code: 'OUTSIDE_REACH' };
  await assert.rejects(net.dial({ host: '192.0.2.1', port: 1 }, signal), outside);
  await assert.rejects(net.resolve('tracker.example', signal), outside);
  await assert.rejects(net.resolve('192.0.2.1', signal), outside);
  assert.deepEqual(await net.resolve('127.0.0.1', signal), ['127.0.0.1']);
});

void test('datagrams go to, and come from, what is within reach', async () => {
  const { signal } = new AbortController();
  const net = netWithin(openNet(), 'loopback');
  const { promise, resolve } = Promise.withResolvers<string>();
  await using receiver = await net.udp(
    { host: '127.0.0.1', port: 0 },
    (batch) => resolve(new TextDecoder().decode(batch[0]?.bytes)),
    signal,
  );
  await using sender = await net.udp({ host: '127.0.0.1', port: 0 }, () => undefined, signal);
  sender.send(new Uint8Array(1), { host: '192.0.2.1', port: 9 }); // dropped here
  sender.send(new TextEncoder().encode('hello'), receiver.local);
  assert.equal(await promise, 'hello');
});

void test('offline, a group is joined on loopback alone, and heard there', async () => {
  const { signal } = new AbortController();
  const net = netWithin(openNet(), 'loopback');
  const place = { host: '0.0.0.0', port: 0, group: '239.255.77.78' };
  const outside = { code: 'OUTSIDE_REACH' };
  await assert.rejects(
    net.udp(place, () => undefined, signal),
    outside,
  );
  await assert.rejects(
    net.udp({ ...place, via: '192.168.1.2' }, () => undefined, signal),
    outside,
  );
  const { promise, resolve } = Promise.withResolvers<number>();
  await using member = await net.udp(
    { ...place, via: '127.0.0.1' },
    (batch) => resolve(batch.length),
    signal,
  );
  member.send(new Uint8Array(3), { host: place.group, port: member.local.port });
  assert.equal(await promise, 1);
});

void test('within private networks a group is spoken to, though its address is not of one', async () => {
  const { signal } = new AbortController();
  const net = netWithin(openNet(), 'private');
  const { promise, resolve } = Promise.withResolvers<number>();
  await using member = await net.udp(
    { host: '0.0.0.0', port: 0, group: '239.255.77.79', via: '127.0.0.1' },
    (batch) => resolve(batch.length),
    signal,
  );
  const { port } = member.local;
  member.send(new Uint8Array(3), { host: '239.255.77.80', port }); // another group: dropped here
  member.send(new Uint8Array(3), { host: '239.255.77.79', port });
  assert.equal(await promise, 1);
});
