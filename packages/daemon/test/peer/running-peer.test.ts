import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { RunningPeer } from '../../src/peer/running-peer.ts';
import { openPeer } from '../api/peer-in-test.ts';
import { fault } from '../faults.ts';

async function untilFiles(peer: RunningPeer, state: string): Promise<void> {
  while (peer.status.services[0]?.state !== state) await setImmediate();
}

void test('nothing listens but the page until the first-run page is answered', async () => {
  await using opened = await openPeer();
  const { peer, client } = opened;
  assert.equal(peer.status.services[0]?.state, 'waiting');
  const before = await client.call('showReach', {});
  assert.deepEqual(
    before.listening.map(({ what }) => what),
    ['page'],
  );
  await client.call('setUp', { body: { hasConsented: true } });
  await untilFiles(peer, 'running');
  const { listening } = await client.call('showReach', {});
  assert.deepEqual(
    listening.map(({ what }) => what),
    ['page', 'peers-tcp', 'peers-udp'],
  );
  assert.ok(listening.every(({ from }) => from === 'this-computer'));
});

void test('a bug is written down with its stack and restarts what carries files; the peer goes on', async () => {
  await using opened = await openPeer();
  const { peer, folder } = opened;
  peer.setUp();
  await untilFiles(peer, 'running');
  peer.bug(new TypeError('x is not a function'));
  await untilFiles(peer, 'failed');
  assert.equal((await opened.ask('GET', '/healthz')).status, 503);
  assert.equal(peer.stopSignal.aborted, false);
  peer.supervisor.restart('files');
  await untilFiles(peer, 'running');
  await peer[Symbol.asyncDispose]();
  const log = readFileSync(folder.at('home', 'logs', 'peer.log'), 'utf8');
  assert.match(log, /"stack":"TypeError: x is not a function\\n +at /);
});

void test('bugs that come again and again end the peer', async () => {
  await using opened = await openPeer();
  const { peer } = opened;
  for (let count = 0; count < 4; count += 1) peer.bug(new Error('again'));
  assert.equal(peer.stopSignal.aborted, false);
  peer.bug(new Error('again'));
  assert.ok(fault('TOO_MANY_BUGS', { count: 5 })(peer.stopSignal.reason));
});

void test('a change of the port tries a service that waits after a failure at once', async () => {
  await using opened = await openPeer();
  const { peer } = opened;
  await using other = await openPeer();
  other.peer.setUp();
  await untilFiles(other.peer, 'running');
  peer.settings.change({ values: { listenPort: other.peer.port ?? 0 } });
  peer.setUp();
  await untilFiles(peer, 'failed');
  assert.equal(peer.status.services[0]?.problem?.code, 'ADDRESS_IN_USE');
  peer.settings.change({ values: { listenPort: 0 } });
  await untilFiles(peer, 'running');
});
