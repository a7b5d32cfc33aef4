/** What KRPC messages say (BEP 5, 32, 33, 43, 44, 51), and the limits on their parts. */
import type { Endpoint } from '@coequal/base';
import type { AddressFamily } from '../compact-peers.ts';
import type { InfoHash } from '../ids.ts';
import type { DhtKey, NodeId } from './node-id.ts';

/** Nodes in an answer, closest nodes of a look-up, and nodes of a bucket: the `K` of BEP 5. */
export const K = 8;

/** A datagram: no answer needs more, and longer ones are cut into fragments that get lost. */
export const KRPC_LENGTH_MAX = 2_048;

/** Of a transaction id, which we send back: in use are 2 to 8. */
export const TRANSACTION_ID_LENGTH_MAX = 32;

/** Of a token that another node gives us, to send back: in use are 4 to 20. */
export const TOKEN_LENGTH_MAX = 64;

/** Bytes of an item as it is bencoded (BEP 44). */
export const ITEM_LENGTH_MAX = 1_000;

/** Of the salt of a mutable item (BEP 44). */
export const SALT_LENGTH_MAX = 64;

export const SIGNATURE_LENGTH = 64;

/** Nodes taken from one answer, of a family: some programs give twice `K`. */
export const ANSWER_NODES_MAX = 16;

/** Peers taken from one answer: as many of IPv4 as fit one datagram. */
export const ANSWER_PEERS_MAX = 200;

/** Info hashes taken from one answer (BEP 51). */
export const SAMPLES_MAX = 50;

/** Characters of an error's text that are kept. */
export const ERROR_TEXT_LENGTH_MAX = 100;

/** BEP 33: the filters in which a node counts seeds and downloaders. */
export const BLOOM_FILTER_LENGTH = 256;

/** BEP 5 and BEP 44. */
export const KRPC_ERROR = {
  generic: 201,
  server: 202,
  protocol: 203,
  unknownMethod: 204,
  itemTooLong: 205,
  badSignature: 206,
  saltTooLong: 207,
  casMismatch: 301,
  oldSequence: 302,
} as const;

/** What we say with an error. */
export function krpcErrorText(code: number): string {
  return ERROR_TEXT.get(code) ?? 'error';
}

const ERROR_TEXT: ReadonlyMap<number, string> = new Map([
  [KRPC_ERROR.protocol, 'invalid arguments or token'],
  [KRPC_ERROR.unknownMethod, 'unknown method'],
  [KRPC_ERROR.itemTooLong, 'item too long'],
  [KRPC_ERROR.badSignature, 'invalid signature'],
  [KRPC_ERROR.saltTooLong, 'salt too long'],
  [KRPC_ERROR.casMismatch, 'other sequence number than expected'],
  [KRPC_ERROR.oldSequence, 'sequence number is not newer'],
]);

export interface NodeContact extends Endpoint {
  readonly id: NodeId;
}

/** What is stored under a key (BEP 44): the second kind under the hash of its owner's key and a salt. */
export type DhtItem =
  | { readonly type: 'immutable'; readonly value: Uint8Array }
  | {
      readonly type: 'mutable';
      /** Bencoded, as in the other kind. */
      readonly value: Uint8Array;
      readonly publicKey: Uint8Array;
      readonly salt: Uint8Array;
      readonly sequence: number;
      readonly signature: Uint8Array;
    };

export type KrpcQuery = { readonly want?: readonly AddressFamily[] } & (
  | { readonly method: 'ping' }
  | { readonly method: 'find_node'; readonly target: DhtKey }
  | {
      readonly method: 'get_peers';
      readonly infoHash: InfoHash;
      readonly noSeeds: boolean;
      readonly scrape: boolean;
    }
  | {
      readonly method: 'announce_peer';
      readonly infoHash: InfoHash;
      readonly port: number;
      /** The port is the one that the query came from. */
      readonly impliedPort: boolean;
      readonly isSeed: boolean;
      readonly token: Uint8Array;
    }
  | { readonly method: 'get'; readonly target: DhtKey; readonly sequence?: number }
  | {
      readonly method: 'put';
      readonly item: DhtItem;
      /** The sequence number that it may replace. */
      readonly cas?: number;
      readonly token: Uint8Array;
    }
  | { readonly method: 'sample_infohashes'; readonly target: DhtKey }
);

/** Which fields there are depends on the query, and on who answers: none can be relied on. */
export interface KrpcAnswer {
  readonly nodes?: readonly NodeContact[];
  readonly nodes6?: readonly NodeContact[];
  readonly peers?: readonly Endpoint[];
  readonly token?: Uint8Array;
  readonly seedFilter?: Uint8Array;
  readonly peerFilter?: Uint8Array;
  /** Without its salt, which only who asks knows. */
  readonly item?: DhtItem;
  /** Also without the item: the one that is asked for is no newer (BEP 44). */
  readonly sequence?: number;
  readonly samples?: readonly InfoHash[];
  readonly infoHashCount?: number;
  readonly sampleIntervalSeconds?: number;
}

/** Bytes of it are views of the datagram. */
export type KrpcMessage = { readonly transactionId: Uint8Array } & (
  | {
      readonly type: 'query';
      readonly id: NodeId;
      /** BEP 43: do not keep this node, it answers no queries. */
      readonly isReadOnly: boolean;
      readonly query: KrpcQuery;
    }
  | {
      readonly type: 'response';
      readonly id: NodeId;
      readonly answer: KrpcAnswer;
      /** BEP 42: what the other sees as our address. */
      readonly seenAs?: Endpoint;
    }
  | { readonly type: 'error'; readonly code: number; readonly text: string }
);

/** A query that can be answered with an error only: of an unknown method, or with wrong arguments. */
export interface BadQuery {
  readonly type: 'bad-query';
  readonly transactionId: Uint8Array;
  readonly code: number;
}
