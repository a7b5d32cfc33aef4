/**
 * The swarm of the demo: one seed and several peers on this computer share a made-up folder, each told of those before
 * it. They listen on loopback, and look for nobody.
 */
import { createHash, randomFillSync } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert, rootPath, sleep } from '@coequal/base';
import type { Endpoint, Ports } from '@coequal/base';
import { createTorrent, Engine } from '@coequal/bittorrent';
import type { Torrent, TorrentStats } from '@coequal/bittorrent';

export interface DemoPlan {
  /** Absolute; the peers' folders are made in it, and are the caller's to remove. */
  readonly folder: string;
  /** Those that fetch; the seed is one more. */
  readonly peers: number;
  /** Bytes of the shared folder. */
  readonly size: number;
  /** So long the seed alone takes to give everything away once: time to see the others pass it on. */
  readonly seedSeconds: number;
  openPorts(): Ports & AsyncDisposable;
}

export interface DemoPeer {
  readonly name: string;
  readonly stats: TorrentStats;
}

export type DemoStep =
  | { readonly type: 'making' }
  | { readonly type: 'begins'; readonly size: number }
  /** Several times a second. */
  | { readonly type: 'sharing'; readonly peers: readonly DemoPeer[] }
  | { readonly type: 'comparing' };

export interface DemoResult {
  readonly peers: readonly DemoPeer[];
  /** Every peer has, file by file, what the seed has. */
  readonly isEqual: boolean;
  readonly seconds: number;
  /** Of all bytes that were given, those that the seed did not give: 0 to 1. */
  readonly passedOn: number;
}

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

/** Rejects with the LocalFaults of the disk, or the signal's reason; nothing runs any more then. */
export async function runDemoSwarm(
  plan: DemoPlan,
  onStep: (step: DemoStep) => void,
  signal: AbortSignal,
): Promise<DemoResult> {
  onStep({ type: 'making' });
  const folder = join(plan.folder, 'seed', 'shared folder');
  const made = await makeFolder(folder, plan.size);
  await using resources = new AsyncDisposableStack();
  const file = await makeTorrent(folder, plan, signal);
  onStep({ type: 'begins', size: made });
  const startedAt = performance.now();
  const peers = await openPeers(file, plan, resources, signal);
  await watchUntilDone(peers, plan, onStep, signal);
  const seconds = (performance.now() - startedAt) / 1_000;
  const stats = look(peers);
  await resources.disposeAsync(); // all is on disk now
  onStep({ type: 'comparing' });
  signal.throwIfAborted();
  return {
    peers: stats,
    isEqual: await areEqual(peers),
    seconds,
    passedOn: passedOnOf(stats.map((peer) => peer.stats)),
  };
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

async function makeTorrent(
  folder: string,
  plan: DemoPlan,
  signal: AbortSignal,
): Promise<Uint8Array> {
  await using ports = plan.openPorts();
  return await createTorrent({ path: rootPath(folder), version: 'hybrid' }, ports, signal);
}

async function openPeers(
  file: Uint8Array,
  plan: DemoPlan,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<readonly Peer[]> {
  const known: Endpoint[] = [];
  const opened: Peer[] = [];
  for (let index = 0; index <= plan.peers; index++) {
    signal.throwIfAborted();
    const isSeed = index === 0;
    const name = isSeed ? 'seed' : `peer ${index}`;
    const directory = join(plan.folder, name);
    const ports = resources.use(plan.openPorts());
    const engine = resources.use(
      await Engine.open(
        {
          downloadDirectory: directory,
          addresses: [LOOPBACK],
          discovery: false, // each is told of those before it
          ...(isSeed && { uploadBytesPerSecondMax: Math.ceil(plan.size / plan.seedSeconds) }),
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

async function watchUntilDone(
  peers: readonly Peer[],
  plan: DemoPlan,
  onStep: (step: DemoStep) => void,
  signal: AbortSignal,
): Promise<void> {
  await using ports = plan.openPorts();
  const leechers = peers.slice(1);
  const finished = Promise.all(leechers.map(({ torrent }) => torrent.whenCompleted(signal)));
  for (;;) {
    onStep({ type: 'sharing', peers: look(peers) });
    const frame = sleep(ports.clock, FRAME_MS, signal).then(() => 'frame' as const);
    if ((await Promise.race([finished, frame])) !== 'frame') break;
  }
  onStep({ type: 'sharing', peers: look(peers) });
}

function look(peers: readonly Peer[]): readonly DemoPeer[] {
  return peers.map(({ name, torrent }) => ({ name, stats: torrent.stats }));
}

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

function passedOnOf(stats: readonly TorrentStats[]): number {
  const fromSeed = stats[0]?.uploaded ?? 0;
  const all = stats.reduce((sum, { uploaded }) => sum + uploaded, 0);
  return all === 0 ? 0 : (all - fromSeed) / all;
}
