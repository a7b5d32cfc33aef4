/** One transfer in detail, its files and its peers, for the API. */
import { parseMetainfo } from '@coequal/bittorrent';
import type { Metainfo } from '@coequal/bittorrent';
import type {
  PeerSourceReport,
  Tracker,
  TransferDetail,
  TransferFile,
  TransferPeer,
  TransferPieces,
} from '@coequal/contract';
import type { Hasher } from '@coequal/base';
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

export function detailOf(entry: TransferEntry, metainfo: Metainfo | undefined): TransferDetail {
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
    limits: record.options.limits,
    goals: record.options.goals,
    trackers: trackersOf(entry, metainfo),
    sources: sourcesOf(entry),
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

export function peersOf(_entry: TransferEntry): TransferPeer[] {
  return []; // TODO
}

/** A byte a piece. */
export function piecesOf(
  { torrent }: TransferEntry,
  metainfo: Metainfo | undefined,
): TransferPieces {
  const count = metainfo?.pieceCount ?? 0;
  const none = Buffer.alloc(count).toString('base64');
  return { count, states: none, availability: none }; // TODO torrent
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

function trackersOf({ record, torrent }: TransferEntry, metainfo: Metainfo | undefined): Tracker[] {
  const reports = new Map(torrent?.trackers.map((report) => [report.url, report]));
  const tiers = record.options.trackers ?? metainfo?.trackers ?? [];
  return tiers.flatMap((urls, tier) =>
    urls.map((url): Tracker => {
      const report = reports.get(url);
      return {
        url,
        tier,
        state: report?.state ?? 'off',
        ...(report?.lastError !== undefined && { problem: report.lastError.text }),
      };
    }),
  );
}

function sourcesOf({ torrent }: TransferEntry): PeerSourceReport[] {
  const sources = torrent?.stats.sources ?? {};
  return Object.entries(sources).map(([source, { given, links }]) => ({
    source: source as PeerSourceReport['source'],
    given,
    links,
  }));
}
