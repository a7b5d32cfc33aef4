/** The identity in a data directory, and the desks that the API asks. */
import { hostname } from 'node:os';
import { join } from 'node:path';
import { LocalFault, rootPath } from '@coequal/base';
import type { DeviceKey, Ports } from '@coequal/base';
import { openSlowHash } from '@coequal/base/node';
import { deviceNameOf, Identity } from '@coequal/mesh/identity';
import type { Comparisons, OwnIdentity } from '@coequal/mesh/identity';
import { DevicePairings } from './device-pairing.ts';
import type { PairingWays } from './device-pairing.ts';
import type { DeviceWay } from './device-ways.ts';
import { createIdentityDesks } from './identity-desks.ts';
import type { IdentityDesks } from './identity-handlers.ts';
import type { OwnTrouble } from './own-trouble.ts';

/** What links bring; undefined until there are any. */
export interface IdentityLinks {
  readonly pairingWays: PairingWays | undefined;
  readonly comparisons: Comparisons | undefined;
  /** What is not as it should be between own devices. */
  readonly trouble?: Pick<OwnTrouble, 'current'>;
  /** How another own device is reached just now. */
  readonly wayTo?: (device: DeviceKey) => DeviceWay;
}

/** Whose identity it is. */
export interface IdentityOwner {
  readonly identityLinks: IdentityLinks;
  readonly hub: { publish(event: { type: 'identity' }): void };
  /** It is another, or its device list is. */
  identityChanged(): void;
  readonly journal: { fault(error: unknown): void };
  /** Aborted when the peer stops. */
  readonly stopSignal: AbortSignal;
}

export interface OpenIdentity extends Disposable {
  /** These two throw the LocalFault that opening threw. */
  readonly identity: Identity;
  readonly desks: IdentityDesks;
  /** Undefined while there is nobody, or it cannot be read. */
  readonly own: OwnIdentity | undefined;
}

/** One that cannot be read is told of, and left as it is: transfers go on without it. No file is made before a person makes an identity. */
export async function openIdentity(
  home: string,
  ports: Pick<Ports, 'disk' | 'random' | 'clock' | 'ed25519'>,
  owner: IdentityOwner,
): Promise<OpenIdentity> {
  const onChange = (): void => {
    owner.hub.publish({ type: 'identity' });
    owner.identityChanged();
  };
  try {
    const folder = rootPath(join(home, 'identity'));
    const identity = await Identity.open(
      { folder, onChange },
      { ...ports, slowHash: openSlowHash() },
    );
    return desksOf(identity, ports, owner, onChange);
  } catch (error) {
    if (!(error instanceof LocalFault)) throw error;
    owner.journal.fault(error);
    return closedFor(error);
  }
}

function desksOf(
  identity: Identity,
  ports: Pick<Ports, 'random' | 'clock' | 'ed25519'>,
  owner: IdentityOwner,
  onChange: () => void,
): OpenIdentity {
  const deviceName = deviceNameOf(hostname(), 'computer');
  const ways = (): PairingWays | undefined => owner.identityLinks.pairingWays;
  const pairing = new DevicePairings({ identity, ports, ways, deviceName, onChange });
  const comparisons = (): Comparisons | undefined => owner.identityLinks.comparisons;
  const signal = owner.stopSignal;
  const desks = createIdentityDesks({
    identity,
    pairing,
    comparisons,
    wayTo: (device) => owner.identityLinks.wayTo?.(device),
    trouble: () => owner.identityLinks.trouble?.current,
    deviceName,
    signal,
  });
  return {
    identity,
    desks,
    get own() {
      return identity.own;
    },
    [Symbol.dispose]() {
      pairing[Symbol.dispose]();
      identity[Symbol.dispose]();
    },
  };
}

function closedFor(fault: LocalFault): OpenIdentity {
  return {
    get identity(): never {
      throw fault;
    },
    own: undefined,
    get desks(): never {
      throw fault;
    },
    [Symbol.dispose]() {},
  };
}
