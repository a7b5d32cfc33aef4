/** How a port is mapped: one router, asked in one protocol. */
import type { Net, Ports } from '@coequal/base';
import { sleep } from '@coequal/base';
import type { MapRequest } from './pcp.ts';

export interface Granted {
  readonly externalPort: number;
  readonly lifetimeSeconds: number;
}

export interface Way {
  readonly name: 'PCP' | 'NAT-PMP' | 'UPnP';
  readonly router: string;
  /** Rejects with the fault of whoever is to blame, or the signal's reason. */
  map(request: MapRequest, signal: AbortSignal): Promise<Granted>;
  /** Of the router, as the internet sees it; undefined when it does not say. After `map`. */
  outsideHost?(signal: AbortSignal): Promise<string | undefined>;
  /** As it was mapped, with the external port that was granted. */
  remove(request: MapRequest, signal: AbortSignal): Promise<void>;
}

export type WayPorts = Pick<Ports, 'clock' | 'random'> & { readonly net: Pick<Net, 'udp'> };

/** Undefined when the time is over first. Rejects with the signal's reason. */
export async function within<T>(
  promise: Promise<T>,
  ms: number,
  { clock }: Pick<Ports, 'clock'>,
  signal: AbortSignal,
): Promise<T | undefined> {
  const over = new AbortController();
  const time = sleep(clock, ms, AbortSignal.any([signal, over.signal]));
  try {
    return await Promise.race([promise, time.then(() => undefined)]);
  } finally {
    over.abort();
  }
}
