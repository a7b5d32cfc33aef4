/** One seed and eight leechers of the same program, which all find each other. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { digestsOf, makeContent } from '../../packages/bittorrent/test/interop/content.ts';
import type { Content } from '../../packages/bittorrent/test/interop/content.ts';
import type { LinePeer } from '../../packages/bittorrent/test/interop/peers/line-peer.ts';
import { numberIn } from '../../packages/bittorrent/test/interop/peers/peer-process.ts';
import type { Bench, Case, Way } from '../case.ts';
import type { Client } from '../clients.ts';
import type { FigureName, Figures } from '../figures.ts';
import { cpuSeconds, MemoryMeter } from '../process-meter.ts';
import { SentBytesMeter } from '../sent-bytes.ts';
import { Stopwatch } from '../stopwatch.ts';
import { openTracker, SETTLE_MS } from '../tracker.ts';
import type { Tracker } from '../tracker.ts';

const LEECHERS = 8;
const MIB = 1 << 20;
const CONTENT = { files: new Map([['file.bin', 128 * MIB]]), pieceLength: MIB };

/** Bytes per second; the content takes 6.7 s to leave the seed once. */
const UPLOAD_LIMIT = 20_000_000;

export function swarm(bench: Bench): Promise<Case> {
  return openSwarm('1 seed, 8 leechers, 128 MiB', undefined, bench);
}

export function limited(bench: Bench): Promise<Case> {
  return openSwarm('The same, the seed limited to 20 MB/s', UPLOAD_LIMIT, bench);
}

async function openSwarm(
  title: string,
  uploadLimit: number | undefined,
  { clients, store }: Bench,
): Promise<Case> {
  const content = await makeContent({ ...CONTENT, store });
  const digests = digestsOf(content.directory);
  const pace: readonly FigureName[] = ['wholeSecondMax', 'anySecondMax'];
  return {
    title,
    main: 'seconds',
    figures: [
      'copies',
      'wastedMb',
      'cpuSeconds',
      'seedCpuSeconds',
      'seedAnonymousMib',
      ...(uploadLimit === undefined ? [] : pace),
    ],
    ways: clients.map((client): Way => ({
      name: client.name,
      reference: 'libtorrent',
      run: (signal) => measureSwarm({ client, content, digests, uploadLimit }, signal),
    })),
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}

interface Plan {
  readonly client: Client;
  readonly content: Content;
  readonly digests: ReadonlyMap<string, string>;
  readonly uploadLimit: number | undefined;
}

/** Throws when what arrived anywhere differs. */
async function measureSwarm(plan: Plan, signal: AbortSignal): Promise<Figures> {
  const { client, content, digests } = plan;
  const folders = await Promise.all(Array.from({ length: LEECHERS }, () => content.folder()));
  try {
    await using tracker = await openTracker();
    const torrent = await content.torrentWith([tracker.url]);
    await using seed = await startSeed(plan, torrent, tracker, signal);
    await using resources = new AsyncDisposableStack();
    const meter =
      plan.uploadLimit === undefined
        ? undefined
        : resources.use(await SentBytesMeter.start(seed.pid, signal));
    const cpuBefore = { seed: cpuSeconds(seed.pid), meter: meter?.cpuSeconds ?? 0 };
    const stopwatch = new Stopwatch();
    using memory = new MemoryMeter(seed.pid);
    const leeches = await Promise.all(
      folders.map(async (directory) =>
        resources.use(await client.leech({ torrent, directory }, signal)),
      ),
    );
    await Promise.all(leeches.map(({ process }) => process.whenEvent(client.doneEvent)));
    const seedCpuSeconds = cpuSeconds(seed.pid) - cpuBefore.seed;
    const leechCpu = leeches.reduce((sum, { pid }) => sum + cpuSeconds(pid), 0);
    const meterCpu = (meter?.cpuSeconds ?? 0) - cpuBefore.meter;
    const figures: Figures = {
      ...stopwatch.stop(seedCpuSeconds + leechCpu + meterCpu),
      cpuSeconds: seedCpuSeconds + leechCpu,
      seedCpuSeconds,
      seedAnonymousMib: memory.stop(),
      ...(await paceOver(plan.uploadLimit, meter)),
    };
    await Promise.all(leeches.map((leech) => leech.whenComplete()));
    const payload = await payloadOf(seed, leeches, content.metainfo.length);
    for (const folder of folders) assert.deepEqual(digestsOf(folder), digests, client.name);
    return { ...figures, ...payload };
  } finally {
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }
}

async function startSeed(
  { client, content: { directory }, uploadLimit }: Plan,
  torrent: string,
  tracker: Tracker,
  signal: AbortSignal,
): Promise<LinePeer> {
  const limit = uploadLimit === undefined ? {} : { uploadLimit };
  await using resources = new AsyncDisposableStack();
  const seed = resources.use(await client.seed({ torrent, directory, ...limit }, signal));
  await tracker.whenAnnounced(seed.port);
  await delay(SETTLE_MS, undefined, { signal });
  resources.move();
  return seed;
}

async function paceOver(
  limit: number | undefined,
  meter: SentBytesMeter | undefined,
): Promise<Figures> {
  if (limit === undefined || meter === undefined) return {};
  const { wholeSecondMax, anySecondMax } = await meter.stop();
  return { wholeSecondMax: wholeSecondMax / limit, anySecondMax: anySecondMax / limit };
}

/** By their own count, which has no headers. */
async function payloadOf(
  seed: LinePeer,
  leeches: readonly LinePeer[],
  length: number,
): Promise<Figures> {
  const { uploaded } = await sumOf([seed]);
  const { wasted } = await sumOf(leeches);
  return { copies: uploaded / length, wastedMb: wasted / 1e6 };
}

async function sumOf(
  peers: readonly LinePeer[],
): Promise<{ readonly uploaded: number; readonly wasted: number }> {
  const summaries = await Promise.all(peers.map((peer) => peer.summary()));
  const sum = (field: string): number =>
    summaries.reduce((total, summary) => total + numberIn(summary, field), 0);
  return { uploaded: sum('uploaded'), wasted: sum('wasted') };
}
