/** Hashing 1 GiB that is there, from the start of the process. */
import { makeContent } from '../../packages/bittorrent/test/interop/content.ts';
import type { Content } from '../../packages/bittorrent/test/interop/content.ts';
import type { Bench, Case, Way } from '../case.ts';
import type { Client } from '../clients.ts';
import type { Figures } from '../figures.ts';
import { cpuSeconds, MemoryMeter } from '../process-meter.ts';
import { Stopwatch } from '../stopwatch.ts';
import { ONE_FILE } from './transfers.ts';

export async function recheck({ clients, store }: Bench): Promise<Case> {
  const content = await makeContent({ ...ONE_FILE, store });
  return {
    title: 'Checking 1 GiB',
    main: 'seconds',
    figures: ['cpuSeconds', 'anonymousMib'],
    length: content.metainfo.length,
    ways: clients.map((client): Way => ({
      name: client.name,
      reference: 'libtorrent',
      run: (signal) => measureCheck(client, content, signal),
    })),
    [Symbol.asyncDispose]: () => content[Symbol.asyncDispose](),
  };
}

async function measureCheck(
  client: Client,
  { torrent, directory }: Content,
  signal: AbortSignal,
): Promise<Figures> {
  const stopwatch = new Stopwatch();
  await using checker = await client.check({ torrent, directory }, signal);
  using memory = new MemoryMeter(checker.pid);
  await checker.process.whenEvent(client.doneEvent);
  const used = cpuSeconds(checker.pid);
  const times = stopwatch.stop(used);
  const anonymousMib = memory.stop();
  await checker.process.stop();
  return { ...times, cpuSeconds: used, anonymousMib };
}
