/** How peers of public torrents are found beside trackers, as an engine is told. */
import type { HostPort } from './dht/dht-contacts.ts';

export interface DiscoveryOptions {
  /** Nodes of the DHT to begin with, as long as no others are known. */
  readonly dhtBootstrap?: readonly HostPort[];
  /** The DHT is one of this computer or of a private network: private addresses are part of it. */
  readonly isPrivateNetwork?: boolean;
  /** Each on if absent. */
  readonly usesDht?: boolean;
  readonly usesPex?: boolean;
  readonly usesLsd?: boolean;
}

/** Which ways of finding peers without trackers are on. */
export type DiscoveryWays = Readonly<Record<'dht' | 'pex' | 'lsd', boolean>>;

/** Undefined: none of them. */
export function discoveryWays(options: DiscoveryOptions | undefined): DiscoveryWays {
  return {
    dht: options !== undefined && options.usesDht !== false,
    pex: options !== undefined && options.usesPex !== false,
    lsd: options !== undefined && options.usesLsd !== false,
  };
}
