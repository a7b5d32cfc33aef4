/** Magnet links: metadata from other programs to ours and back (BEP 9), and the content after it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertSameContent, makeContent, smallFiles } from './content.ts';
import type { Content } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';
import { transmission } from './peers/transmission.ts';
import { webtorrent } from './peers/webtorrent.ts';

/** Transmission closes the connection when it has the metadata, and ours dials it anew after 30 s. */
const TIMEOUT_MS = 120_000;

/** Two pieces of metadata, for the second is shorter than the first. */
const FILES = new Map([...smallFiles(300)].filter(([, length]) => length > 0));

describe('a magnet link', { concurrency: 6 }, () => {
  let content: Content;
  before(async () => {
    content = await makeContent({ files: FILES, name: 'content', pieceLength: 16_384 });
  });
  after(() => content[Symbol.asyncDispose]());

  for (const program of [libtorrent, transmission, webtorrent]) {
    const { name, dials } = program;
    const limits = { skip: program.skip, timeout: TIMEOUT_MS };
    test(`is resolved by ours from ${name}`, limits, async ({ signal }) => {
      const { torrent, magnet, directory } = content;
      await using seed = await program.seed({ torrent, directory }, signal);
      const ours = await content.folder();
      const job = { torrent: magnet, directory: ours, peers: [seed.port] };
      await using leech = await getOurs(job, signal);
      const metadata = await leech.process.whenEvent('metadata');
      assert.equal(metadata['infoHash'], content.metainfo.infoHash);
      await leech.whenComplete();
      assertSameContent(ours, directory);
    });

    test(`is resolved by ${name} from ours`, limits, async ({ signal }) => {
      const { torrent, magnet, directory } = content;
      const theirs = await content.folder();
      const job = { torrent: magnet, directory: theirs };
      if (dials) {
        await using seed = await seedOurs({ torrent, directory }, signal);
        await using leech = await program.leech({ ...job, peers: [seed.port] }, signal);
        await leech.whenComplete();
      } else {
        await using leech = await program.leech(job, signal);
        await using _seed = await seedOurs({ torrent, directory, peers: [leech.port] }, signal);
        await leech.whenComplete();
      }
      assertSameContent(theirs, directory);
    });
  }
});
