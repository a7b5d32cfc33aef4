/** Who looks for peers of the public torrents of an engine. */
import type { Ports, SafePath } from '@coequal/base';
import type { OwnReach } from '../core/swarm/own-reach.ts';
import type { HostPort } from './dht/dht-contacts.ts';
import { DhtDiscovery } from './dht/dht-discovery.ts';
import { LocalDiscovery } from './lsd/local-discovery.ts';
import type { PeerFinder } from './peer-finder.ts';
import type { SharedUdp } from './utp/shared-udp.ts';

export interface DiscoveryOptions {
  /** Nodes of the DHT to begin with, as long as no others are known. */
  readonly dhtBootstrap?: readonly HostPort[];
  /** The DHT is one of this computer or of a private network: private addresses are part of it. */
  readonly isPrivateNetwork?: boolean;
}

/** Where we are. */
export interface FinderPlace {
  readonly addresses?: readonly string[];
  readonly reach: OwnReach;
  readonly usesUtp: boolean;
  readonly stateDirectory: SafePath | undefined;
}

export interface Finders {
  readonly all: readonly PeerFinder[];
  readonly dht: DhtDiscovery | undefined;
}

/** `resources` own them. */
export async function openFinders(
  { dhtBootstrap = [], isPrivateNetwork = false }: DiscoveryOptions,
  { addresses, reach, usesUtp, stateDirectory }: FinderPlace,
  udp: SharedUdp | undefined,
  ports: Ports,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Finders> {
  const local = await LocalDiscovery.open(
    { listenPort: reach.listenPort, addresses },
    ports,
    signal,
  );
  if (local !== undefined) resources.use(local);
  const dht =
    udp &&
    (await DhtDiscovery.open(
      {
        bootstrap: dhtBootstrap,
        acceptsPrivate: isPrivateNetwork,
        reach,
        usesUtp,
        stateDirectory,
      },
      udp,
      ports,
      signal,
    ));
  if (dht !== undefined) resources.use(dht);
  return { all: [local, dht].filter((finder) => finder !== undefined), dht };
}
