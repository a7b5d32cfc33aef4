/** libtorrent 2, by its Python binding. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { LinePeer } from './line-peer.ts';
import { skipWithout } from './program.ts';
import type { Job, Program } from './program.ts';

/** The system's, for which Debian packages the binding. */
const PYTHON = '/usr/bin/python3';
const HELPER = fileURLToPath(new URL('libtorrent-peer.py', import.meta.url));

export const libtorrent: Program<LinePeer> = {
  name: 'libtorrent',
  skip: skipWithout(isInstalled(), 'install the Debian package python3-libtorrent'),
  dials: true,
  seed: (job, signal) => start(job, [], true, signal),
  leech: (job, signal) => start(job, [], false, signal),
};

/** A seed that does not hash what it has. */
export function seedTrusting(job: Job, signal: AbortSignal): Promise<LinePeer> {
  return start(job, ['--trust'], true, signal);
}

function start(
  { torrent, directory, peers = [] }: Job,
  flags: readonly string[],
  isComplete: boolean,
  signal: AbortSignal,
): Promise<LinePeer> {
  const dialled = peers.flatMap((port) => ['--peer', String(port)]);
  return LinePeer.start(
    { command: PYTHON, args: () => [HELPER, torrent, directory, ...dialled, ...flags] },
    isComplete,
    signal,
  );
}

function isInstalled(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import libtorrent'], { stdio: 'ignore' });
    return true;
  } catch {
    return false; // no Python here, or not this module
  }
}
