/** The key by which a device is known to others: an Ed25519 public key (RFC 8032), as text so that it can be a Map key. */
import type { Brand } from './brand.ts';
import { formatHex, parseHex } from './bytes.ts';
import { assert, PeerFault } from './fault.ts';

const LENGTH = 32;
const TEXT = /^[0-9a-f]{64}$/;

/** 64 lower-case hexadecimal digits. */
export type DeviceKey = Brand<string, 'DeviceKey'>;

/** Throws PeerFault `BAD_DEVICE_KEY`. */
export function parseDeviceKey(text: string): DeviceKey {
  if (!TEXT.test(text)) throw new PeerFault('BAD_DEVICE_KEY', { length: text.length });
  return text as DeviceKey;
}

/** Throws PeerFault `BAD_DEVICE_KEY` unless there are 32 bytes. */
export function deviceKeyOf(bytes: Uint8Array): DeviceKey {
  if (bytes.length !== LENGTH) throw new PeerFault('BAD_DEVICE_KEY', { length: bytes.length });
  return formatHex(bytes) as DeviceKey;
}

export function deviceKeyBytes(key: DeviceKey): Uint8Array {
  const bytes = parseHex(key);
  assert(bytes !== undefined, 'a device key is hexadecimal');
  return bytes;
}
