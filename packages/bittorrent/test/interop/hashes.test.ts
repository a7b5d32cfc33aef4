/** Hash trees of BEP 52 over the wire: magnet links of v2 and of both, between our command and libtorrent. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decodeBencode, BencodeDictionary, encodeBencode } from '../../src/core/bencode.ts';
import { openPorts } from '@coequal/base/node';
import { Engine } from '../../src/engine.ts';
import type { Torrent } from '../../src/torrent.ts';
import { decodeResumeData } from '../../src/core/resume-data.ts';
import { assertSameContent, makeContent } from './content.ts';
import type { Content } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';

/** Layers of one run, of several runs with proofs, and none; two files alike. */
const FILES = new Map([
  ['a.bin', 3_000_001],
  ['b/many pieces', 16_384 * 1_300 + 5],
  ['b/one block', 9_000],
  ['b/exact', 16_384 * 4],
  ['c', 0],
]);
const limits = { skip: libtorrent.skip, timeout: 120_000 };

function contentOf(version: 'v2' | 'hybrid'): Promise<Content> {
  return makeContent({ files: FILES, name: 'content', version, pieceLength: 16_384 });
}

for (const version of ['v2', 'hybrid'] as const) {
  describe(`a magnet link of ${version}`, { concurrency: 3 }, () => {
    test('brings the piece layers and the content from libtorrent', limits, async ({ signal }) => {
      await using content = await contentOf(version);
      const { torrent, magnet, metainfo, directory } = content;
      await using seed = await libtorrent.seed({ torrent, directory }, signal);
      const ours = await content.folder();
      const job = { torrent: magnet, directory: ours, peers: [seed.port] };
      await using leech = await getOurs(job, signal);
      await leech.whenComplete();
      assertSameContent(ours, directory);
      await leech.process.stop();
      assert.deepEqual(storedRoots(leech.process.home), metainfo.pieceRoots);
    });

    test('brings the piece layers and the content to libtorrent', limits, async ({ signal }) => {
      await using content = await contentOf(version);
      const { torrent, magnet, directory } = content;
      await using seed = await seedOurs({ torrent, directory }, signal);
      const theirs = await content.folder();
      const job = { torrent: magnet, directory: theirs, peers: [seed.port] };
      await using leech = await libtorrent.leech(job, signal);
      await leech.whenComplete();
      assertSameContent(theirs, directory);
    });

    test('goes on from a peer of ours that has fetched it', limits, async ({ signal }) => {
      await using content = await contentOf(version);
      const { torrent, magnet, directory } = content;
      await using seed = await libtorrent.seed({ torrent, directory }, signal);
      const ours = await content.folder();
      const middle = {
        torrent: magnet,
        directory: ours,
        peers: [seed.port],
        flags: ['--seed-time', '5'],
      };
      await using relay = await getOurs(middle, signal);
      await relay.process.whenEvent('complete');
      await seed.process.stop();
      const theirs = await content.folder();
      const job = { torrent: magnet, directory: theirs, peers: [relay.port] };
      await using leech = await libtorrent.leech(job, signal);
      await leech.whenComplete();
      assertSameContent(theirs, directory);
    });
  });
}

test(
  'a torrent file without its piece layers gets them from libtorrent',
  limits,
  async ({ signal }) => {
    await using content = await contentOf('v2');
    const { torrent, directory } = content;
    const bare = join(await content.folder(), 'bare.torrent');
    writeFileSync(bare, withoutLayers(readFileSync(torrent)));
    await using seed = await libtorrent.seed({ torrent, directory }, signal);
    const ours = await content.folder();
    await using leech = await getOurs(
      { torrent: bare, directory: ours, peers: [seed.port] },
      signal,
    );
    await leech.whenComplete();
    assertSameContent(ours, directory);
  },
);

for (const isDialled of [false, true]) {
  const who = isDialled ? 'libtorrent dials us' : 'we dial libtorrent';
  test(`a hybrid goes on as v2 when ${who}`, limits, async ({ signal }) => {
    await using content = await contentOf('hybrid');
    const { torrent, magnet, directory } = content;
    await using ports = openPorts();
    const downloadDirectory = isDialled ? directory : await content.folder();
    await using engine = await Engine.open(
      { downloadDirectory, addresses: ['127.0.0.1'], port: 0, discovery: false },
      ports,
    );
    const source = isDialled ? readFileSync(torrent) : magnet;
    const ours = await engine.add(source, { trust: true, useTrackers: false });
    const opened = whenOpened(ours, signal);
    if (isDialled) {
      assert.ok(engine.port !== undefined);
      const job = { torrent: magnet, directory: await content.folder(), peers: [engine.port] };
      await using leech = await libtorrent.leech(job, signal);
      assert.ok(await opened);
      await leech.whenComplete();
    } else {
      await using seed = await libtorrent.seed({ torrent, directory }, signal);
      ours.addPeers([{ host: '127.0.0.1', port: seed.port }]);
      assert.ok(await opened);
      await ours.whenCompleted(signal);
    }
  });
}

/** Resolves with the first peer: whether it is one of v2. */
async function whenOpened(torrent: Torrent, signal: AbortSignal): Promise<boolean> {
  for await (const event of torrent.events(signal)) {
    if (event.type === 'peer-opened') return [...torrent.swarm.links()][0]?.isV2 === true;
  }
  return false;
}

function withoutLayers(torrent: Uint8Array): Uint8Array {
  const outer = decodeBencode(torrent, { lengthMax: 1e7, depthMax: 20, countMax: 10_000 });
  assert.ok(outer instanceof BencodeDictionary);
  return encodeBencode({ info: outer.dictionary('info') });
}

/** What the resume data of the only torrent say. */
function storedRoots(home: string): Uint8Array | undefined {
  const folder = join(home, 'coequal', 'resume');
  const name = readdirSync(folder).find((file) => file.endsWith('.resume'));
  assert.ok(name !== undefined, 'there are resume data');
  const bytes = readFileSync(join(folder, name));
  const data = decodeResumeData(bytes, (part, kind) => createHash(kind).update(part).digest());
  return data.pieceRoots && Uint8Array.from(data.pieceRoots);
}
