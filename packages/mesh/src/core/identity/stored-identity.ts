/** The file that keeps the identity: this device's secret, the words if they are here, the device list. One file, so that all of it is of one moment. docs/identity.md has the bytes. */
import { assert, ByteReader, concatBytes, encodeUtf8, equalBytes } from '@coequal/base';
import { PeerFault } from '@coequal/base';
import type { ScryptCost } from '@coequal/base';
import { sha256 } from '@noble/hashes/sha2.js';
import { DEVICE_LIST_LENGTH_MAX } from './device-list.ts';
import { ENTROPY_LENGTH } from './words.ts';

export const DEVICE_SECRET_LENGTH = 32;
export const SALT_LENGTH = 16;
/** Of XChaCha20-Poly1305. */
export const NONCE_LENGTH = 24;
const TAG_LENGTH = 16;
const BOX_LENGTH = ENTROPY_LENGTH + TAG_LENGTH;

const MAGIC = encodeUtf8('CQID');
const VERSION = 1;
const DIGEST_LENGTH = 32;
const STATE = { none: 0, created: 1, checked: 2, restored: 3, member: 4 } as const;
const KEPT = { clear: 1, sealed: 2 } as const;
/** 2^20 with blocks of 8 is 1 GiB: a file that asks for more memory is not opened. */
const LOG2_N_MAX = 20;

/** Two lists that are as long as they may be, and less than 300 bytes of all else. */
export const IDENTITY_FILE_LENGTH_MAX: number = 2 * DEVICE_LIST_LENGTH_MAX + 300;

export type KeptWords =
  | { readonly type: 'clear'; readonly entropy: Uint8Array }
  | {
      readonly type: 'sealed';
      readonly cost: ScryptCost;
      readonly salt: Uint8Array;
      readonly nonce: Uint8Array;
      readonly box: Uint8Array;
    };

export type StoredPerson =
  | { readonly type: 'none' }
  | { readonly type: 'member'; readonly list: Uint8Array }
  | {
      readonly type: 'created' | 'checked' | 'restored';
      readonly words: KeptWords;
      /** Signed, as all that is called a list here. */
      readonly list: Uint8Array;
      /** Another one of this person, which is to be merged when the root key can sign. */
      readonly pending: Uint8Array | undefined;
    };

export interface StoredIdentity {
  /** Of Ed25519 (RFC 8032). */
  readonly deviceSecret: Uint8Array;
  readonly person: StoredPerson;
}

export function encodeStoredIdentity({ deviceSecret, person }: StoredIdentity): Uint8Array {
  assert(deviceSecret.length === DEVICE_SECRET_LENGTH, 'a secret key has 32 bytes');
  const head = [MAGIC, Uint8Array.of(VERSION), deviceSecret, Uint8Array.of(STATE[person.type])];
  const body = concatBytes([...head, ...partsOf(person)]);
  return concatBytes([body, sha256(body)]);
}

function partsOf(person: StoredPerson): Uint8Array[] {
  switch (person.type) {
    case 'none':
      return [];
    case 'member':
      return listParts(person.list);
    case 'created':
    case 'checked':
    case 'restored':
      return [
        ...wordParts(person.words),
        ...listParts(person.list),
        ...listParts(person.pending ?? new Uint8Array(0)),
      ];
  }
}

function wordParts(words: KeptWords): Uint8Array[] {
  switch (words.type) {
    case 'clear':
      return [Uint8Array.of(KEPT.clear), words.entropy];
    case 'sealed': {
      const { log2N, blockSize, parallelism } = words.cost;
      return [sealHead({ log2N, blockSize, parallelism }, words.salt), words.nonce, words.box];
    }
  }
}

/** What is before the nonce, which the seal vouches for as well. */
export function sealHead(cost: ScryptCost, salt: Uint8Array): Uint8Array {
  const { log2N, blockSize, parallelism } = cost;
  return concatBytes([Uint8Array.of(KEPT.sealed, log2N, blockSize, parallelism), salt]);
}

function listParts(list: Uint8Array): Uint8Array[] {
  assert(list.length <= DEVICE_LIST_LENGTH_MAX, 'a list fits');
  return [Uint8Array.of(list.length >> 8, list.length & 0xff), list];
}

/** Undefined for what is damaged, cut off, or of a later version. The parts are views. */
export function decodeStoredIdentity(bytes: Uint8Array): StoredIdentity | undefined {
  const end = bytes.length - DIGEST_LENGTH;
  if (end < 0 || !equalBytes(sha256(bytes.subarray(0, end)), bytes.subarray(end))) return undefined;
  try {
    return readAll(new ByteReader(bytes.subarray(0, end)));
  } catch (error) {
    if (error instanceof PeerFault) return undefined; // the reader's: it ends too early, or too late
    throw error;
  }
}

function readAll(reader: ByteReader): StoredIdentity | undefined {
  if (!equalBytes(reader.bytes(MAGIC.length), MAGIC) || reader.u8() !== VERSION) return undefined;
  const deviceSecret = reader.bytes(DEVICE_SECRET_LENGTH);
  const person = readPerson(reader);
  reader.end();
  return person === undefined ? undefined : { deviceSecret, person };
}

function readPerson(reader: ByteReader): StoredPerson | undefined {
  const state = reader.u8();
  if (state === STATE.none) return { type: 'none' };
  if (state === STATE.member) return { type: 'member', list: readList(reader) };
  const type = (['created', 'checked', 'restored'] as const).find((each) => STATE[each] === state);
  if (type === undefined) return undefined;
  const words = readWordsPart(reader);
  if (words === undefined) return undefined;
  const list = readList(reader);
  const pending = readList(reader);
  return { type, words, list, pending: pending.length === 0 ? undefined : pending };
}

function readWordsPart(reader: ByteReader): KeptWords | undefined {
  const kept = reader.u8();
  if (kept === KEPT.clear) return { type: 'clear', entropy: reader.bytes(ENTROPY_LENGTH) };
  if (kept !== KEPT.sealed) return undefined;
  const cost = { log2N: reader.u8(), blockSize: reader.u8(), parallelism: reader.u8() };
  if (cost.log2N < 1 || cost.log2N > LOG2_N_MAX || cost.blockSize !== 8 || cost.parallelism !== 1)
    return undefined;
  const salt = reader.bytes(SALT_LENGTH);
  const nonce = reader.bytes(NONCE_LENGTH);
  return { type: 'sealed', cost, salt, nonce, box: reader.bytes(BOX_LENGTH) };
}

function readList(reader: ByteReader): Uint8Array {
  return reader.bytes(reader.u16());
}
