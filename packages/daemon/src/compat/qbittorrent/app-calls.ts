/** `app/`, `transfer/` and `log/`: the peer as a whole. */
import { isAbsolute } from 'node:path';
import type { Settings, Status } from '@coequal/contract';
import type { CompatParts } from '../compat.ts';
import { changes, needNumber, reads } from './call.ts';
import type { Answer, Call, Calls } from './call.ts';
import { badField, numberOf } from './given.ts';
import { rateOf } from './words.ts';

/**
 * The version whose interface this is. Of the two in use it is the one whose words (`pausedDL`, `paused`) all programs
 * know: those that speak the later one (2.11, `stoppedDL`) speak this one, too.
 */
const QBITTORRENT_VERSION = 'v4.5.5';
const WEBAPI_VERSION = '2.8.19';

export const APP_CALLS: Calls = {
  version: reads(() => QBITTORRENT_VERSION),
  webapiVersion: reads(() => WEBAPI_VERSION),
  buildInfo: reads(() => ({
    qt: '',
    libtorrent: '',
    boost: '',
    openssl: '',
    zlib: '',
    bitness: 64,
  })),
  defaultSavePath: reads(({ parts }) => parts.settings().downloadDirectory),
  preferences: reads(({ parts }) => preferencesOf(parts.settings())),
  setPreferences: changes(setPreferences),
};

export const TRANSFER_CALLS: Calls = {
  info: reads(({ parts }) => transferInfoOf(parts)),
  speedLimitsMode: reads(({ parts }) => (parts.status().isScheduleActive ? '1' : '0')),
  downloadLimit: reads(({ parts }) => String(parts.settings().downloadMax ?? 0)),
  uploadLimit: reads(({ parts }) => String(parts.settings().uploadMax ?? 0)),
  setDownloadLimit: changes((call) => setLimit(call, 'downloadMax')),
  setUploadLimit: changes((call) => setLimit(call, 'uploadMax')),
};

/** What we write down says more than these do, and is the owner's. */
export const LOG_CALLS: Calls = { main: reads(() => []), peers: reads(() => []) };

export function transferInfoOf(parts: CompatParts): Readonly<Record<string, string | number>> {
  const told = parts.status();
  const { down, up, downMax, upMax } = told;
  const { downloaded, uploaded } = parts.transfers.totals();
  return {
    connection_status: connectionOf(told),
    dht_nodes: told.dhtNodes,
    dl_info_data: downloaded,
    dl_info_speed: down,
    dl_rate_limit: downMax ?? 0,
    up_info_data: uploaded,
    up_info_speed: up,
    up_rate_limit: upMax ?? 0,
  };
}

function connectionOf({ peers, dhtNodes, isReachable }: Status): string {
  if (isReachable === 'yes') return 'connected';
  return peers === 0 && dhtNodes === 0 ? 'disconnected' : 'firewalled';
}

function setLimit(call: Call, key: 'downloadMax' | 'uploadMax'): Answer {
  const limit = needNumber(numberOf(call.given, 'limit'), 'limit');
  call.changeSettings({ [key]: rateOf(limit) });
  return undefined;
}

/** Those that programs read. */
function preferencesOf(settings: Settings): object {
  const { ratioGoal, seedMinutesGoal } = settings;
  return {
    save_path: settings.downloadDirectory,
    temp_path_enabled: false,
    temp_path: '',
    auto_tmm_enabled: false,
    torrent_content_layout: 'Original',
    create_subfolder_enabled: true,
    start_paused_enabled: settings.addsPaused,
    dl_limit: settings.downloadMax ?? 0,
    up_limit: settings.uploadMax ?? 0,
    alt_dl_limit: settings.scheduleDownloadMax ?? 0,
    alt_up_limit: settings.scheduleUploadMax ?? 0,
    scheduler_enabled: settings.scheduleIsOn,
    dht: settings.usesDht,
    pex: settings.usesPex,
    lsd: settings.usesLsd,
    upnp: settings.mapsPorts,
    listen_port: settings.listenPort,
    queueing_enabled: true,
    max_active_downloads: settings.activeDownloadsMax,
    max_active_uploads: settings.activeSeedsMax,
    max_active_torrents: settings.activeDownloadsMax + settings.activeSeedsMax,
    max_ratio_enabled: ratioGoal !== null,
    max_ratio: ratioGoal ?? -1,
    max_seeding_time_enabled: seedMinutesGoal !== null,
    max_seeding_time: seedMinutesGoal ?? -1,
    max_ratio_act: 0, // it is paused, not removed
    locale: 'en',
    web_ui_csrf_protection_enabled: true,
    web_ui_host_header_validation_enabled: true,
  };
}

/** Limits and the folder; the rest is for the peer's own page. Throws LocalFault `BAD_REQUEST`, and as a change of settings. */
function setPreferences(call: Call): Answer {
  const wanted = parseObject(call.given.need('json'));
  const changed: Partial<Settings> = {};
  const { dl_limit: down, up_limit: up, save_path: path } = wanted;
  if (down !== undefined) changed.downloadMax = rateOf(numberIn(down, 'dl_limit'));
  if (up !== undefined) changed.uploadMax = rateOf(numberIn(up, 'up_limit'));
  if (path !== undefined) {
    if (typeof path !== 'string' || !isAbsolute(path))
      throw badField('save_path', 'must be an absolute path');
    changed.downloadDirectory = path;
  }
  call.changeSettings(changed);
  return undefined;
}

function parseObject(json: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw badField('json', 'is no JSON');
  }
  if (typeof value !== 'object' || value === null) throw badField('json', 'is no object');
  return value as Readonly<Record<string, unknown>>;
}

function numberIn(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw badField(name, 'must be a number');
  return value;
}
