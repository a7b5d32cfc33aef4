/** The programs that are measured, each driven as in the interop tests. */
import { checkOurs, getOurs, seedOurs } from '../packages/bittorrent/test/interop/peers/coequal.ts';
import { libtorrent } from '../packages/bittorrent/test/interop/peers/libtorrent.ts';
import type { LinePeer, SeedJob } from '../packages/bittorrent/test/interop/peers/line-peer.ts';
import type { Job } from '../packages/bittorrent/test/interop/peers/program.ts';
import { webtorrent } from '../packages/bittorrent/test/interop/peers/webtorrent.ts';

type Start = (job: Job, signal: AbortSignal) => Promise<LinePeer>;

export interface Client {
  readonly name: string;
  /** Why it cannot be measured here. */
  readonly skip: string | false;
  /** Torrents of BEP 52, without a v1 part. */
  readonly speaksV2: boolean;
  /** What it says when it has, and has verified, all. */
  readonly doneEvent: string;
  /** Serves without looking at what it has; resolves when it can be dialled. */
  readonly seed: (job: SeedJob, signal: AbortSignal) => Promise<LinePeer>;
  readonly leech: Start;
  /** Hashes what is there. */
  readonly check: Start;
}

/** `command` is the file of ours. With `profiles`, it writes CPU profiles into that folder. */
export function clients(command: string, profiles: string | undefined): readonly Client[] {
  const nodeFlags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  return [
    {
      name: 'coequal',
      skip: false,
      speaksV2: true,
      doneEvent: 'complete',
      seed(job, signal) {
        const limit = job.uploadLimit === undefined ? [] : ['--up-limit', String(job.uploadLimit)];
        return seedOurs({ ...job, command, nodeFlags, flags: ['--trust', ...limit] }, signal);
      },
      leech: (job, signal) => getOurs({ ...job, command, nodeFlags }, signal),
      check: (job, signal) => checkOurs({ ...job, command, nodeFlags }, signal),
    },
    {
      name: libtorrent.name,
      skip: libtorrent.skip,
      speaksV2: true,
      doneEvent: 'finished', // it writes on for some milliseconds
      seed: libtorrent.seedTrusting,
      leech: libtorrent.leech,
      check: libtorrent.leech,
    },
    {
      name: webtorrent.name,
      skip: webtorrent.skip,
      speaksV2: false,
      doneEvent: 'complete',
      seed: webtorrent.seedTrusting,
      leech: webtorrent.leech,
      check: webtorrent.leech,
    },
  ];
}
