/**
 * Tags by which contacts know a device in the local network, and nobody else does: of each quarter of an hour another,
 * made of a secret that the device tells its contacts (docs/lan.md).
 */
import { encodeUtf8, formatHex } from '@coequal/base';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';

export const LAN_SECRET_LENGTH = 32;
/** Long enough that rotating costs nothing, short enough that a tag of one network is no use in the next. */
export const SLOT_MS = 900_000;
/** 128 bits: no two devices have the same by chance, and none is found by trying. */
export const TAG_LENGTH = 16;

/** Of one device in one slot. */
export interface LanKeys {
  readonly slot: number;
  readonly tag: Uint8Array;
  /** The tag, as it can be a Map key. */
  readonly tagText: string;
  /** Seals what is announced beside the tag. */
  readonly sealKey: Uint8Array;
}

/** Number of the slot at a time of the Unix epoch. */
export function slotAt(epochMs: number): number {
  return Math.floor(epochMs / SLOT_MS);
}

export function lanKeys(secret: Uint8Array, slot: number): LanKeys {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(slot));
  const slotKey = hmac(sha256, secret, new Uint8Array([...LABEL, ...number]));
  const tag = hmac(sha256, slotKey, TAG).subarray(0, TAG_LENGTH);
  return { slot, tag, tagText: formatHex(tag), sealKey: hmac(sha256, slotKey, SEAL) };
}

const LABEL = encodeUtf8('coequal lan 1 slot');
const TAG = encodeUtf8('tag');
const SEAL = encodeUtf8('seal');
