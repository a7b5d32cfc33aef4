/** Persons with their devices in a simulated world. */
import { createHash } from 'node:crypto';
import { joinPath, LocalFault, PeerFault, rootPath } from '@coequal/base';
import type { Ports, SlowHash } from '@coequal/base';
import { World } from '@coequal/simulator';

import assert from 'node:assert/strict';
import { Identity } from '../../../src/io/identity/identity.ts';
import type { OwnIdentity } from '../../../src/io/identity/identity.ts';
import type { IdentityPorts } from '../../../src/io/identity/kept-identity.ts';

export const FOLDER = joinPath(rootPath('/home'), 'identity');
export const PASS_PHRASE = 'six apples under a blue roof';

/** Quick, and at once, as virtual time wants it; the real one has tests of its own. */
export const QUICK_HASH: SlowHash = {
  scrypt: async (password, salt, { log2N }, length) => quick([password, salt, [log2N]], length),
  pbkdf2Sha512: async (password, salt, iterations, length) =>
    quick([password, salt, [iterations & 0xff]], length),
};

function quick(parts: readonly Iterable<number>[], length: number): Uint8Array {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(Uint8Array.from(part));
  return Uint8Array.from(hash.digest()).slice(0, length);
}

export function identityPorts(ports: Ports): IdentityPorts {
  return { ...ports, slowHash: QUICK_HASH };
}

export function openOn(ports: Ports, onChange?: () => void): Promise<Identity> {
  const options = { folder: FOLDER, ...(onChange !== undefined && { onChange }) };
  return Identity.open(options, identityPorts(ports));
}

export function fault(code: string): (error: unknown) => boolean {
  return (error) =>
    (error instanceof LocalFault || error instanceof PeerFault) && error.code === code;
}

/** Of one that is somebody's. */
export function ownOf({ own }: Identity): OwnIdentity {
  assert.ok(own);
  return own;
}

export { World };
