import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab, NEVER } from './lab.ts';

// pieces of 32 KiB: the ends of b share pieces with a and c
const CONTENT = { 'a.bin': 100_000, 'b.bin': 100_001, 'c.bin': 200_000, 'd.bin': 50_000 };

function isB(path: string): boolean {
  return path === 'b.bin';
}

test('files that are not selected are never created', async () => {
  await using lab = await Lab.open({ content: CONTENT });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { add: { select: isB } });
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertFile(leech, lab.pathOf('b.bin'));
  const paths = leech.host.disk.paths();
  for (const name of ['a.bin', 'c.bin', 'd.bin']) {
    assert.ok(!paths.includes(lab.pathOf(name)), `${name} was created`);
  }
  assert.equal(leech.torrent.stats.total, CONTENT['b.bin']);
  assert.equal(leech.torrent.stats.have, CONTENT['b.bin']);
  assert.ok(leech.torrent.stats.downloaded <= CONTENT['b.bin'] + 2 * lab.metainfo.pieceLength);
});

test('files selected later are fetched, and nothing is fetched twice', async () => {
  await using lab = await Lab.open({ content: CONTENT });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { add: { select: isB } });
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  await lab.run(() => leech.torrent.select(new Set([0, 1, 2, 3])));
  assert.equal(leech.torrent.state.type, 'downloading');
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertContent(leech);
  assert.equal(leech.torrent.stats.downloaded, lab.length);
});

test('a selection made while the content is checked counts', async () => {
  await using lab = await Lab.open({ content: CONTENT });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { add: { select: isB } });
  assert.equal(leech.torrent.state.type, 'checking');
  await lab.run(() => leech.torrent.select(new Set([3])));
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertFile(leech, lab.pathOf('d.bin'));
  assert.ok(!leech.host.disk.paths().includes(lab.pathOf('b.bin')));
  assert.deepEqual([...leech.torrent.wantedFiles], [3]);
});

test('a file deselected in the middle is fetched no further', async () => {
  await using lab = await Lab.open({ content: { 'a.bin': 2_000_000, 'b.bin': 100_000 } });
  const seed = await lab.seed('seed', { host: { bandwidth: { up: 200_000, down: 200_000 } } });
  const leech = await lab.leech('leech', [seed]);
  await lab.until(() => leech.torrent.stats.have > 100_000);
  await lab.run(() => leech.torrent.select(new Set([1])));
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  const { downloaded } = leech.torrent.stats;
  assert.ok(downloaded < 1_500_000, `${downloaded} bytes were fetched`);
  lab.assertFile(leech, lab.pathOf('b.bin'));
  await lab.world.pass(10_000);
  assert.equal(leech.torrent.stats.downloaded, downloaded);
});

test('one who has a part that it wants no more of leaves seeds and serves leechers', async () => {
  await using lab = await Lab.open({ content: CONTENT });
  const seed = await lab.seed();
  const part = await lab.leech('part', [seed], { add: { select: isB } });
  await lab.run(() => part.torrent.whenCompleted(NEVER));
  await lab.until(() => part.torrent.peers.length === 0);
  const leech = await lab.leech('leech', [part], { add: { select: isB } });
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertFile(leech, lab.pathOf('b.bin'));
});

test('a selection of nothing that is there is refused when a torrent is added', async () => {
  await using lab = await Lab.open({ content: CONTENT });
  const leech = await lab.leech('leech', [], { add: { select: () => false } });
  const failed = assert.rejects(leech.torrent.whenCompleted(NEVER), { code: 'NOTHING_SELECTED' });
  await lab.run(() => failed);
  assert.equal(leech.torrent.state.type, 'failed');
});
