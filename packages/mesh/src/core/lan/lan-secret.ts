/**
 * What tags of a device are made of (lan-tag.ts). Whoever knows the key of a device can know it near: its contacts, and
 * those who have an invitation of it, who so find it without the Internet. To all others a tag says nothing.
 */
import { deviceKeyBytes, encodeUtf8 } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';

const LENGTH = 32;

export function lanSecretOf(device: DeviceKey): Uint8Array {
  return hkdf(sha256, deviceKeyBytes(device), undefined, encodeUtf8('coequal lan 1'), LENGTH);
}
