/** The programs that are measured, each driven as in the interop tests. */
import { checkOurs, getOurs, seedOurs } from '../packages/bittorrent/test/interop/peers/coequal.ts';
import { libtorrent } from '../packages/bittorrent/test/interop/peers/libtorrent.ts';
import type { LinePeer } from '../packages/bittorrent/test/interop/peers/line-peer.ts';
import type { Job } from '../packages/bittorrent/test/interop/peers/program.ts';
import { webtorrent } from '../packages/bittorrent/test/interop/peers/webtorrent.ts';

type Start = (job: Job, signal: AbortSignal) => Promise<LinePeer>;

export interface Client {
  readonly name: string;
  /** Why it cannot be measured here. */
  readonly skip: string | false;
  /** What it says when it has, and has verified, all. */
  readonly doneEvent: string;
  /** Serves without looking at what it has; resolves when it can be dialled. */
  readonly seed: Start;
  readonly leech: Start;
  /** Hashes what is there. */
  readonly check: Start;
}

/** With `profiles`, ours writes CPU profiles into that folder. */
export function clients(profiles: string | undefined): readonly Client[] {
  const nodeFlags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  return [
    {
      name: 'coequal',
      skip: false,
      doneEvent: 'complete',
      seed: (job, signal) => seedOurs({ ...job, nodeFlags, flags: ['--trust'] }, signal),
      leech: (job, signal) => getOurs({ ...job, nodeFlags }, signal),
      check: (job, signal) => checkOurs({ ...job, nodeFlags }, signal),
    },
    {
      name: libtorrent.name,
      skip: libtorrent.skip,
      doneEvent: 'finished', // it writes on for some milliseconds
      seed: libtorrent.seedTrusting,
      leech: libtorrent.leech,
      check: libtorrent.leech,
    },
    {
      name: webtorrent.name,
      skip: webtorrent.skip,
      doneEvent: 'complete',
      seed: webtorrent.seedTrusting,
      leech: webtorrent.leech,
      check: webtorrent.leech,
    },
  ];
}
