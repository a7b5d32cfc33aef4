import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHash } from 'node:crypto';
import { encodeMetainfo } from '../../src/core/metainfo/metainfo-build.ts';
import { parseMetainfo } from '../../src/core/metainfo/metainfo-parse.ts';
import { listenAsSeed } from './raw-peer.ts';
import { Lab, NEVER, PORT } from './lab.ts';
import type { LabNode } from './lab.ts';

function magnetOf(lab: Lab, peer?: LabNode): string {
  const { infoHash, infoHashV2 } = lab.metainfo;
  const topic = infoHash === undefined ? `urn:btmh:1220${infoHashV2}` : `urn:btih:${infoHash}`;
  return `magnet:?xt=${topic}${peer ? `&x.pe=${peer.host.address}:${PORT}` : ''}`;
}

test('a magnet that names a peer fetches the metadata from it, then the content', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [], { source: magnetOf(lab, seed) });
  assert.equal(leech.torrent.state.type, 'fetching-metadata');
  await lab.run(() => leech.torrent.whenMetadata(NEVER));
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertContent(leech);
  const types = leech.events.map(({ type }) => type).filter((type) => !type.startsWith('peer'));
  assert.deepEqual(types, ['metadata', 'checked', 'completed']);
});

test('metadata of many pieces is fetched whole', async () => {
  const content = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`file-${i}.bin`, 10]));
  await using lab = await Lab.open({ content });
  assert.ok(lab.metainfo.infoBytes.length > 2 * 16_384);
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { source: magnetOf(lab) });
  await lab.run(() => leech.torrent.whenMetadata(NEVER));
  assert.deepEqual(leech.torrent.metainfo?.infoBytes, lab.metainfo.infoBytes);
});

test('a magnet that is started again finds its metadata in the resume data', async () => {
  await using lab = await Lab.open({ content: 500_000 });
  const slow = { bandwidth: { up: 100_000, down: 100_000 } };
  const seed = await lab.seed('seed', { host: slow });
  const leech = await lab.leech('leech', [seed], { source: magnetOf(lab) });
  await lab.until(() => leech.torrent.stats.have > 100_000);
  await lab.run(() => leech.dispose());
  await lab.run(() => seed.dispose());
  await lab.restart(leech);
  await lab.run(() => leech.torrent.whenMetadata(NEVER)); // with nobody to ask
  await lab.until(() => leech.torrent.state.type === 'downloading');
  assert.ok(leech.torrent.stats.have > 100_000);
  await lab.restart(seed);
  await lab.untilSeeding(leech);
});

test('who has just got the metadata passes it on to peers that lack it too', async () => {
  await using lab = await Lab.open({ content: 300_000 });
  const seed = await lab.seed();
  const last = await lab.leech('last', [], { source: magnetOf(lab) });
  const middle = await lab.leech('middle', [last], { source: magnetOf(lab) });
  await lab.until(() => middle.torrent.peers.length === 1);
  await lab.world.pass(5_000); // both have said that they lack it
  middle.torrent.addPeers([seed.endpoint]);
  await lab.untilSeeding(middle, last);
});

test('a magnet selects files by their numbers', async () => {
  await using lab = await Lab.open({ content: { 'a.bin': 40_000, 'b.bin': 40_000, 'c.bin': 9 } });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { source: `${magnetOf(lab)}&so=1` });
  await lab.run(() => leech.torrent.whenCompleted(NEVER));
  lab.assertFile(leech, lab.pathOf('b.bin'));
  assert.ok(!leech.host.disk.paths().includes(lab.pathOf('a.bin')));
});

test('whoever waits for metadata is told why there is none', async () => {
  await using lab = await Lab.open({ content: 50_000 });
  const leech = await lab.leech('leech', [], { source: magnetOf(lab) });
  await lab.world.pass(1_000);
  assert.deepEqual(leech.torrent.stats.stall, { type: 'no-sources' });
  const other = await lab.leech('other', [leech], { source: magnetOf(lab) });
  await lab.world.pass(5_000);
  assert.deepEqual(other.torrent.stats.stall, { type: 'waiting-for-metadata', peers: 1 });
});

test('what a magnet fetched can be saved as a torrent file of its own', async () => {
  const tracker = 'http://tracker.test/announce';
  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    await using lab = await Lab.open({ content: { long: 200_000, short: 10 }, version });
    const seed = await lab.seed();
    const both = version === 'hybrid' ? `&xt=urn:btmh:1220${lab.metainfo.infoHashV2}` : '';
    const source = `${magnetOf(lab, seed)}${both}&ws=http%3A%2F%2Fweb.test%2F&tr=http%3A%2F%2Fgone.test%2F`;
    const leech = await lab.leech('leech', [], { source });
    assert.equal(leech.torrent.encodeTorrent(), undefined);
    leech.torrent.setTrackers([[tracker]]);
    await lab.untilSeeding(leech);
    await lab.until(() => leech.torrent.encodeTorrent() !== undefined);
    const file = leech.torrent.encodeTorrent() ?? new Uint8Array();
    const parsed = parseMetainfo(file, (bytes, kind) => createHash(kind).update(bytes).digest());
    const { createdBy: _, ...expected } = lab.metainfo;
    const webSeeds = ['http://web.test/'];
    assert.deepEqual(parsed, { ...expected, webSeeds, trackers: [[tracker]] });
    const again = await lab.leech('again', [seed], { source: file });
    await lab.untilSeeding(again);
  }
});

test('a hybrid whose piece layers nobody gives is no torrent file yet', async () => {
  await using lab = await Lab.open({ content: 200_000, version: 'hybrid' });
  const host = lab.world.host('fake');
  await lab.run(() =>
    listenAsSeed({ host, infoHash: lab.infoHash, answer: (block) => [lab.blockOf(block)] }),
  );
  const { infoBytes, pieceRoots: _, ...rest } = lab.metainfo;
  const bare = encodeMetainfo({ ...rest, infoBytes });
  const leech = await lab.leech('leech', [{ host: host.address, port: PORT }], { source: bare });
  await lab.untilSeeding(leech);
  assert.equal(leech.torrent.encodeTorrent(), undefined);
});
