/** From the first announce of whoever has but a magnet link to its word that it knows the metadata. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { makeContent } from '../../packages/bittorrent/test/interop/content.ts';
import type { Content } from '../../packages/bittorrent/test/interop/content.ts';
import type { Bench, Case, Way } from '../case.ts';
import type { Client } from '../clients.ts';
import type { Figures } from '../figures.ts';
import { cpuSeconds } from '../process-meter.ts';
import { Stopwatch } from '../stopwatch.ts';
import { openTracker, SETTLE_MS } from '../tracker.ts';

/** 1,000 pieces: 20 KB of metadata, which is two of its pieces (BEP 9). */
const CONTENT = { files: new Map([['file.bin', 16_384_000]]), pieceLength: 16_384 };

export async function magnet({ clients, store }: Bench): Promise<Case> {
  const content = await makeContent({ ...CONTENT, store });
  return {
    title: 'From the first announce to 20 KB of metadata',
    main: 'milliseconds',
    figures: [],
    ways: clients.map((client): Way => ({
      name: client.name,
      reference: 'libtorrent',
      run: (signal) => measureMagnet(client, content, signal),
    })),
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}

async function measureMagnet(
  client: Client,
  content: Content,
  signal: AbortSignal,
): Promise<Figures> {
  await using tracker = await openTracker();
  const torrent = await content.torrentWith([tracker.url]);
  await using seed = await client.seed({ torrent, directory: content.directory }, signal);
  await tracker.whenAnnounced(seed.port);
  await delay(SETTLE_MS, undefined, { signal });
  const link = `${content.magnet}&tr=${encodeURIComponent(tracker.url)}`;
  const seedCpuBefore = cpuSeconds(seed.pid);
  const stopwatch = new Stopwatch();
  const job = { torrent: link, directory: await content.folder() };
  await using leech = await client.leech(job, signal);
  await leech.process.whenEvent('metadata');
  const known = performance.now();
  const used = cpuSeconds(seed.pid) - seedCpuBefore + cpuSeconds(leech.pid);
  const announced = tracker.announcedAt(leech.port);
  assert(announced !== undefined, 'it was told of the seed by the tracker alone');
  const { disturbance } = stopwatch.stop(used);
  return { milliseconds: known - announced, disturbance };
}
