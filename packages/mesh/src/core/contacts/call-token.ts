/**
 * What lets somebody call a device at its helper without being known there: a secret between the one who waits and its
 * helper, and of that a token for each who may call. docs/carriers.md has the bytes.
 */
import { concatBytes, deviceKeyBytes, encodeUtf8 } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeU32 } from '../encode-u32.ts';

export const CALL_KEY_LENGTH = 32;
export const CALL_TOKEN_LENGTH = 16;
export const CALL_PASS_LENGTH = 16;

const SECRET_LABEL = 'coequal call secret 1';
const KEY_LABEL = 'coequal call key 1';
const TOKEN_LABEL = 'coequal call token 1';
const PASS_LABEL = 'coequal call pass 1';

/** Of a device, from its own seed: the same after each start, so that what contacts were told stays good. */
export function callSecretOf(seed: Uint8Array): Uint8Array {
  return hmac(sha256, seed, encodeUtf8(SECRET_LABEL));
}

/** What one who waits gives its helper; another helper gets another one. */
export function callKeyOf(callSecret: Uint8Array, helper: DeviceKey): Uint8Array {
  return hmac(sha256, callSecret, labelled(KEY_LABEL, helper));
}

/** For an invitation, whose guest nobody knows: who has it makes a token of it. Good until then, seconds since 1970. */
export function callPassOf(callKey: Uint8Array, until: number): Uint8Array {
  const text = concatBytes([encodeUtf8(PASS_LABEL), Uint8Array.of(0), encodeU32(until)]);
  return hmac(sha256, callKey, text).subarray(0, CALL_PASS_LENGTH);
}

/** Of a call key, or of a pass: what one who may call shows there; it is of no use to anybody else. */
export function callTokenOf(callKey: Uint8Array, caller: DeviceKey): Uint8Array {
  return hmac(sha256, callKey, labelled(TOKEN_LABEL, caller)).subarray(0, CALL_TOKEN_LENGTH);
}

/** A label, a zero byte, and a key. */
function labelled(label: string, key: DeviceKey): Uint8Array {
  return concatBytes([encodeUtf8(label), Uint8Array.of(0), deviceKeyBytes(key)]);
}
