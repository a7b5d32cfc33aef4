import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { describe, test } from 'node:test';
import type { Datagram, Endpoint, UdpPlace } from '@coequal/base';
import { openNet } from '@coequal/base/node';
import type { SocketCalls } from '@coequal/base/node';
import { describeNet } from '../../base/test/contract/net.ts';
import { ipv6Loopback, pump } from '../../base/test/node/worlds.ts';
import { loadSocketCalls } from '../src/system-calls.ts';

const skip = process.platform === 'linux' ? false : 'these are calls of Linux';
const never = new AbortController().signal;

/** More than a socket moves before it looks for them. */
const WARMING_COUNT = 300;
const BURST = 200;
const ROUNDS = 20;

describe('sockets with calls of Linux', { skip }, () => {
  describeNet('the sockets of this machine', async () => ({
    net: openNet({ loadSocketCalls }),
    host: '127.0.0.1',
    host6: ipv6Loopback(),
    pump,
    [Symbol.asyncDispose]: async () => {},
  }));

  for (const [from, to] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::1', '::1'],
  ] as const) {
    const lacks = from !== to || from === '::1' ? ipv6Loopback() === undefined : false;
    const reason = lacks ? 'this machine has no IPv6 loopback' : false;
    void test(
      `what a busy socket at ${from} sends to ${to} arrives whole and in order`,
      {
        skip: reason,
      },
      async () => await exchange({ host: from, port: 0 }, { host: to, port: 0 }, to),
    );
  }

  void test('so it does between sockets at each address, which say where it came to', async () => {
    const place = { host: '0.0.0.0', port: 0, isEachAddress: true };
    await exchange(place, place, '127.0.0.1');
  });
});

/** Bursts of datagrams of all lengths to `toHost`, each when the one before has arrived: nothing overflows. */
async function exchange(fromPlace: UdpPlace, toPlace: UdpPlace, toHost: string): Promise<void> {
  const counts = { sendto: 0, recvfrom: 0 };
  const net = openNet({ loadSocketCalls: async () => counted(await loadSocketCalls(), counts) });
  const arrivals = new EventEmitter();
  const hash = createHash('sha1');
  const froms = new Set<string>();
  const ats = new Set<string | undefined>();
  const progress = { sent: 0, arrived: 0 };
  const onDatagrams = (batch: readonly Datagram[]): void => {
    for (const { bytes, from, at } of batch) {
      hash.update(bytes);
      froms.add(`${from.host} ${from.port}`);
      ats.add(at);
    }
    progress.arrived += batch.length;
    arrivals.emit('more');
  };
  await using receiver = await net.udp(toPlace, onDatagrams, never);
  await using sender = await net.udp(fromPlace, () => {}, never);
  const to: Endpoint = { host: toHost, port: receiver.local.port };
  const expected = createHash('sha1');
  const send = (length: number): void => {
    const bytes = new Uint8Array(length).fill(progress.sent);
    expected.update(bytes);
    sender.send(bytes, to);
    progress.sent += 1;
  };
  const settle = async (): Promise<void> => {
    while (progress.arrived < progress.sent) await once(arrivals, 'more');
  };
  for (let i = 0; i < WARMING_COUNT; i += 10) {
    for (let k = 0; k < 10; k++) send(100);
    await settle();
  }
  while (counts.sendto === 0) {
    send(100);
    await settle();
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < BURST; i++) send(i % 50 === 49 ? 1 + round : 1_400 - round);
    await settle();
  }
  assert.equal(hash.digest('hex'), expected.digest('hex'));
  const source = fromPlace.host === '::1' ? '::1' : '127.0.0.1';
  assert.deepEqual([...froms], [`${source} ${sender.local.port}`]);
  assert.deepEqual([...ats], [toPlace.isEachAddress ? toHost : undefined]);
  assert.ok(counts.sendto < (ROUNDS * BURST) / 2, `${counts.sendto} calls`);
  assert.ok(counts.recvfrom > 0);
}

function counted(
  calls: SocketCalls | undefined,
  counts: { sendto: number; recvfrom: number },
): SocketCalls {
  assert.ok(calls !== undefined, 'koffi is installed');
  return {
    setsockopt: calls.setsockopt,
    sendto(...args) {
      counts.sendto += 1;
      return calls.sendto(...args);
    },
    recvfrom(...args) {
      const length = calls.recvfrom(...args);
      if (length >= 0) counts.recvfrom += 1;
      return length;
    },
  };
}
