/** Transmission's daemon, driven by its RPC. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../../base/test/node/free-port.ts';
import { PeerProcess } from './peer-process.ts';
import { skipWithout } from './program.ts';
import type { Job, Program, RunningPeer } from './program.ts';

const COMMAND = '/usr/bin/transmission-daemon';

/** Its RPC has no events; so often it is asked. */
const ASK_INTERVAL_MS = 50;

/** Values of `status` (its rpc-spec.txt): what a torrent does that has everything it wants. */
const SEEDING = new Set([5, 6]);

export const transmission: Program = programWith({ usesUtp: false });

/** The same with uTP; it listens on TCP all the same. */
export const transmissionUtp: Program = programWith({ usesUtp: true });

interface Options {
  readonly usesUtp: boolean;
}

function programWith(options: Options): Program {
  const leech: Program['leech'] = (job, signal) => start(job, options, signal);
  return {
    name: 'transmission',
    skip: skipWithout(existsSync(COMMAND), 'install the Debian package transmission-daemon'),
    dials: false, // it takes no peer at 127/8 from anyone
    skipsEmptyFiles: true, // 3.00
    async seed(job, signal) {
      const peer = await leech(job, signal);
      await peer.whenComplete();
      return peer;
    },
    leech,
  };
}

async function start(job: Job, options: Options, signal: AbortSignal): Promise<RunningPeer> {
  const port = await freePort();
  const rpcPort = await freePort();
  await using resources = new AsyncDisposableStack();
  const args = async (home: string): Promise<string[]> => {
    await writeFile(join(home, 'settings.json'), settings(port, rpcPort, job.directory, options));
    return ['--foreground', '--config-dir', home, '--log-error'];
  };
  const process = resources.use(await PeerProcess.start({ command: COMMAND, args }, signal));
  const rpc = new Rpc(rpcPort, signal);
  await Promise.race([rpc.whenServing(), process.whenDone()]);
  const source = job.torrent.startsWith('magnet:')
    ? { filename: job.torrent }
    : { metainfo: (await readFile(job.torrent)).toString('base64') };
  await rpc.call('torrent-add', source);
  resources.move();
  return {
    port,
    pid: process.pid,
    whenComplete: () => rpc.whenComplete(),
    kill: () => process.kill(),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

function settings(port: number, rpcPort: number, directory: string, { usesUtp }: Options): string {
  return JSON.stringify({
    'bind-address-ipv4': '127.0.0.1',
    'bind-address-ipv6': '::1',
    'dht-enabled': false,
    'download-dir': directory,
    encryption: 0,
    'incomplete-dir-enabled': false,
    'lpd-enabled': false,
    'peer-port': port,
    'pex-enabled': false,
    'port-forwarding-enabled': false,
    'rpc-authentication-required': false,
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': rpcPort,
    'utp-enabled': usesUtp,
  });
}

interface TorrentReport {
  readonly leftUntilDone: number;
  readonly metadataPercentComplete: number;
  readonly status: number;
  readonly errorString: string;
}

class Rpc {
  readonly #url: string;
  readonly #signal: AbortSignal;
  #sessionId = '';

  constructor(port: number, signal: AbortSignal) {
    this.#url = `http://127.0.0.1:${port}/transmission/rpc`;
    this.#signal = signal;
  }

  async whenServing(): Promise<void> {
    for (;;) {
      try {
        await this.call('session-get');
        return;
      } catch (error) {
        // what fetch throws while nothing listens
        if (!(error instanceof TypeError)) throw error;
      }
      await delay(ASK_INTERVAL_MS, undefined, { signal: this.#signal });
    }
  }

  async whenComplete(): Promise<void> {
    const fields = ['leftUntilDone', 'metadataPercentComplete', 'status', 'errorString'];
    for (;;) {
      const { torrents = [] } = await this.call('torrent-get', { fields });
      const [report] = torrents;
      if (report?.errorString) throw new Error(report.errorString);
      const isWhole = report?.metadataPercentComplete === 1 && report.leftUntilDone === 0;
      if (isWhole && SEEDING.has(report.status)) return;
      await delay(ASK_INTERVAL_MS, undefined, { signal: this.#signal });
    }
  }

  async call(
    method: string,
    given: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly torrents?: readonly TorrentReport[] }> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'X-Transmission-Session-Id': this.#sessionId },
      body: JSON.stringify({ method, arguments: given }),
      signal: this.#signal,
    });
    if (response.status === 409) {
      await response.body?.cancel();
      this.#sessionId = response.headers.get('X-Transmission-Session-Id') ?? '';
      return await this.call(method, given);
    }
    const answer = (await response.json()) as RpcAnswer; // as its rpc-spec.txt has it
    if (answer.result !== 'success') throw new Error(`Transmission: ${method}: ${answer.result}`);
    return answer.arguments;
  }
}

interface RpcAnswer {
  readonly result: string;
  readonly arguments: { readonly torrents?: readonly TorrentReport[] };
}
