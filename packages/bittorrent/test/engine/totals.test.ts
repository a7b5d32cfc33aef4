import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';

test('what was given and fetched, and for how long, is counted over restarts', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed('seed', { add: { trust: false } });
  const leech = await lab.leech('leech', [seed]);
  assert.equal(leech.torrent.stats.ratio, undefined);
  await lab.untilSeeding(leech);
  await lab.world.pass(100_000);
  const { stats } = leech.torrent;
  assert.equal(stats.allTimeDownloaded, lab.length);
  assert.ok(stats.seedingSeconds >= 100 && stats.activeSeconds >= stats.seedingSeconds);
  await lab.run(() => leech.dispose());
  await lab.world.pass(1_000_000);
  await lab.restart(leech);
  const second = await lab.leech('second', [leech]);
  await lab.untilSeeding(second);
  const after = leech.torrent.stats;
  assert.deepEqual([after.downloaded, after.allTimeDownloaded], [0, lab.length]);
  assert.equal(after.allTimeUploaded, after.uploaded);
  assert.ok(after.uploaded >= lab.length && after.ratio === after.uploaded / lab.length);
  assert.ok(after.activeSeconds >= stats.activeSeconds && after.activeSeconds < 1_000);
  assert.equal(seed.torrent.stats.ratio, seed.torrent.stats.uploaded / lab.length);
});

test('a seed that crashes has lost ten minutes of what it counted at most', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed('seed', { add: { trust: false } });
  await lab.untilSeeding(await lab.leech('leech', [seed]));
  const { allTimeUploaded } = seed.torrent.stats;
  assert.ok(allTimeUploaded >= lab.length);
  await lab.world.pass(10 * 60_000);
  seed.host.crash();
  await lab.restart(seed);
  await lab.until(() => seed.isSeeding);
  assert.equal(seed.torrent.stats.allTimeUploaded, allTimeUploaded);
});

test('an engine tells what it does in all, and who reached it', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed('seed', { host: { bandwidth: { up: 200_000, down: 200_000 } } });
  const near = await lab.leech('near', [seed]);
  await lab.until(() => near.torrent.stats.have > 200_000);
  const { stats } = near.engine;
  assert.ok(stats.downRate > 0 && stats.memory.pieces > 0);
  assert.ok(stats.memory.pieces <= stats.memory.piecesMax);
  const { downRate: _r, downloaded, memory: _m, ...rest } = stats;
  assert.deepEqual(rest, {
    torrents: 1,
    upRate: 0,
    uploaded: 0,
    wasted: 0,
    connections: 1,
    connectionsMax: 300,
    port: 6881,
    transport: 'both',
    reachedFrom: 'nowhere',
    dht: undefined,
    answers: {
      dials: { ended: 1, timedOut: 0 },
      dhtQueries: { ended: 0, timedOut: 0 },
    },
    handlesMax: 364,
  });
  assert.equal(downloaded, near.torrent.stats.downloaded);
  assert.equal(seed.engine.stats.reachedFrom, 'nearby');
  const far = await lab.leech('far', [seed], { host: { address: '203.0.113.9' } });
  await lab.until(() => far.torrent.peers.length > 0);
  assert.equal(seed.engine.stats.reachedFrom, 'internet');
  await lab.untilSeeding(near, far);
  const { uploaded } = seed.engine.stats;
  await lab.run(() => seed.torrent[Symbol.asyncDispose]());
  assert.equal(seed.engine.stats.uploaded, uploaded);
  assert.equal(seed.engine.stats.torrents, 0);
});
