/** What a way to find peers is to an engine, so that another one (a DHT) is plugged in by a few lines. */
import type { Cancel, Endpoint } from '@coequal/base';
import type { InfoHash } from '../core/ids.ts';
import type { PeerSource } from '../core/swarm/peer-source.ts';

/** A torrent whose peers are looked for; never a private one (BEP 27). */
export interface SoughtTorrent {
  readonly infoHashes: readonly InfoHash[];
  /** How many more addresses would be of use. */
  peersWanted(): number;
  /** We have all of it. */
  isSeed(): boolean;
  /** `giver`: the host that told of them, where anyone can be. */
  found(peers: readonly Endpoint[], giver?: string): void;
}

/** Finds peers for all torrents of an engine. */
export interface PeerFinder {
  readonly source: PeerSource;
  /** From now on peers of the torrent are looked for, until what is returned is called. */
  seek(torrent: SoughtTorrent): Cancel;
  /** This computer has other addresses now: what was not found may be, and others should know. */
  networkChanged(): void;
}
