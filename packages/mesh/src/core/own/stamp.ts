/** When a part of what own devices share was changed, and by which of them: the later one counts. */
import { deviceKeyBytes, formatHex } from '@coequal/base';
import type { ByteReader, DeviceKey } from '@coequal/base';

/** Bytes of a device's key that a stamp has: enough to tell apart the few devices of one person. */
const STAMP_DEVICE_LENGTH = 8;
/** Clocks of own devices may differ by so much: more is a clock that was set wrong, and its changes would always win. */
export const CLOCK_SKEW_MAX_MS = 3_600_000;

/** A time from then on is none: clocks are of this era. */
export const YEAR_10000_MS = 253_402_300_800_000;

export interface Stamp {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The first bytes of its key, as hexadecimal digits. */
  readonly device: string;
}

export interface Stamped<Value> {
  readonly at: Stamp;
  readonly value: Value;
}

/** Nobody changed it: any change is later. */
export const UNSTAMPED: Stamp = { time: 0, device: '00'.repeat(STAMP_DEVICE_LENGTH) };

export function stampDevice(device: DeviceKey): string {
  return formatHex(deviceKeyBytes(device).subarray(0, STAMP_DEVICE_LENGTH));
}

/** Positive when `a` is the later one. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.time - b.time || (a.device < b.device ? -1 : a.device > b.device ? 1 : 0);
}

export function laterStamp(a: Stamp, b: Stamp): Stamp {
  return compareStamps(a, b) >= 0 ? a : b;
}

/** Of two values with one stamp all devices take the same. */
export function later<Value>(a: Stamped<Value>, b: Stamped<Value>): Stamped<Value> {
  const order = compareStamps(a.at, b.at);
  if (order !== 0) return order > 0 ? a : b;
  return JSON.stringify(a.value) >= JSON.stringify(b.value) ? a : b;
}

/**
 * The stamp of a change that is made now: later than all that were seen, so that it counts also if another device's
 * clock is ahead. One that is too far ahead was taken by nobody else, and is not followed.
 */
export function nextStampTime(now: number, latestSeen: number): number {
  return latestSeen > now + 2 * CLOCK_SKEW_MAX_MS ? now : Math.max(now, latestSeen + 1);
}

/** Whether no clock that is right could have made it. */
export function isAhead({ time }: Stamp, now: number): boolean {
  return time > now + 2 * CLOCK_SKEW_MAX_MS;
}

export function encodeStamp({ time, device }: Stamp): Uint8Array {
  const bytes = new Uint8Array(8 + STAMP_DEVICE_LENGTH);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time));
  for (let at = 0; at < STAMP_DEVICE_LENGTH; at++)
    bytes[8 + at] = Number.parseInt(device.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

export function decodeStamp(reader: ByteReader, time: (reader: ByteReader) => number): Stamp {
  return { time: time(reader), device: formatHex(reader.bytes(STAMP_DEVICE_LENGTH)) };
}
