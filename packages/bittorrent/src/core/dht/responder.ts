/** What we answer to queries (BEP 5, 32, 33, 44, 51), and what they make us keep. */
import type { Endpoint, Millis } from '@coequal/base';
import { addressFamily } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import { isUsable } from './address-rules.ts';
import { ItemStore } from './item-store.ts';
import type { DhtCrypto } from './item-store.ts';
import { K, KRPC_ERROR } from './krpc-messages.ts';
import type { KrpcAnswer, KrpcQuery, NodeContact } from './krpc-messages.ts';
import type { DhtKey } from './node-id.ts';
import { PeerStore } from './peer-store.ts';
import { TokenSecrets } from './token-secrets.ts';

/** Of an answer (BEP 32): it gets through every network in one piece. An item alone may be longer (BEP 44). */
const ANSWER_LENGTH_MAX = 1_024;

/** Of that what is no list: ids, the token, the address of who asks, all keys. */
const ENVELOPE_LENGTH = 175;

/** In an answer, with the length before it where there is one. */
const NODE_LENGTH = { 4: 26, 6: 38 } as const;
const PEER_LENGTH = { 4: 8, 6: 21 } as const;
const SAMPLE_LENGTH = 20;
/** Nodes of the asking family beside the filters of BEP 33: all eight would leave no room for peers of IPv6. */
const NODES_BESIDE_FILTERS = 6;
/** Both filters and their keys. */
const FILTERS_LENGTH = 532;

/** Info hashes in one answer (BEP 51), if there is room for them beside nodes. */
const SAMPLES_GIVEN_MAX = 20;

/** BEP 51: how soon the same sample would only be repeated. */
const SAMPLE_INTERVAL_SECONDS = 600;

export interface ResponderView {
  /** Known nodes of that family, nearest first. */
  closest(family: AddressFamily, target: DhtKey, count: number): readonly NodeContact[];
}

export interface ResponderOptions {
  readonly view: ResponderView;
  readonly crypto: DhtCrypto;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly randomNumber: () => number;
  readonly acceptsPrivate: boolean;
}

export class Responder {
  readonly peers: PeerStore = new PeerStore();
  readonly items: ItemStore;
  readonly #options: ResponderOptions;
  readonly #tokens: TokenSecrets;

  constructor(options: ResponderOptions, now: Millis) {
    this.#options = options;
    this.items = new ItemStore(options.crypto);
    this.#tokens = new TokenSecrets(options.randomBytes, options.crypto.sha1, now);
  }

  /** The code of an error when it is refused. */
  answer(query: KrpcQuery, from: Endpoint, now: Millis): KrpcAnswer | number {
    switch (query.method) {
      case 'ping':
        return {};
      case 'find_node':
        return this.#nodes(query, query.target, from);
      case 'get_peers':
        return this.#getPeers(query, from, now);
      case 'announce_peer':
        return this.#announce(query, from, now);
      case 'get':
        return this.#getItem(query, from, now);
      case 'put': {
        if (!this.#tokens.isValid(query.token, from.host, now)) return KRPC_ERROR.protocol;
        return this.items.put(query.item, query.cas, now) ?? {};
      }
      case 'sample_infohashes': {
        const nodes = this.#nodes(query, query.target, from);
        const count = Math.min(SAMPLES_GIVEN_MAX, roomBeside(nodes, SAMPLE_LENGTH));
        return {
          ...nodes,
          samples: this.peers.sampleHashes(count, this.#options.randomNumber),
          infoHashCount: this.peers.hashCount,
          sampleIntervalSeconds: SAMPLE_INTERVAL_SECONDS,
        };
      }
    }
  }

  expire(now: Millis): void {
    this.peers.expire(now);
    this.items.expire(now);
  }

  #getPeers(
    query: Extract<KrpcQuery, { method: 'get_peers' }>,
    from: Endpoint,
    now: Millis,
  ): KrpcAnswer {
    const { infoHash, noSeeds, scrape } = query;
    const { crypto, randomNumber } = this.#options;
    const family = familyOf(from);
    const peers = this.peers.sample(infoHash, family, noSeeds, randomNumber, now);
    const filters = scrape ? this.peers.filters(infoHash, crypto.sha1, now) : undefined;
    const nodes =
      filters === undefined
        ? this.#nodes(query, infoHash, from)
        : this.#nodes({ ...query, want: [family] }, infoHash, from, NODES_BESIDE_FILTERS);
    const taken = filters === undefined ? 0 : FILTERS_LENGTH;
    const given = peers.slice(0, roomBeside(nodes, PEER_LENGTH[family], taken));
    return {
      ...nodes,
      token: this.#tokens.tokenFor(from.host, now),
      ...(given.length > 0 && { peers: given }),
      ...(filters && { seedFilter: filters.seeds, peerFilter: filters.peers }),
    };
  }

  #announce(
    query: Extract<KrpcQuery, { method: 'announce_peer' }>,
    from: Endpoint,
    now: Millis,
  ): KrpcAnswer | number {
    if (!this.#tokens.isValid(query.token, from.host, now)) return KRPC_ERROR.protocol;
    const peer = { host: from.host, port: query.impliedPort ? from.port : query.port };
    if (!isUsable(peer, this.#options.acceptsPrivate)) return KRPC_ERROR.protocol;
    this.peers.add(query.infoHash, peer, query.isSeed, now);
    return {};
  }

  #getItem(query: Extract<KrpcQuery, { method: 'get' }>, from: Endpoint, now: Millis): KrpcAnswer {
    const item = this.items.get(query.target, now);
    const sequence = item?.type === 'mutable' ? item.sequence : undefined;
    const isKnown =
      sequence !== undefined && query.sequence !== undefined && query.sequence >= sequence;
    return {
      ...this.#nodes(query, query.target, from),
      token: this.#tokens.tokenFor(from.host, now),
      ...(item && !isKnown && { item }),
      ...(sequence !== undefined && { sequence }),
    };
  }

  /** BEP 32: of the families that are wanted, else of that which the query came over. */
  #nodes(query: KrpcQuery, target: DhtKey, from: Endpoint, count = K): KrpcAnswer {
    const { view } = this.#options;
    const wanted =
      query.want === undefined || query.want.length === 0 ? [familyOf(from)] : query.want;
    return {
      ...(wanted.includes(4) && { nodes: view.closest(4, target, count) }),
      ...(wanted.includes(6) && { nodes6: view.closest(6, target, count) }),
    };
  }
}

/** How many pieces of that length fit into the answer. */
function roomBeside({ nodes = [], nodes6 = [] }: KrpcAnswer, length: number, taken = 0): number {
  const listed = nodes.length * NODE_LENGTH[4] + nodes6.length * NODE_LENGTH[6];
  const room = ANSWER_LENGTH_MAX - ENVELOPE_LENGTH - listed - taken;
  return Math.max(0, Math.floor(room / length));
}

function familyOf(endpoint: Endpoint): AddressFamily {
  return addressFamily(endpoint.host) ?? 4;
}
