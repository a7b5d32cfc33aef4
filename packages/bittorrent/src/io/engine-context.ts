/** What an engine gives to each of its torrents. */
import type { Net, Ports, SafePath } from '@coequal/base';
import type { AnswerCounts } from '../core/answer-counts.ts';
import type { PeerId } from '../core/ids.ts';
import type { OwnReach } from '../core/swarm/own-reach.ts';
import type { DhtDiscovery } from './dht/dht-discovery.ts';
import type { DiscoveryWays } from './discovery-ways.ts';
import type { PeerFinder } from './peer-finder.ts';
import type { SharedStorage } from './storage/shared-storage.ts';
import type { UdpTrackers } from './tracker/tracker-udp.ts';
import type { SharedLimits } from './swarm/shared-limits.ts';
import type { Transport } from './utp/dial-race.ts';
import type { LockNeeds } from './storage/torrent-lock.ts';

export interface EngineContext {
  readonly ports: Ports;
  /** Over uTP alone; undefined where that is not used. */
  readonly dialUtp: Net['dial'] | undefined;
  /** Over uTP, or TCP where that does not connect at once; undefined where only one of them is used. */
  readonly dialUtpFirst: Net['dial'] | undefined;
  readonly limits: SharedLimits;
  readonly storage: SharedStorage;
  /** Sockets and connection ids for UDP trackers. */
  readonly udpTrackers: UdpTrackers;
  /** Undefined: nothing is kept over a restart. */
  readonly resumeDirectory: SafePath | undefined;
  /** Undefined: torrents are not locked. */
  readonly lock: LockNeeds | undefined;
  /** Peers of public torrents are found by other peers, too (BEP 11). */
  readonly discovery: DiscoveryWays;
  /** Who looks for peers of public torrents: nobody without `discovery`. */
  readonly finders: readonly PeerFinder[];
  /** That of them to which peers may name nodes. */
  readonly dht: DhtDiscovery | undefined;
  readonly peerId: PeerId;
  readonly reach: OwnReach;
  readonly dials: AnswerCounts;
  readonly transport: Transport;
  /** Name and version, as told to peers (BEP 10 `v`). */
  readonly clientName: string;
}
