/** What a look-up is for: peers, nodes, an item; and what is told to the nearest nodes at its end. */
import type { Endpoint } from '@coequal/base';
import type { AddressFamily } from '../compact-peers.ts';
import type { InfoHash } from '../ids.ts';
import { endpointKey, isUsable } from './address-rules.ts';
import { estimateCount, uniteFilters } from './bloom-filter.ts';
import { copyItem, isItemOf, itemKey, replaceProblem } from './item-store.ts';
import type { DhtCrypto } from './item-store.ts';
import { BLOOM_FILTER_LENGTH, KRPC_ERROR } from './krpc-messages.ts';
import type { DhtItem, KrpcAnswer, KrpcQuery, NodeContact } from './krpc-messages.ts';
import { Lookup } from './lookup.ts';
import type { Candidate } from './lookup.ts';
import type { DhtKey, NodeId } from './node-id.ts';

/** Different peers that one search gives out: liars can make up any number. */
const FOUND_PEERS_MAX = 2_000;

const NODES_OF = { 4: 'nodes', 6: 'nodes6' } as const;

interface AnnouncedPort {
  readonly port: number;
  /** Peers are to use the port that our queries come from: for who is behind a router, with uTP. */
  readonly impliedPort: boolean;
}

export interface PeerAnnounce extends AnnouncedPort {
  readonly isSeed: boolean;
  /** What the nodes of IPv6 are told instead: a router of IPv4 may have another port for us. */
  readonly over6?: AnnouncedPort;
}

export type SearchSpec =
  | { readonly type: 'find-node'; readonly target: DhtKey }
  | {
      readonly type: 'get-peers';
      readonly infoHash: InfoHash;
      /** Peers that have everything are not wanted. */
      readonly noSeeds: boolean;
      /** Also count the swarm (BEP 33). */
      readonly scrape: boolean;
      /** At its end we are told of, too. */
      readonly announce?: PeerAnnounce;
    }
  | { readonly type: 'get-item'; readonly key: DhtKey; readonly salt: Uint8Array }
  | { readonly type: 'put-item'; readonly item: DhtItem; readonly cas?: number };

export interface SearchSummary {
  readonly queries: number;
  readonly answers: number;
  /** The longest chain of answers. */
  readonly rounds: number;
  /** Queries sent, and rounds, when the first peer or item came. */
  readonly firstFound: { readonly queries: number; readonly rounds: number } | undefined;
  /** Nodes that took the announce or the item. */
  readonly stored: number;
  /** Why others did not, as error codes; or why nobody was asked to. */
  readonly refused: readonly number[];
  /** Peers counted by BEP 33, about. */
  readonly scraped: { readonly seeds: number; readonly downloaders: number } | undefined;
  /** The nearest that answered. */
  readonly nodes: readonly NodeContact[];
  /** Of a crawl: nodes it came across, those that gave a sample, and different info hashes. */
  readonly sampled?: {
    readonly nodes: number;
    readonly givers: number;
    readonly infoHashes: number;
  };
}

export interface SearchQuery {
  readonly to: Endpoint;
  readonly family: AddressFamily;
  readonly query: KrpcQuery;
  /** Undefined for what is written at the end. */
  readonly candidate: Candidate | undefined;
}

export type Found =
  | { readonly type: 'peers'; readonly peers: readonly Endpoint[] }
  | { readonly type: 'item'; readonly item: DhtItem };

type SearchState =
  | { readonly type: 'looking' }
  | { readonly type: 'writing'; waiting: number }
  | { readonly type: 'over' };

export class Search {
  readonly spec: SearchSpec;
  readonly #crypto: DhtCrypto;
  readonly #acceptsPrivate: boolean;
  readonly #lookups: ReadonlyMap<AddressFamily, Lookup>;
  readonly #seenPeers = new Set<string>();
  readonly #seedFilter = new Uint8Array(BLOOM_FILTER_LENGTH);
  readonly #peerFilter = new Uint8Array(BLOOM_FILTER_LENGTH);
  /** Undefined when it is about no item that somebody may have already. */
  readonly #sought: { readonly key: DhtKey; readonly salt: Uint8Array } | undefined;
  #isScraped = false;
  #item: DhtItem | undefined;
  #firstFound: SearchSummary['firstFound'];
  #stored = 0;
  #refused: number[] = [];
  #state: SearchState = { type: 'looking' };

  constructor(
    spec: SearchSpec,
    own: Iterable<{
      readonly family: AddressFamily;
      readonly id: NodeId;
      readonly known: readonly NodeContact[];
    }>,
    crypto: DhtCrypto,
    acceptsPrivate: boolean,
  ) {
    this.spec = spec;
    this.#crypto = crypto;
    this.#acceptsPrivate = acceptsPrivate;
    const target = targetOf(spec, crypto);
    this.#sought = soughtItem(spec, target);
    this.#lookups = new Map(
      Array.from(own, ({ family, id, known }) => [family, new Lookup(target, id, known)]),
    );
  }

  get isOver(): boolean {
    return this.#state.type === 'over';
  }

  get summary(): SearchSummary {
    const lookups = [...this.#lookups.values()];
    return {
      queries: lookups.reduce((sum, { queries }) => sum + queries, 0),
      answers: lookups.reduce((sum, { answers }) => sum + answers, 0),
      rounds: Math.max(0, ...lookups.map(({ rounds }) => rounds)),
      firstFound: this.#firstFound,
      stored: this.#stored,
      refused: [...this.#refused],
      scraped: this.#isScraped
        ? {
            seeds: Math.round(estimateCount(this.#seedFilter)),
            downloaders: Math.round(estimateCount(this.#peerFilter)),
          }
        : undefined,
      nodes: lookups.flatMap((lookup) => lookup.found()),
    };
  }

  /** What to send now. */
  next(): SearchQuery[] {
    if (this.#state.type !== 'looking') return [];
    const queries: SearchQuery[] = [];
    for (const [family, lookup] of this.#lookups) {
      for (const candidate of lookup.next()) {
        queries.push({ to: candidate, family, candidate, query: this.#lookupQuery() });
      }
    }
    if (queries.length > 0 || [...this.#lookups.values()].some((each) => !each.isOver)) {
      return queries;
    }
    const conflict = this.#conflict;
    if (conflict !== undefined) this.#refused.push(conflict);
    const writes = conflict === undefined ? this.#writes() : [];
    this.#state =
      writes.length === 0 ? { type: 'over' } : { type: 'writing', waiting: writes.length };
    return writes;
  }

  answered(
    family: AddressFamily,
    candidate: Candidate,
    id: NodeId,
    answer: KrpcAnswer,
  ): Found | undefined {
    for (const [each, lookup] of this.#lookups) {
      const nodes = (answer[NODES_OF[each]] ?? []).filter((node) =>
        isUsable(node, this.#acceptsPrivate),
      );
      if (each === family) lookup.answered(candidate, id, nodes, answer);
      else lookup.learn(nodes);
    }
    if (this.#state.type !== 'looking') return undefined;
    this.#scrape(answer);
    const found = this.#foundPeers(answer) ?? this.#foundItem(answer);
    if (found !== undefined && this.#firstFound === undefined) {
      this.#firstFound = { queries: this.summary.queries, rounds: candidate.round };
    }
    // what is named by its hash is what it is, whoever gives it
    if (found?.type === 'item' && found.item.type === 'immutable') this.#state = { type: 'over' };
    return found;
  }

  stale(family: AddressFamily, candidate: Candidate): void {
    this.#lookups.get(family)?.stale(candidate);
  }

  failed(family: AddressFamily, candidate: Candidate): void {
    this.#lookups.get(family)?.failed(candidate);
  }

  /** What was told to a node at the end was taken, or not: with the code of its error, if it gave one. */
  written(isStored: boolean, code?: number): void {
    if (isStored) this.#stored += 1;
    if (code !== undefined) this.#refused.push(code);
    if (this.#state.type !== 'writing') return;
    this.#state.waiting -= 1;
    if (this.#state.waiting <= 0) this.#state = { type: 'over' };
  }

  #lookupQuery(): KrpcQuery {
    const { spec } = this;
    // BEP 32: who is in both networks learns nodes of both from either
    const want = this.#lookups.size > 1 ? { want: [...this.#lookups.keys()] } : {};
    switch (spec.type) {
      case 'find-node':
        return { method: 'find_node', target: spec.target, ...want };
      case 'get-peers': {
        const { infoHash, noSeeds, scrape } = spec;
        return { method: 'get_peers', infoHash, noSeeds, scrape, ...want };
      }
      case 'get-item':
        return { method: 'get', target: spec.key, ...want };
      case 'put-item':
        return { method: 'get', target: itemKey(spec.item, this.#crypto), ...want };
    }
  }

  #writes(): SearchQuery[] {
    const writes: SearchQuery[] = [];
    for (const [family, lookup] of this.#lookups) {
      for (const { host, port, token, sequence } of lookup.writable()) {
        const query = token && writeQuery(this.spec, family, token, sequence);
        if (query) writes.push({ to: { host, port }, family, query, candidate: undefined });
      }
    }
    return writes;
  }

  #foundPeers(answer: KrpcAnswer): Found | undefined {
    if (this.spec.type !== 'get-peers' || answer.peers === undefined) return undefined;
    const peers = answer.peers.filter((peer) => {
      if (this.#seenPeers.size >= FOUND_PEERS_MAX || !isUsable(peer, this.#acceptsPrivate)) {
        return false;
      }
      const key = endpointKey(peer);
      return !this.#seenPeers.has(key) && this.#seenPeers.add(key);
    });
    return peers.length > 0 ? { type: 'peers', peers } : undefined;
  }

  #foundItem(answer: KrpcAnswer): Found | undefined {
    const { spec } = this;
    const { item } = answer;
    const sought = this.#sought;
    if (sought === undefined || item === undefined) return undefined;
    const isNewer =
      this.#item === undefined ||
      (item.type === 'mutable' &&
        this.#item.type === 'mutable' &&
        item.sequence > this.#item.sequence);
    if (!isNewer || !isItemOf(item, sought.key, sought.salt, this.#crypto)) return undefined;
    this.#item = copyItem(item.type === 'mutable' ? { ...item, salt: sought.salt } : item);
    return spec.type === 'get-item' ? { type: 'item', item: this.#item } : undefined;
  }

  /** What is stored already forbids this item: the code that a node would answer with (BEP 44). */
  get #conflict(): number | undefined {
    const { spec } = this;
    const newest = this.#item;
    if (spec.type !== 'put-item' || spec.item.type !== 'mutable' || newest?.type !== 'mutable')
      return undefined;
    if (spec.cas !== undefined && newest.sequence > spec.cas) return KRPC_ERROR.casMismatch;
    return replaceProblem(newest, spec.item, undefined);
  }

  #scrape(answer: KrpcAnswer): void {
    if (this.spec.type !== 'get-peers' || !this.spec.scrape) return;
    if (answer.seedFilter === undefined || answer.peerFilter === undefined) return;
    this.#isScraped = true;
    uniteFilters(this.#seedFilter, answer.seedFilter);
    uniteFilters(this.#peerFilter, answer.peerFilter);
  }
}

/** The place in the DHT that a search goes to. */
export function targetOf(spec: SearchSpec, crypto: Pick<DhtCrypto, 'sha1'>): DhtKey {
  switch (spec.type) {
    case 'find-node':
      return spec.target;
    case 'get-peers':
      return spec.infoHash;
    case 'get-item':
      return spec.key;
    case 'put-item':
      return itemKey(spec.item, crypto);
  }
}

function soughtItem(
  spec: SearchSpec,
  key: DhtKey,
): { readonly key: DhtKey; readonly salt: Uint8Array } | undefined {
  if (spec.type === 'get-item') return { key, salt: spec.salt };
  if (spec.type !== 'put-item' || spec.item.type !== 'mutable') return undefined;
  return { key, salt: spec.item.salt };
}

/** `sequence` is that of what the node has. */
function writeQuery(
  spec: SearchSpec,
  family: AddressFamily,
  token: Uint8Array,
  sequence: number | undefined,
): KrpcQuery | undefined {
  if (spec.type === 'put-item') {
    const { item, cas } = spec;
    // Of a node that missed an update that older one is replaced; of one that has none, nothing (BEP 44).
    if (cas === undefined || sequence === undefined) return { method: 'put', item, token };
    return { method: 'put', item, token, cas: Math.min(cas, sequence) };
  }
  if (spec.type !== 'get-peers' || spec.announce === undefined) return undefined;
  const { infoHash, announce } = spec;
  const { isSeed, over6 } = announce;
  const { port, impliedPort } = (family === 6 ? over6 : undefined) ?? announce;
  return { method: 'announce_peer', infoHash, port, impliedPort, isSeed, token };
}
