/** WebTorrent 3 on Node. */
import { fileURLToPath } from 'node:url';
import { LinePeer } from './line-peer.ts';
import { skipWithout } from './program.ts';
import type { Job, Program } from './program.ts';

const HELPER = fileURLToPath(new URL('webtorrent-peer.mjs', import.meta.url));

export const webtorrent: Program<LinePeer> = {
  name: 'webtorrent',
  skip: skipWithout(isInstalled(), 'install the npm package webtorrent'),
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
    { command: process.execPath, args: () => [HELPER, torrent, directory, ...dialled, ...flags] },
    isComplete,
    signal,
  );
}

function isInstalled(): boolean {
  try {
    import.meta.resolve('webtorrent');
    return true;
  } catch {
    return false; // not among the packages here
  }
}
