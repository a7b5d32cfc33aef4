/** One transfer in detail, its files and its peers, for the API. */
import { parseMetainfo, PEER_SOURCES, PIECE_STATES } from '@coequal/bittorrent';
import type { Metainfo, SourceState } from '@coequal/bittorrent';
import type {
  Explanation,
  PeerSourceReport,
  Tracker,
  TransferDetail,
  TransferFile,
  TransferPeer,
  TransferPieces,
} from '@coequal/contract';
import type { Clock, FaultDetails, Hasher } from '@coequal/base';
import { definite } from '../peer/explain.ts';
import { magnetOf } from './magnet-of.ts';
import { rowOf } from './transfer-row.ts';
import type { TransferEntry } from './transfer-entry.ts';

/** Of one that rests, its metainfo is read from the store. */
export function metainfoOf(
  entry: TransferEntry,
  bytes: () => Uint8Array | undefined,
  hasher: Hasher,
): Metainfo | undefined {
  const live = entry.torrent?.metainfo;
  if (live !== undefined) return live;
  const stored = bytes();
  return stored && parseMetainfo(stored, (part, kind) => hasher.hash(part, kind));
}

export function detailOf(
  entry: TransferEntry,
  metainfo: Metainfo | undefined,
  clock: Clock,
): TransferDetail {
  const { record, torrent } = entry;
  const stats = torrent?.stats;
  const hashes = hashesOf(record.id, metainfo);
  return {
    transfer: rowOf(entry, entry.row?.queuePosition ?? 0),
    ...(metainfo !== undefined && { version: metainfo.version }),
    ...hashes,
    magnet: record.magnet ?? (metainfo === undefined ? '' : magnetOf(metainfo)),
    ...(metainfo?.comment !== undefined && { comment: metainfo.comment }),
    ...(metainfo?.createdBy !== undefined && { createdBy: metainfo.createdBy }),
    ...(metainfo?.createdAt !== undefined && { createdAt: metainfo.createdAt * 1_000 }),
    pieceLength: metainfo?.pieceLength ?? 0,
    pieceCount: metainfo?.pieceCount ?? 0,
    piecesHad: stats?.piecesHad ?? 0,
    fileCount: metainfo?.files.length ?? 0,
    wasted: stats?.wasted ?? 0,
    isFirstAndLastFirst: record.options.isFirstAndLastFirst,
    limits: record.options.limits,
    goals: record.options.goals,
    trackers: trackersOf(entry, metainfo, clock),
    sources: sourcesOf(entry, clock),
  };
}

export function filesOf(entry: TransferEntry, metainfo: Metainfo | undefined): TransferFile[] {
  const { priorities } = entry.record.options;
  const progress = entry.torrent?.fileProgress ?? [];
  const isComplete = entry.torrent === undefined && entry.isComplete;
  return (metainfo?.files ?? []).map(({ path, length }, index) => {
    const priority = priorities[index] ?? 'normal';
    const rested = isComplete && priority !== 'skip' ? length : 0;
    return { index, path: path.join('/'), length, have: progress[index] ?? rested, priority };
  });
}

export function peersOf({ torrent }: TransferEntry): TransferPeer[] {
  return (torrent?.peers ?? []).map((peer) => ({
    address: peer.endpoint.host,
    port: peer.endpoint.port,
    client: peer.client ?? '',
    source: peer.source,
    transport: peer.transport,
    isIncoming: peer.direction === 'accepted',
    progress: peer.progress ?? 0,
    down: Math.round(peer.downRate),
    up: Math.round(peer.upRate),
    downloaded: peer.downloaded,
    uploaded: peer.uploaded,
    isInterested: peer.interestsUs,
    isChoking: peer.isChokedByUs,
    areInterested: peer.isInterestedInUs,
    areChoked: peer.isChokingUs,
  }));
}

/** A byte a piece. Of one that rests only a complete one is known. */
export function piecesOf(entry: TransferEntry, metainfo: Metainfo | undefined): TransferPieces {
  const count = metainfo?.pieceCount ?? 0;
  const pieces = entry.torrent?.pieces;
  const rested = Buffer.alloc(count, entry.isComplete ? PIECE_STATES.indexOf('had') : 0);
  return {
    count,
    states: Buffer.from(pieces?.states ?? rested).toString('base64'),
    availability: Buffer.from(pieces?.availability ?? new Uint8Array(count)).toString('base64'),
  };
}

function hashesOf(
  id: string,
  metainfo: Metainfo | undefined,
): Pick<TransferDetail, 'infoHash' | 'infoHashV2'> {
  if (metainfo === undefined) return id.length === 40 ? { infoHash: id } : { infoHashV2: id };
  const { infoHash, infoHashV2 } = metainfo;
  return {
    ...(infoHash !== undefined && { infoHash }),
    ...(infoHashV2 !== undefined && { infoHashV2 }),
  };
}

function trackersOf(
  { record, torrent }: TransferEntry,
  metainfo: Metainfo | undefined,
  clock: Clock,
): Tracker[] {
  if (torrent === undefined) {
    const tiers = record.options.trackers ?? metainfo?.trackers ?? [];
    return tiers.flatMap((urls, tier) => urls.map((url) => ({ url, tier, state: 'off' as const })));
  }
  const [now, epochNow] = [clock.now(), clock.epochNow()];
  return torrent.trackers.map(
    ({ url, tier, state, lastError, nextAnnounceAt, seeds, leechers, peersGiven }) => ({
      url,
      tier,
      state,
      ...(lastError !== undefined && {
        problem: problemOf(lastError.code, lastError.details, lastError.text),
      }),
      ...(nextAnnounceAt !== undefined && {
        nextAnnounceAt: Math.round(epochNow + nextAnnounceAt - now),
      }),
      ...(seeds !== undefined && { seeds }),
      ...(leechers !== undefined && { leeches: leechers }),
      ...(state === 'working' && { given: peersGiven }),
    }),
  );
}

function sourcesOf({ torrent }: TransferEntry, clock: Clock): PeerSourceReport[] {
  if (torrent === undefined) return [];
  const { sources } = torrent.stats;
  const now = clock.epochNow();
  return PEER_SOURCES.map((source) => {
    const { state, given, dialled, links, connected, downloaded, nodes } = sources[source];
    return {
      source,
      ...stateOf(state, now),
      ...(nodes !== undefined && { nodes }),
      given,
      dialled,
      links,
      connected,
      downloaded,
    };
  });
}

function stateOf(
  state: SourceState,
  now: number,
): Pick<PeerSourceReport, 'state' | 'why' | 'problem' | 'nextTryAt'> {
  if (state.type === 'off') return { state: 'off', why: state.why };
  if (state.type === 'asking') return { state: 'asking' };
  const { nextInMs } = state;
  const next = nextInMs === undefined ? {} : { nextTryAt: Math.round(now + nextInMs) };
  if (state.type === 'working') return { state: 'working', ...next };
  const { code = 'UNKNOWN', details, problem } = state;
  return { state: 'failed', problem: problemOf(code, details, problem), ...next };
}

function problemOf(code: string, details: FaultDetails = {}, text: string): Explanation {
  return { code, details: definite(details), text };
}
