/** The fields of `torrent_get`, each by what it says of a transfer. */
import { PIECE_STATES } from '@coequal/bittorrent';
import { ratioOf } from '@coequal/contract';
import type { FilePriority, Transfer, TransferPeer } from '@coequal/contract';
import type { Reading } from './reading.ts';
import { trackerFields, trackerProblem } from './tracker-fields.ts';

/** Transmission's own numbers. */
export const STATUS = {
  stopped: 0,
  checking: 2,
  waitsToDownload: 3,
  downloading: 4,
  waitsToSeed: 5,
  seeding: 6,
} as const;
const ERROR = { none: 0, tracker: 2, local: 3 } as const;
export const RATIO_MODE = { shared: 0, own: 1, unlimited: 2 } as const;
const PRIORITY: Readonly<Record<FilePriority, number>> = { skip: 0, low: -1, normal: 0, high: 1 };
/** Neither a time nor a ratio can be told. */
const NOT_KNOWN = -1;
/** Nobody gives so much: "without end", which goals have no word for. */
export const RATIO_UNLIMITED = 1_000_000_000;
/** Transmission's speeds are in units of so many bytes a second. */
export const SPEED_UNIT = 1_000;

const HAD = PIECE_STATES.indexOf('had');
const MISSING = PIECE_STATES.indexOf('missing');

export type Field = (reading: Reading) => unknown;

export function statusOf({ state, wanted, have }: Transfer): number {
  const isComplete = wanted > 0 && have >= wanted;
  switch (state) {
    case 'paused':
    case 'finished':
    case 'failed':
      return STATUS.stopped;
    case 'checking':
      return STATUS.checking;
    case 'queued':
      return isComplete ? STATUS.waitsToSeed : STATUS.waitsToDownload;
    case 'metadata':
    case 'downloading':
      return STATUS.downloading;
    case 'seeding':
      return STATUS.seeding;
    case 'moving':
      return isComplete ? STATUS.seeding : STATUS.downloading;
  }
}

const RESTING_FIELDS: Readonly<Record<string, Field>> = {
  id: ({ number }) => number,
  hash_string: ({ row }) => row.id,
  name: ({ row }) => row.name,
  status: ({ row }) => statusOf(row),
  error: errorOf,
  error_string: ({ row, entry }) =>
    row.state === 'failed' ? (row.reason?.text ?? '') : (trackerProblem(entry) ?? ''),
  labels: ({ row }) => row.tags,
  download_dir: ({ row }) => row.directory,
  is_private: ({ row }) => row.isPrivate,
  is_finished: ({ row }) => row.state === 'finished',
  is_stalled: ({ row }) =>
    row.state === 'downloading' && row.down === 0 && row.reason !== undefined,
  sequential_download: ({ row }) => row.isSequential,
  queue_position: ({ row }) => Math.max(0, row.queuePosition - 1),
  added_date: ({ row }) => seconds(row.addedAt),
  start_date: ({ row }) => seconds(row.addedAt),
  done_date: ({ row }) => seconds(row.completedAt ?? 0),
  activity_date: ({ row, changedAt }) =>
    row.downloaded + row.uploaded > 0 ? seconds(changedAt) : 0,
  edit_date: ({ changedAt }) => seconds(changedAt),
  total_size: ({ row }) => row.size,
  size_when_done: ({ row }) => row.wanted,
  left_until_done: ({ row }) => row.wanted - row.have,
  have_valid: ({ row }) => row.have,
  have_unchecked: () => 0,
  corrupt_ever: ({ entry }) => entry.torrent?.stats.wasted ?? 0,
  downloaded_ever: ({ row }) => row.downloaded,
  uploaded_ever: ({ row }) => row.uploaded,
  upload_ratio: ({ row }) => ratioOf(row) ?? NOT_KNOWN,
  percent_done: ({ row }) => part(row.have, row.wanted),
  percent_complete: ({ row }) => part(row.have, row.size),
  metadata_percent_complete: ({ row }) => (row.size > 0 ? 1 : 0),
  recheck_progress: recheckOf,
  seconds_downloading: ({ entry }) => {
    const { activeSeconds = 0, seedingSeconds = 0 } = entry.torrent?.stats ?? {};
    return Math.round(Math.max(0, activeSeconds - seedingSeconds));
  },
  seconds_seeding: ({ entry }) => entry.record.figures.seedSeconds,
  manual_announce_time: () => NOT_KNOWN,
  torrent_file: () => '',
  primary_mime_type: () => 'application/octet-stream',
};

/** What a person set. */
const CHOSEN_FIELDS: Readonly<Record<string, Field>> = {
  bandwidth_priority: () => 0,
  group: () => '',
  honors_session_limits: ({ entry }) => !entry.record.options.limits.isExempt,
  download_limit: ({ entry }) => speedOf(entry.record.options.limits.down),
  download_limited: ({ entry }) => entry.record.options.limits.down !== null,
  upload_limit: ({ entry }) => speedOf(entry.record.options.limits.up),
  upload_limited: ({ entry }) => entry.record.options.limits.up !== null,
  seed_ratio_limit: ({ entry }) => entry.record.options.goals.ratio ?? 0,
  seed_ratio_mode: ({ entry }) => ratioModeOf(entry.record.options.goals.ratio),
  seed_idle_limit: () => 0,
  seed_idle_mode: () => 0,
  // the engine bounds them for all alike
  peer_limit: () => 0,
  max_connected_peers: () => 0,
};

const LIVE_FIELDS: Readonly<Record<string, Field>> = {
  rate_download: ({ row }) => row.down,
  rate_upload: ({ row }) => row.up,
  eta: ({ row }) => row.etaSeconds ?? NOT_KNOWN,
  eta_idle: () => NOT_KNOWN,
  peers_connected: ({ row }) => row.peers,
  peers_getting_from_us: ({ peers }) => peers.filter(({ up }) => up > 0).length,
  peers_sending_to_us: ({ peers }) => peers.filter(({ down }) => down > 0).length,
  peers_from: ({ peers }) => originsOf(peers),
  peers: ({ peers }) => peers.map(peerOf),
  webseeds_sending_to_us: () => 0,
  desired_available: desiredOf,
};

const CONTENT_FIELDS: Readonly<Record<string, Field>> = {
  comment: ({ metainfo }) => metainfo?.comment ?? '',
  creator: ({ metainfo }) => metainfo?.createdBy ?? '',
  date_created: ({ metainfo }) => metainfo?.createdAt ?? 0,
  magnet_link: ({ detail }) => detail.magnet,
  webseeds: ({ metainfo }) => metainfo?.webSeeds ?? [],
  file_count: ({ metainfo }) => metainfo?.files.length ?? 0,
  piece_count: ({ metainfo }) => metainfo?.pieceCount ?? 0,
  piece_size: ({ metainfo }) => metainfo?.pieceLength ?? 0,
  pieces: ({ pieces }) => bitfieldOf(pieces.states),
  availability: ({ pieces: { states, availability } }) =>
    Array.from(states, (state, index) => (state === HAD ? -1 : (availability[index] ?? 0))),
  files: filesOf,
  file_stats: ({ files }) =>
    files.map(({ have, priority }) => ({
      bytes_completed: have,
      wanted: priority !== 'skip',
      priority: PRIORITY[priority],
    })),
  priorities: ({ files }) => files.map(({ priority }) => PRIORITY[priority]),
  wanted: ({ files }) => files.map(({ priority }) => (priority === 'skip' ? 0 : 1)),
};

export const FIELDS: ReadonlyMap<string, Field> = new Map(
  Object.entries({
    ...RESTING_FIELDS,
    ...CHOSEN_FIELDS,
    ...LIVE_FIELDS,
    ...CONTENT_FIELDS,
    ...trackerFields,
  }),
);

export function speedOf(bytesPerSecond: number | null): number {
  return bytesPerSecond === null ? 0 : Math.max(1, Math.round(bytesPerSecond / SPEED_UNIT));
}

/** A set of bits, the first the highest, in base64. */
function bitfieldOf(states: Uint8Array): string {
  const bits = Buffer.alloc(Math.ceil(states.length / 8));
  for (const [index, state] of states.entries()) {
    const at = index >> 3;
    if (state === HAD) bits[at] = (bits[at] ?? 0) | (0x80 >> (index & 7));
  }
  return bits.toString('base64');
}

function filesOf(reading: Reading): unknown {
  const { files, metainfo } = reading;
  const pieceLength = metainfo?.pieceLength ?? 1;
  return files.map((file) => {
    const { length, have, index } = file;
    const begin = metainfo?.files[index]?.offset ?? 0;
    return {
      name: reading.pathOf(file),
      length,
      bytes_completed: have,
      begin_piece: Math.floor(begin / pieceLength),
      end_piece: Math.ceil((begin + length) / pieceLength),
    };
  });
}

function errorOf({ row, entry }: Reading): number {
  if (row.state === 'failed') return ERROR.local;
  return trackerProblem(entry) === undefined ? ERROR.none : ERROR.tracker;
}

function ratioModeOf(ratio: number | null): number {
  if (ratio === null) return RATIO_MODE.shared;
  return ratio >= RATIO_UNLIMITED ? RATIO_MODE.unlimited : RATIO_MODE.own;
}

function recheckOf({ row }: Reading): number {
  const { checked, total } = row.reason?.details ?? {};
  if (row.state !== 'checking' || typeof checked !== 'number' || typeof total !== 'number')
    return 0;
  return part(checked, total);
}

/** Bytes that are wanted and that somebody connected has. */
function desiredOf(reading: Reading): number {
  const { row } = reading;
  const left = row.wanted - row.have;
  if (row.peers === 0 || left <= 0) return 0;
  if (row.seeds > 0) return left;
  const { states, availability } = reading.pieces;
  let count = 0;
  for (const [index, state] of states.entries())
    if (state === MISSING && (availability[index] ?? 0) > 0) count += 1;
  return Math.min(left, count * (reading.metainfo?.pieceLength ?? 0));
}

const ORIGINS: Readonly<Record<string, string>> = {
  tracker: 'from_tracker',
  dht: 'from_dht',
  pex: 'from_pex',
  lsd: 'from_lpd',
  incoming: 'from_incoming',
};

function originsOf(peers: readonly TransferPeer[]): Record<string, number> {
  const counts: Record<string, number> = { from_cache: 0, from_ltep: 0 };
  for (const name of Object.values(ORIGINS)) counts[name] = 0;
  for (const { source } of peers) {
    const name = ORIGINS[source] ?? 'from_cache';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

function peerOf(peer: TransferPeer): Record<string, unknown> {
  return {
    address: peer.address,
    port: peer.port,
    client_name: peer.client,
    client_is_choked: peer.areChoked,
    client_is_interested: peer.isInterested,
    peer_is_choked: peer.isChoking,
    peer_is_interested: peer.areInterested,
    flag_str: flagsOf(peer),
    is_downloading_from: peer.down > 0,
    is_uploading_to: peer.up > 0,
    is_encrypted: false,
    is_incoming: peer.isIncoming,
    is_utp: peer.transport !== 'tcp',
    progress: peer.progress,
    rate_to_client: peer.down,
    rate_to_peer: peer.up,
  };
}

/** Transmission's letters for a connection. */
function flagsOf(peer: TransferPeer): string {
  const flags: readonly (readonly [string, boolean])[] = [
    ['T', peer.transport !== 'tcp'],
    ['D', peer.down > 0],
    ['d', peer.down === 0 && peer.isInterested],
    ['U', peer.up > 0],
    ['u', peer.up === 0 && peer.areInterested],
    ['K', !peer.areChoked && !peer.isInterested],
    ['?', !peer.isChoking && !peer.areInterested],
    ['H', peer.source === 'dht'],
    ['X', peer.source === 'pex'],
    ['I', peer.isIncoming],
  ];
  return flags
    .filter(([, holds]) => holds)
    .map(([letter]) => letter)
    .join('');
}

function part(some: number, all: number): number {
  return all > 0 ? Math.min(1, some / all) : 0;
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1_000);
}
