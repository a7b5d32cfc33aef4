/**
 * qBittorrent's state of one transfer: the `.fastresume` of its folder BT_backup (libtorrent's resume data with keys of
 * its own that begin with `qBt-`), or a row of its torrents.db; and what its settings say of places. As 4.5 and 5 write it.
 */
import { formatHex } from '@coequal/base';
import type { BencodeDictionary, BencodeValue } from '@coequal/bittorrent';
import type { FilePriority, TransferGoals } from '@coequal/contract';
import {
  countOf,
  ENDLESS_MINUTES,
  ENDLESS_RATIO,
  labelOf,
  labelsOf,
  numbersOf,
  textsOf,
  tiersOf,
  timeOf,
} from './foreign-transfer.ts';
import type { ForeignFacts } from './foreign-transfer.ts';

/** What qBittorrent adds to libtorrent's resume data. */
export interface QbittorrentOwn {
  readonly name: string | undefined;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  /** Empty or undefined: as category and settings say. */
  readonly savePath: string | undefined;
  readonly downloadPath: string | undefined;
  /** -2: as the settings say, -1: none. */
  readonly ratioLimit: number;
  /** Minutes; the same. */
  readonly seedingTimeLimit: number;
  readonly isStopped: boolean;
  readonly isForced: boolean;
}

/** Of `qBittorrent.conf` and `categories.json`, as far as they say where things lie. */
export interface QbittorrentPlaces {
  readonly defaultSavePath: string | undefined;
  /** Undefined: unfinished ones are nowhere else. */
  readonly tempPath: string | undefined;
  /** Folders by category; undefined for those that have none of their own. */
  readonly categories: ReadonlyMap<string, string | undefined>;
}

export const NO_PLACES: QbittorrentPlaces = {
  defaultSavePath: undefined,
  tempPath: undefined,
  categories: new Map(),
};

/** Its "as the settings say" and "no limit". */
const AS_SET = -2;
const NO_LIMIT = -1;
/** Its priorities that go before others. */
const HIGH_FROM = 6;

/** The keys of qBittorrent in a `.fastresume`. */
export function ownOfFastresume(resume: BencodeDictionary): QbittorrentOwn {
  // a text since 4.4 in some, thousandths before and after
  const ratioText = resume.text('qBt-ratioLimit');
  const thousandths = resume.integer('qBt-ratioLimit') ?? AS_SET * 1_000;
  const isPaused = resume.integer('paused') === 1;
  const isManaged = resume.integer('auto_managed') === 1;
  return {
    name: resume.text('qBt-name'),
    category: resume.text('qBt-category'),
    tags: textsOf(resume.list('qBt-tags')),
    savePath: resume.text('qBt-savePath'),
    downloadPath: resume.text('qBt-downloadPath'),
    ratioLimit:
      ratioText === undefined || ratioText === '' ? thousandths / 1_000 : Number(ratioText),
    seedingTimeLimit: resume.integer('qBt-seedingTimeLimit') ?? AS_SET,
    isStopped: isPaused && !isManaged,
    isForced: !isPaused && !isManaged,
  };
}

export function factsOfQbittorrent(
  resume: BencodeDictionary,
  own: QbittorrentOwn,
  places: QbittorrentPlaces,
): ForeignFacts {
  const claimed = claimedPart(resume.bytes('pieces'));
  const here = resume.text('save_path');
  const last = lastPlaceOf(own, here, places);
  const all = [here, last, own.downloadPath].filter((place) => place !== undefined && place !== '');
  return {
    name: own.name === '' ? undefined : own.name,
    places: [...new Set(all)] as string[],
    lastPlace: last,
    paths: pathsOf(resume.list('mapped_files')),
    suffix: '.!qB',
    intent: own.isStopped ? 'pause' : own.isForced ? 'force' : 'run',
    isSequential: resume.integer('sequential_download') === 1,
    category: labelOf(own.category),
    tags: labelsOf(own.tags),
    priorities: prioritiesOf(resume.list('file_priority')),
    limits: {
      up: rateOf(resume.integer('upload_rate_limit')),
      down: rateOf(resume.integer('download_rate_limit')),
      isExempt: false,
    },
    goals: goalsOf(own),
    trackers: tiersOf((resume.list('trackers') ?? []).map(tierOf)),
    uploaded: countOf(resume.integer('total_uploaded')),
    downloaded: countOf(resume.integer('total_downloaded')),
    seedSeconds: countOf(resume.integer('seeding_time')),
    addedAt: timeOf(resume.integer('added_time')),
    completedAt: timeOf(resume.integer('completed_time')),
    claimed,
  };
}

/** The magnet link of one whose metadata has not come; undefined without a hash. */
export function magnetOfFastresume(
  resume: BencodeDictionary,
  name: string | undefined,
): string | undefined {
  const isHash = (bytes: Uint8Array | undefined): bytes is Uint8Array =>
    bytes !== undefined && bytes.some((byte) => byte !== 0);
  const [v1, v2] = [resume.bytes('info-hash'), resume.bytes('info-hash2')];
  const topics = [
    ...(isHash(v1) && v1.length === 20 ? [`xt=urn:btih:${formatHex(v1)}`] : []),
    ...(isHash(v2) && v2.length === 32 ? [`xt=urn:btmh:1220${formatHex(v2)}`] : []),
  ];
  if (topics.length === 0) return undefined;
  const trackers = (resume.list('trackers') ?? []).flatMap(tierOf);
  const shown = name ?? resume.text('name');
  const rest = [
    ...(shown ? [`dn=${encodeURIComponent(shown.toWellFormed())}`] : []),
    ...trackers.map((url) => `tr=${encodeURIComponent(url.toWellFormed())}`),
  ];
  return `magnet:?${[...topics, ...rest].join('&')}`;
}

/** Unfinished ones lie elsewhere when it is asked for; undefined: nothing says where they go. */
function lastPlaceOf(
  own: QbittorrentOwn,
  here: string | undefined,
  places: QbittorrentPlaces,
): string | undefined {
  if (own.savePath) return own.savePath;
  const { tempPath } = places;
  if (!tempPath || !here?.startsWith(tempPath)) return undefined;
  const { category } = own;
  if (!category) return places.defaultSavePath;
  const ofCategory = places.categories.get(category);
  if (ofCategory) return ofCategory;
  const { defaultSavePath } = places;
  return defaultSavePath && `${defaultSavePath.replace(/\/+$/, '')}/${category}`;
}

/** A byte for each piece, whose lowest bit says that it is there; none at all when none is. */
function claimedPart(pieces: Uint8Array | undefined): number {
  if (pieces === undefined || pieces.length === 0) return 0;
  let had = 0;
  for (const piece of pieces) had += piece & 1;
  return had / pieces.length;
}

/** By index; an empty one has the torrent's own. */
function pathsOf(mapped: readonly BencodeValue[] | undefined): ReadonlyMap<number, string> {
  const paths = new Map<number, string>();
  for (const [index, value] of (mapped ?? []).entries()) {
    const [path] = textsOf([value]);
    if (path) paths.set(index, path.replaceAll('\\', '/'));
  }
  return paths;
}

function prioritiesOf(list: readonly BencodeValue[] | undefined): Map<number, FilePriority> {
  const priorities = new Map<number, FilePriority>();
  for (const [index, value] of numbersOf(list).entries()) {
    if (value === 0) priorities.set(index, 'skip');
    if (value !== undefined && value >= HIGH_FROM) priorities.set(index, 'high');
  }
  return priorities;
}

function goalsOf({ ratioLimit, seedingTimeLimit }: QbittorrentOwn): TransferGoals {
  const goal = (limit: number, endless: number): number | null => {
    if (limit === NO_LIMIT) return endless;
    return Number.isFinite(limit) && limit >= 0 ? limit : null;
  };
  return {
    ratio: goal(ratioLimit, ENDLESS_RATIO),
    seedMinutes: goal(seedingTimeLimit, ENDLESS_MINUTES),
  };
}

function rateOf(rate: number | undefined): number | null {
  return rate !== undefined && rate > 0 ? rate : null;
}

function tierOf(tier: BencodeValue): string[] {
  return Array.isArray(tier) ? textsOf(tier as readonly BencodeValue[]) : textsOf([tier]);
}

/** Throws nothing: what cannot be read says nothing. */
export function parseCategories(json: string): ReadonlyMap<string, string | undefined> {
  const categories = new Map<string, string | undefined>();
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch {
    return categories; // half written, or of another program
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return categories;
  for (const [given, about] of Object.entries(parsed)) {
    const name = labelOf(given);
    if (name === undefined) continue;
    const path: unknown =
      typeof about === 'object' && about !== null && 'save_path' in about ? about.save_path : about;
    categories.set(name, typeof path === 'string' && path !== '' ? path : undefined);
  }
  return categories;
}

/** Of `qBittorrent.conf` (Qt's INI form): where transfers go, and where unfinished ones are. */
export function parseConfiguration(text: string): Omit<QbittorrentPlaces, 'categories'> {
  const value = (...names: readonly string[]): string | undefined => {
    for (const line of text.split(/\r?\n/)) {
      const at = line.indexOf('=');
      if (at > 0 && names.includes(line.slice(0, at).trim())) return unquote(line.slice(at + 1));
    }
    return undefined;
  };
  const isTemporary =
    value('Session\\TempPathEnabled', 'Downloads\\TempPathEnabled')?.toLowerCase() === 'true';
  return {
    defaultSavePath: value('Session\\DefaultSavePath', 'Downloads\\SavePath'),
    tempPath: isTemporary ? value('Session\\TempPath', 'Downloads\\TempPath') : undefined,
  };
}

/** As QSettings writes a text: quotes where it needs them, `\xNN` for what is not ASCII. */
function unquote(value: string): string {
  const trimmed = value.trim();
  const inner = /^"(.*)"$/s.exec(trimmed)?.[1] ?? trimmed;
  return inner.replaceAll(/\\(?:x([0-9a-fA-F]{1,4})|(.))/g, (_, hex?: string, letter?: string) =>
    hex === undefined ? (letter ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
