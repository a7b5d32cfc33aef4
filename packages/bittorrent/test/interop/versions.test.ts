/** Hybrid torrents, and those of v2 alone (BEP 52), between our command and libtorrent. */
import { describe, test } from 'node:test';
import { assertSameContent, makeContent } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';

const CONTENTS = {
  file: { files: new Map([['file.bin', 2_000_001]]) },
  folder: {
    files: new Map([
      ['a.bin', 1_000_001],
      ['b/empty', 0],
      ['b/exact', 131_072],
      ['b/small', 5],
      ['c', 300_000],
    ]),
    name: 'content',
  },
};
const limits = { skip: libtorrent.skip, timeout: 120_000 };

for (const version of ['hybrid', 'v2'] as const) {
  describe(`a torrent of ${version}`, { concurrency: 4 }, () => {
    for (const [kind, options] of Object.entries(CONTENTS)) {
      test(`brings a ${kind} from libtorrent`, limits, async ({ signal }) => {
        await using content = await makeContent({ ...options, version });
        const { torrent, directory } = content;
        await using seed = await libtorrent.seed({ torrent, directory }, signal);
        const ours = await content.folder();
        const job = { torrent, directory: ours, peers: [seed.port] };
        await using leech = await getOurs(job, signal);
        await leech.whenComplete();
        assertSameContent(ours, directory);
      });

      test(`brings a ${kind} to libtorrent`, limits, async ({ signal }) => {
        await using content = await makeContent({ ...options, version });
        const { torrent, directory } = content;
        await using seed = await seedOurs({ torrent, directory }, signal);
        const theirs = await content.folder();
        const job = { torrent, directory: theirs, peers: [seed.port] };
        await using leech = await libtorrent.leech(job, signal);
        await leech.whenComplete();
        assertSameContent(theirs, directory);
      });
    }
  });
}
