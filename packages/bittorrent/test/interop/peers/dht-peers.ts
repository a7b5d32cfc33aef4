/** DHT nodes of other programs on loopback. */
import { fileURLToPath } from 'node:url';
import { libtorrent, PYTHON } from './libtorrent.ts';
import { numberIn, PeerProcess } from './peer-process.ts';
import type { PeerEvent } from './peer-process.ts';
import { skipWithout } from './program.ts';

export interface DhtProgram {
  readonly name: string;
  /** Its address on loopback. */
  readonly host: string;
  readonly skip: string | false;
  readonly open: (signal: AbortSignal) => Promise<ForeignNode>;
}

export const libtorrentDht: DhtProgram = libtorrentAt('127.0.0.1', 'libtorrent');

/** BEP 32. */
export const libtorrentDht6: DhtProgram = libtorrentAt('::1', 'libtorrent over IPv6');

function libtorrentAt(host: string, name: string): DhtProgram {
  return {
    name,
    host,
    skip: libtorrent.skip,
    open: (signal) => ForeignNode.open(PYTHON, ['libtorrent-dht.py', host], signal),
  };
}

/** Of npm, written in JavaScript. */
export const bittorrentDht: DhtProgram = {
  name: 'bittorrent-dht',
  host: '127.0.0.1',
  skip: skipWithout(isInstalled(), 'install the npm package bittorrent-dht'),
  open: (signal) => ForeignNode.open(process.execPath, ['bittorrent-dht-peer.mjs'], signal),
};

export class ForeignNode implements AsyncDisposable {
  readonly port: number;
  readonly #process: PeerProcess;

  private constructor(process: PeerProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async open(
    command: string,
    [script = '', ...more]: readonly string[],
    signal: AbortSignal,
  ): Promise<ForeignNode> {
    await using resources = new AsyncDisposableStack();
    const args = (): string[] => [fileURLToPath(new URL(script, import.meta.url)), ...more];
    const env = { PYTHONDONTWRITEBYTECODE: '1' };
    const process = resources.use(await PeerProcess.start({ command, args, env }, signal));
    const port = numberIn(await process.whenEvent('listening'), 'port');
    resources.move();
    return new ForeignNode(process, port);
  }

  do(command: { readonly do: string; readonly [field: string]: unknown }): void {
    this.#process.send(JSON.stringify(command));
  }

  when(event: string, isWanted?: (event: PeerEvent) => boolean): Promise<PeerEvent> {
    return this.#process.whenEvent(event, isWanted);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#process[Symbol.asyncDispose]();
  }
}

function isInstalled(): boolean {
  try {
    import.meta.resolve('bittorrent-dht');
    return true;
  } catch {
    return false; // not among the packages here
  }
}
