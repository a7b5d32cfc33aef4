/**
 * Resume data: what a torrent knows about its files, as stored. It is a bencoded dictionary of
 * `state` (a bencoded dictionary), `info` (checked by its own hash), `roots` and `check`, the SHA-256 of
 * `state`, which holds that of `roots`. Journal: 8-byte records of a piece written since, and a check.
 */
import {
  assert,
  ByteReader,
  decodeUtf8,
  encodeUtf8,
  formatHex,
  equalBytes,
  LocalFault,
  PeerFault,
} from '@coequal/base';
import type { Hasher } from '@coequal/base';
import { BencodeDictionary, decodeBencode, encodeBencode } from './bencode.ts';
import type { BencodeInput, BencodeLimits, BencodeValue } from './bencode.ts';
import { Bitfield } from './bitfield.ts';
import { truncateInfoHash } from './ids.ts';
import type { InfoHash } from './ids.ts';
import type { Metainfo } from './metainfo/metainfo.ts';
import { decodePlaceChange, encodePlaceChange } from './place-change.ts';
import type { PlaceChange } from './place-change.ts';
import { recordCheck } from './record-check.ts';

const VERSION = 2;

/** Room for the info dictionary and the piece layers of the largest torrents; we alone write these files. */
export const RESUME_LENGTH_MAX: number = 256 * 2 ** 20;

/** Two values for every file of the largest torrent, and the rest. */
const RESUME_LIMITS: BencodeLimits = {
  lengthMax: RESUME_LENGTH_MAX,
  depthMax: 4,
  countMax: 4_000_000,
};

/** A file as a clean stop left it. */
export interface FileMark {
  readonly length: number;
  /** Whole milliseconds. */
  readonly modifiedMs: number;
}

/** Of all runs. */
export interface Totals {
  /** Bytes of payload. */
  readonly uploaded: number;
  readonly downloaded: number;
  /** In which it was neither closed nor failed, and of them those as a seed. Version 1 did not count them. */
  readonly activeSeconds: number;
  readonly seedingSeconds: number;
}

export const NO_TOTALS: Totals = {
  uploaded: 0,
  downloaded: 0,
  activeSeconds: 0,
  seedingSeconds: 0,
};

export function addTotals(a: Totals, b: Totals): Totals {
  return {
    uploaded: a.uploaded + b.uploaded,
    downloaded: a.downloaded + b.downloaded,
    activeSeconds: a.activeSeconds + b.activeSeconds,
    seedingSeconds: a.seedingSeconds + b.seedingSeconds,
  };
}

export interface ResumeData extends Totals {
  /** The swarm's v1 hash, or the truncated v2 hash. */
  readonly infoHash: string;
  readonly infoHashV2: string | undefined;
  readonly contentPath: string;
  /** Where the parts file is; of version 1 undefined, which is where it was when the torrent was added. */
  readonly directory: string | undefined;
  /** The last part of the paths of files that were renamed. */
  readonly names: ReadonlyMap<number, string>;
  /** A move or a new name that was begun. */
  readonly change: PlaceChange | undefined;
  /** Pieces that are verified and durable. */
  readonly pieces: Bitfield;
  /** Selected files. */
  readonly wanted: Bitfield;
  /** Files whose bytes are at their own path; those of the others are in the parts file. */
  readonly real: Bitfield;
  /** Of every file, undefined for one that is not there; all undefined unless the stop was clean. */
  readonly marks: readonly (FileMark | undefined)[] | undefined;
  readonly infoBytes: Uint8Array;
  /** Roots of all pieces (BEP 52), since the info dictionary of a magnet carries none. */
  readonly pieceRoots: Uint8Array | undefined;
}

type HashFunction = Hasher['hash'];

export function encodeResumeData(data: ResumeData, hash: HashFunction): Uint8Array<ArrayBuffer> {
  const state = encodeBencode({
    'active seconds': data.activeSeconds,
    ...(data.change && { change: encodePlaceChange(data.change) }),
    ...(data.directory !== undefined && { directory: encodeUtf8(data.directory) }),
    downloaded: data.downloaded,
    'file count': data.wanted.length,
    hash: data.infoHash,
    ...(data.infoHashV2 !== undefined && { 'hash v2': data.infoHashV2 }),
    ...(data.marks && { marks: data.marks.map(encodeMark) }),
    ...(data.names.size > 0 && { names: encodeNames(data.names) }),
    path: encodeUtf8(data.contentPath),
    'piece count': data.pieces.length,
    pieces: data.pieces.bytes,
    real: data.real.bytes,
    ...(data.pieceRoots && { 'roots check': hash(data.pieceRoots, 'sha256') }),
    'seeding seconds': data.seedingSeconds,
    uploaded: data.uploaded,
    version: VERSION,
    wanted: data.wanted.bytes,
  });
  return encodeBencode({
    check: hash(state, 'sha256'),
    info: data.infoBytes,
    ...(data.pieceRoots && { roots: data.pieceRoots }),
    state,
  });
}

/** Throws LocalFault `RESUME_DATA_BAD` with the reason. `infoBytes` is not checked here: it has its own hash. */
export function decodeResumeData(bytes: Uint8Array, hash: HashFunction): ResumeData {
  try {
    const outer = dictionaryOf(decodeBencode(bytes, RESUME_LIMITS));
    const state = need(outer.bytes('state'), 'state');
    if (!equalBytes(need(outer.bytes('check'), 'check'), hash(state, 'sha256'))) throw bad('check');
    const read = dictionaryOf(decodeBencode(state, RESUME_LIMITS));
    return parseState(migrate(read), outer, hash);
  } catch (error) {
    if (error instanceof PeerFault) throw bad(error.code, error); // of bencode or Bitfield: no peer was involved
    throw error;
  }
}

/** What an older version stored, as this one stores it. */
function migrate(state: BencodeDictionary): BencodeDictionary {
  switch (state.integer('version')) {
    case 1:
      return fromVersion1(state);
    case VERSION:
      return state;
    default:
      throw bad('version');
  }
}

/** It did not count time. */
function fromVersion1(state: BencodeDictionary): BencodeDictionary {
  const entries = state.keys.flatMap((key) => {
    const value = state.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  return BencodeDictionary.of([...entries, ['active seconds', 0], ['seeding seconds', 0]]);
}

function parseState(
  state: BencodeDictionary,
  outer: BencodeDictionary,
  hash: HashFunction,
): ResumeData {
  const fileCount = need(state.integer('file count'), 'file count');
  const pieceCount = need(state.integer('piece count'), 'piece count');
  const roots = outer.bytes('roots');
  if (roots && !equalBytes(need(state.bytes('roots check'), 'roots'), hash(roots, 'sha256'))) {
    throw bad('roots');
  }
  const marks = state.list('marks')?.map(parseMark);
  if (marks && marks.length !== fileCount) throw bad('marks');
  const change = state.get('change');
  return {
    infoHash: need(state.text('hash'), 'hash'),
    infoHashV2: state.text('hash v2'),
    contentPath: need(state.text('path'), 'path'),
    directory: state.text('directory'),
    names: new Map((state.list('names') ?? []).map((entry) => parseName(entry, fileCount))),
    change: change === undefined ? undefined : decodePlaceChange(change),
    pieces: Bitfield.decode(need(state.bytes('pieces'), 'pieces'), pieceCount),
    wanted: Bitfield.decode(need(state.bytes('wanted'), 'wanted'), fileCount),
    real: Bitfield.decode(need(state.bytes('real'), 'real'), fileCount),
    marks,
    uploaded: need(state.integer('uploaded'), 'uploaded'),
    downloaded: need(state.integer('downloaded'), 'downloaded'),
    activeSeconds: need(state.integer('active seconds'), 'active seconds'),
    seedingSeconds: need(state.integer('seeding seconds'), 'seeding seconds'),
    infoBytes: need(outer.bytes('info'), 'info').slice(),
    pieceRoots: roots?.slice(),
  };
}

function encodeMark(mark: FileMark | undefined): readonly number[] {
  return mark === undefined ? [] : [mark.length, mark.modifiedMs];
}

function parseMark(value: BencodeValue): FileMark | undefined {
  if (!Array.isArray(value)) throw bad('marks');
  const [length, modifiedMs]: readonly unknown[] = value;
  if (length === undefined) return undefined;
  if (typeof length !== 'number' || typeof modifiedMs !== 'number') throw bad('marks');
  return { length, modifiedMs };
}

function encodeNames(names: ReadonlyMap<number, string>): readonly BencodeInput[] {
  return Array.from(names, ([file, name]) => [file, encodeUtf8(name)]);
}

function parseName(value: BencodeValue, fileCount: number): readonly [number, string] {
  if (!Array.isArray(value)) throw bad('names');
  const [file, bytes]: readonly unknown[] = value;
  const name = bytes instanceof Uint8Array ? decodeUtf8(bytes) : undefined;
  if (typeof file !== 'number' || file < 0 || file >= fileCount || name === undefined)
    throw bad('names');
  return [file, name];
}

function dictionaryOf(value: BencodeValue): BencodeDictionary {
  if (!(value instanceof BencodeDictionary)) throw bad('not a dictionary');
  return value;
}

function need<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw bad(what);
  return value;
}

function bad(why: string, cause?: unknown): LocalFault {
  return new LocalFault('RESUME_DATA_BAD', { why }, { cause });
}

/** Bytes of a journal record. */
export const JOURNAL_RECORD_LENGTH = 8;

export function encodeJournal(pieces: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.length * JOURNAL_RECORD_LENGTH);
  const view = new DataView(bytes.buffer);
  for (const [at, piece] of pieces.entries()) {
    view.setUint32(at * JOURNAL_RECORD_LENGTH, piece);
    view.setUint32(at * JOURNAL_RECORD_LENGTH + 4, recordCheck(piece));
  }
  return bytes;
}

/** The pieces of all whole records, each once; what a crash tore or never wrote is passed over. */
export function decodeJournal(bytes: Uint8Array, pieceCount: number): ReadonlySet<number> {
  const reader = new ByteReader(bytes);
  const pieces = new Set<number>();
  while (reader.remaining >= JOURNAL_RECORD_LENGTH) {
    const piece = reader.u32();
    const isWhole = reader.u32() === recordCheck(piece);
    if (isWhole && piece < pieceCount) pieces.add(piece);
  }
  return pieces;
}

/** The one hash that names a torrent's own files: v1's, else the truncated v2 hash. */
export function swarmHash({
  infoHash,
  infoHashV2,
}: Pick<Metainfo, 'infoHash' | 'infoHashV2'>): InfoHash {
  const name = infoHash ?? (infoHashV2 && truncateInfoHash(infoHashV2));
  assert(name, 'a torrent has an info hash');
  return name;
}

/** For the name of the files: which content at which place. */
export function resumeKey(infoHash: string, contentPath: string, hash: HashFunction): string {
  const digest = hash(encodeUtf8(contentPath), 'sha256');
  return `${infoHash}-${formatHex(digest.subarray(0, KEY_HASH_LENGTH))}`;
}

/** Bytes of the path's hash in the key: few enough to read, and a torrent has but a few places. */
const KEY_HASH_LENGTH = 6;
