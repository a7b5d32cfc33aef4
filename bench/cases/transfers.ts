/** One seed, one leech: every client with itself, ours with every other both ways. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { digestsOf, makeContent } from '../../packages/bittorrent/test/interop/content.ts';
import type { Content, ContentOptions } from '../../packages/bittorrent/test/interop/content.ts';
import type { Bench, Case, Way } from '../case.ts';
import type { Client } from '../clients.ts';
import type { Figures } from '../figures.ts';
import { cpuSeconds, MemoryMeter } from '../process-meter.ts';
import { Stopwatch } from '../stopwatch.ts';
import { openTracker, SETTLE_MS } from '../tracker.ts';

const MIB = 1 << 20;
export const ONE_FILE = { files: new Map([['file.bin', 1_024 * MIB]]), pieceLength: MIB };

type Pair = readonly [Client, Client];

export function pair(bench: Bench): Promise<Case> {
  return openTransfers('1 GiB in one file', ONE_FILE, bench);
}

export function v2(bench: Bench): Promise<Case> {
  const clients = bench.clients.filter(({ speaksV2 }) => speaksV2);
  const content = { ...ONE_FILE, version: 'v2' as const };
  return openTransfers('1 GiB in one file, v2 alone', content, { ...bench, clients });
}

export function small(bench: Bench): Promise<Case> {
  const files = new Map<string, number>();
  for (let index = 0; index < 2_000; index++) {
    // lengths spread evenly from 1 byte to 256 KiB
    files.set(`${index % 40}/${index}`, ((index * 104_729) % (MIB / 4)) + 1);
  }
  const content = { files, name: 'content', pieceLength: MIB / 4 };
  return openTransfers('2,000 small files', content, bench);
}

export function utp({ utpClients, ...bench }: Bench): Promise<Case> {
  const content = { files: new Map([['file.bin', 128 * MIB]]), pieceLength: MIB };
  const over = { ...bench, clients: utpClients, utpClients };
  return openTransfers('128 MiB in one file, over uTP alone', content, over);
}

async function openTransfers(title: string, wanted: ContentOptions, bench: Bench): Promise<Case> {
  const content = await makeContent({ ...wanted, store: bench.store });
  const digests = digestsOf(content.directory);
  return {
    title,
    main: 'seconds',
    figures: [
      'seedCpuSeconds',
      'leechCpuSeconds',
      'cpuSeconds',
      'seedAnonymousMib',
      'leechAnonymousMib',
    ],
    length: content.metainfo.length,
    ways: pairsOf(bench.clients).map(([from, to]): Way => ({
      name: `${from.name} → ${to.name}`,
      reference: 'libtorrent → libtorrent',
      run: (signal) => measureTransfer([from, to], content, digests, signal),
    })),
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}

function pairsOf(clients: readonly Client[]): readonly Pair[] {
  const all = clients.flatMap((from) => clients.map((to): Pair => [from, to]));
  return all.filter(
    ([from, to]) => from === to || [from, to].some(({ name }) => name === 'coequal'),
  );
}

/** Throws when what arrived differs. */
async function measureTransfer(
  [from, to]: Pair,
  content: Content,
  digests: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Figures> {
  const folder = await content.folder();
  try {
    await using tracker = await openTracker();
    const torrent = await content.torrentWith([tracker.url]);
    await using seed = await from.seed({ torrent, directory: content.directory }, signal);
    await tracker.whenAnnounced(seed.port);
    await delay(SETTLE_MS, undefined, { signal });
    const seedCpuBefore = cpuSeconds(seed.pid);
    const stopwatch = new Stopwatch();
    await using leech = await to.leech({ torrent, directory: folder }, signal);
    using seedMemory = new MemoryMeter(seed.pid);
    using leechMemory = new MemoryMeter(leech.pid);
    await leech.process.whenEvent(to.doneEvent);
    const seedCpuSeconds = cpuSeconds(seed.pid) - seedCpuBefore;
    const leechCpuSeconds = cpuSeconds(leech.pid);
    const both = seedCpuSeconds + leechCpuSeconds;
    const figures: Figures = {
      ...stopwatch.stop(both),
      cpuSeconds: both,
      seedCpuSeconds,
      leechCpuSeconds,
      seedAnonymousMib: seedMemory.stop(),
      leechAnonymousMib: leechMemory.stop(),
    };
    await leech.whenComplete();
    await Promise.all([leech.process.stop(), seed.process.stop()]);
    assert.deepEqual(digestsOf(folder), digests, `${from.name} to ${to.name}: content`);
    return figures;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
