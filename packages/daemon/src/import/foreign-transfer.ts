/** A transfer of another program, as its state tells of it. Nothing of it is verified. */
import { BencodeDictionary, decodeBencode } from '@coequal/bittorrent';
import type { BencodeLimits, BencodeValue } from '@coequal/bittorrent';
import type { FilePriority, TransferGoals, TransferLimits } from '@coequal/contract';
import { decodeUtf8, LocalFault } from '@coequal/base';
import type { PeerFault } from '@coequal/base';
import type { Intent } from '../store/transfer-records.ts';

export interface ForeignFacts {
  /** What a person called it there. */
  readonly name: string | undefined;
  /** Folders in which its files may lie, the likeliest first. */
  readonly places: readonly string[];
  /** Where they are to be once all is there, when that is another. */
  readonly lastPlace: string | undefined;
  /** Of files that are not where the torrent says: below the place, parts joined by `/`. By the indexes there. */
  readonly paths: ReadonlyMap<number, string>;
  /** What the names of unfinished files end with. */
  readonly suffix: string;
  readonly intent: Intent;
  readonly isSequential: boolean;
  readonly category: string | undefined;
  readonly tags: readonly string[];
  /** By the indexes there, which count padding (BEP 47). */
  readonly priorities: ReadonlyMap<number, FilePriority>;
  readonly limits: TransferLimits;
  readonly goals: TransferGoals;
  /** Tiers; undefined: those of the torrent. */
  readonly trackers: readonly (readonly string[])[] | undefined;
  readonly uploaded: number;
  readonly downloaded: number;
  readonly seedSeconds: number;
  /** Milliseconds since 1970. */
  readonly addedAt: number | undefined;
  readonly completedAt: number | undefined;
  /** From 0 to 1: what part of it the program says it has. */
  readonly claimed: number;
  /** The same in blocks of 16 KiB, for a program that counts so. */
  readonly claimedBlocks?: number;
}

export type ForeignSource =
  | { readonly type: 'torrent'; readonly bytes: Uint8Array }
  | { readonly type: 'magnet'; readonly link: string };

/** One entry of the state. What cannot be read is told, and the others go on. */
export type ForeignEntry =
  | {
      readonly type: 'read';
      /** Of this entry among the others of its folder. */
      readonly key: string;
      readonly source: ForeignSource;
      readonly facts: ForeignFacts;
    }
  | {
      readonly type: 'unreadable';
      readonly key: string;
      readonly problem: LocalFault | PeerFault;
    };

/** A state file has a number or two for each piece or file; this is a hundred times what they are. */
export const STATE_LENGTH_MAX = 67_108_864;

/** Theirs are four deep. */
const STATE_LIMITS: BencodeLimits = {
  lengthMax: STATE_LENGTH_MAX,
  depthMax: 16,
  countMax: 1_000_000,
};

/** As long as a label of ours may be. */
const LABEL_LENGTH_MAX = 100;
const TAGS_MAX = 50;
const TIERS_MAX = 200;
const TRACKER_LENGTH_MAX = 4_096;
/** A ratio that nobody reaches: what "no limit" is here, where none means "as the settings say". */
export const ENDLESS_RATIO = 1_000_000_000;
/** In minutes, longer than any computer lives. */
export const ENDLESS_MINUTES = 1_000_000_000;

/** Throws LocalFault `IMPORT_UNREADABLE`, or PeerFault of the decoder. */
export function decodeState(bytes: Uint8Array): BencodeDictionary {
  const value = decodeBencode(bytes, STATE_LIMITS);
  if (!(value instanceof BencodeDictionary))
    throw new LocalFault('IMPORT_UNREADABLE', { why: 'it is no dictionary' });
  return value;
}

/** Of a list that may hold anything. */
export function textsOf(list: readonly BencodeValue[] | undefined): string[] {
  return (list ?? []).flatMap((value) => {
    const text = value instanceof Uint8Array ? decodeUtf8(value) : undefined;
    return text === undefined ? [] : [text];
  });
}

/** Those that are numbers; what is none is `undefined`, so that places stay. */
export function numbersOf(
  list: readonly BencodeValue[] | undefined,
): readonly (number | undefined)[] {
  return (list ?? []).map((value) => (typeof value === 'number' ? value : undefined));
}

/** A count; 0 for what is none. */
export function countOf(value: number | undefined): number {
  return value !== undefined && value > 0 ? value : 0;
}

/** Seconds since 1970 as milliseconds; undefined for none. */
export function timeOf(seconds: number | undefined): number | undefined {
  const isTime = seconds !== undefined && seconds > 0 && Number.isSafeInteger(seconds * 1_000);
  return isTime ? seconds * 1_000 : undefined;
}

/** Undefined for what is no label here. */
export function labelOf(text: string | undefined): string | undefined {
  const label = text?.toWellFormed().trim().slice(0, LABEL_LENGTH_MAX).trim();
  return label === undefined || label === '' ? undefined : label;
}

export function labelsOf(texts: readonly string[]): string[] {
  const labels = texts.map(labelOf).filter((label) => label !== undefined);
  return [...new Set(labels)].slice(0, TAGS_MAX);
}

/** Undefined when there are none: then those of the torrent hold. */
export function tiersOf(
  tiers: readonly (readonly string[])[],
): readonly (readonly string[])[] | undefined {
  const usable = tiers
    .map((tier) => tier.filter((url) => url !== '' && url.length <= TRACKER_LENGTH_MAX))
    .filter((tier) => tier.length > 0)
    .slice(0, TIERS_MAX)
    .map((tier) => tier.slice(0, TIERS_MAX));
  return usable.length === 0 ? undefined : usable;
}
