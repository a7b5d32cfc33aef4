/** Whole transfers over TCP between our command and other programs, both ways. */
import { after, before, describe, test } from 'node:test';
import { assertSameContent, makeContent, smallFiles } from './content.ts';
import type { Content } from './content.ts';
import { aria2 } from './peers/aria2.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';
import { transmission } from './peers/transmission.ts';
import { webtorrent } from './peers/webtorrent.ts';

const TIMEOUT_MS = 120_000;

const CONTENTS = {
  'one file of 8 MiB': { files: new Map([['file.bin', 8 << 20]]) },
  'a folder of 2,000 files': { files: smallFiles(2_000), name: 'Ordner ☃' },
};

// most of the time is waiting for timers of other programs
describe('over TCP', { concurrency: 6 }, () => {
  for (const [what, options] of Object.entries(CONTENTS)) {
    let content: Content;
    before(async () => {
      content = await makeContent(options);
    });
    after(() => content[Symbol.asyncDispose]());

    for (const program of [libtorrent, transmission, aria2, webtorrent]) {
      const { name } = program;
      const limits = { skip: program.skip, timeout: TIMEOUT_MS };
      test(`${what} comes from ${name}`, limits, async ({ signal }) => {
        const { torrent, directory } = content;
        await using seed = await program.seed({ torrent, directory }, signal);
        const ours = await content.folder();
        const job = { torrent, directory: ours, peers: [seed.port] };
        await using leech = await getOurs(job, signal);
        await leech.whenComplete();
        assertSameContent(ours, directory);
      });

      test(`${what} goes to ${name}`, limits, async ({ signal }) => {
        const { torrent, directory } = content;
        const theirs = await content.folder();
        await using leech = await program.leech({ torrent, directory: theirs }, signal);
        const job = { torrent, directory, peers: [leech.port] };
        await using _seed = await seedOurs(job, signal);
        await leech.whenComplete();
        assertSameContent(theirs, directory, program.skipsEmptyFiles);
      });
    }
  }
});
