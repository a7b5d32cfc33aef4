/** Peers of different programs that find each other by a tracker alone. */
import { describe, test } from 'node:test';
import { assertSameContent, makeContent } from './content.ts';
import { getOurs, seedOurs } from './peers/coequal.ts';
import { libtorrent } from './peers/libtorrent.ts';
import { openNpmTracker, openOpentracker, skipOpentracker } from './peers/trackers.ts';
import { webtorrent } from './peers/webtorrent.ts';

const TIMEOUT_MS = 120_000;

type OpenTracker = (infoHash: string) => Promise<AsyncDisposable & { readonly url: string }>;

const FILES = new Map([['file.bin', 2_000_000]]);

const TRACKERS: Readonly<Record<string, { skip: string | false; open: OpenTracker }>> = {
  'bittorrent-tracker over HTTP': {
    skip: false,
    async open() {
      const tracker = await openNpmTracker('127.0.0.1');
      return Object.assign(tracker, { url: `http://127.0.0.1:${tracker.httpPort}/announce` });
    },
  },
  'bittorrent-tracker over UDP': {
    skip: false,
    async open() {
      const tracker = await openNpmTracker('127.0.0.1');
      const { port } = tracker.udp4.address();
      return Object.assign(tracker, { url: `udp://127.0.0.1:${port}/announce` });
    },
  },
  'opentracker over HTTP': {
    skip: skipOpentracker,
    async open(infoHash) {
      const tracker = await openOpentracker(infoHash);
      return { ...tracker, url: `http://127.0.0.1:${tracker.port}/announce` };
    },
  },
  'opentracker over UDP': {
    skip: skipOpentracker,
    async open(infoHash) {
      const tracker = await openOpentracker(infoHash);
      return { ...tracker, url: `udp://127.0.0.1:${tracker.port}/announce` };
    },
  },
};

for (const [name, { skip, open }] of Object.entries(TRACKERS)) {
  describe(name, { skip, concurrency: 2 }, () => {
    test(
      'ours finds the seed libtorrent',
      { skip: libtorrent.skip, timeout: TIMEOUT_MS },
      async ({ signal }) => {
        await using content = await makeContent({ files: FILES });
        const { directory } = content;
        await using tracker = await open(content.metainfo.infoHash ?? '');
        const torrent = await content.torrentWith([tracker.url]);
        await using _seed = await libtorrent.seed({ torrent, directory }, signal);
        const ours = await content.folder();
        await using leech = await getOurs({ torrent, directory: ours }, signal);
        await leech.whenComplete();
        assertSameContent(ours, directory);
      },
    );

    test(
      'webtorrent finds our seed',
      { skip: webtorrent.skip, timeout: TIMEOUT_MS },
      async ({ signal }) => {
        await using content = await makeContent({ files: FILES });
        const { directory } = content;
        await using tracker = await open(content.metainfo.infoHash ?? '');
        const torrent = await content.torrentWith([tracker.url]);
        await using _seed = await seedOurs({ torrent, directory }, signal);
        const theirs = await content.folder();
        await using leech = await webtorrent.leech({ torrent, directory: theirs }, signal);
        await leech.whenComplete();
        assertSameContent(theirs, directory);
      },
    );
  });
}
