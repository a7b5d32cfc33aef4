/** Peers found by PEX (BEP 11) and LSD (BEP 14), between libtorrent and ours, all on 127.0.0.1. */
import { describe, test } from 'node:test';
import { assertSameContent, makeContent } from './content.ts';
import type { Content } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';
import type { PeerEvent } from './peers/peer-process.ts';

const LIMITS = { skip: libtorrent.skip, timeout: 120_000 };

/** Each test has a torrent of its own, or its peers would find those of another. */
function make(name: string): Promise<Content> {
  return makeContent({ files: new Map([[name, 1 << 20]]) });
}

/** Ours has links that the source led to. */
function hasLinksBy(source: string): (event: PeerEvent) => boolean {
  const found = new RegExp(`"${source}":\\{"given":\\d+,"dialled":\\d+,"links":[1-9]`);
  return ({ sources }) => found.test(JSON.stringify(sources));
}

describe('discovery with libtorrent', { concurrency: 4 }, () => {
  test('libtorrent tells ours of a peer by PEX', LIMITS, async ({ signal }) => {
    await using content = await make('pex-theirs.bin');
    const { torrent, directory } = content;
    const discover = ['pex'] as const;
    const empty = await content.folder();
    // hears of nobody, or it would dial ours before ours dials it
    await using other = await libtorrent.leech({ torrent, directory: empty }, signal);
    const hubJob = { torrent, directory: await content.folder(), peers: [other.port], discover };
    await using hub = await libtorrent.leech(hubJob, signal);
    const ours = await content.folder();
    const job = { torrent, directory: ours, peers: [hub.port], discover };
    await using leech = await getOurs(job, signal);
    await leech.process.whenEvent('progress', hasLinksBy('pex'));
    await using _seed = await libtorrent.seed({ torrent, directory, peers: [hub.port] }, signal);
    await leech.whenComplete();
    assertSameContent(ours, directory);
  });

  test('ours tells libtorrent of a peer by PEX', LIMITS, async ({ signal }) => {
    await using content = await make('pex-ours.bin');
    const { torrent, directory } = content;
    const discover = ['pex'] as const;
    const hubJob = { torrent, directory: await content.folder(), discover };
    await using hub = await getOurs(hubJob, signal);
    const join = async (): Promise<Awaited<ReturnType<typeof libtorrent.leech>>> =>
      libtorrent.leech(
        { torrent, directory: await content.folder(), peers: [hub.port], discover },
        signal,
      );
    await using one = await join();
    await using two = await join();
    const found = [one, two].map(({ process }) =>
      process.whenEvent('found', ({ source }) => source === 'pex'),
    );
    await Promise.any(found);
    await using _seed = await libtorrent.seed({ torrent, directory, peers: [hub.port] }, signal);
    await Promise.all([one, two].map((leech) => leech.whenComplete()));
  });

  test('ours hears libtorrent in the local network', LIMITS, async ({ signal }) => {
    await using content = await make('lsd-theirs.bin');
    const { torrent, directory } = content;
    const discover = ['lsd'] as const;
    const ours = await content.folder();
    await using leech = await getOurs({ torrent, directory: ours, discover }, signal);
    await leech.process.whenEvent('progress'); // it has announced itself, to nobody
    await using _seed = await libtorrent.seed({ torrent, directory, discover }, signal);
    await leech.process.whenEvent('progress', hasLinksBy('lsd'));
    await leech.whenComplete();
    assertSameContent(ours, directory);
  });

  test('libtorrent hears ours in the local network', LIMITS, async ({ signal }) => {
    await using content = await make('lsd-ours.bin');
    const { torrent, directory } = content;
    const discover = ['lsd'] as const;
    const theirs = await content.folder();
    await using leech = await libtorrent.leech({ torrent, directory: theirs, discover }, signal);
    const flags = ['--up-limit', '200k']; // so that it is connected long enough to be seen
    await using _seed = await seedOurs({ torrent, directory, discover, flags }, signal);
    await leech.process.whenEvent('found', ({ source }) => source === 'lsd');
    await leech.whenComplete();
    assertSameContent(theirs, directory);
  });
});
