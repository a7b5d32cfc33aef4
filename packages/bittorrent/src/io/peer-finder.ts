/** What a way to find peers is to an engine, so that another one (a DHT) is plugged in by a few lines. */
import type { Endpoint, Millis } from '@coequal/base';
import type { InfoHash } from '../core/ids.ts';
import type { PeerSource, SourceState } from '../core/swarm/peer-source.ts';

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

/** The search for peers of one torrent, by one finder. */
export interface Seeking {
  state(now: Millis): SourceState;
  stop(): void;
}

/** Finds peers for all torrents of an engine. */
export interface PeerFinder {
  readonly source: PeerSource;
  /** Of the DHT. */
  readonly nodes?: number;
  /** From now on peers of the torrent are looked for, until what is returned is stopped. */
  seek(torrent: SoughtTorrent): Seeking;
  /** This computer has other addresses now: what was not found may be, and others should know. */
  networkChanged(): void;
}
