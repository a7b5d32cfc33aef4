/** Whole transfers over uTP between our engine and libtorrent, both ways, whoever dials. */
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { openPorts } from '@coequal/base/node';
import { Engine } from '../../src/engine.ts';
import type { Torrent } from '../../src/torrent.ts';
import { openUtpNet } from '../io/utp/utp-net.ts';
import { assertSameContent, makeContent } from './content.ts';
import type { Content } from './content.ts';
import { libtorrentUtp } from './peers/libtorrent.ts';

const { skip } = libtorrentUtp;
const limits = { skip, timeout: 60_000 };
const LENGTH = 16 << 20;
const HOST = '127.0.0.1';

const openContent = (): Promise<Content> => makeContent({ files: new Map([['file.bin', LENGTH]]) });

interface Ours extends AsyncDisposable {
  readonly port: number;
  readonly torrent: Torrent;
  whenSeeding(signal: AbortSignal): Promise<void>;
}

/** Our engine, which has no other network than uTP. */
async function openOurs(torrent: string, directory: string, peers: number[]): Promise<Ours> {
  await using resources = new AsyncDisposableStack();
  const ports = resources.use(openPorts({ workers: 1 }));
  const net = resources.use(openUtpNet(ports));
  const engine = resources.use(
    await Engine.open(
      { downloadDirectory: directory, addresses: [HOST], discovery: false, transport: 'tcp' },
      { ...ports, net },
    ),
  );
  const added = await engine.add(readFileSync(torrent), {
    useTrackers: false,
    peers: peers.map((port) => ({ host: HOST, port })),
  });
  const owned = resources.move();
  return {
    port: engine.port ?? 0,
    torrent: added,
    async whenSeeding(signal) {
      for await (const _event of added.events(signal)) if (added.state.type === 'seeding') return;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

test('content comes over uTP from libtorrent, which we dial', limits, async ({ signal }) => {
  await using content = await openContent();
  const { torrent, directory } = content;
  await using seed = await libtorrentUtp.seed({ torrent, directory }, signal);
  const folder = await content.folder();
  await using ours = await openOurs(torrent, folder, [seed.port]);
  await ours.whenSeeding(signal);
  assertSameContent(folder, directory);
});

test('content comes over uTP from libtorrent, which dials us', limits, async ({ signal }) => {
  await using content = await openContent();
  const { torrent, directory } = content;
  const folder = await content.folder();
  await using ours = await openOurs(torrent, folder, []);
  await using _seed = await libtorrentUtp.seed({ torrent, directory, peers: [ours.port] }, signal);
  await ours.whenSeeding(signal);
  assertSameContent(folder, directory);
});

test('content goes over uTP to libtorrent, which dials us', limits, async ({ signal }) => {
  await using content = await openContent();
  const { torrent, directory } = content;
  await using ours = await openOurs(torrent, directory, []);
  const folder = await content.folder();
  const job = { torrent, directory: folder, peers: [ours.port] };
  await using leech = await libtorrentUtp.leech(job, signal);
  await leech.whenComplete();
  assertSameContent(folder, directory);
});

test('content goes over uTP to libtorrent, which we dial', limits, async ({ signal }) => {
  await using content = await openContent();
  const { torrent, directory } = content;
  const folder = await content.folder();
  await using leech = await libtorrentUtp.leech({ torrent, directory: folder }, signal);
  await using _ours = await openOurs(torrent, directory, [leech.port]);
  await leech.whenComplete();
  assertSameContent(folder, directory);
});
