/** aria2, told what to do on its command line and watched by what it prints. */
import { existsSync } from 'node:fs';
import { freePort } from '../../../../base/test/node/free-port.ts';
import { PeerProcess } from './peer-process.ts';
import { skipWithout } from './program.ts';
import type { Job, Program, RunningPeer } from './program.ts';

const COMMAND = '/usr/bin/aria2c';

const NETWORK = [
  '--enable-dht=false',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--enable-peer-exchange=false',
  '--disable-ipv6=true',
  '--interface=127.0.0.1',
];
const QUIET = ['--no-conf', '--summary-interval=0', '--show-console-readout=false'];
const FILES = ['--file-allocation=none', '--check-integrity=true', '--allow-overwrite=true'];

export const aria2: Program = {
  name: 'aria2',
  skip: skipWithout(existsSync(COMMAND), 'install the Debian package aria2'),
  dials: false,
  async seed(job, signal) {
    return await start(job, '--seed-ratio=0.0', signal);
  },
  async leech(job, signal) {
    return await start(job, '--seed-time=0', signal); // it ends when it has all
  },
};

async function start(
  { torrent, directory }: Job,
  seeding: string,
  signal: AbortSignal,
): Promise<RunningPeer> {
  const port = await freePort();
  await using resources = new AsyncDisposableStack();
  const own = [`--listen-port=${port}`, `--dir=${directory}`, seeding];
  const process = resources.use(
    await PeerProcess.start(
      { command: COMMAND, args: () => [...QUIET, ...NETWORK, ...FILES, ...own, torrent] },
      signal,
    ),
  );
  // after it has looked at what is there
  await process.whenLine(/BitTorrent: listening on TCP port/);
  resources.move();
  return {
    port,
    pid: process.pid,
    whenComplete: () => process.whenDone(),
    kill: () => process.kill(),
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
