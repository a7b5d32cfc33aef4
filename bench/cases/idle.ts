/** A thousand torrents that nobody wants anything of, in one process. */
import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PYTHON } from '../../packages/bittorrent/test/interop/peers/libtorrent.ts';
import { PeerProcess } from '../../packages/bittorrent/test/interop/peers/peer-process.ts';
import { installPacked } from '../../packages/daemon/test/e2e/packed.ts';
import type { Bench, Case, Way } from '../case.ts';
import type { Figures } from '../figures.ts';
import { cpuSeconds } from '../process-meter.ts';
import { Stopwatch } from '../stopwatch.ts';

const TORRENTS = 1_000;
const PIECES = 1_024;
const PIECE_LENGTH = 1 << 20;
const HASH_LENGTH = 20;

/** Collectors and caches of those who have just added all. */
const SETTLE_MS = 3_000;
/** Processor time is told in hundredths of a second: 0.05 % of this. */
const IDLE_MS = 20_000;

const COMMANDS: Readonly<Record<string, readonly [command: string, script: string]>> = {
  coequal: [process.execPath, 'idle-coequal.ts'],
  libtorrent: [PYTHON, 'idle-libtorrent.py'],
  webtorrent: [process.execPath, 'idle-webtorrent.mjs'],
};

export async function idle({ clients, store }: Bench): Promise<Case> {
  await using resources = new AsyncDisposableStack();
  const folder = await mkdtemp(join(store, 'coequal-idle-'));
  resources.defer(() => rm(folder, { recursive: true }));
  for (let index = 0; index < TORRENTS; index++) {
    await writeFile(join(folder, `${index}.torrent`), torrentOf(`file ${index}`));
  }
  const isOurs = clients.some(({ name }) => name === 'coequal');
  const beside = isOurs ? await installOurs(resources) : undefined;
  const owned = resources.move();
  return {
    title: '1,000 idle torrents',
    main: 'seconds',
    figures: ['residentMib', 'idleCpuPercent'],
    ways: clients.flatMap(({ name }): Way | [] => {
      const [command, script] = COMMANDS[name] ?? [];
      if (command === undefined || script === undefined) return [];
      const path = (name === 'coequal' ? beside : undefined) ?? pathOf(script);
      const args = (): readonly string[] => [path, folder];
      return {
        name,
        reference: 'libtorrent',
        run: (signal) => measureIdling({ command, args }, signal),
      };
    }),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function pathOf(script: string): string {
  return fileURLToPath(new URL(`../idle/${script}`, import.meta.url));
}

/**
 * Packed, as users have it: from the sources the first run without a compile cache has the stripper of types
 * in its memory, 25 MiB. Returns the path of the script, which is put beside the packages.
 */
async function installOurs(resources: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(await realpath(tmpdir()), 'coequal-packed-'));
  resources.defer(() => rm(folder, { recursive: true }));
  const { installed } = installPacked(folder);
  const script = pathOf('idle-coequal.ts');
  const copy = join(installed, basename(script, '.ts') + '.mjs');
  await copyFile(script, copy);
  return copy;
}

/** Its hashes are lots: no file that there is has them. */
function torrentOf(name: string): Uint8Array {
  const length = PIECES * PIECE_LENGTH;
  const head = `d4:infod6:lengthi${length}e4:name${name.length}:${name}`;
  const pieces = `12:piece lengthi${PIECE_LENGTH}e6:pieces${PIECES * HASH_LENGTH}:`;
  return Buffer.concat([
    Buffer.from(head + pieces),
    randomBytes(PIECES * HASH_LENGTH),
    Buffer.from('ee'),
  ]);
}

/** Wall time is from the start of the process until it has all. */
async function measureIdling(
  command: Parameters<typeof PeerProcess.start>[0],
  signal: AbortSignal,
): Promise<Figures> {
  const stopwatch = new Stopwatch();
  await using process = await PeerProcess.start(command, signal);
  await process.whenEvent('added');
  const times = stopwatch.stop(cpuSeconds(process.pid));
  await delay(SETTLE_MS, undefined, { signal });
  const before = cpuSeconds(process.pid);
  const begin = performance.now();
  await delay(IDLE_MS, undefined, { signal });
  const used = cpuSeconds(process.pid) - before;
  const idleCpuPercent = (100 * used * 1_000) / (performance.now() - begin);
  const residentMib = await residentMibOf(process.pid);
  await process.stop();
  return { ...times, idleCpuPercent, residentMib };
}

async function residentMibOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1_024;
}
