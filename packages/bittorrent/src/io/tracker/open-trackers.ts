/** A torrent's session with its trackers: what they are told of it, and where their answers go. */
import type { InfoHash } from '../../core/ids.ts';
import type { EngineContext } from '../engine-context.ts';
import type { Swarm } from '../swarm/swarm.ts';
import { TrackerSession } from './tracker-client.ts';

export interface TrackedTorrent {
  readonly tiers: readonly (readonly string[])[];
  readonly infoHashes: readonly InfoHash[];
  readonly isPrivate: boolean;
  readonly swarm: Swarm;
  totals(): { readonly uploaded: number; readonly downloaded: number; readonly left: number };
  /** Nothing is being fetched that is wanted, and it is not the disk's fault. */
  isStarving(): boolean;
}

export function openTrackers(
  torrent: TrackedTorrent,
  { ports, peerId, reach, udpTrackers }: EngineContext,
  signal: AbortSignal,
): TrackerSession {
  const { tiers, infoHashes, isPrivate, swarm } = torrent;
  return TrackerSession.open(
    {
      tiers,
      infoHashes,
      peerId,
      isPrivate,
      portFor: (host) => reach.portFor(host) ?? 0,
      totals: () => torrent.totals(),
      peersWanted: () => swarm.peersWanted,
      isStarving: () => torrent.isStarving(),
      udpTrackers,
      onPeers: (peers) => swarm.dialer.add(peers, 'tracker'),
      // how it sees us (BEP 24): an address of its list that is ours need not be dialled
      onExternalAddress(host) {
        swarm.dialer.toldOwnHost(host);
        const port = reach.portFor(host);
        if (port !== undefined) swarm.dialer.pool.toldOwn({ host, port }, ports.clock.now());
      },
    },
    ports,
    signal,
  );
}
