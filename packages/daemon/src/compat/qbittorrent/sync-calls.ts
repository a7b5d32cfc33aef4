/** `sync/`: what changed since the last answer. */
import { ratioOf } from '@coequal/contract';
import { peersOf } from '../../files/transfer-detail.ts';
import { transferInfoOf } from './app-calls.ts';
import { idOf, reads } from './call.ts';
import type { Answer, Call, Calls } from './call.ts';
import { numberOf } from './given.ts';
import { categoriesOf, tagsOf } from './look-calls.ts';
import { infoOf } from './words.ts';

export const SYNC_CALLS: Calls = { maindata: reads(mainData), torrentPeers: reads(torrentPeers) };

/** A torrent that changed is told whole; programs lay it over what they have. */
function mainData(call: Call): Answer {
  const { parts, sync, caller, given } = call;
  const told = sync.told(caller, numberOf(given, 'rid') ?? 0);
  const delta = parts.transfers.since(told?.revision);
  const [categories, tags] = [categoriesOf(call), tagsOf(call)];
  const text = JSON.stringify(categories);
  const rid = sync.note(caller, { revision: delta.revision, categories: text, tags });
  const torrents = Object.fromEntries(
    delta.changed.map((row) => [row.id, infoOf(row, parts.transfers.get(row.id))]),
  );
  const state = { server_state: serverStateOf(call) };
  if (told === undefined || delta.isWhole)
    return { rid, full_update: true, torrents, categories, tags, ...state };
  const known = Object.keys(JSON.parse(told.categories) as object);
  const gone = known.filter((name) => !Object.hasOwn(categories, name));
  const tagsGone = told.tags.filter((tag) => !tags.includes(tag));
  return {
    rid,
    ...(delta.changed.length > 0 && { torrents }),
    ...(delta.removed.length > 0 && { torrents_removed: delta.removed }),
    ...(text !== told.categories && { categories }),
    ...(gone.length > 0 && { categories_removed: gone }),
    ...(tags.some((tag) => !told.tags.includes(tag)) && { tags }),
    ...(tagsGone.length > 0 && { tags_removed: tagsGone }),
    ...state,
  };
}

function serverStateOf({ parts }: Call): object {
  const totals = parts.transfers.totals();
  const { freeBytes, isScheduleActive, peers } = parts.status();
  return {
    ...transferInfoOf(parts),
    alltime_dl: totals.downloaded,
    alltime_ul: totals.uploaded,
    global_ratio: (ratioOf(totals) ?? 0).toFixed(2),
    free_space_on_disk: freeBytes ?? 0,
    queueing: true,
    refresh_interval: 1_500,
    total_peer_connections: peers,
    use_alt_speed_limits: isScheduleActive,
  };
}

/** All of them each time: they are at most some hundred. */
function torrentPeers(call: Call): Answer {
  const peers = peersOf(call.parts.transfers.get(idOf(call))).map((peer) => ({
    client: peer.client,
    connection: peer.transport === 'tcp' ? 'BT' : 'μTP',
    country: '',
    country_code: '',
    dl_speed: peer.down,
    downloaded: peer.downloaded,
    files: '',
    flags: '',
    flags_desc: '',
    ip: peer.address,
    port: peer.port,
    progress: peer.progress,
    relevance: 0,
    up_speed: peer.up,
    uploaded: peer.uploaded,
  }));
  const named = peers.map((peer) => [`${peer.ip}:${peer.port}`, peer]);
  return { rid: 0, full_update: true, show_flags: false, peers: Object.fromEntries(named) };
}
