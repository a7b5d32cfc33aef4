/** Who announced to us, for each info hash (BEP 5, 33): bounded, and forgotten when it is not repeated. */
import type { Endpoint, Millis } from '@coequal/base';
import { addressFamily } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import type { InfoHash } from '../ids.ts';
import { networkOf } from '../swarm/network.ts';
import { endpointKey, isPrivate } from './address-rules.ts';
import { insertAddress } from './bloom-filter.ts';
import { BLOOM_FILTER_LENGTH } from './krpc-messages.ts';

/** How long an announce counts: programs repeat it every 15 to 30 minutes. */
const PEER_VALID_MS = 35 * 60_000;

/** Info hashes: of those near our id there are fewer in a network of millions. */
const INFO_HASHES_MAX = 4_000;

/** Peers of one info hash; beyond it the oldest goes. */
const PEERS_PER_HASH_MAX = 500;

/** Of them at one address (a /64 of IPv6): more are one person's ports. */
const PEERS_PER_NETWORK_MAX = 4;

/** Peers of all info hashes: some 10 MB. */
const PEERS_MAX = 40_000;

/** Peers in one answer: as many as one datagram has room for beside nodes. */
const GIVEN_IPV4_MAX = 80;
const GIVEN_IPV6_MAX = 30;

interface StoredPeer extends Endpoint {
  readonly isSeed: boolean;
  readonly announcedAt: Millis;
}

export class PeerStore {
  /** Peers from the oldest announce to the youngest; hashes in the order of their last announces. */
  readonly #swarms = new Map<InfoHash, Map<string, StoredPeer>>();
  #peerCount = 0;

  get hashCount(): number {
    return this.#swarms.size;
  }

  get peerCount(): number {
    return this.#peerCount;
  }

  add(infoHash: InfoHash, peer: Endpoint, isSeed: boolean, now: Millis): void {
    const swarm = this.#swarms.get(infoHash) ?? new Map<string, StoredPeer>();
    this.#swarms.delete(infoHash); // so that it becomes the youngest
    this.#swarms.set(infoHash, swarm);
    const key = endpointKey(peer);
    this.#drop(swarm, key);
    if (!isPrivate(peer.host)) this.#dropOthersOf(networkOf(peer.host), swarm);
    const { host, port } = peer;
    swarm.set(key, { host, port, isSeed, announcedAt: now });
    this.#peerCount += 1;
    if (swarm.size > PEERS_PER_HASH_MAX) this.#dropOldest(swarm);
    while (this.#swarms.size > INFO_HASHES_MAX || this.#peerCount > PEERS_MAX) {
      if (!this.#dropOldestHash()) break;
    }
  }

  /** Some of the peers of a family, others each time. */
  sample(
    infoHash: InfoHash,
    family: AddressFamily,
    noSeeds: boolean,
    random: () => number,
    now: Millis,
  ): Endpoint[] {
    const peers = this.#peersOf(infoHash, now).filter(
      (peer) => addressFamily(peer.host) === family && !(noSeeds && peer.isSeed),
    );
    const count = Math.min(peers.length, family === 4 ? GIVEN_IPV4_MAX : GIVEN_IPV6_MAX);
    for (let i = 0; i < count; i++) {
      const at = i + Math.floor(random() * (peers.length - i));
      const [one, other] = [peers[i], peers[at]];
      if (one !== undefined && other !== undefined) [peers[i], peers[at]] = [other, one];
    }
    return peers.slice(0, count).map(({ host, port }) => ({ host, port }));
  }

  /** Undefined when nobody announced. */
  filters(
    infoHash: InfoHash,
    sha1: (bytes: Uint8Array) => Uint8Array,
    now: Millis,
  ): { readonly seeds: Uint8Array; readonly peers: Uint8Array } | undefined {
    const stored = this.#peersOf(infoHash, now);
    if (stored.length === 0) return undefined;
    const seeds = new Uint8Array(BLOOM_FILTER_LENGTH);
    const peers = new Uint8Array(BLOOM_FILTER_LENGTH);
    for (const { host, isSeed } of stored) insertAddress(isSeed ? seeds : peers, host, sha1);
    return { seeds, peers };
  }

  /** Info hashes by lot (BEP 51). */
  sampleHashes(countMax: number, random: () => number): InfoHash[] {
    const all = [...this.#swarms.keys()];
    const chosen: InfoHash[] = [];
    while (chosen.length < countMax && all.length > 0) {
      const at = Math.floor(random() * all.length);
      const last = all.pop();
      const hash = all[at] ?? last;
      if (hash !== undefined) chosen.push(hash);
      if (last !== undefined && at < all.length) all[at] = last;
    }
    return chosen;
  }

  /** Forgets what was not repeated. */
  expire(now: Millis): void {
    for (const infoHash of this.#swarms.keys()) this.#peersOf(infoHash, now);
  }

  #peersOf(infoHash: InfoHash, now: Millis): StoredPeer[] {
    const swarm = this.#swarms.get(infoHash);
    if (swarm === undefined) return [];
    for (const [key, peer] of swarm) {
      if (now - peer.announcedAt < PEER_VALID_MS) break;
      this.#drop(swarm, key);
    }
    if (swarm.size === 0) this.#swarms.delete(infoHash);
    return [...swarm.values()];
  }

  #dropOthersOf(network: string, swarm: Map<string, StoredPeer>): void {
    const others = [...swarm].filter(([, peer]) => networkOf(peer.host) === network);
    for (const [key] of others.slice(0, Math.max(0, others.length - PEERS_PER_NETWORK_MAX + 1))) {
      this.#drop(swarm, key);
    }
  }

  #dropOldest(swarm: Map<string, StoredPeer>): void {
    const [oldest] = swarm.keys();
    if (oldest !== undefined) this.#drop(swarm, oldest);
  }

  #dropOldestHash(): boolean {
    const [oldest] = this.#swarms;
    if (oldest === undefined) return false;
    this.#swarms.delete(oldest[0]);
    this.#peerCount -= oldest[1].size;
    return true;
  }

  #drop(swarm: Map<string, StoredPeer>, key: string): void {
    if (swarm.delete(key)) this.#peerCount -= 1;
  }
}
