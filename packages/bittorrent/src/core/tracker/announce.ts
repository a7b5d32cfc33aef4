/** What a peer tells a tracker and is told, whatever the transport (BEP 3, BEP 15, BEP 48). */
import { decodeUtf8 } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { unmappedAddress } from '../compact-peers.ts';
import type { InfoHash, PeerId } from '../ids.ts';
import { isDialable, isLoopback } from '../swarm/network.ts';

export type AnnounceEvent = 'started' | 'completed' | 'stopped';

export interface AnnounceRequest {
  readonly infoHash: InfoHash;
  readonly peerId: PeerId;
  /** Where this peer takes connections. */
  readonly port: number;
  /** Bytes since `started`. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes still missing. */
  readonly left: number;
  readonly event: AnnounceEvent | undefined;
  /** How many peers are wanted; 0 for none. */
  readonly peersWanted: number;
  /** 32 random bits, the same as long as this program runs: it stays this peer when its address changes. */
  readonly key: number;
  /** What the tracker asked to be sent back, as it came (HTTP only). */
  readonly trackerId?: Uint8Array | undefined;
  /** Addresses of this peer of the family that the request itself does not show (BEP 7, HTTP only). */
  readonly ipv4?: string | undefined;
  readonly ipv6?: string | undefined;
}

export interface AnnounceAnswer {
  /** Within ANNOUNCE_INTERVAL_MIN_MS and ANNOUNCE_INTERVAL_MAX_MS, whatever the tracker said. */
  readonly intervalMs: number;
  /** Earliest next announce that is not an event; never over `intervalMs`. */
  readonly minIntervalMs: number;
  readonly peers: readonly Endpoint[];
  readonly seeds: number | undefined;
  readonly leechers: number | undefined;
  /** How often the torrent was fetched to the end. */
  readonly downloadedCount: number | undefined;
  /** For the user to read: cleaned and cut. */
  readonly warning: string | undefined;
  readonly trackerId: Uint8Array | undefined;
  /** The address that the tracker saw (BEP 24). */
  readonly externalAddress: string | undefined;
}

/** Counts of one torrent (BEP 48). */
export interface ScrapeCounts {
  readonly seeds: number;
  readonly leechers: number;
  readonly downloadedCount: number;
}

/** A tracker that says "at once" must not make us a flood: what public trackers ask is 15 to 60 minutes. */
const ANNOUNCE_INTERVAL_MIN_MS = 60_000;

/** A tracker that says "never again" is asked again within a day: it forgets peers sooner than that. */
export const ANNOUNCE_INTERVAL_MAX_MS = 86_400_000;

/** What most trackers ask for, when one says nothing. */
const ANNOUNCE_INTERVAL_DEFAULT_MS = 1_800_000;

/** How early to ask for more peers when a tracker gives no `min interval`: polite, and no long starving. */
const EARLY_ANNOUNCE_DEFAULT_MS = 300_000;

/** Peers taken from one answer: trackers give 50 to 200; more would only push others out of the pool. */
const ANSWER_PEERS_MAX = 1_000;

/** Entries of a list that are looked at: it may name some twice, or who cannot be dialled, but not by the million. */
export const ANSWER_ENTRIES_MAX = 4_000;

/** Info hashes in one scrape: what fits a UDP packet (BEP 15). */
export const SCRAPE_HASHES_MAX = 74;

/** Characters of a tracker's message that are shown: a sentence or two. */
const TRACKER_TEXT_LENGTH_MAX = 200;

/** The timing of an answer. Seconds as the tracker said them; undefined when it did not. */
export function announceTiming(
  intervalSeconds: number | undefined,
  minIntervalSeconds: number | undefined,
): Pick<AnnounceAnswer, 'intervalMs' | 'minIntervalMs'> {
  const intervalMs =
    intervalSeconds === undefined ? ANNOUNCE_INTERVAL_DEFAULT_MS : clampInterval(intervalSeconds);
  const minIntervalMs =
    minIntervalSeconds === undefined
      ? EARLY_ANNOUNCE_DEFAULT_MS
      : clampInterval(minIntervalSeconds);
  return { intervalMs, minIntervalMs: Math.min(minIntervalMs, intervalMs) };
}

function clampInterval(seconds: number): number {
  return Math.min(Math.max(seconds * 1_000, ANNOUNCE_INTERVAL_MIN_MS), ANNOUNCE_INTERVAL_MAX_MS);
}

/** Peers that can be dialled, each once and by its one name, at most ANSWER_PEERS_MAX. */
export function usablePeers(peers: Iterable<Endpoint>): Endpoint[] {
  const usable = new Map<string, Endpoint>();
  for (const { host, port } of peers) {
    if (usable.size >= ANSWER_PEERS_MAX) break;
    const peer = { host: unmappedAddress(host), port };
    if (isDialable(peer)) usable.set(`${peer.host} ${port}`, peer);
  }
  return [...usable.values()];
}

/**
 * Peers that a tracker may tell of: one that is elsewhere knows nothing of this computer, and could only
 * make us dial our own services.
 */
export function peersBeyond(trackerHost: string, peers: readonly Endpoint[]): readonly Endpoint[] {
  if (isLoopback(trackerHost) || /^(.*\.)?localhost\.?$/i.test(trackerHost)) return peers;
  return peers.filter(({ host }) => !isLoopback(host));
}

/** One answer from two: of another info hash of the torrent, or over the other address family. */
export function mergeAnswers(a: AnnounceAnswer, b: AnnounceAnswer): AnnounceAnswer {
  return {
    intervalMs: Math.max(a.intervalMs, b.intervalMs),
    minIntervalMs: Math.max(a.minIntervalMs, b.minIntervalMs),
    peers: usablePeers([...a.peers, ...b.peers]),
    // Most peers are in both swarms, so the larger count is nearer the truth than the sum.
    seeds: larger(a.seeds, b.seeds),
    leechers: larger(a.leechers, b.leechers),
    downloadedCount: larger(a.downloadedCount, b.downloadedCount),
    warning: b.warning ?? a.warning,
    trackerId: b.trackerId ?? a.trackerId,
    externalAddress: b.externalAddress ?? a.externalAddress,
  };
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.max(a, b);
}

/** Text from a tracker, safe to print: no control or text-direction characters, and not long. */
export function cleanTrackerText(bytes: Uint8Array): string {
  const head = bytes.subarray(0, TRACKER_TEXT_LENGTH_MAX * 4); // UTF-8 has at most 4 bytes a character
  // A cut may split a character, and old trackers write Latin-1: each byte is then a character.
  const text = decodeUtf8(head) ?? String.fromCharCode(...head);
  const characters = Array.from(
    text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]+/gu, ' ').trim(),
  );
  if (characters.length <= TRACKER_TEXT_LENGTH_MAX) return characters.join('');
  return `${characters.slice(0, TRACKER_TEXT_LENGTH_MAX - 1).join('')}…`;
}
