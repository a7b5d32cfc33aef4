/** A running peer whose output is events as `coequal --json` writes them. */
import { numberIn, PeerProcess } from './peer-process.ts';
import type { PeerEvent, StartOptions } from './peer-process.ts';
import type { Job, Program, RunningPeer } from './program.ts';

export class LinePeer implements RunningPeer {
  readonly process: PeerProcess;
  readonly port: number;

  private constructor(process: PeerProcess, port: number) {
    this.process = process;
    this.port = port;
  }

  /** Resolves when it listens; with `isComplete` also when it has all. */
  static async start(
    options: StartOptions,
    isComplete: boolean,
    signal: AbortSignal,
  ): Promise<LinePeer> {
    await using resources = new AsyncDisposableStack();
    const process = resources.use(await PeerProcess.start(options, signal));
    const listening = await process.whenEvent('listening');
    if (isComplete) await process.whenEvent('complete');
    resources.move();
    return new LinePeer(process, numberIn(listening, 'port'));
  }

  get pid(): number {
    return this.process.pid;
  }

  async whenComplete(): Promise<void> {
    await this.process.whenEvent('complete');
  }

  /** Stops it; what it tells at its end. */
  async summary(): Promise<PeerEvent> {
    await this.process.stop();
    return await this.process.whenEvent('summary');
  }

  kill(): Promise<void> {
    return this.process.kill();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.process[Symbol.asyncDispose]();
  }
}

/** A program that a helper of ours drives, and what it is given: a torrent, a folder, ports to dial. */
export interface Helper {
  readonly name: string;
  readonly skip: string | false;
  readonly command: string;
  readonly script: string;
  /** More arguments, always. */
  readonly flags?: readonly string[];
}

export interface SeedJob extends Job {
  /** Bytes per second that it sends at most. */
  readonly uploadLimit?: number;
  readonly isSuperSeed?: boolean;
}

export interface LineProgram extends Program<LinePeer> {
  /** A seed that does not hash what it has. */
  readonly seedTrusting: (job: SeedJob, signal: AbortSignal) => Promise<LinePeer>;
}

export function lineProgram(helper: Helper): LineProgram {
  const { name, skip, command, script, flags: always = [] } = helper;
  const start = (
    { torrent, directory, peers = [], discover = [] }: Job,
    flags: readonly string[],
    isComplete: boolean,
    signal: AbortSignal,
  ): Promise<LinePeer> => {
    const dialled = peers.flatMap((port) => ['--peer', String(port)]);
    const found = discover.flatMap((kind) => ['--discover', kind]);
    const own = [...dialled, ...found, ...always, ...flags];
    const args = (): string[] => [script, torrent, directory, ...own];
    return LinePeer.start({ command, args }, isComplete, signal);
  };
  return {
    name,
    skip,
    dials: true,
    seed: (job, signal) => start(job, [], true, signal),
    seedTrusting(job, signal) {
      const limit = job.uploadLimit === undefined ? [] : ['--up-limit', String(job.uploadLimit)];
      const superSeed = job.isSuperSeed === true ? ['--super-seed'] : [];
      return start(job, ['--trust', ...superSeed, ...limit], true, signal);
    },
    leech: (job, signal) => start(job, [], false, signal),
  };
}
