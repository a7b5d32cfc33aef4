/** One seed of ours among several programs at once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertSameContent, makeContent } from './content.ts';
import { aria2 } from './peers/aria2.ts';
import { seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';
import { transmission } from './peers/transmission.ts';
import { webtorrent } from './peers/webtorrent.ts';

const PROGRAMS = [libtorrent, transmission, aria2, webtorrent];
const skip = PROGRAMS.find((program) => program.skip)?.skip ?? false;

test('one seed serves four other programs at once', { skip, timeout: 120_000 }, async (t) => {
  const files = new Map([['file.bin', 12 << 20]]);
  await using content = await makeContent({ files });
  const { torrent, directory } = content;
  await using stack = new AsyncDisposableStack();
  const leeches = await Promise.all(
    PROGRAMS.map(async (program) => {
      const theirs = await content.folder();
      const leech = stack.use(await program.leech({ torrent, directory: theirs }, t.signal));
      return { leech, theirs };
    }),
  );
  const peers = leeches.map(({ leech }) => leech.port);
  await using seed = await seedOurs({ torrent, directory, peers }, t.signal);
  await Promise.all(leeches.map(({ leech }) => leech.whenComplete()));
  for (const { theirs } of leeches) assertSameContent(theirs, directory);
  const { uploaded } = await seed.summary();
  // none of them knows of another
  assert.ok(typeof uploaded === 'number' && uploaded >= PROGRAMS.length * (12 << 20));
});
