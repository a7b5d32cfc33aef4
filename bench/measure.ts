/** One measurement: a transfer from one client to another, or a check of what is on disk. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { digestsOf } from '../packages/bittorrent/test/interop/content.ts';
import type { Content } from '../packages/bittorrent/test/interop/content.ts';
import type { Client } from './clients.ts';
import { openTracker } from './tracker.ts';
import { cpuSeconds, machineCpuSeconds, MemoryMeter } from './process-meter.ts';

/** Between a seed's first announce and its first peer; libtorrent is slower when met at once. */
const SETTLE_MS = 500;

export interface Usage {
  readonly cpuSeconds: number;
  /** The most it had at any time. */
  readonly anonymousMib: number;
}

export interface Measured {
  /** From the start of the last process to its word that it has, and has verified, all. */
  readonly seconds: number;
  /** Of a transfer's seed, over the same time. */
  readonly seed?: Usage;
  readonly leech: Usage;
  /** What was used by processes that have nothing to do with it, of all cores. */
  readonly disturbance: number;
}

/** Processor time over a stretch of time. */
class Stopwatch {
  readonly #begin = performance.now();
  readonly #machine = machineCpuSeconds();
  readonly #own = process.cpuUsage();

  /** `measured`: processor time of the processes that are measured. */
  stop(measured: number): { readonly seconds: number; readonly disturbance: number } {
    const seconds = (performance.now() - this.#begin) / 1_000;
    const { user, system } = process.cpuUsage(this.#own);
    const all = machineCpuSeconds() - this.#machine;
    const others = all - (user + system) / 1e6 - measured;
    return { seconds, disturbance: Math.max(others, 0) / (seconds * availableParallelism()) };
  }
}

/** Throws when what arrived differs. */
export async function measureTransfer(
  [from, to]: readonly [Client, Client],
  content: Content,
  digests: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<Measured> {
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
    const seedCpu = cpuSeconds(seed.pid) - seedCpuBefore;
    const leechCpu = cpuSeconds(leech.pid);
    const measured = {
      ...stopwatch.stop(seedCpu + leechCpu),
      seed: { cpuSeconds: seedCpu, anonymousMib: seedMemory.peakMib },
      leech: { cpuSeconds: leechCpu, anonymousMib: leechMemory.peakMib },
    };
    seedMemory[Symbol.dispose]();
    leechMemory[Symbol.dispose]();
    await leech.whenComplete();
    await Promise.all([leech.process.stop(), seed.process.stop()]);
    assert.deepEqual(digestsOf(folder), digests, `${from.name} to ${to.name}: content`);
    return measured;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export async function measureCheck(
  client: Client,
  { torrent, directory }: Content,
  signal: AbortSignal,
): Promise<Measured> {
  const stopwatch = new Stopwatch();
  await using checker = await client.check({ torrent, directory }, signal);
  using memory = new MemoryMeter(checker.pid);
  await checker.process.whenEvent(client.doneEvent);
  const cpu = cpuSeconds(checker.pid);
  const times = stopwatch.stop(cpu);
  const leech = { cpuSeconds: cpu, anonymousMib: memory.peakMib };
  memory[Symbol.dispose]();
  await checker.process.stop();
  return { ...times, leech };
}
