/** Whole transfers over uTP alone between our command and other programs, both ways, whoever dials. */
import { after, before, describe, test } from 'node:test';
import { assertSameContent, makeContent } from './content.ts';
import type { Content } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrentUtp } from './peers/libtorrent.ts';
import { transmissionUtp } from './peers/transmission.ts';
import { webtorrentUtp } from './peers/webtorrent.ts';

const TIMEOUT_MS = 120_000;

/** More than a window, and little enough for Transmission, which takes ten seconds to begin. */
const LENGTH = 16 << 20;

/** Neither dials nor listens over TCP: whoever meets it does so over uTP. */
const flags = ['--transport', 'utp'];

describe('over uTP', { concurrency: 4 }, () => {
  let content: Content;
  before(async () => {
    content = await makeContent({ files: new Map([['file.bin', LENGTH]]) });
  });
  after(() => content[Symbol.asyncDispose]());

  for (const program of [libtorrentUtp, transmissionUtp, webtorrentUtp]) {
    const { name } = program;
    const limits = { skip: program.skip, timeout: TIMEOUT_MS };

    test(`content comes from ${name}, which we dial`, limits, async ({ signal }) => {
      const { torrent, directory } = content;
      await using seed = await program.seed({ torrent, directory }, signal);
      const ours = await content.folder();
      const job = { torrent, directory: ours, peers: [seed.port], flags };
      await using leech = await getOurs(job, signal);
      await leech.whenComplete();
      assertSameContent(ours, directory);
    });

    test(`content goes to ${name}, which we dial`, limits, async ({ signal }) => {
      const { torrent, directory } = content;
      const theirs = await content.folder();
      await using leech = await program.leech({ torrent, directory: theirs }, signal);
      await using _seed = await seedOurs(
        { torrent, directory, peers: [leech.port], flags },
        signal,
      );
      await leech.whenComplete();
      assertSameContent(theirs, directory);
    });

    if (!program.dials) continue;
    test(`content comes from ${name}, which dials us`, limits, async ({ signal }) => {
      const { torrent, directory } = content;
      const ours = await content.folder();
      await using leech = await getOurs({ torrent, directory: ours, flags }, signal);
      await using _seed = await program.seed({ torrent, directory, peers: [leech.port] }, signal);
      await leech.whenComplete();
      assertSameContent(ours, directory);
    });

    test(`content goes to ${name}, which dials us`, limits, async ({ signal }) => {
      const { torrent, directory } = content;
      await using seed = await seedOurs({ torrent, directory, flags }, signal);
      const theirs = await content.folder();
      const job = { torrent, directory: theirs, peers: [seed.port] };
      await using leech = await program.leech(job, signal);
      await leech.whenComplete();
      assertSameContent(theirs, directory);
    });
  }
});
