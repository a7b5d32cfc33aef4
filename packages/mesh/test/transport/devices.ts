/** Devices for tests of transports: keys, an address book, and who is admitted. */
import { randomBytes } from 'node:crypto';
import { openClock, openEd25519, openNet, scopeOf } from '@coequal/base/node';
import type { DeviceKey } from '@coequal/base';
import type {
  AddressBook,
  Carrier,
  HelperPlace,
  KnownAddress,
  TransportHost,
} from '../../src/index.ts';
import { ownKeysOf } from '../../src/io/transport/own-keys.ts';
import type { OwnKeys } from '../../src/io/transport/own-keys.ts';

export const never: AbortSignal = new AbortController().signal;
export const clock = openClock();
export const net = openNet();
const ed25519 = openEd25519();

export function makeKeys(): OwnKeys {
  return ownKeysOf(randomBytes(32), ed25519);
}

export const isNear = (host: string): boolean => scopeOf(host) !== 'everyone';

/** A helper of whom nothing was told. */
export function placeOf(helper: DeviceKey): HelperPlace {
  return { helper, token: undefined, addresses: [] };
}

export class Device implements TransportHost {
  readonly keys = makeKeys();
  readonly admitted = new Set<DeviceKey>();
  onCarrier: (carrier: Carrier) => void = (carrier) => carrier.close();

  get key(): DeviceKey {
    return this.keys.device;
  }

  admits(key: DeviceKey): boolean {
    return this.admitted.has(key);
  }
}

export class Book implements AddressBook {
  readonly #known = new Map<DeviceKey, KnownAddress[]>();

  add(key: DeviceKey, kind: 'tcp' | 'udp', host: string, port: number): void {
    const known = this.#known.get(key) ?? [];
    known.push({ host, port, kind, source: 'told' });
    this.#known.set(key, known);
  }

  addressesOf(key: DeviceKey): readonly KnownAddress[] {
    return this.#known.get(key) ?? [];
  }
}
