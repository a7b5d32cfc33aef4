/** Who looks for peers of the public torrents of an engine. */
import type { Ports, SafePath } from '@coequal/base';
import type { OwnReach } from '../core/swarm/own-reach.ts';
import { discoveryWays } from './discovery-ways.ts';
import type { DiscoveryOptions } from './discovery-ways.ts';
import { DhtDiscovery } from './dht/dht-discovery.ts';
import { LocalDiscovery } from './lsd/local-discovery.ts';
import type { PeerFinder } from './peer-finder.ts';
import type { SharedUdp } from './utp/shared-udp.ts';

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
  options: DiscoveryOptions,
  { addresses, reach, usesUtp, stateDirectory }: FinderPlace,
  udp: SharedUdp | undefined,
  ports: Ports,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<Finders> {
  const { dhtBootstrap = [], isPrivateNetwork = false } = options;
  const ways = discoveryWays(options);
  const { listenPort } = reach;
  const local = ways.lsd
    ? await LocalDiscovery.open({ listenPort, addresses }, ports, signal)
    : undefined;
  if (local !== undefined) resources.use(local);
  const place = { reach, usesUtp, stateDirectory };
  const own = { bootstrap: dhtBootstrap, acceptsPrivate: isPrivateNetwork, ...place };
  const dht = ways.dht && udp ? await DhtDiscovery.open(own, udp, ports, signal) : undefined;
  if (dht !== undefined) resources.use(dht);
  return { all: [local, dht].filter((finder) => finder !== undefined), dht };
}
