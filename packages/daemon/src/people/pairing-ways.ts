/** How own devices find each other to be paired: by a code, in the directory that contacts are found in, too. */
import { LocalFault } from '@coequal/base';
import { parseCode } from '@coequal/mesh/identity';
import type { PairCodePorts, Rendezvous } from '@coequal/mesh';
import type { PairingWays } from './device-pairing.ts';

export interface PairingPlaces {
  readonly ports: Omit<PairCodePorts, 'rendezvous'>;
  /** While this device is in touch with people. */
  rendezvous(): Rendezvous | undefined;
  /** For a device that is nobody's yet, until it is disposed. Rejects with LocalFault `NOT_POSSIBLE_NOW`. */
  openRendezvous(
    signal: AbortSignal,
  ): Promise<AsyncDisposable & { readonly rendezvous: Rendezvous }>;
}

export function createPairingWays(places: PairingPlaces): PairingWays {
  return {
    async offer(signal) {
      const rendezvous = places.rendezvous();
      if (rendezvous === undefined) throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'links' });
      const { offerPairCode } = await import('@coequal/mesh');
      try {
        return await offerPairCode({ ...places.ports, rendezvous }, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof LocalFault)) throw error;
        if (error.code === 'NO_MEETING_PLACE') throw error;
        throw new LocalFault('NOT_POSSIBLE_NOW', { what: 'directory' }, { cause: error });
      }
    },
    check: (code) => void parseCode(code),
    async join(code, signal) {
      const { findPairCode } = await import('@coequal/mesh');
      const opened = await places.openRendezvous(signal);
      // what is said to the old device goes on over it until the pairing ends
      const close = (): void => void opened[Symbol.asyncDispose]();
      signal.addEventListener('abort', close, { once: true });
      const { rendezvous } = opened;
      try {
        return await findPairCode(code, { ...places.ports, rendezvous }, signal);
      } catch (error) {
        close();
        throw error;
      }
    },
  };
}
