/** Our own command, as a person would start it. */
import { fileURLToPath } from 'node:url';
import { LinePeer } from './line-peer.ts';
import type { Job } from './program.ts';

const COMMAND: string = fileURLToPath(
  new URL('../../../../daemon/bin/coequal.js', import.meta.url),
);

export interface CoequalJob extends Job {
  /** The file of the command, if not that of the checkout. */
  readonly command?: string;
  /** More flags of the command. */
  readonly flags?: readonly string[];
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
}

/** Resolves when it has verified its content and listens. */
export function seedOurs(job: CoequalJob, signal: AbortSignal): Promise<LinePeer> {
  return start(job, ['seed', job.torrent, job.directory], true, signal);
}

/** As `seedOurs`, and resolves when it listens. */
export function checkOurs(job: CoequalJob, signal: AbortSignal): Promise<LinePeer> {
  return start(job, ['seed', job.torrent, job.directory], false, signal);
}

/** Resolves when it listens. It stays after it has all, so that it can be asked. */
export function getOurs(job: CoequalJob, signal: AbortSignal): Promise<LinePeer> {
  const args = ['get', job.torrent, '-o', job.directory, '--seed-time', '60'];
  return start(job, args, false, signal);
}

function start(
  { command = COMMAND, peers = [], discover = [], flags = [], nodeFlags = [] }: CoequalJob,
  args: readonly string[],
  isComplete: boolean,
  signal: AbortSignal,
): Promise<LinePeer> {
  const alone = discover.length > 0 ? [] : ['--no-discovery'];
  const network = ['--listen', '0', '--offline', '--json', ...alone];
  const dialled = peers.flatMap((port) => ['--peer', `127.0.0.1:${port}`]);
  return LinePeer.start(
    {
      command: process.execPath,
      args: () => [...nodeFlags, command, ...args, ...network, ...dialled, ...flags],
    },
    isComplete,
    signal,
  );
}
