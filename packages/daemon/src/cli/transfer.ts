/** One torrent from beginning to end, as `get` and `seed` run it. */
import { openPortsWithin, listenAddresses } from '../reach.ts';
import type { PortsWithin, Reach } from '../reach.ts';
import { resumeDirectory } from '../home.ts';
import { lockNeeds } from '../process-lock.ts';
import { isAbort, sleep } from '@coequal/base';
import type { Endpoint, Ports } from '@coequal/base';
import { Engine } from '@coequal/bittorrent';
import type { AddOptions, DiscoveryOptions, Torrent, Transport } from '@coequal/bittorrent';
import { followKey } from './follow-key.ts';
import { watchNetwork } from '../network-watch.ts';
import { contactsOf } from './contacts.ts';
import { openPortMapping } from './map-port.ts';
import type { Shell } from './shell.ts';
import { openView } from './open-view.ts';
import { momentOf } from './transfer-view.ts';
import type { TransferMoment, TransferView } from './transfer-view.ts';
import type { HostPort } from './values.ts';

/** Between two looks at a transfer: people read no faster, and programs are promised about a second. */
const PROGRESS_INTERVAL_MS = 1_000;

/** The flags that `get` and `seed` have in common. */
export interface NetworkOptions {
  readonly listen: number;
  readonly peer: readonly HostPort[];
  readonly trackers: boolean;
  /** Peers are found in the DHT, by other peers and in the local network, too. */
  readonly discovery: false | DiscoveryOptions;
  readonly transport: Transport;
  /** The router is asked to let peers in. */
  readonly portMapping: boolean;
  readonly upLimit?: number;
  readonly downLimit?: number;
  readonly reach: Reach;
  /** The address or the interface that everything leaves from. */
  readonly bind?: string;
}

/** What is to be done with the torrent. */
export interface TransferPlan {
  readonly network: NetworkOptions;
  /** Absolute. */
  readonly downloadDirectory: string;
  readonly addOptions: AddOptions;
  /** The .torrent's bytes, or a magnet link. */
  load(): Promise<string | Uint8Array>;
  /** Resolves when there is no more to do; rejects with what went wrong, or when stopped. */
  run(torrent: Torrent, view: TransferView, ports: Ports, engine: Engine): Promise<void>;
}

export async function runTransfer(plan: TransferPlan, shell: Shell): Promise<void> {
  const { network } = plan;
  const startsHasher = plan.addOptions.readOnly !== true;
  await using ports = openPortsWithin(network.reach, { startsHasher, bind: network.bind });
  const startedAt = ports.clock.now();
  const source = await plan.load();
  await using engine = await openEngine(plan, ports, shell.stop);
  await using mapping = await openPortMapping(network, engine, ports, shell);
  using _watch = watchNetwork(ports.binding, ports.clock, () => {
    engine.networkChanged();
    mapping?.networkChanged();
  });
  const view = await openView(shell, () => ports.clock.now());
  try {
    const found = await followKey(source, engine, network, ports.clock, shell);
    const peers = await resolvePeers(network.peer, ports, shell.stop);
    const torrent = await engine.add(found, {
      ...plan.addOptions,
      peers,
      useTrackers: network.trackers,
    });
    // whoever is told of the port and comes at once is let in: the torrent is there
    if (engine.port !== undefined) view.listening(engine.port);
    view.contacts(contactsOf(torrent, found, network), network.reach);
    try {
      await watched(torrent, view, ports, () => plan.run(torrent, view, ports, engine));
    } finally {
      await torrent[Symbol.asyncDispose](); // what was fetched is durable before we say so
      const { downloaded, uploaded, wasted } = torrent.stats;
      const seconds = Math.round(ports.clock.now() - startedAt) / 1_000;
      view.summary({ downloaded, uploaded, wasted, seconds });
    }
  } finally {
    view.close();
  }
}

async function openEngine(
  plan: TransferPlan,
  ports: PortsWithin,
  signal: AbortSignal,
): Promise<Engine> {
  const { network, downloadDirectory } = plan;
  const addresses = listenAddresses(network.reach, ports.binding);
  const { upLimit, downLimit } = network;
  return await Engine.open(
    {
      downloadDirectory,
      resumeDirectory: resumeDirectory(),
      lock: lockNeeds(),
      port: network.listen,
      discovery: network.discovery,
      transport: network.transport,
      signal,
      ...(addresses !== undefined && { addresses }),
      ...(upLimit !== undefined && { uploadBytesPerSecondMax: upLimit }),
      ...(downLimit !== undefined && { downloadBytesPerSecondMax: downLimit }),
    },
    ports,
  );
}

/** Shows how it goes, from the first moment to the last, while `run` runs. */
async function watched(
  torrent: Torrent,
  view: TransferView,
  ports: PortsWithin,
  run: () => Promise<void>,
): Promise<void> {
  const watching = new AbortController();
  const watch = watchProgress(torrent, view, ports, watching.signal);
  try {
    await run();
  } finally {
    watching.abort();
    await watch;
  }
}

async function watchProgress(
  torrent: Torrent,
  view: TransferView,
  { clock, binding }: PortsWithin,
  signal: AbortSignal,
): Promise<void> {
  try {
    while (!signal.aborted) {
      await sleep(clock, PROGRESS_INTERVAL_MS, signal);
      view.progress(withMissing(momentOf(torrent, clock.now()), binding?.missing ?? []));
    }
  } catch (error) {
    if (!isAbort(error, signal)) throw error;
  }
}

/** When nothing can move because of it, that is why. */
function withMissing(moment: TransferMoment, missing: readonly string[]): TransferMoment {
  const addresses = missing.length === 1 ? 'address' : 'addresses';
  const are = missing.length === 1 ? 'is' : 'are';
  const reason =
    `the ${addresses} ${missing.join(' and ')} that --bind names ${are} gone; ` +
    'nothing is sent another way, and it goes on when they are back';
  return missing.length === 0 ? moment : { ...moment, reason, topic: reason };
}

async function resolvePeers(
  peers: readonly HostPort[],
  { net }: Ports,
  signal: AbortSignal,
): Promise<readonly Endpoint[]> {
  const found = await Promise.all(
    peers.map(async ({ host, port }) => {
      const addresses = await net.resolve(host, signal);
      return addresses.map((address) => ({ host: address, port }));
    }),
  );
  return found.flat();
}
