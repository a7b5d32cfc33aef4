import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab, NEVER } from './lab.ts';

test('a full disk is said to be full, and the transfer goes on once there is room', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { host: { diskCapacityBytes: 500_000 } });
  await lab.until(() => leech.torrent.stats.stall?.type === 'disk-full');
  const { stall } = leech.torrent.stats;
  assert.ok(stall?.type === 'disk-full' && stall.bytesNeeded > 400_000, JSON.stringify(stall));
  assert.equal(leech.torrent.state.type, 'downloading');
  await lab.world.pass(60_000);
  assert.equal(leech.torrent.stats.stall?.type, 'disk-full');
  leech.host.disk.capacityBytes = 10_000_000;
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertContent(leech);
  assert.equal(leech.events.filter(({ type }) => type === 'disk-full').length, 1);
});

test('a disk with room for just the rest is enough', async () => {
  await using lab = await Lab.open({ content: 1_000_000, pieceLength: 262_144 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { host: { diskCapacityBytes: 900_000 } });
  await lab.until(() => leech.torrent.stats.stall?.type === 'disk-full');
  const missing = lab.length - leech.torrent.stats.have;
  assert.ok(missing < 2 * 262_144);
  leech.host.disk.capacityBytes += missing + 20_000; // resume data
  await lab.untilSeeding(leech);
});

test('a disk that fails ends the transfer with its reason', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  leech.host.disk.setReadOnly(true);
  const waiting = assert.rejects(leech.torrent.whenCompleted(NEVER), { code: 'READ_ONLY_DISK' });
  await lab.run(() => waiting);
  const { state } = leech.torrent;
  assert.ok(state.type === 'failed' && state.fault.code === 'READ_ONLY_DISK');
  await assert.rejects(leech.torrent.whenCompleted(NEVER), { code: 'READ_ONLY_DISK' });
  leech.host.disk.setReadOnly(false);
});

test('a file that is deleted under a seed is fetched again, and those who asked go on', async () => {
  await using lab = await Lab.open({ content: { 'a.bin': 300_000, 'b.bin': 300_000 } });
  const seed = await lab.seed();
  const other = await lab.seed('other');
  seed.torrent.addPeers([other.endpoint]);
  await lab.world.pass(10_000);
  assert.equal(seed.torrent.peers.length, 0, 'neither needs the other');
  await lab.run(() => seed.host.ports.disk.remove(lab.pathOf('b.bin')));
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => seed.torrent.state.type === 'downloading');
  assert.ok(seed.events.some(({ type }) => type === 'piece-lost'));
  assert.equal(other.torrent.state.type, 'seeding');
  await lab.untilSeeding(seed, leech);
});
