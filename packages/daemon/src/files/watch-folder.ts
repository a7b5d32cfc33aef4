/** The service that looks into a folder: .torrent files and magnet links that are put there are added. */
import { open, readdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFault, PeerFault, sleep } from '@coequal/base';
import type { Clock } from '@coequal/base';
import { METAINFO_LENGTH_MAX } from '@coequal/bittorrent';
import type { AddTransfer } from '@coequal/contract';
import type { ServiceSpec } from '../peer/supervisor.ts';

/** Notices of the system are missing on network disks; a folder is read in no time. */
const LOOK_MS = 3_000;
/** A `.magnet` file holds one link. */
const MAGNET_LENGTH_MAX = 65_536;
/** Files of one look. */
const FILES_MAX = 1_000;

export interface WatchPlan {
  /** Undefined: none is watched. */
  directory(): string | undefined;
  add(request: AddTransfer, signal: AbortSignal): Promise<void>;
  refused(path: string, error: LocalFault | PeerFault): void;
}

interface Seen {
  readonly length: number;
  readonly changedAt: number;
}

export class WatchFolder implements ServiceSpec {
  readonly name = 'watch-folder';
  readonly #plan: WatchPlan;
  readonly #clock: Clock;
  /** As they were at the last look: what still changes is being written. */
  #seen = new Map<string, Seen>();

  constructor(plan: WatchPlan, clock: Clock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  get isWanted(): boolean {
    return this.#plan.directory() !== undefined;
  }

  async run(onRunning: () => void, signal: AbortSignal): Promise<void> {
    const directory = this.#plan.directory();
    if (directory === undefined) return;
    onRunning();
    for (;;) {
      await this.#look(directory, signal);
      await sleep(this.#clock, LOOK_MS, signal);
    }
  }

  async #look(directory: string, signal: AbortSignal): Promise<void> {
    const seen = new Map<string, Seen>();
    for (const path of await candidatesIn(directory)) {
      const { size: length, mtimeMs: changedAt } = await stat(path);
      const before = this.#seen.get(path);
      seen.set(path, { length, changedAt });
      if (before?.length === length && before.changedAt === changedAt)
        await this.#take(path, signal);
    }
    this.#seen = seen;
  }

  /** It gets another name, so that it is taken once. */
  async #take(path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#plan.add(await requestOf(path), signal);
      await rename(path, `${path}.added`);
    } catch (error) {
      if (!(error instanceof LocalFault || error instanceof PeerFault)) throw error;
      const isKnown = error.code === 'ALREADY_ADDED';
      if (!isKnown) this.#plan.refused(path, error);
      await rename(path, `${path}.${isKnown ? 'added' : 'refused'}`);
    }
  }
}

/** Throws LocalFault `NO_SUCH_FOLDER`. */
async function candidatesIn(directory: string): Promise<string[]> {
  let names;
  try {
    names = await readdir(directory);
  } catch (cause) {
    throw new LocalFault('NO_SUCH_FOLDER', { path: directory }, { cause });
  }
  const taken = names.filter((name) => /\.(torrent|magnet)$/i.test(name)).toSorted();
  return taken.slice(0, FILES_MAX).map((name) => join(directory, name));
}

async function requestOf(path: string): Promise<AddTransfer> {
  const isMagnet = /\.magnet$/i.test(path);
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > (isMagnet ? MAGNET_LENGTH_MAX : METAINFO_LENGTH_MAX))
    throw new LocalFault('TORRENT_FILE_TOO_LONG', { path });
  const bytes = await file.readFile();
  if (isMagnet) return { source: bytes.toString('utf8').trim() };
  return { torrent: bytes.toString('base64') };
}
