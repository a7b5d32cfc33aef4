/** The ports on this machine, under Node. */
import type { Hasher, Ports } from '../ports.ts';
import { openClock } from './clock.ts';
import { openDisk } from './disk.ts';
import { openEd25519 } from './ed25519.ts';
import { openHasher } from './hasher.ts';
import { openHttp } from './http.ts';
import { openNet } from './net.ts';
import { openRandom } from './random.ts';
import { openSlowHash } from './slow-hash.ts';
import type { LoadSocketCalls } from './bound-socket.ts';

export { scopeOf } from './address-scope.ts';
export type { AddressScope } from './address-scope.ts';
export { addressWithZone } from './own-addresses.ts';
export {
  openClock,
  openDisk,
  openEd25519,
  openHasher,
  openHttp,
  openNet,
  openRandom,
  openSlowHash,
};
export type { HasherOptions } from './hasher.ts';
export type { HttpOptions } from './http.ts';
export type { NetOptions } from './net.ts';
export type { SocketCalls } from './datagram-batches.ts';
export type { LoadSocketCalls } from './bound-socket.ts';

export interface PortsOptions {
  /** The addresses that connections leave from, and no others. Listeners and UDP sockets name their own. */
  readonly bindHosts?: readonly string[] | undefined;
  /** See NetOptions. */
  readonly loadSocketCalls?: LoadSocketCalls | undefined;
  /** Threads that hash and write, at most; as many as there are cores, up to four, when not given. */
  readonly workers?: number | undefined;
  /** The first of these threads is started at once: for who is about to fetch. */
  readonly startsHasher?: boolean | undefined;
  /** One that is open and stays its owner's; the two options above are not for it. */
  readonly hasher?: Hasher | undefined;
}

/** Nothing else runs until it is used. Disposing ends the hash workers once they have done what they have. */
export function openPorts(options: PortsOptions = {}): Ports & AsyncDisposable {
  const { bindHosts, loadSocketCalls, workers, startsHasher } = options;
  const startsAtOnce = startsHasher === true ? 'first' : undefined;
  const hasher = options.hasher ?? openHasher({ workers, startsAtOnce });
  return {
    clock: openClock(),
    random: openRandom(),
    net: openNet({ bindHosts, loadSocketCalls }),
    http: openHttp({ bindHosts }),
    disk: openDisk(),
    hasher,
    ed25519: openEd25519(),
    async [Symbol.asyncDispose]() {
      if (options.hasher === undefined) await hasher[Symbol.asyncDispose]();
    },
  };
}
