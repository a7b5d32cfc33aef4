/** `session_get` and `session_set`: settings of the peer under Transmission's names. */
import type { Settings } from '@coequal/contract';
import { isScheduled } from '../../files/schedule.ts';
import { VERSION } from '../../version.ts';
import { bad, unsupported } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { speedOf, SPEED_UNIT } from './fields.ts';
import type { Call, Method } from './method.ts';
import { snakeName } from './names.ts';
import { limitOf } from './torrent-set.ts';

/** Of the RPC: that of 4.1, which has JSON-RPC 2.0. */
const RPC_VERSION = 18;
const RPC_VERSION_MINIMUM = 14;
export const RPC_VERSION_SEMVER = '6.0.0';
/** Clients look for a number to tell what they may ask. */
const PROGRAM_VERSION = `4.1.0 (Coequal ${VERSION})`;

/** There are not so many. */
const FIELDS_MAX = 200;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 1_440;
const DAYS = [0, 1, 2, 3, 4, 5, 6];

export const sessionGet: Method = (args, call) => {
  const all = sessionOf(call);
  const asked = args.texts('fields', FIELDS_MAX);
  if (asked === undefined) return all;
  const names = new Set(asked.map(snakeName));
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.has(name)));
};

function sessionOf(call: Call): Record<string, unknown> {
  const settings = call.parts.settings();
  return {
    ...speedsOf(settings, new Date(call.clock.epochNow())),
    ...networkOf(settings),
    download_dir: settings.downloadDirectory,
    incomplete_dir: settings.downloadDirectory,
    incomplete_dir_enabled: false,
    start_added_torrents: !settings.addsPaused,
    trash_original_torrent_files: false,
    rename_partial_files: false,
    download_queue_enabled: true,
    download_queue_size: settings.activeDownloadsMax,
    seed_queue_enabled: true,
    seed_queue_size: settings.activeSeedsMax,
    queue_stalled_enabled: false,
    queue_stalled_minutes: 0,
    seed_ratio_limit: settings.ratioGoal ?? 0,
    seed_ratio_limited: settings.ratioGoal !== null,
    idle_seeding_limit: 0,
    idle_seeding_limit_enabled: false,
    blocklist_enabled: false,
    blocklist_size: 0,
    blocklist_url: '',
    cache_size_mb: 0,
    // where the peer keeps what it knows is nobody's business
    config_dir: '',
    default_trackers: '',
    script_torrent_added_enabled: false,
    script_torrent_added_filename: '',
    script_torrent_done_enabled: false,
    script_torrent_done_filename: '',
    script_torrent_done_seeding_enabled: false,
    script_torrent_done_seeding_filename: '',
    rpc_version: RPC_VERSION,
    rpc_version_minimum: RPC_VERSION_MINIMUM,
    rpc_version_semver: RPC_VERSION_SEMVER,
    session_id: call.sessionId,
    version: PROGRAM_VERSION,
    units: UNITS,
  };
}

const UNITS = {
  speed_units: ['kB/s', 'MB/s', 'GB/s', 'TB/s'],
  speed_bytes: SPEED_UNIT,
  size_units: ['kB', 'MB', 'GB', 'TB'],
  size_bytes: 1_000,
  memory_units: ['KiB', 'MiB', 'GiB', 'TiB'],
  memory_bytes: 1_024,
};

function speedsOf(settings: Settings, now: Date): Record<string, unknown> {
  return {
    speed_limit_down: speedOf(settings.downloadMax),
    speed_limit_down_enabled: settings.downloadMax !== null,
    speed_limit_up: speedOf(settings.uploadMax),
    speed_limit_up_enabled: settings.uploadMax !== null,
    alt_speed_down: speedOf(settings.scheduleDownloadMax),
    alt_speed_up: speedOf(settings.scheduleUploadMax),
    alt_speed_enabled: isScheduled(settings, now),
    alt_speed_time_enabled: settings.scheduleIsOn,
    alt_speed_time_begin: minutesOf(settings.scheduleFrom),
    alt_speed_time_end: minutesOf(settings.scheduleTo),
    alt_speed_time_day: settings.scheduleDays.reduce((days, day) => days | (1 << day), 0),
  };
}

function networkOf(settings: Settings): Record<string, unknown> {
  return {
    peer_port: settings.listenPort,
    peer_port_random_on_start: settings.listenPort === 0,
    port_forwarding_enabled: settings.mapsPorts,
    dht_enabled: settings.usesDht,
    pex_enabled: settings.usesPex,
    lpd_enabled: settings.usesLsd,
    utp_enabled: settings.transport !== 'tcp',
    tcp_enabled: settings.transport !== 'utp',
    // nothing is encrypted, and peers that insist on it are not reached
    encryption: 'tolerated',
    peer_limit_global: 0,
    peer_limit_per_torrent: 0,
    reqq: 0,
  };
}

/** What has no counterpart here is passed over. */
export const sessionSet: Method = (args, call) => {
  const { parts, caller, clock } = call;
  const settings = parts.settings();
  if (args.flag('idle_seeding_limit_enabled') === true)
    throw unsupported(
      'to end passing on after some time without a request: a ratio or a time does',
    );
  const alternative = args.flag('alt_speed_enabled');
  if (
    alternative !== undefined &&
    alternative !== isScheduled(settings, new Date(clock.epochNow()))
  )
    throw unsupported('to switch the other limits by hand: they follow the schedule');
  const changes = {
    ...networkChanges(args, settings),
    ...speedChanges(args, settings),
    ...transferChanges(args, settings),
  };
  parts.changeSettings(changes, caller);
  return {};
};

type Changes = Partial<Settings>;

function networkChanges(args: Arguments, settings: Settings): Changes {
  const changes: Changes = {};
  const port = args.count('peer_port');
  if (port !== undefined) changes.listenPort = port;
  if (args.flag('peer_port_random_on_start') === true) changes.listenPort = 0;
  Object.assign(changes, flagChange(args, 'dht_enabled', 'usesDht'));
  Object.assign(changes, flagChange(args, 'pex_enabled', 'usesPex'));
  Object.assign(changes, flagChange(args, 'lpd_enabled', 'usesLsd'));
  Object.assign(changes, flagChange(args, 'port_forwarding_enabled', 'mapsPorts'));
  const utp = args.flag('utp_enabled');
  const usesUtp = settings.transport !== 'tcp';
  if (utp !== undefined && utp !== usesUtp) changes.transport = utp ? 'both' : 'tcp';
  return changes;
}

function flagChange(args: Arguments, name: string, key: keyof Settings): Changes {
  const value = args.flag(name);
  return value === undefined ? {} : { [key]: value };
}

function speedChanges(args: Arguments, settings: Settings): Changes {
  const { downloadMax, uploadMax } = settings;
  const down = limitOf(args, 'speed_limit_down', downloadMax, 'speed_limit_down_enabled');
  const up = limitOf(args, 'speed_limit_up', uploadMax, 'speed_limit_up_enabled');
  // whether these hold is a matter of the schedule alone
  const otherDown = limitOf(args, 'alt_speed_down', 1, '');
  const otherUp = limitOf(args, 'alt_speed_up', 1, '');
  const from = args.count('alt_speed_time_begin');
  const to = args.count('alt_speed_time_end');
  const days = args.count('alt_speed_time_day');
  const isOn = args.flag('alt_speed_time_enabled');
  return {
    ...(down !== undefined && { downloadMax: down }),
    ...(up !== undefined && { uploadMax: up }),
    ...(otherDown !== undefined && { scheduleDownloadMax: otherDown }),
    ...(otherUp !== undefined && { scheduleUploadMax: otherUp }),
    ...(from !== undefined && { scheduleFrom: timeOf(from) }),
    ...(to !== undefined && { scheduleTo: timeOf(to) }),
    ...(days !== undefined && { scheduleDays: DAYS.filter((day) => (days >> day) & 1) }),
    ...(isOn !== undefined && { scheduleIsOn: isOn }),
  };
}

function transferChanges(args: Arguments, settings: Settings): Changes {
  const directory = args.path('download_dir');
  const starts = args.flag('start_added_torrents');
  const downloads = args.count('download_queue_size');
  const seeds = args.count('seed_queue_size');
  return {
    ...(directory !== undefined && { downloadDirectory: directory }),
    ...(starts !== undefined && { addsPaused: !starts }),
    ...(downloads !== undefined && { activeDownloadsMax: downloads }),
    ...(seeds !== undefined && { activeSeedsMax: seeds }),
    ...ratioChange(args, settings),
  };
}

function ratioChange(args: Arguments, { ratioGoal }: Settings): Changes {
  const limit = args.number('seed_ratio_limit');
  const holds = args.flag('seed_ratio_limited') ?? ratioGoal !== null;
  if (!holds) return args.has('seed_ratio_limited') ? { ratioGoal: null } : {};
  if (limit === undefined) return {};
  if (limit < 0) throw bad('seed_ratio_limit', 'must be 0 or more');
  return { ratioGoal: limit };
}

/** `08:30` is 510. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * HOUR_MINUTES + minutes;
}

function timeOf(minutes: number): string {
  const ofDay = minutes % DAY_MINUTES;
  const [hour, minute] = [Math.floor(ofDay / HOUR_MINUTES), ofDay % HOUR_MINUTES];
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}
