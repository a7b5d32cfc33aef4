/** What is told of each source of peers, on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceState } from '../../src/core/swarm/peer-source.ts';
import { Lab } from './lab.ts';

const MINUTE = 60_000;
const DISCOVERY = { engine: { discovery: { isPrivateNetwork: true } } };

function waitOf(state: SourceState): number {
  assert.ok('nextInMs' in state && state.nextInMs !== undefined, state.type);
  return state.nextInMs;
}

test('each source says whether it looks, when it does so next, and what is wrong with it', async () => {
  await using lab = await Lab.open({ content: 100_000 });
  const leech = await lab.leech('leech', [], { ...DISCOVERY, host: { lan: 'home' } });
  assert.deepEqual(leech.torrent.stats.sources.lsd.state, { type: 'off', why: 'not-yet' });
  await lab.until(() => leech.torrent.stats.sources.lsd.state.type === 'asking');
  const first = leech.torrent.stats.sources;
  assert.deepEqual(first.tracker.state, { type: 'off', why: 'switched-off' });
  assert.deepEqual(first.magnet.state, { type: 'off', why: 'none-named' });
  await lab.world.pass(MINUTE);
  const { lsd, dht, pex, incoming } = leech.torrent.stats.sources;
  assert.ok(waitOf(lsd.state) > 3 * MINUTE && waitOf(lsd.state) <= 4 * MINUTE + 1_000);
  assert.equal(dht.state.type, 'failed', 'it knows no node');
  assert.equal(dht.nodes, 0);
  assert.ok(waitOf(dht.state) > 0);
  for (const { state } of [pex, incoming])
    assert.deepEqual(state, { type: 'working', nextInMs: undefined });
});

test('what a source gave is counted to the bytes, also when its peers have left', async () => {
  await using lab = await Lab.open({ content: 500_000 });
  const seed = await lab.seed('seed', { ...DISCOVERY, host: { lan: 'home' } });
  const contact = { discovery: { isPrivateNetwork: true, dhtBootstrap: [seed.endpoint] } };
  const leech = await lab.leech('leech', [], { engine: contact, host: { lan: 'home' } });
  await lab.untilSeeding(leech);
  await lab.world.pass(2 * MINUTE);
  const { sources, peers, downloaded } = leech.torrent.stats;
  assert.equal(peers, 0, 'two seeds have nothing for each other');
  const all = Object.values(sources);
  assert.equal(
    all.reduce((sum, source) => sum + source.downloaded, 0),
    downloaded,
  );
  const giver = all.find((source) => source.downloaded > 0);
  assert.ok(giver !== undefined && giver.given >= 1 && giver.dialled >= 1 && giver.links >= 1);
  assert.equal(giver.connected, 0);
  assert.equal(sources.dht.state.type, 'working');
  assert.ok((sources.dht.nodes ?? 0) >= 1);
});

test('of a private torrent it is said that nobody else is asked, and without a listener that nobody can come', async () => {
  await using lab = await Lab.open({ content: 100_000, isPrivate: true });
  const leech = await lab.leech('leech', [], {
    engine: { ...DISCOVERY.engine, port: false },
    host: { lan: 'home' },
  });
  const { lsd, dht, pex, incoming } = leech.torrent.stats.sources;
  for (const { state } of [lsd, dht, pex]) assert.deepEqual(state, { type: 'off', why: 'private' });
  assert.deepEqual(incoming.state, { type: 'off', why: 'not-listening' });
});
