/**
 * A device's certificate is its entry in the list that the person's root key signed: docs/identity.md has the bytes. One
 * signature covers all entries, so that none can be shown without those that were revoked.
 */
import {
  concatBytes,
  decodeUtf8,
  deviceKeyBytes,
  deviceKeyOf,
  encodeUtf8,
  LocalFault,
} from '@coequal/base';
import { assert, PeerFault } from '@coequal/base';
import type { ByteReader, DeviceKey } from '@coequal/base';

/** Bytes of UTF-8: a line on a phone, and what a person can read at a glance. */
export const DEVICE_NAME_LENGTH_MAX = 64;
export const DEVICE_KEY_LENGTH = 32;
/** Control and format characters could make a name look like another, or turn the line round. */
const NOT_IN_NAME = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/u;

export interface DeviceEntry {
  readonly key: DeviceKey;
  /** As its owner calls it. */
  readonly name: string;
  /** Seconds since 1970. */
  readonly addedAt: number;
}

/** Whether it may stand in a list: not blank, not too long, nothing in it that is not seen. */
export function isDeviceName(name: string): boolean {
  return (
    name.trim() === name &&
    name !== '' &&
    !NOT_IN_NAME.test(name) &&
    name.isWellFormed() &&
    encodeUtf8(name).length <= DEVICE_NAME_LENGTH_MAX
  );
}

/** What a system calls itself, made fit to be a name; `fallback` when nothing is left. */
export function deviceNameOf(text: string, fallback: string): string {
  let name = '';
  let length = 0;
  for (const character of text.toWellFormed()) {
    if (NOT_IN_NAME.test(character)) continue;
    length += encodeUtf8(character).length;
    if (length > DEVICE_NAME_LENGTH_MAX) break;
    name += character;
  }
  name = name.trim();
  return name === '' ? fallback : name;
}

/** Throws LocalFault `BAD_NAME`. */
export function requireName(name: string): void {
  if (!isDeviceName(name)) throw new LocalFault('BAD_NAME');
}

/** Key, second it was added (u32), length of its name (u8), name. */
export function encodeDeviceEntry({ key, name, addedAt }: DeviceEntry): Uint8Array {
  assert(isDeviceName(name), 'a device has a name that others would take');
  const text = encodeUtf8(name);
  const head = new Uint8Array(5);
  new DataView(head.buffer).setUint32(0, addedAt);
  head[4] = text.length;
  return concatBytes([deviceKeyBytes(key), head, text]);
}

/** Throws PeerFault `BAD_DEVICE_LIST`, and those of the reader. */
export function decodeDeviceEntry(reader: ByteReader): DeviceEntry {
  const key = deviceKeyOf(reader.bytes(DEVICE_KEY_LENGTH));
  const addedAt = reader.u32();
  const name = decodeUtf8(reader.bytes(reader.u8()));
  if (name === undefined || !isDeviceName(name))
    throw new PeerFault('BAD_DEVICE_LIST', { what: 'name' });
  return { key, name, addedAt };
}
