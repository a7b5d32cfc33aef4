/** `coequal get`: fetches a torrent, verified byte by byte. */
import { basename, join, resolve } from 'node:path';
import { isAbort, sleep } from '@coequal/base';
import type { Ports } from '@coequal/base';
import type { Torrent } from '@coequal/bittorrent';
import { EXIT } from './exit-codes.ts';
import { formatBytes, formatDuration, formatRate } from './format.ts';
import { globFilter } from './glob.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';
import { loadSource } from './torrent-source.ts';
import { momentOf } from './transfer-view.ts';
import { runTransfer } from './transfer.ts';
import type { NetworkOptions } from './transfer.ts';

/** How often a seeding goal is looked at. */
const GOAL_INTERVAL_MS = 250;

export interface GetOptions extends NetworkOptions {
  readonly output: string;
  readonly select: readonly string[];
  readonly sequential: boolean;
  readonly seedRatio?: number;
  /** Minutes. */
  readonly seedTime?: number;
  readonly json: boolean;
}

export async function get(source: string, options: GetOptions): Promise<number> {
  return await inShell(
    {
      isJson: options.json,
      stopNote:
        'Stopping; what was fetched is kept. The same command goes on from there. ' +
        'Ctrl-C again stops at once.',
    },
    async (shell) => {
      const result: Result = { line: undefined };
      try {
        await fetchAll(source, options, shell, result);
      } catch (error) {
        // only the passing on was given up: all is here
        if (!isAbort(error, shell.stop) || result.line === undefined) throw error;
      }
      shell.print(result.line ?? '');
      return EXIT.done;
    },
  );
}

interface Result {
  /** Present when all is here. */
  line: string | undefined;
}

async function fetchAll(
  source: string,
  options: GetOptions,
  shell: Shell,
  result: Result,
): Promise<void> {
  const downloadDirectory = resolve(options.output);
  const { select, sequential } = options;
  await runTransfer(
    {
      network: options,
      downloadDirectory,
      addOptions: { sequential, ...(select.length > 0 && { select: globFilter(select) }) },
      load: () => loadSource(source, options, shell.stop),
      async run(torrent, view, ports) {
        view.metadata(await torrent.whenMetadata(shell.stop));
        const startedAt = ports.clock.now();
        await torrent.whenCompleted(shell.stop);
        view.progress(momentOf(torrent, ports.clock.now()));
        view.complete('Complete: every byte is verified and written.');
        const seconds = (ports.clock.now() - startedAt) / 1_000;
        result.line = doneLine(torrent, downloadDirectory, seconds);
        await passOn(torrent, options, ports, shell.stop);
      },
    },
    shell,
  );
}

/** `Got /home/a/debian.iso: 600 MB in 12 s (50.0 MB/s)`. */
function doneLine(torrent: Torrent, directory: string, seconds: number): string {
  const { total, downloaded } = torrent.stats;
  const speed = downloaded === 0 ? 'it was there already' : formatRate(downloaded / seconds);
  const where = join(directory, basename(torrent.name));
  return `Got ${where}: ${formatBytes(total)} in ${formatDuration(seconds)} (${speed})`;
}

/** Goes on serving until the goal that comes first; at once when there is none. */
async function passOn(
  torrent: Torrent,
  { seedRatio, seedTime }: GetOptions,
  { clock }: Ports,
  signal: AbortSignal,
): Promise<void> {
  if (seedRatio === undefined && seedTime === undefined) return;
  const until = clock.now() + (seedTime ?? Infinity) * 60_000;
  const uploadGoal = (seedRatio ?? Infinity) * torrent.stats.total;
  while (clock.now() < until && torrent.stats.uploaded < uploadGoal) {
    if (torrent.state.type === 'failed') throw torrent.state.fault;
    await sleep(clock, Math.min(GOAL_INTERVAL_MS, until - clock.now()), signal);
  }
}
