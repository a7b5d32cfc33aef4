/** A transfer in qBittorrent's words (WebUI API 2.8, `torrents/info`). */
import { join } from 'node:path';
import { ratioOf } from '@coequal/contract';
import type { Transfer, TransferGoals } from '@coequal/contract';
import type { TransferEntry } from '../../files/transfer-entry.ts';

/** What qBittorrent says when it does not know how long something takes. */
const ETA_UNKNOWN = 8_640_000;
/** A moment that has not come. */
const NEVER = -1;
/** Of a goal: as the settings say; and: never. */
const AS_SET = -2;
const WITHOUT_END = -1;
/** We have no word for a goal that is never reached in spite of the settings: nobody gets there. */
const ENDLESS_RATIO = 1_000_000;
const ENDLESS_MINUTES = 52_560_000;
export type TorrentState =
  | 'error'
  | 'missingFiles'
  | 'uploading'
  | 'pausedUP'
  | 'queuedUP'
  | 'stalledUP'
  | 'checkingUP'
  | 'forcedUP'
  | 'downloading'
  | 'metaDL'
  | 'forcedMetaDL'
  | 'pausedDL'
  | 'queuedDL'
  | 'stalledDL'
  | 'checkingDL'
  | 'forcedDL'
  | 'moving';

export function stateOf(row: Transfer, isForced: boolean): TorrentState {
  const isComplete = isDone(row);
  switch (row.state) {
    case 'queued':
      return isComplete ? 'queuedUP' : 'queuedDL';
    case 'paused':
      return isComplete ? 'pausedUP' : 'pausedDL';
    case 'metadata':
      return isForced ? 'forcedMetaDL' : 'metaDL';
    case 'checking':
      return isComplete ? 'checkingUP' : 'checkingDL';
    case 'downloading':
      if (isForced) return 'forcedDL';
      return row.down > 0 ? 'downloading' : 'stalledDL';
    case 'seeding':
      if (isForced) return 'forcedUP';
      return row.up > 0 ? 'uploading' : 'stalledUP';
    case 'finished':
      return 'pausedUP'; // there too a goal that is reached pauses it, and programs wait for that
    case 'moving':
      return 'moving';
    case 'failed':
      return row.reason?.code === 'CONTENT_MISSING' ? 'missingFiles' : 'error';
  }
}

export function isDone({ size, wanted, have }: Transfer): boolean {
  return size > 0 && have >= wanted;
}

/** All fields of `torrents/info`; named are those by which the list is filtered. */
export interface TorrentInfo extends Readonly<Record<string, string | number | boolean>> {
  readonly hash: string;
  readonly state: TorrentState;
  readonly category: string;
  /** Between commas. */
  readonly tags: string;
  readonly progress: number;
  readonly dlspeed: number;
  readonly upspeed: number;
}

export function infoOf(row: Transfer, entry: TransferEntry): TorrentInfo {
  const { record, torrent } = entry;
  const { limits, goals } = record.options;
  const trackers = torrent?.trackers ?? [];
  const isComplete = isDone(row);
  const seenAt = Math.floor((row.completedAt ?? row.addedAt) / 1_000);
  const ratioLimit = ratioLimitOf(goals);
  const seedingTimeLimit = seedingTimeLimitOf(goals);
  return {
    added_on: Math.floor(row.addedAt / 1_000),
    amount_left: Math.max(0, row.wanted - row.have),
    auto_tmm: false,
    availability: NEVER,
    category: row.category ?? '',
    completed: row.have,
    completion_on: row.completedAt === undefined ? NEVER : Math.floor(row.completedAt / 1_000),
    content_path: contentPathOf(entry),
    dl_limit: limits.down ?? WITHOUT_END,
    dlspeed: row.down,
    download_path: '',
    downloaded: row.downloaded,
    downloaded_session: torrent?.stats.downloaded ?? 0,
    eta: isComplete ? ETA_UNKNOWN : (row.etaSeconds ?? ETA_UNKNOWN),
    f_l_piece_prio: record.options.isFirstAndLastFirst,
    force_start: record.intent === 'force',
    hash: row.id,
    infohash_v1: row.id.length === 40 ? row.id : '',
    infohash_v2: row.id.length === 64 ? row.id : (torrent?.metainfo?.infoHashV2 ?? ''),
    last_activity: seenAt,
    magnet_uri: record.magnet ?? shortMagnetOf(row),
    max_ratio: ratioLimit,
    max_seeding_time: seedingTimeLimit,
    name: row.name,
    num_complete: Math.max(NEVER, ...trackers.map(({ seeds }) => seeds ?? NEVER)),
    num_incomplete: Math.max(NEVER, ...trackers.map(({ leechers }) => leechers ?? NEVER)),
    num_leechs: Math.max(0, row.peers - row.seeds),
    num_seeds: row.seeds,
    priority: isComplete ? 0 : row.queuePosition,
    progress: row.wanted > 0 ? Math.min(1, row.have / row.wanted) : 0,
    ratio: ratioOf(row) ?? 0,
    ratio_limit: ratioLimit,
    save_path: row.directory,
    seeding_time: record.figures.seedSeconds,
    seeding_time_limit: seedingTimeLimit,
    seen_complete: isComplete ? seenAt : NEVER,
    seq_dl: row.isSequential,
    size: row.wanted,
    state: stateOf(row, record.intent === 'force'),
    super_seeding: false,
    tags: row.tags.join(', '),
    time_active: record.figures.seedSeconds,
    total_size: row.size,
    tracker: trackers.find(({ state }) => state === 'working')?.url ?? '',
    trackers_count: trackers.length,
    up_limit: limits.up ?? WITHOUT_END,
    uploaded: row.uploaded,
    uploaded_session: torrent?.stats.uploaded ?? 0,
    upspeed: row.up,
  };
}

export function contentPathOf({ record, torrent }: TransferEntry): string {
  return torrent?.contentPath ?? record.contentPath ?? join(record.directory, record.name);
}

export function ratioLimitOf({ ratio }: TransferGoals): number {
  if (ratio === null) return AS_SET;
  return ratio >= ENDLESS_RATIO ? WITHOUT_END : ratio;
}

export function seedingTimeLimitOf({ seedMinutes }: TransferGoals): number {
  if (seedMinutes === null) return AS_SET;
  return seedMinutes >= ENDLESS_MINUTES ? WITHOUT_END : seedMinutes;
}

/** The other way; what was not said stays. */
export function goalsOf(
  ratioLimit: number | undefined,
  seedingTimeLimit: number | undefined,
): Partial<TransferGoals> {
  return {
    ...(ratioLimit !== undefined && { ratio: goalOf(ratioLimit, ENDLESS_RATIO) }),
    ...(seedingTimeLimit !== undefined && {
      seedMinutes: goalOf(Math.floor(seedingTimeLimit), ENDLESS_MINUTES),
    }),
  };
}

function goalOf(limit: number, endless: number): number | null {
  if (limit === WITHOUT_END) return endless;
  return limit < 0 ? null : limit;
}

/** Bytes per second, where qBittorrent says 0 or less for none. */
export function rateOf(limit: number): number | null {
  return limit >= 1 ? Math.floor(limit) : null;
}

/** The whole one is asked for with one transfer: of many, their metadata would be read for it. */
function shortMagnetOf({ id, name }: Transfer): string {
  const topic = id.length === 40 ? `urn:btih:${id}` : `urn:btmh:1220${id}`;
  return `magnet:?xt=${topic}&dn=${encodeURIComponent(name.toWellFormed())}`;
}
