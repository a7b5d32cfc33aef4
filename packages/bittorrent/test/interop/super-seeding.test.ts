/** Super-seeding (BEP 16) with libtorrent: ours to its leeches, and its to ours, who know each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSameContent, makeContent } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';
import type { LinePeer } from './peers/line-peer.ts';

const { skip } = libtorrent;
const LENGTH = 3 << 20;
/** Bytes per second: a seed that is faster than its peers pass on has nothing to save. */
const UPLOAD_LIMIT = 1_000_000;

/** Starts each so that it dials those before it. */
async function startLeeches(
  count: number,
  start: (peers: readonly number[], index: number) => Promise<LinePeer>,
): Promise<readonly LinePeer[]> {
  const leeches: LinePeer[] = [];
  for (let index = 0; index < count; index++) {
    const peers = leeches.map(({ port }) => port);
    leeches.push(await start(peers, index));
  }
  return leeches;
}

test('we super-seed to three leeches of libtorrent', { skip, timeout: 120_000 }, async (t) => {
  await using content = await makeContent({ files: new Map([['file.bin', LENGTH]]) });
  const { torrent, directory } = content;
  await using stack = new AsyncDisposableStack();
  const folders = [await content.folder(), await content.folder(), await content.folder()];
  const leeches = await startLeeches(folders.length, async (peers, index) => {
    const job = { torrent, directory: folders[index] ?? '', peers };
    return stack.use(await libtorrent.leech(job, t.signal));
  });
  const flags = ['--super-seed', '--up-limit', String(UPLOAD_LIMIT)];
  const peers = leeches.map(({ port }) => port);
  await using seed = await seedOurs({ torrent, directory, peers, flags }, t.signal);
  await Promise.all(leeches.map((leech) => leech.whenComplete()));
  for (const folder of folders) assertSameContent(folder, directory);
  const copies = Number((await seed.summary())['uploaded']) / LENGTH;
  t.diagnostic(`copies sent by the seed: ${copies.toFixed(3)}`);
  assert.ok(copies >= 1 && copies < 1.6, `${copies} copies`);
});

test('libtorrent super-seeds to two of ours', { skip, timeout: 120_000 }, async (t) => {
  await using content = await makeContent({ files: new Map([['file.bin', LENGTH]]) });
  const { torrent, directory } = content;
  await using stack = new AsyncDisposableStack();
  const job = { torrent, directory, uploadLimit: UPLOAD_LIMIT, isSuperSeed: true };
  const seed = stack.use(await libtorrent.seedTrusting(job, t.signal));
  const folders = [await content.folder(), await content.folder()];
  const leeches = await startLeeches(folders.length, async (peers, index) => {
    const ours = { torrent, directory: folders[index] ?? '', peers: [seed.port, ...peers] };
    return stack.use(await getOurs(ours, t.signal));
  });
  await Promise.all(leeches.map((leech) => leech.whenComplete()));
  for (const folder of folders) assertSameContent(folder, directory);
  const copies = Number((await seed.summary())['uploaded']) / LENGTH;
  t.diagnostic(`copies sent by the seed: ${copies.toFixed(3)}`);
  assert.ok(copies >= 1, `${copies} copies`);
});
