/** Which torrents `torrents/info` tells of, and in what order. */
import { flagOf, listOf, numberOf } from './given.ts';
import type { Given } from './given.ts';
import type { TorrentInfo, TorrentState } from './words.ts';

const PAUSED: ReadonlySet<TorrentState> = new Set(['pausedDL', 'pausedUP']);
const STALLED: ReadonlySet<TorrentState> = new Set(['stalledDL', 'stalledUP']);
const SEEDING: ReadonlySet<TorrentState> = new Set([
  'uploading',
  'stalledUP',
  'queuedUP',
  'forcedUP',
]);
const CHECKING: ReadonlySet<TorrentState> = new Set(['checkingDL', 'checkingUP']);
const ERRORED: ReadonlySet<TorrentState> = new Set(['error', 'missingFiles']);

const isActive = ({ dlspeed, upspeed }: TorrentInfo): boolean => dlspeed > 0 || upspeed > 0;

/** `stopped` and `running` are the words of later versions. */
const FILTERS: Readonly<Record<string, (info: TorrentInfo) => boolean>> = {
  downloading: ({ progress }) => progress < 1,
  seeding: ({ state }) => SEEDING.has(state),
  completed: ({ progress }) => progress >= 1,
  paused: ({ state }) => PAUSED.has(state),
  stopped: ({ state }) => PAUSED.has(state),
  resumed: ({ state }) => !PAUSED.has(state),
  running: ({ state }) => !PAUSED.has(state),
  active: isActive,
  inactive: (info) => !isActive(info),
  stalled: ({ state }) => STALLED.has(state),
  stalled_uploading: ({ state }) => state === 'stalledUP',
  stalled_downloading: ({ state }) => state === 'stalledDL',
  checking: ({ state }) => CHECKING.has(state),
  moving: ({ state }) => state === 'moving',
  errored: ({ state }) => ERRORED.has(state),
};

/** An unknown filter is none, as there. Throws LocalFault `BAD_REQUEST`. */
export function chosen(all: readonly TorrentInfo[], given: Given): TorrentInfo[] {
  const [category, tag, hashes] = [given.text('category'), given.text('tag'), given.text('hashes')];
  const suits = FILTERS[given.text('filter') ?? 'all'];
  const wanted =
    hashes === undefined || hashes === 'all'
      ? undefined
      : new Set(listOf(hashes.toLowerCase(), '|'));
  const found = all.filter(
    (info) =>
      (suits === undefined || suits(info)) &&
      (category === undefined || info.category === category) &&
      (tag === undefined || hasTag(info, tag)) &&
      (wanted === undefined || wanted.has(info.hash)),
  );
  return pageOf(sorted(found, given), given);
}

/** The empty one: those without any. */
function hasTag({ tags }: TorrentInfo, tag: string): boolean {
  return tag === '' ? tags === '' : listOf(tags, ',').includes(tag);
}

function sorted(found: TorrentInfo[], given: Given): TorrentInfo[] {
  const key = given.text('sort') ?? '';
  const direction = flagOf(given, 'reverse') === true ? -1 : 1;
  if (found[0] === undefined || !Object.hasOwn(found[0], key)) return found;
  return found.toSorted((one, other) => direction * compare(one[key], other[key]));
}

function compare(one: unknown, other: unknown): number {
  if (typeof one === 'string' && typeof other === 'string') return one.localeCompare(other);
  return Number(one) - Number(other);
}

/** A negative offset counts from the end. */
function pageOf(found: TorrentInfo[], given: Given): TorrentInfo[] {
  const limit = numberOf(given, 'limit') ?? 0;
  const offset = numberOf(given, 'offset') ?? 0;
  const from = offset < 0 ? Math.max(0, found.length + offset) : offset;
  return found.slice(from, limit > 0 ? from + limit : undefined);
}
