/** What goes into and comes out of a DHT node, and what it counts. */
import type { Endpoint } from '@coequal/base';
import type { AddressFamily } from '../compact-peers.ts';
import type { DhtCrypto } from './item-store.ts';
import type { DhtItem } from './krpc-messages.ts';
import type { NodeId } from './node-id.ts';
import type { DhtSample, SampleSpec } from './sample-crawl.ts';
import type { SearchSpec, SearchSummary } from './search.ts';

export interface DhtNodeOptions {
  /** Those that we have a socket for, with the ids that we had before. */
  readonly families: ReadonlyMap<AddressFamily, NodeId | undefined>;
  /** BEP 45: where we have sockets at several addresses of a family, these; then what comes and goes names its `at`. */
  readonly addresses?: ReadonlyMap<AddressFamily, readonly string[]>;
  readonly crypto: DhtCrypto;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly randomNumber: () => number;
  /** Also talk to, and of, private addresses: in a LAN, or on this computer. */
  readonly acceptsPrivate: boolean;
  /** BEP 43: true: never answer; false: always; not given: as long as strangers do not reach us, say so. */
  readonly isReadOnly?: boolean;
}

export type DhtInput =
  | {
      readonly type: 'datagram';
      readonly bytes: Uint8Array;
      readonly from: Endpoint;
      /** Which address of ours it came to. */
      readonly at?: string | undefined;
    }
  /** A node that somebody told us of. */
  | { readonly type: 'add-node'; readonly node: Endpoint }
  | { readonly type: 'search'; readonly searchId: number; readonly spec: SearchSpec | SampleSpec }
  | { readonly type: 'cancel'; readonly searchId: number };

export type DhtOutput =
  | {
      readonly type: 'send';
      readonly bytes: Uint8Array;
      readonly to: Endpoint;
      /** Which address of ours it is to leave from; undefined: any will do. */
      readonly at: string | undefined;
    }
  | { readonly type: 'peers'; readonly searchId: number; readonly peers: readonly Endpoint[] }
  | { readonly type: 'item'; readonly searchId: number; readonly item: DhtItem }
  | ({ readonly type: 'samples'; readonly searchId: number } & DhtSample)
  | { readonly type: 'done'; readonly searchId: number; readonly summary: SearchSummary }
  /** More searches wait than we keep. */
  | { readonly type: 'refused'; readonly searchId: number }
  /** We know nobody in that family, or few. */
  | { readonly type: 'need-contacts'; readonly family: AddressFamily };

export interface DhtCounters {
  datagramsIn: number;
  datagramsOut: number;
  queriesIn: number;
  queriesOut: number;
  /** Queries that were not answered because too many came. */
  queriesDropped: number;
  answersIn: number;
  timeouts: number;
  /** What could not be read, was not asked for, or came from an address that cannot be. */
  rejected: number;
  searches: number;
}
