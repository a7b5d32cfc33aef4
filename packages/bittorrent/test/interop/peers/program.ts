/** What a test asks of any BitTorrent program, ours or another's. */

export interface Job {
  /** The path of a .torrent file, or a magnet link. */
  readonly torrent: string;
  /** The folder in which the content is, or is to be. */
  readonly directory: string;
  /** Ports of peers on 127.0.0.1 to dial at once; some programs cannot be told (see `dials`). */
  readonly peers?: readonly number[];
  /** How it may find peers; ours does both, or neither. */
  readonly discover?: readonly ('pex' | 'lsd')[];
}

export interface RunningPeer extends AsyncDisposable {
  readonly pid: number;
  /** Where it can be dialled on 127.0.0.1. */
  readonly port: number;
  /** Resolves when it has, and has verified, everything. */
  whenComplete(): Promise<void>;
  /** Ends it with no chance to save anything. */
  kill(): Promise<void>;
}

export interface Program<Peer extends RunningPeer = RunningPeer> {
  readonly name: string;
  /** What to install when it is not there. */
  readonly skip: string | false;
  /** Whether it can be told of peers. */
  readonly dials: boolean;
  /** Whether it leaves out files without bytes. */
  readonly skipsEmptyFiles?: boolean;
  /** Resolves when it has verified its content and can be dialled. */
  readonly seed: (job: Job, signal: AbortSignal) => Promise<Peer>;
  /** Resolves when it can be dialled. */
  readonly leech: (job: Job, signal: AbortSignal) => Promise<Peer>;
}

/** For `skip` on a test. */
export function skipWithout(isFound: boolean, hint: string): string | false {
  return isFound ? false : hint;
}
