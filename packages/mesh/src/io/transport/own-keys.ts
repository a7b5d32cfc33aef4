/** The keys of this device, as handshakes take them. */
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey, Ed25519 } from '@coequal/base';
import type { KeyPair } from '@hyperswarm/secret-stream';
import { keyPairOf } from './secret-stream.ts';

export interface OwnKeys {
  readonly device: DeviceKey;
  readonly pair: KeyPair;
}

/** From the 32-byte seed of Ed25519. */
export function ownKeysOf(seed: Uint8Array, ed25519: Ed25519): OwnKeys {
  const publicKey = ed25519.publicKey(seed);
  return { device: deviceKeyOf(publicKey), pair: keyPairOf(seed, publicKey) };
}
