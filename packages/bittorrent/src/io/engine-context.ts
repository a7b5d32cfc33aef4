/** What an engine gives to each of its torrents. */
import type { Ports, SafePath } from '@coequal/base';
import type { PeerId } from '../core/ids.ts';
import type { SharedStorage } from './storage/shared-storage.ts';
import type { UdpTrackers } from './tracker/tracker-udp.ts';
import type { SharedLimits } from './swarm/shared-limits.ts';
import type { LockNeeds } from './storage/torrent-lock.ts';

export interface EngineContext {
  readonly ports: Ports;
  readonly limits: SharedLimits;
  readonly storage: SharedStorage;
  /** Sockets and connection ids for UDP trackers. */
  readonly udpTrackers: UdpTrackers;
  /** Undefined: nothing is kept over a restart. */
  readonly resumeDirectory: SafePath | undefined;
  /** Undefined: torrents are not locked. */
  readonly lock: LockNeeds | undefined;
  readonly peerId: PeerId;
  /** Undefined when nothing listens. */
  readonly listenPort: number | undefined;
  /** Name and version, as told to peers (BEP 10 `v`). */
  readonly clientName: string;
}
