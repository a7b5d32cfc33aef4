/** `coequal demo`: one seed and several peers on this computer share a folder, and all of it is checked. */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { assert, rootPath, sleep } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { openPorts } from '@coequal/base/node';
import { createTorrent, Engine } from '@coequal/bittorrent';
import type { Torrent, TorrentStats } from '@coequal/bittorrent';
import { EXIT } from './exit-codes.ts';
import { count, formatBytes, formatDuration } from './format.ts';
import { openDemoView } from './demo-view.ts';
import { inShell } from './shell.ts';
import type { Shell } from './shell.ts';

export interface DemoOptions {
  /** Those that fetch; the seed is one more. */
  readonly peers: number;
  /** Bytes of the folder. */
  readonly size: number;
  readonly keep: boolean;
  readonly json: boolean;
}

/** So long the seed alone takes to give everything away once: time to see the others pass it on. */
const SEED_SECONDS = 2.5;

/** Between two pictures of the swarm. */
const FRAME_MS = 200;

const LOOPBACK = '127.0.0.1';

/** Shares of the folder's size: a few large files among small ones, as in life. */
const FILES: readonly (readonly [path: string, share: number])[] = [
  ['film/the garden.mkv', 0.5],
  ['film/the garden.srt', 0.001],
  ['music/01 morning.flac', 0.15],
  ['music/02 noon.flac', 0.15],
  ['music/03 evening.flac', 0.107],
  ['pictures/café.jpg', 0.05],
  ['pictures/東京.jpg', 0.04],
  ['read me.txt', 0.002],
];

interface Peer {
  readonly name: string;
  readonly directory: string;
  readonly torrent: Torrent;
}

export async function demo(options: DemoOptions): Promise<number> {
  return await inShell({ isJson: options.json }, async (shell) => {
    const base = await mkdtemp(join(tmpdir(), 'coequal-demo-'));
    try {
      return await runDemo(base, options, shell);
    } finally {
      if (options.keep) shell.note(`The folders are in ${base}`);
      else await rm(base, { recursive: true, force: true });
    }
  });
}

async function runDemo(base: string, options: DemoOptions, shell: Shell): Promise<number> {
  const folder = join(base, 'seed', 'shared folder');
  const made = await makeFolder(folder, options.size);
  await using resources = new AsyncDisposableStack();
  const file = await makeTorrent(folder, shell.stop);
  const who = `One seed and ${count(options.peers, 'peer')}`;
  shell.note(`${who} on this computer share a folder of ${formatBytes(made)}.`);
  const startedAt = performance.now();
  const peers = await openPeers(base, file, options, resources);
  await watchUntilDone(peers, shell);
  const seconds = (performance.now() - startedAt) / 1_000;
  const stats = peers.map(({ torrent }) => torrent.stats);
  await resources.disposeAsync(); // all is on disk now
  const isEqual = await areEqual(peers);
  tellResult(peers, stats, { seconds, isEqual }, shell);
  return isEqual ? EXIT.done : EXIT.failed;
}

/** Returns how many bytes it holds. */
async function makeFolder(folder: string, size: number): Promise<number> {
  let made = 0;
  for (const [path, share] of FILES) {
    const place = join(folder, path);
    await mkdir(dirname(place), { recursive: true });
    const bytes = randomFillSync(new Uint8Array(Math.ceil(size * share)));
    await writeFile(place, bytes);
    made += bytes.length;
  }
  return made;
}

async function makeTorrent(folder: string, signal: AbortSignal): Promise<Uint8Array> {
  await using ports = openPorts();
  return await createTorrent({ path: rootPath(folder), version: 'hybrid' }, ports, signal);
}

async function openPeers(
  base: string,
  file: Uint8Array,
  { peers, size }: DemoOptions,
  resources: AsyncDisposableStack,
): Promise<readonly Peer[]> {
  const known: Endpoint[] = [];
  const opened: Peer[] = [];
  for (let index = 0; index <= peers; index++) {
    const isSeed = index === 0;
    const name = isSeed ? 'seed' : `peer ${index}`;
    const directory = join(base, name);
    const ports = resources.use(openPorts({ workers: 1 }));
    const engine = resources.use(
      await Engine.open(
        {
          downloadDirectory: directory,
          addresses: [LOOPBACK],
          discovery: false, // each is told of those before it
          ...(isSeed && { uploadBytesPerSecondMax: Math.ceil(size / SEED_SECONDS) }),
        },
        ports,
      ),
    );
    const torrent = await engine.add(file, {
      trust: isSeed,
      readOnly: isSeed,
      useTrackers: false,
      peers: [...known],
    });
    assert(engine.port !== undefined, 'it listens');
    known.push({ host: LOOPBACK, port: engine.port });
    opened.push({ name, directory, torrent });
  }
  return opened;
}

async function watchUntilDone(peers: readonly Peer[], shell: Shell): Promise<void> {
  await using ports = openPorts();
  using view = await openDemoView(shell);
  const leechers = peers.slice(1);
  const finished = Promise.all(leechers.map(({ torrent }) => torrent.whenCompleted(shell.stop)));
  const show = (): void =>
    view.show(peers.map(({ name, torrent }) => ({ name, stats: torrent.stats })));
  for (;;) {
    show();
    const frame = sleep(ports.clock, FRAME_MS, shell.stop).then(() => 'frame' as const);
    if ((await Promise.race([finished, frame])) !== 'frame') break;
  }
  show();
}

/** Whether every peer has, file by file, what the seed has. */
async function areEqual(peers: readonly Peer[]): Promise<boolean> {
  const digests = await Promise.all(peers.map(({ directory }) => digestOf(directory)));
  return digests.every((digest) => digest === digests[0]);
}

async function digestOf(directory: string): Promise<string> {
  const hash = createHash('sha256');
  for (const [path] of FILES) {
    for await (const part of createReadStream(join(directory, 'shared folder', path))) {
      hash.update(part);
    }
  }
  return hash.digest('hex');
}

function tellResult(
  peers: readonly Peer[],
  stats: readonly TorrentStats[],
  { seconds, isEqual }: { readonly seconds: number; readonly isEqual: boolean },
  shell: Shell,
): void {
  shell.print('');
  shell.print('             took       gave');
  for (const [index, { name }] of peers.entries()) {
    const { downloaded = 0, uploaded = 0 } = stats[index] ?? {};
    shell.emit({ event: 'peer', name, downloaded, uploaded });
    const took = formatBytes(downloaded).padStart(9);
    const gave = formatBytes(uploaded).padStart(9);
    shell.print(`${name.padEnd(8)}${took}  ${gave}`);
  }
  const fromSeed = stats[0]?.uploaded ?? 0;
  const all = stats.reduce((sum, { uploaded }) => sum + uploaded, 0);
  const passedOn = all === 0 ? 0 : Math.round(((all - fromSeed) / all) * 100);
  shell.print('');
  shell.print(
    `${passedOn} % of it the peers gave to each other, in ${formatDuration(seconds)}. ` +
      (isEqual ? 'All have the same bytes (SHA-256).' : 'THE COPIES DIFFER: please report this.'),
  );
  shell.emit({ event: 'done', equal: isEqual, passedOn, seconds });
}
