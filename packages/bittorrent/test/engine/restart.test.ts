import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab, NEVER } from './lab.ts';
import type { LabNode } from './lab.ts';

const SLOW = { bandwidth: { up: 400_000, down: 400_000 } };

/** A leech that has about half when `interrupt` ends its program, and goes on after that. */
async function resume(
  lab: Lab,
  interrupt: (leech: LabNode) => Promise<void> | void,
): Promise<LabNode> {
  const seed = await lab.seed('seed', { host: SLOW });
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.torrent.stats.have > lab.length / 2);
  await interrupt(leech);
  await lab.world.pass(3_000);
  await lab.restart(leech);
  await lab.until(() => leech.torrent.state.type === 'downloading');
  return leech;
}

async function finish(lab: Lab, leech: LabNode): Promise<void> {
  const { have } = leech.torrent.stats;
  await lab.untilSeeding(leech);
  assert.equal(leech.torrent.stats.downloaded, lab.length - have, 'only the rest is fetched');
}

test('after a stop in the middle only the rest is fetched', async () => {
  await using lab = await Lab.open({ content: 2_000_000 });
  const leech = await resume(lab, (node) => lab.run(() => node.dispose()));
  assert.ok(leech.torrent.stats.have > lab.length / 2);
  await finish(lab, leech);
});

test('after a kill in the middle what was written counts', async () => {
  await using lab = await Lab.open({ content: 2_000_000 });
  const leech = await resume(lab, ({ host }) => host.crash());
  assert.ok(leech.torrent.stats.have > lab.length / 2);
  await finish(lab, leech);
});

for (const seed of [1, 2, 3, 4]) {
  test(`after a power loss in the middle what is kept is right (seed ${seed})`, async () => {
    await using lab = await Lab.open({ content: 2_000_000, seed });
    const leech = await resume(lab, ({ host }) => host.powerLoss());
    await finish(lab, leech);
  });
}

test('what was completed is known at once after any end, and not hashed again after a stop', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  leech.host.powerLoss();
  await lab.restart(leech);
  await lab.untilSeeding(leech);
  await lab.run(() => leech.dispose());
  await lab.restart(leech);
  await lab.untilSeeding(leech);
  assert.equal(leech.torrent.stats.downloaded, 0);
});

test('a torrent that is removed and added again in one engine goes on', async () => {
  await using lab = await Lab.open({ content: 2_000_000 });
  const seed = await lab.seed('seed', { host: SLOW });
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.torrent.stats.have > lab.length / 2);
  const { have } = leech.torrent.stats;
  await lab.run(() => leech.torrent[Symbol.asyncDispose]());
  assert.equal(leech.torrent.state.type, 'closed');
  assert.equal(leech.engine.torrents.length, 0);
  const options = { useTrackers: false, peers: [seed.endpoint] };
  const again = await lab.run(() => leech.engine.add(lab.torrentFile, options));
  await lab.run(() => again.whenCompleted(NEVER));
  assert.ok(again.stats.downloaded <= lab.length - have);
  lab.assertContent(leech);
});

test('peers that come while a torrent is being closed are refused', async () => {
  await using lab = await Lab.open({ content: 2_000_000 });
  const seed = await lab.seed('seed', { host: SLOW });
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => seed.torrent.stats.uploaded > 100_000);
  const closing = seed.torrent[Symbol.asyncDispose]();
  const late = await lab.leech('late', [seed]);
  await lab.run(() => closing);
  await lab.world.pass(2_000);
  assert.equal(seed.host.openConns, 0);
  assert.equal(late.torrent.peers.length + leech.torrent.peers.length, 0);
});

test('content that somebody changed is found by a recheck, and fetched anew', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  const path = lab.pathOf();
  const [bytes] = lab.content.values();
  assert.ok(bytes);
  leech.host.disk.put(path, bytes.with(500_000, (bytes[500_000] ?? 0) ^ 1));
  const rechecked = leech.torrent.recheck(NEVER);
  await lab.run(() => rechecked);
  assert.equal(leech.torrent.state.type, 'downloading');
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertContent(leech);
  assert.equal(leech.torrent.stats.downloaded, lab.length + lab.metainfo.pieceLength);
});

test('a recheck that is given up leaves the torrent as it was', async () => {
  await using lab = await Lab.open({ content: 4_000_000 });
  const seed = await lab.seed();
  await lab.untilSeeding(seed);
  const abort = new AbortController();
  const rechecked = assert.rejects(seed.torrent.recheck(abort.signal), { name: 'AbortError' });
  await lab.until(() => seed.torrent.state.type === 'checking');
  abort.abort();
  await lab.run(() => rechecked);
  assert.equal(seed.torrent.state.type, 'seeding');
});
