/**
 * Transmission's state of one transfer: its `.resume` (docs/Transmission-Resume-Files.md), and the `.torrent` or
 * `.magnet` of its folder. As 2.x to 3.00 write it, with `-` in the names of keys, and 4.x, from 4.1 on with `_`.
 */
import { formatHex } from '@coequal/base';
import type { BencodeDictionary, BencodeValue } from '@coequal/bittorrent';
import type { FilePriority, TransferGoals } from '@coequal/contract';
import {
  countOf,
  ENDLESS_RATIO,
  labelsOf,
  numbersOf,
  textsOf,
  timeOf,
} from './foreign-transfer.ts';
import type { ForeignFacts } from './foreign-transfer.ts';

/** Values of `ratio-mode`. */
const OWN_RATIO = 1;
const NO_RATIO = 2;

export function factsOfTransmission(resume: BencodeDictionary): ForeignFacts {
  const destination = either('destination', (key) => resume.text(key));
  const incomplete = either('incomplete-dir', (key) => resume.text(key));
  const progress = resume.dictionary('progress');
  const blocks = progress?.bytes('blocks');
  const isWhole = blocks !== undefined && isWord(blocks, 'all');
  const claimed = isWhole ? 1 : 0;
  const claimedBlocks = isWhole ? undefined : countBlocks(blocks);
  const places = [destination, incomplete].filter((place) => place !== undefined && place !== '');
  return {
    name: resume.text('name'),
    places: [...new Set(places)] as string[],
    lastPlace: destination,
    paths: pathsOf(resume.list('files')),
    suffix: '.part',
    intent: resume.integer('paused') === 1 ? 'pause' : 'run',
    isSequential: either('sequential-download', (key) => resume.integer(key)) === 1,
    category: undefined,
    tags: labelsOf(textsOf(resume.list('labels'))),
    priorities: prioritiesOf(resume.list('priority'), resume.list('dnd')),
    limits: {
      up: limitOf(resume, 'speed-limit-up'),
      down: limitOf(resume, 'speed-limit-down'),
      isExempt: false,
    },
    goals: goalsOf(either('ratio-limit', (key) => resume.dictionary(key))),
    // it writes changed trackers into the .torrent
    trackers: undefined,
    uploaded: countOf(resume.integer('uploaded')),
    downloaded: countOf(resume.integer('downloaded')),
    seedSeconds: countOf(either('seeding-time-seconds', (key) => resume.integer(key))),
    addedAt: timeOf(either('added-date', (key) => resume.integer(key))),
    completedAt: timeOf(either('done-date', (key) => resume.integer(key))),
    claimed,
    ...(claimedBlocks !== undefined && { claimedBlocks }),
  };
}

/** Of a `.torrent` that has no metadata yet: 3.00 keeps a magnet link so. Undefined for a real one. */
export function magnetOfInfo(torrent: BencodeDictionary): string | undefined {
  const info = torrent.dictionary('magnet-info');
  const hash = info && either('info_hash', (key) => info.bytes(key));
  if (info === undefined || hash?.length !== 20) return undefined;
  const name = either('display-name', (key) => info.text(key));
  const announce = torrent.text('announce');
  const tiers = (torrent.list('announce-list') ?? []).flatMap((tier) =>
    Array.isArray(tier) ? textsOf(tier as readonly BencodeValue[]) : [],
  );
  const trackers = [...new Set([...(announce ? [announce] : []), ...tiers])];
  const rest = [
    ...(name ? [`dn=${encodeURIComponent(name.toWellFormed())}`] : []),
    ...trackers.map((url) => `tr=${encodeURIComponent(url.toWellFormed())}`),
  ];
  return `magnet:?${[`xt=urn:btih:${formatHex(hash)}`, ...rest].join('&')}`;
}

/** By the key with `-`, or the same with `_`. */
function either<T>(key: string, read: (key: string) => T | undefined): T | undefined {
  return read(key) ?? read(key.replaceAll('-', '_'));
}

/** "none", or a bit for each block, the first in the highest bit. */
function countBlocks(blocks: Uint8Array | undefined): number | undefined {
  if (blocks === undefined || isWord(blocks, 'none')) return undefined;
  let had = 0;
  for (let byte of blocks) for (; byte > 0; byte &= byte - 1) had += 1;
  return had;
}

function isWord(bytes: Uint8Array, word: string): boolean {
  return bytes.length === word.length && String.fromCharCode(...bytes) === word;
}

function pathsOf(files: readonly BencodeValue[] | undefined): ReadonlyMap<number, string> {
  const paths = new Map<number, string>();
  for (const [index, value] of (files ?? []).entries()) {
    const [path] = textsOf([value]);
    if (path) paths.set(index, path);
  }
  return paths;
}

function prioritiesOf(
  priority: readonly BencodeValue[] | undefined,
  unwanted: readonly BencodeValue[] | undefined,
): ReadonlyMap<number, FilePriority> {
  const priorities = new Map<number, FilePriority>();
  for (const [index, value] of numbersOf(priority).entries()) {
    if (value === 1) priorities.set(index, 'high');
    if (value === -1) priorities.set(index, 'low');
  }
  for (const [index, value] of numbersOf(unwanted).entries())
    if (value === 1) priorities.set(index, 'skip');
  return priorities;
}

function limitOf(resume: BencodeDictionary, key: string): number | null {
  const limit = either(key, (each) => resume.dictionary(each));
  if (limit === undefined) return null;
  if (either('use-speed-limit', (each) => limit.integer(each)) !== 1) return null;
  const rate = limit.integer('speed-Bps') ?? limit.integer('speed_Bps');
  return Math.max(1, countOf(rate));
}

function goalsOf(limit: BencodeDictionary | undefined): TransferGoals {
  const mode = limit && either('ratio-mode', (key) => limit.integer(key));
  if (mode === NO_RATIO) return { ratio: ENDLESS_RATIO, seedMinutes: null };
  if (limit === undefined || mode !== OWN_RATIO) return { ratio: null, seedMinutes: null };
  // bencoding has no fractions: it is a text
  const ratio = Number(either('ratio-limit', (key) => limit.text(key)));
  const isRatio = Number.isFinite(ratio) && ratio >= 0;
  return { ratio: isRatio ? ratio : null, seedMinutes: null };
}
