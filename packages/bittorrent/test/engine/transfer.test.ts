import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinPath, LocalFault } from '@coequal/base';
import { createTorrent } from '../../src/io/create-torrent.ts';
import { DOWNLOADS, Lab, LIMIT_MS, NEVER } from './lab.ts';
import { listenAsSeed } from './raw-peer.ts';

for (const version of ['v1', 'v2', 'hybrid'] as const) {
  test(`a ${version} torrent passes from a seed over one leech to another`, async () => {
    await using lab = await Lab.open({ content: 300_001, version });
    const seed = await lab.seed();
    const first = await lab.leech('first', [seed]);
    const second = await lab.leech('second', [first]);
    await lab.untilSeeding(first, second);
    assert.equal(seed.torrent.stats.uploaded, lab.length);
    assert.equal(first.torrent.stats.downloaded, lab.length);
    assert.equal(first.torrent.stats.wasted, 0);
  });
}

test('folders, empty files and files within one piece arrive as they were', async () => {
  await using lab = await Lab.open({
    content: { 'a/b/c.txt': 10, 'a/empty': 0, 'a/d.bin': 70_000, 'übung.txt': 1, 'z.bin': 40_000 },
  });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  await lab.untilSeeding(leech);
  assert.deepEqual(
    leech.torrent.fileProgress,
    lab.metainfo.files.map(({ length }) => length),
  );
});

test('in sequential mode blocks are asked for from front to back', async () => {
  await using lab = await Lab.open({ content: 1_000_000 });
  const host = lab.world.host('fake');
  const asked: number[] = [];
  const answer = (block: { piece: number; begin: number; length: number }) => {
    asked.push(block.piece * lab.metainfo.pieceLength + block.begin);
    return [lab.blockOf(block)];
  };
  await lab.run(() => listenAsSeed({ host, infoHash: lab.infoHash, answer }));
  const leech = await lab.leech('leech', [{ host: host.address, port: 6881 }], {
    add: { sequential: true },
  });
  await lab.untilSeeding(leech);
  assert.equal(asked.length, Math.ceil(lab.length / 16_384));
  assert.deepEqual(
    asked,
    asked.toSorted((a, b) => a - b),
  );
});

test('two torrents in one engine do not disturb each other', async () => {
  await using lab = await Lab.open({ content: 400_000 });
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed]);
  const other = lab.world.random.bytes(200_000);
  const path = joinPath(DOWNLOADS, 'other');
  seed.host.disk.put(path, other);
  const { ports } = seed.host;
  const second = await lab.run(async () => {
    const file = await createTorrent({ path: path, version: 'v1' }, ports, NEVER);
    await seed.engine.add(file, { trust: true, useTrackers: false });
    return leech.engine.add(file, { useTrackers: false, peers: [seed.endpoint] });
  });
  await lab.run(() => second.whenCompleted(NEVER));
  await lab.untilSeeding(leech);
  assert.deepEqual(leech.host.disk.content(path), other);
  assert.deepEqual(
    leech.engine.torrents.map(({ name }) => name),
    ['content', 'other'],
  );
});

test('a torrent is added once, under any of its names, and again after it was closed', async () => {
  await using lab = await Lab.open({ content: 50_000, version: 'hybrid' });
  const leech = await lab.leech('leech');
  const magnet = `magnet:?xt=urn:btih:${lab.metainfo.infoHash}`;
  for (const source of [lab.torrentFile, magnet]) {
    await assert.rejects(
      () => leech.engine.add(source),
      (error) => error instanceof LocalFault && error.code === 'ALREADY_ADDED',
    );
  }
  await lab.run(() => leech.torrent[Symbol.asyncDispose]());
  await lab.run(() => leech.engine.add(magnet));
});

test('what is no torrent is refused', async () => {
  await using lab = await Lab.open({ content: 50_000 });
  const { engine } = await lab.leech('leech');
  const codes = { 'file:///x.torrent': 'BAD_SOURCE', 'magnet:?dn=x': 'BAD_MAGNET' };
  for (const [source, code] of Object.entries(codes)) {
    await assert.rejects(() => engine.add(source), { code });
  }
  await assert.rejects(() => engine.add(new Uint8Array([1, 2, 3])), { name: 'PeerFault' });
  assert.equal(engine.torrents.length, 1);
});

test('a torrent file is fetched from the web, and its address may be wrong', async () => {
  await using lab = await Lab.open({ content: 50_000 });
  lab.world.serveHttp('http://web.test', ({ url }) =>
    url.pathname === '/x' ? { body: lab.torrentFile } : { status: 404, body: new Uint8Array(0) },
  );
  const seed = await lab.seed();
  const leech = await lab.leech('leech', [seed], { source: 'http://web.test/x' });
  await lab.untilSeeding(leech);
  const missing = (): Promise<unknown> =>
    assert.rejects(() => leech.engine.add('http://web.test/y'), { code: 'HTTP_FAILED' });
  await lab.world.run(missing, LIMIT_MS);
});
