/** The keys of this device, as handshakes take them. */
import { deviceKeyOf } from '@coequal/base';
import type { DeviceKey, Ed25519 } from '@coequal/base';
import type { KeyPair } from '@hyperswarm/secret-stream';
import { callSecretOf } from '../../core/contacts/call-token.ts';
import { keyPairOf } from './secret-stream.ts';

export interface OwnKeys {
  readonly device: DeviceKey;
  readonly pair: KeyPair;
  /** Of which comes who may call this device at its helpers. */
  readonly callSecret: Uint8Array;
}

/** From the 32-byte seed of Ed25519. */
export function ownKeysOf(seed: Uint8Array, ed25519: Ed25519): OwnKeys {
  const publicKey = ed25519.publicKey(seed);
  const pair = keyPairOf(seed, publicKey);
  return { device: deviceKeyOf(publicKey), pair, callSecret: callSecretOf(seed) };
}
