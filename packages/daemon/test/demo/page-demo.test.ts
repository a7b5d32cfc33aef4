// The demo that the page offers: what it tells, that it ends, and that nothing of it is left.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Demo } from '@coequal/contract';
import { PageDemo } from '../../src/demo/page-demo.ts';
import type { RunningPeer } from '../../src/peer/running-peer.ts';
import { openPeer } from '../api/peer-in-test.ts';
import { temporaryFolder } from '../temporary-folder.ts';

async function demoWhere(peer: RunningPeer, suits: (demo: Demo) => boolean): Promise<Demo> {
  for (;;) {
    const demo = peer.demo.report; // to ask so often is refused
    if (suits(demo)) return demo;
    assert.notEqual(demo.state, 'failed');
    await setImmediate();
  }
}

test('it shares a folder among peers on this computer, compares all copies, and leaves nothing', async () => {
  await using opened = await openPeer();
  const { client, folder, peer } = opened;
  assert.equal((await client.call('showDemo', {})).state, 'off');
  assert.equal((await client.call('beginDemo', {})).state, 'making');
  await assert.rejects(client.call('beginDemo', {}), { code: 'NOT_POSSIBLE_NOW' });
  const states = new Set<string>();
  const demo = await demoWhere(peer, ({ state }) => states.add(state) && state === 'done');
  assert.ok(states.has('sharing'), [...states].join());
  assert.deepEqual(await client.call('showDemo', {}), demo);
  assert.equal(demo.peers.length, 5);
  for (const { isSeed, have, total, taken } of demo.peers) {
    assert.equal(have, total);
    assert.ok(isSeed ? taken === 0 : taken >= demo.size);
  }
  assert.ok((demo.passedOn ?? 0) > 0, 'peers gave to each other');
  assert.equal(existsSync(folder.at('home/demo')), false);
  // it is no transfer, and no answer to the first-run page
  assert.deepEqual((await client.call('listTransfers', { query: {} })).changed, []);
  assert.equal((await client.call('showStatus', {})).isSetUp, false);
});

test('it is cancelled in the middle, leaves nothing, and may begin anew', async () => {
  await using opened = await openPeer();
  const { client, folder, peer } = opened;
  await client.call('beginDemo', {});
  await demoWhere(peer, ({ peers }) => peers.some(({ have, isSeed }) => !isSeed && have > 0));
  assert.equal((await client.call('cancelDemo', {})).state, 'cancelled');
  assert.equal(existsSync(folder.at('home/demo')), false);
  assert.equal((await client.call('beginDemo', {})).state, 'making');
  // the peer stops while it runs
});

test('what one that was killed has left is removed by the next start', async () => {
  using folder = temporaryFolder();
  const left = folder.at('demo');
  mkdirSync(left);
  writeFileSync(join(left, 'x'), 'x');
  {
    await using _demo = new PageDemo(left, (bug) => assert.fail(String(bug)));
  }
  assert.equal(existsSync(left), false);
});
