/**
 * Secrets of which tags are made (lan-tag.ts) without anybody having told them: one between two devices that know each
 * other's keys, and one of an invitation for who has its link. Of the key of a device alone none can be computed.
 */
import { deviceKeyBytes, encodeUtf8 } from '@coequal/base';
import type { DeviceKey } from '@coequal/base';
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { LAN_SECRET_LENGTH } from './lan-tag.ts';

/** By X25519 (RFC 7748) over the keys of both devices; undefined for a key that no device can have. */
export function sharedSecretOf(own: Uint8Array, other: DeviceKey): Uint8Array | undefined {
  try {
    const publicKey = ed25519.utils.toMontgomery(deviceKeyBytes(other));
    return x25519.getSharedSecret(ed25519.utils.toMontgomerySecret(own), publicKey);
  } catch {
    return undefined; // it stands in somebody's list, and is no point of the curve, or one of small order
  }
}

/** By which `announcer` is known to the one other device with which it shares `shared`. */
export function pairLanSecret(shared: Uint8Array, announcer: DeviceKey): Uint8Array {
  return derive(shared, 'coequal lan pair 1', announcer);
}

/** By which a device is known to who has a link that it is in, as long as the invitation is open. */
export function invitationLanSecret(secret: Uint8Array, device: DeviceKey): Uint8Array {
  return derive(secret, 'coequal lan invitation 1', device);
}

function derive(from: Uint8Array, label: string, device: DeviceKey): Uint8Array {
  const info = new Uint8Array([...encodeUtf8(label), 0, ...deviceKeyBytes(device)]);
  return hkdf(sha256, from, undefined, info, LAN_SECRET_LENGTH);
}
