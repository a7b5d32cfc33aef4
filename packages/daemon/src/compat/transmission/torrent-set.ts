/** `torrent_set`: limits, goals, labels, files, trackers, and the place in the queue. */
import type { ChangeTransfer, Transfer } from '@coequal/contract';
import { bad, unsupported } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { RATIO_MODE, RATIO_UNLIMITED, SPEED_UNIT } from './fields.ts';
import { fileChanges } from './file-choices.ts';
import { labelsOf } from './labels.ts';
import type { Call, Method } from './method.ts';
import { Reading } from './reading.ts';
import {
  checkTrackers,
  parseTrackers,
  tiersOf,
  TRACKER_LIST_LENGTH_MAX,
} from './tracker-fields.ts';
import { moveContent } from './torrent-place.ts';

type Changed<Key extends keyof ChangeTransfer> = ChangeTransfer[Key];

export const torrentSet: Method = async (args, call) => {
  const { parts, ids } = call;
  const { rows } = ids.select(args);
  const location = args.path('location');
  // all is read before anything is changed: what is wrong changes nothing
  const changes = rows.map((row): [string, ChangeTransfer] => [row.id, changesOf(args, row, call)]);
  const position = args.count('queue_position');
  for (const [id, change] of changes)
    if (Object.keys(change).length > 0) parts.transfers.change(id, change);
  if (position !== undefined) place(rows, position, call);
  if (location !== undefined) await moveContent(rows, location, call);
  parts.publish();
  return {};
};

function changesOf(args: Arguments, row: Transfer, { parts, ids }: Call): ChangeTransfer {
  const reading = new Reading(row, ids.numberOf(row.id), 0, parts.transfers);
  const tags = labelsOf(args);
  const isSequential = args.flag('sequential_download');
  refuseIdleGoal(args);
  const limits = limitsOf(args, reading);
  const goals = goalsOf(args);
  const files = filesOf(args, reading);
  const trackers = trackersOf(args, reading);
  return {
    ...(tags !== undefined && { tags }),
    ...(isSequential !== undefined && { isSequential }),
    ...(limits !== undefined && { limits }),
    ...(goals !== undefined && { goals }),
    ...(files !== undefined && { files }),
    ...(trackers !== undefined && { trackers }),
  };
}

function limitsOf(args: Arguments, { entry }: Reading): Changed<'limits'> {
  const { limits } = entry.record.options;
  const down = limitOf(args, 'download_limit', limits.down);
  const up = limitOf(args, 'upload_limit', limits.up);
  const honors = args.flag('honors_session_limits');
  const changed = {
    ...(down !== undefined && { down }),
    ...(up !== undefined && { up }),
    ...(honors !== undefined && { isExempt: !honors }),
  };
  return Object.keys(changed).length > 0 ? changed : undefined;
}

/**
 * `download_limit` says how fast, `download_limited` whether that holds. A speed that does not hold is not kept. `now`:
 * what holds. Undefined: that stays. Nothing at all cannot be set, so 0 is one byte a second.
 */
export function limitOf(
  args: Arguments,
  name: string,
  now: number | null,
  flagName: string = `${name}ed`,
): number | null | undefined {
  const speed = args.number(name);
  const holds = args.flag(flagName);
  if (holds === false) return null;
  if (speed === undefined || (holds === undefined && now === null)) return undefined;
  return Math.max(1, Math.min(Number.MAX_SAFE_INTEGER, Math.round(speed * SPEED_UNIT)));
}

function goalsOf(args: Arguments): Changed<'goals'> {
  const limit = args.number('seed_ratio_limit');
  const mode = args.count('seed_ratio_mode');
  if (mode === RATIO_MODE.shared) return { ratio: null };
  if (mode === RATIO_MODE.unlimited) return { ratio: RATIO_UNLIMITED };
  // with a limit alone, that is what somebody wants to hold
  if (limit === undefined) return undefined;
  if (limit < 0) throw bad('seed_ratio_limit', 'must be 0 or more');
  return { ratio: limit };
}

/** Passing on does not end because nobody asks for a while: whoever sets that is told, and not left to wait for it. */
function refuseIdleGoal(args: Arguments): void {
  args.count('seed_idle_limit'); // without a mode it does not hold, and programs send all that they know
  if (args.count('seed_idle_mode') === IDLE_MODE_OWN)
    throw unsupported(
      'to end passing on after some time without a request: a ratio or a time does',
    );
}

/** Its own limit; 0 is that of the session, which has none, and 2 none at all. */
const IDLE_MODE_OWN = 1;

const FILE_NAMES = [
  'files_wanted',
  'files_unwanted',
  'priority_high',
  'priority_normal',
  'priority_low',
];

function filesOf(args: Arguments, reading: Reading): Changed<'files'> {
  if (!FILE_NAMES.some((name) => args.has(name))) return undefined;
  const priorities = reading.files.map(({ priority }) => priority);
  return fileChanges(args, priorities.length, priorities);
}

function trackersOf(args: Arguments, reading: Reading): Changed<'trackers'> {
  const list = args.text('tracker_list', TRACKER_LIST_LENGTH_MAX);
  if (list !== undefined) return parseTrackers(list);
  const added = args.texts('tracker_add');
  const removed = args.counts('tracker_remove');
  const replaced = replacementsOf(args);
  if (added === undefined && removed === undefined && replaced === undefined) return undefined;
  const { trackers } = reading.detail;
  const gone = new Set(removed);
  const kept = trackers
    .map((tracker, id) => ({ ...tracker, url: replaced?.get(id) ?? tracker.url }))
    .filter((_, id) => !gone.has(id));
  const known = new Set(kept.map(({ url }) => url));
  const fresh = (added ?? []).filter((url) => !known.has(url)).map((url) => [url]);
  return checkTrackers([...tiersOf(kept), ...fresh]);
}

/** Pairs of an id and an address. */
function replacementsOf(args: Arguments): ReadonlyMap<number, string> | undefined {
  const list = args.raw('tracker_replace');
  if (list === undefined) return undefined;
  if (!Array.isArray(list) || list.length % 2 !== 0) throw bad('tracker_replace', 'has no pairs');
  const pairs = new Map<number, string>();
  for (let index = 0; index < list.length; index += 2) {
    const [id, url] = list.slice(index, index + 2) as unknown[];
    if (typeof id !== 'number' || typeof url !== 'string')
      throw bad('tracker_replace', 'has no pairs of an id and an address');
    pairs.set(id, url);
  }
  return pairs;
}

/** They go to the end in the order in which they are to be, then all that come after them. */
function place(rows: readonly Transfer[], position: number, { parts, ids }: Call): void {
  const moved = new Set(rows.map(({ id }) => id));
  const others = ids.rows().filter(({ id }) => !moved.has(id));
  const ordered = others.toSorted((one, other) => one.queuePosition - other.queuePosition);
  parts.transfers.act([...moved], 'to-bottom');
  const after = ordered.slice(position).map(({ id }) => id);
  parts.transfers.act(after, 'to-bottom');
}
