/** The programs that are measured, each driven as in the interop tests. */
import { checkOurs, getOurs, seedOurs } from '../packages/bittorrent/test/interop/peers/coequal.ts';
import { libtorrent, libtorrentUtp } from '../packages/bittorrent/test/interop/peers/libtorrent.ts';
import type {
  LinePeer,
  LineProgram,
  SeedJob,
} from '../packages/bittorrent/test/interop/peers/line-peer.ts';
import type { Job } from '../packages/bittorrent/test/interop/peers/program.ts';
import { webtorrent, webtorrentUtp } from '../packages/bittorrent/test/interop/peers/webtorrent.ts';

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

/** How ours is started. */
export interface Ours {
  /** The file of the command. */
  readonly command: string;
  /** A folder that it writes CPU profiles into. */
  readonly profiles: string | undefined;
}

/** Over TCP. */
export function clients(ours: Ours): readonly Client[] {
  return [
    coequal(ours, ['--transport', 'tcp']),
    foreign(libtorrent, { speaksV2: true, doneEvent: 'finished' }), // it writes on for some milliseconds
    foreign(webtorrent, { speaksV2: false, doneEvent: 'complete' }),
  ];
}

/** Over uTP alone. */
export function utpClients(ours: Ours): readonly Client[] {
  return [
    coequal(ours, ['--transport', 'utp']),
    foreign(libtorrentUtp, { speaksV2: true, doneEvent: 'finished' }),
    foreign(webtorrentUtp, { speaksV2: false, doneEvent: 'complete' }),
  ];
}

function coequal({ command, profiles }: Ours, transport: readonly string[]): Client {
  const nodeFlags = profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}`];
  return {
    name: 'coequal',
    skip: false,
    speaksV2: true,
    doneEvent: 'complete',
    seed(job, signal) {
      const limit = job.uploadLimit === undefined ? [] : ['--up-limit', String(job.uploadLimit)];
      const flags = ['--trust', ...transport, ...limit];
      return seedOurs({ ...job, command, nodeFlags, flags }, signal);
    },
    leech: (job, signal) => getOurs({ ...job, command, nodeFlags, flags: transport }, signal),
    check: (job, signal) => checkOurs({ ...job, command, nodeFlags }, signal),
  };
}

function foreign(
  { name, skip, seedTrusting, leech }: LineProgram,
  more: Pick<Client, 'speaksV2' | 'doneEvent'>,
): Client {
  return { name, skip, ...more, seed: seedTrusting, leech, check: leech };
}
