/** Announce and scrape over HTTP (BEP 3, 7, 23, 24, 31, 48): addresses to fetch, and their answers. */
import { PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { BencodeDictionary, decodeBencodePrefix, isList, keyOfBytes } from '../bencode.ts';
import type { BencodeLimits, BencodeValue } from '../bencode.ts';
import { canonicalAddress, decodeCompactPeers, formatAddress } from '../compact-peers.ts';
import { idBytes } from '../ids.ts';
import type { InfoHash, PeerId } from '../ids.ts';
import {
  ANNOUNCE_INTERVAL_MAX_MS,
  ANSWER_ENTRIES_MAX,
  announceTiming,
  cleanTrackerText,
  usablePeers,
} from './announce.ts';
import type { AnnounceAnswer, AnnounceRequest, ScrapeCounts } from './announce.ts';

/** Bytes of an answer: dictionaries of a thousand IPv6 peers take some 100 KiB. */
export const TRACKER_BODY_LENGTH_MAX = 1_048_576;

/** Depth: `files`, an info hash, `flags`, and one to spare. Count: seven for each of 1000 peers, twice over. */
const ANSWER_LIMITS: BencodeLimits = {
  lengthMax: TRACKER_BODY_LENGTH_MAX,
  depthMax: 5,
  countMax: 20_000,
};

/** Bytes of the `tracker id` that we keep and send back with every announce: it must fit an address. */
const TRACKER_ID_LENGTH_MAX = 256;

export interface HttpAnswer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** The tracker's own query (a passkey, often) stays in front. */
export function announceUrl(trackerUrl: string, request: AnnounceRequest): string {
  return withQuery(trackerUrl, {
    info_hash: escapeId(request.infoHash),
    peer_id: escapeId(request.peerId),
    port: String(request.port),
    uploaded: String(request.uploaded),
    downloaded: String(request.downloaded),
    left: String(request.left),
    compact: '1',
    no_peer_id: '1',
    numwant: String(request.peersWanted),
    key: request.key.toString(16).padStart(8, '0'),
    event: request.event,
    trackerid: request.trackerId && escapeBytes(request.trackerId),
    ipv4: request.ipv4 && encodeURIComponent(request.ipv4),
    ipv6: request.ipv6 && encodeURIComponent(request.ipv6),
  });
}

export function scrapeQueryUrl(scrapeUrl: string, infoHashes: readonly InfoHash[]): string {
  return infoHashes.reduce(
    (url, infoHash) => withQuery(url, { info_hash: escapeId(infoHash) }),
    scrapeUrl,
  );
}

/**
 * Throws PeerFaults: `TRACKER_REFUSED` (with the tracker's `reason`, and `retryAfterMs` if it said
 * so), `TRACKER_HTTP_STATUS`, `BAD_TRACKER_ANSWER`, `BAD_COMPACT_PEERS`, and those of bencoding.
 */
export function decodeHttpAnnounce(answer: HttpAnswer): AnnounceAnswer {
  const root = decodeRoot(answer);
  const peers6 = root.bytes('peers6') ?? new Uint8Array();
  const trackerId = root.bytes('tracker id');
  const isTrackerIdKept = trackerId !== undefined && trackerId.length <= TRACKER_ID_LENGTH_MAX;
  const warning = root.bytes('warning message');
  const external = root.bytes('external ip');
  const isAddress = external?.length === 4 || external?.length === 16;
  return {
    ...announceTiming(count(root, 'interval'), count(root, 'min interval')),
    peers: usablePeers([
      ...decodePeers(root.get('peers')),
      ...decodeCompactPeers(peers6, 6, ANSWER_ENTRIES_MAX),
    ]),
    seeds: count(root, 'complete'),
    leechers: count(root, 'incomplete'),
    downloadedCount: count(root, 'downloaded'),
    warning: warning && cleanTrackerText(warning),
    trackerId: isTrackerIdKept ? trackerId.slice() : undefined,
    externalAddress: isAddress ? formatAddress(external) : undefined,
  };
}

/** Undefined for those that the tracker does not know. Throws as `decodeHttpAnnounce`. */
export function decodeHttpScrape(
  answer: HttpAnswer,
  infoHashes: readonly InfoHash[],
): (ScrapeCounts | undefined)[] {
  const files = decodeRoot(answer).dictionary('files');
  if (files === undefined) throw new PeerFault('BAD_TRACKER_ANSWER', { missing: 'files' });
  return infoHashes.map((infoHash) => {
    const file = files.dictionary(keyOfBytes(idBytes(infoHash)));
    return (
      file && {
        seeds: count(file, 'complete') ?? 0,
        leechers: count(file, 'incomplete') ?? 0,
        downloadedCount: count(file, 'downloaded') ?? 0,
      }
    );
  });
}

function decodeRoot({ status, body }: HttpAnswer): BencodeDictionary {
  const isOk = status >= 200 && status < 300;
  const root = decodeDictionary(body, isOk);
  const reason = root?.bytes('failure reason');
  if (root !== undefined && reason !== undefined) {
    const retryAfterMs = retryAfter(root);
    throw new PeerFault('TRACKER_REFUSED', { reason: cleanTrackerText(reason), retryAfterMs });
  }
  if (!isOk) throw new PeerFault('TRACKER_HTTP_STATUS', { status });
  if (root === undefined) throw new PeerFault('BAD_TRACKER_ANSWER');
  return root;
}

/** Some trackers send their reason with an error status, and most servers a page for people. */
function decodeDictionary(body: Uint8Array, isOk: boolean): BencodeDictionary | undefined {
  try {
    const { value } = decodeBencodePrefix(body, ANSWER_LIMITS); // some end with a line break
    return value instanceof BencodeDictionary ? value : undefined;
  } catch (error) {
    if (isOk || !(error instanceof PeerFault)) throw error;
    return undefined;
  }
}

/** BEP 31: minutes, or "never", which is a day here since people move and rename trackers. */
function retryAfter(root: BencodeDictionary): number | undefined {
  const minutes = count(root, 'retry in') ?? Number(root.text('retry in') ?? Number.NaN);
  if (Number.isFinite(minutes) && minutes >= 0) {
    return Math.min(minutes * 60_000, ANNOUNCE_INTERVAL_MAX_MS);
  }
  return root.text('retry in') === 'never' ? ANNOUNCE_INTERVAL_MAX_MS : undefined;
}

function decodePeers(peers: BencodeValue | undefined): readonly Endpoint[] {
  if (peers === undefined) return [];
  if (peers instanceof Uint8Array) return decodeCompactPeers(peers, 4, ANSWER_ENTRIES_MAX);
  if (!isList(peers)) throw new PeerFault('BAD_TRACKER_ANSWER', { bad: 'peers' });
  return peers.flatMap((peer) => decodePeer(peer) ?? []);
}

/** BEP 3 lets `ip` be a name too; looking up names for a tracker is not worth what it could be used for. */
function decodePeer(peer: BencodeValue): Endpoint | undefined {
  if (!(peer instanceof BencodeDictionary)) return undefined;
  const host = canonicalAddress(peer.text('ip') ?? '');
  const port = peer.integer('port') ?? 0;
  return host !== undefined && port > 0 && port <= 0xffff ? { host, port } : undefined;
}

/** A whole number that is not negative. */
function count(dictionary: BencodeDictionary, key: string): number | undefined {
  const value = dictionary.integer(key);
  return value !== undefined && value >= 0 ? value : undefined;
}

function withQuery(url: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const query = Object.entries(parameters)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${value}`)
    .join('&');
  const joint = !url.includes('?') ? '?' : /[?&]$/.test(url) ? '' : '&';
  return `${url}${joint}${query}`;
}

function escapeId(id: InfoHash | PeerId): string {
  return escapeBytes(idBytes(id));
}

/** Every byte but the unreserved characters of RFC 3986, as trackers compare. */
function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    const isPlain = /[\w.~-]/.test(character);
    text += isPlain ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`;
  }
  return text;
}
