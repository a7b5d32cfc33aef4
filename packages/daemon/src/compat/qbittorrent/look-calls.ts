/** `torrents/`: what is asked of them. */
import { basename } from 'node:path';
import { LocalFault } from '@coequal/base';
import { PIECE_STATES } from '@coequal/bittorrent';
import type { Metainfo } from '@coequal/bittorrent';
import type { FilePriority, Tracker } from '@coequal/contract';
import { filesOf, piecesOf } from '../../files/transfer-detail.ts';
import { idOf, idsOf, infosOf, reads, rowsOf } from './call.ts';
import type { Answer, Call, Calls } from './call.ts';
import { chosen } from './listing.ts';
import { contentPathOf, infoOf, isDone } from './words.ts';

/** qBittorrent's 7, "maximal", comes in as our highest. */
const PRIORITY_NUMBERS: Readonly<Record<FilePriority, number>> = {
  skip: 0,
  low: 1,
  normal: 1,
  high: 6,
};
const TRACKER_STATES: Readonly<Record<Tracker['state'], number>> = {
  off: 0,
  idle: 1,
  working: 2,
  announcing: 3,
  failed: 4,
};

const PIECE_NUMBERS: Readonly<Record<(typeof PIECE_STATES)[number], number>> = {
  skipped: 0,
  missing: 0,
  'under-way': 1,
  had: 2,
};

export const LOOK_CALLS: Calls = {
  info: reads((call) => chosen(infosOf(call), call.given)),
  count: reads((call) => String(rowsOf(call).length)),
  properties: reads(propertiesOf),
  files: reads(listFiles),
  trackers: reads(listTrackers),
  webseeds: reads((call) =>
    (call.parts.transfers.metainfo(idOf(call))?.webSeeds ?? []).map((url) => ({ url })),
  ),
  pieceStates: reads(pieceStates),
  categories: reads((call) => categoriesOf(call)),
  tags: reads((call) => tagsOf(call)),
  downloadLimit: reads((call) => limitsOf(call, 'down')),
  uploadLimit: reads((call) => limitsOf(call, 'up')),
  export: reads(exportTorrent),
};

export function categoriesOf({
  parts,
}: Call): Readonly<Record<string, { name: string; savePath: string }>> {
  const categories = parts.categories.all();
  return Object.fromEntries(
    categories.map(({ name, directory }) => [name, { name, savePath: directory ?? '' }]),
  );
}

/** A tag is there as long as a transfer has it. */
export function tagsOf(call: Call): string[] {
  return [...new Set(rowsOf(call).flatMap(({ tags }) => tags))].toSorted();
}

/** Its files begin with the name of the folder that is around them, if there is one. */
export function fileNamesOf({ parts }: Call, id: string): string[] {
  const entry = parts.transfers.get(id);
  const metainfo = parts.transfers.metainfo(id);
  const root = basename(contentPathOf(entry));
  return filesOf(entry, metainfo).map(({ path }) =>
    metainfo?.isFolder === true ? `${root}/${path}` : root,
  );
}

function listFiles(call: Call): Answer {
  const id = idOf(call);
  const { transfers } = call.parts;
  const names = fileNamesOf(call, id);
  const wanted = call.given.text('indexes')?.split('|').map(Number);
  const metainfo = transfers.metainfo(id);
  return filesOf(transfers.get(id), metainfo)
    .map(({ index, length, have, priority }) => ({
      index,
      name: names[index],
      size: length,
      progress: length > 0 ? have / length : 1,
      priority: PRIORITY_NUMBERS[priority],
      is_seed: have >= length,
      availability: -1,
      piece_range: pieceRangeOf(metainfo, index),
    }))
    .filter(({ index }) => wanted === undefined || wanted.includes(index));
}

/** Its first and its last piece. */
function pieceRangeOf(metainfo: Metainfo | undefined, file: number): readonly [number, number] {
  const { offset = 0, length = 0 } = metainfo?.files[file] ?? {};
  const pieceLength = metainfo?.pieceLength ?? 1;
  const first = Math.floor(offset / pieceLength);
  return [first, Math.max(first, Math.ceil((offset + length) / pieceLength) - 1)];
}

function propertiesOf(call: Call): Answer {
  const { transfers } = call.parts;
  const id = idOf(call);
  const detail = transfers.detail(id);
  const { transfer, createdAt, pieceCount, piecesHad } = detail;
  const info = infoOf(transfer, transfers.get(id));
  return {
    addition_date: info['added_on'],
    comment: detail.comment ?? '',
    completion_date: info['completion_on'],
    created_by: detail.createdBy ?? '',
    creation_date: createdAt === undefined ? -1 : Math.floor(createdAt / 1_000),
    dl_limit: info['dl_limit'],
    dl_speed: transfer.down,
    dl_speed_avg: transfer.down,
    download_path: '',
    eta: info['eta'],
    hash: info.hash,
    infohash_v1: detail.infoHash ?? '',
    infohash_v2: detail.infoHashV2 ?? '',
    is_private: transfer.isPrivate,
    last_seen: info['seen_complete'],
    name: transfer.name,
    nb_connections: transfer.peers,
    nb_connections_limit: -1,
    peers: info['num_leechs'],
    peers_total: info['num_incomplete'],
    piece_size: detail.pieceLength,
    pieces_have: isDone(transfer) ? pieceCount : piecesHad,
    pieces_num: pieceCount,
    reannounce: 0,
    save_path: transfer.directory,
    seeding_time: info['seeding_time'],
    seeds: transfer.seeds,
    seeds_total: info['num_complete'],
    share_ratio: info['ratio'],
    time_elapsed: info['time_active'],
    total_downloaded: transfer.downloaded,
    total_downloaded_session: info['downloaded_session'],
    total_size: transfer.size,
    total_uploaded: transfer.uploaded,
    total_uploaded_session: info['uploaded_session'],
    total_wasted: detail.wasted,
    up_limit: info['up_limit'],
    up_speed: transfer.up,
    up_speed_avg: transfer.up,
  };
}

function listTrackers(call: Call): Answer {
  const { trackers } = call.parts.transfers.detail(idOf(call));
  return trackers.map(({ url, tier, state, problem, seeds, leeches }) => ({
    url,
    tier,
    status: TRACKER_STATES[state],
    msg: problem?.text ?? '',
    num_peers: -1,
    num_seeds: seeds ?? -1,
    num_leeches: leeches ?? -1,
    num_downloaded: -1,
  }));
}

/** 0 is not here, 1 under way, 2 here. */
function pieceStates(call: Call): Answer {
  const id = idOf(call);
  const { transfers } = call.parts;
  const { states } = piecesOf(transfers.get(id), transfers.metainfo(id));
  const words = PIECE_STATES.map((state) => PIECE_NUMBERS[state]);
  return [...Buffer.from(states, 'base64')].map((state) => words[state] ?? 0);
}

function limitsOf(call: Call, which: 'up' | 'down'): Answer {
  const { transfers } = call.parts;
  return Object.fromEntries(
    idsOf(call).map((id) => [id, transfers.get(id).record.options.limits[which] ?? 0]),
  );
}

function exportTorrent(call: Call): Answer {
  const bytes = call.parts.transfers.torrentFile(idOf(call));
  if (bytes === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'export' });
  return Buffer.from(bytes);
}
