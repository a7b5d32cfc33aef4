/** A leech that is killed in the middle, and goes on from there. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { assertSameContent, makeContent } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';
import { numberIn } from './peers/peer-process.ts';

const LENGTH = 16 << 20;
const FILES = new Map([['file.bin', LENGTH]]);
/** Takes eight seconds for all of it: there is a middle, also when whoever kills it comes late. */
const LIMIT = '2MiB';
/** Had, or given, when the leech is killed. */
const MIDDLE = LENGTH / 4;
const PIECE_LENGTH = 65_536;
/** Open pieces are lost; no leech has more of them from one peer at such a rate. */
const LOST_MAX = 64 * PIECE_LENGTH;

const limits = { skip: libtorrent.skip, timeout: 120_000 };

describe('after kill -9', { concurrency: 2 }, () => {
  test('ours fetches from libtorrent only what was missing', limits, async ({ signal }) => {
    await using content = await makeContent({ files: FILES, pieceLength: PIECE_LENGTH });
    const { torrent, directory } = content;
    await using seed = await libtorrent.seed({ torrent, directory }, signal);
    const ours = await content.folder();
    const job = { torrent, directory: ours, peers: [seed.port] };
    await using first = await getOurs({ ...job, flags: ['--down-limit', LIMIT] }, signal);
    const had = await first.process.whenEvent(
      'progress',
      (event) => numberIn(event, 'have') >= MIDDLE,
    );
    await first.kill();
    await using second = await getOurs(job, signal);
    await second.whenComplete();
    assertSameContent(ours, directory);
    const downloaded = numberIn(await second.summary(), 'downloaded');
    assert.ok(downloaded > 0, 'there was a middle');
    assert.ok(downloaded <= LENGTH - numberIn(had, 'have'), `${downloaded} bytes came again`);
  });

  test('libtorrent fetches from ours only what was missing', limits, async ({ signal }) => {
    await using content = await makeContent({ files: FILES, pieceLength: PIECE_LENGTH });
    const { torrent, directory } = content;
    await using seed = await seedOurs({ torrent, directory, flags: ['--up-limit', LIMIT] }, signal);
    const theirs = await content.folder();
    const job = { torrent, directory: theirs, peers: [seed.port] };
    await using first = await libtorrent.leech(job, signal);
    await seed.process.whenEvent('progress', (event) => numberIn(event, 'up') > 0);
    await first.kill();
    await using second = await libtorrent.leech(job, signal);
    await second.whenComplete();
    assertSameContent(theirs, directory);
    const uploaded = numberIn(await seed.summary(), 'uploaded');
    assert.ok(uploaded <= LENGTH + LOST_MAX, `${uploaded} bytes were sent`);
  });
});
