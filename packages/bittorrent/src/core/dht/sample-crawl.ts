/**
 * A walk from node to node that asks each for info hashes that it stores (BEP 51): the client side of
 * `sample_infohashes`. No node is asked sooner again than it says.
 */
import type { Endpoint, Millis } from '@coequal/base';
import type { AddressFamily } from '../compact-peers.ts';
import type { InfoHash } from '../ids.ts';
import { endpointKey, isPrivate, isUsable, neighbourhoodOf } from './address-rules.ts';
import type { KrpcAnswer, KrpcQuery, NodeContact } from './krpc-messages.ts';
import type { Candidate } from './lookup.ts';
import { NODE_ID_LENGTH, randomKeyAt } from './node-id.ts';
import type { NodeId } from './node-id.ts';
import type { SampleTimes } from './sample-times.ts';
import type { SearchQuery, SearchSummary } from './search.ts';

/** Queries under way: twice those of a look-up, for nobody waits for each. */
const CRAWL_QUERIES_MAX = 8;

/** Nodes of one neighbourhood: who has a network can name as many as there are addresses in it. */
const CRAWL_NEIGHBOURS_MAX = 8;

const NODES_OF = { 4: 'nodes', 6: 'nodes6' } as const;

export interface SampleSpec {
  readonly type: 'sample';
  /** Nodes that are asked, and remembered. */
  readonly nodesMax: number;
  /** Different info hashes after which it ends. */
  readonly infoHashesMax: number;
  /** How often a node is asked that has more than it gave; between, its interval is waited for. */
  readonly rounds: number;
}

/** What one node gave. */
export interface DhtSample {
  readonly from: NodeContact;
  /** Those that no node gave before. */
  readonly infoHashes: readonly InfoHash[];
  /** How many it says it stores. */
  readonly stored: number | undefined;
}

interface CrawlNode extends Candidate {
  readonly family: AddressFamily;
  round: number;
  samplesAsked: number;
  /** Until it says that it knows no such query; then it is asked for nodes alone. */
  knowsSamples: boolean;
  /** Of one that has more: when it may be asked again. */
  dueAt: Millis;
}

export interface CrawlOptions {
  readonly own: readonly {
    readonly family: AddressFamily;
    readonly id: NodeId;
    readonly known: readonly NodeContact[];
  }[];
  readonly times: SampleTimes;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly randomNumber: () => number;
  readonly acceptsPrivate: boolean;
}

export class SampleCrawl {
  readonly spec: SampleSpec;
  readonly #options: CrawlOptions;
  readonly #ownIds: ReadonlySet<string>;
  /** By address: all that were named and taken. */
  readonly #nodes = new Map<string, CrawlNode>();
  readonly #neighbours = new Map<string, number>();
  readonly #found = new Set<InfoHash>();
  /** Not asked yet. */
  readonly #new: CrawlNode[] = [];
  /** Those that have more than they gave. */
  #waiting: CrawlNode[] = [];
  /** When the first of them may be asked. */
  #dueAt: Millis = Infinity;
  readonly #underWay = new Set<CrawlNode>();
  #queries = 0;
  #answers = 0;
  #rounds = 0;
  #givers = 0;

  constructor(spec: SampleSpec, options: CrawlOptions) {
    this.spec = spec;
    this.#options = options;
    this.#ownIds = new Set(options.own.map(({ id }) => id));
    for (const { family, known } of options.own)
      for (const contact of known) this.#add(contact, family, 1);
  }

  get isOver(): boolean {
    if (this.#found.size >= this.spec.infoHashesMax) return true;
    return this.#new.length + this.#waiting.length + this.#underWay.size === 0;
  }

  get summary(): SearchSummary {
    return {
      queries: this.#queries,
      answers: this.#answers,
      rounds: this.#rounds,
      firstFound: undefined,
      stored: 0,
      refused: [],
      scraped: undefined,
      nodes: [],
      sampled: { nodes: this.#nodes.size, givers: this.#givers, infoHashes: this.#found.size },
    };
  }

  /** What to send now. */
  next(now: Millis): SearchQuery[] {
    const queries: SearchQuery[] = [];
    let counted = 0;
    for (const { state } of this.#underWay) if (state === 'asked') counted += 1;
    while (counted < CRAWL_QUERIES_MAX && !this.isOver) {
      const node = this.#pick(now);
      if (node === undefined) break;
      node.state = 'asked';
      this.#underWay.add(node);
      this.#queries += 1;
      counted += 1;
      const query = this.#queryTo(node, now);
      queries.push({ to: node, family: node.family, query, candidate: node });
    }
    return queries;
  }

  answered(
    family: AddressFamily,
    candidate: Candidate,
    id: NodeId,
    answer: KrpcAnswer,
    now: Millis,
  ): ({ readonly type: 'samples' } & DhtSample) | undefined {
    const node = this.#leave(candidate, 'answered');
    if (node === undefined) return undefined;
    this.#answers += 1;
    this.#rounds = Math.max(this.#rounds, node.round);
    for (const { family: each } of this.#options.own)
      for (const contact of answer[NODES_OF[each]] ?? []) this.#add(contact, each, node.round + 1);
    // Who does not know the query may answer as to any other that has a target.
    if (answer.samples === undefined || node.samplesAsked === 0) return undefined;
    if (node.samplesAsked === 1) this.#givers += 1;
    node.dueAt = this.#options.times.answered(node, answer.sampleIntervalSeconds, now);
    const stored = answer.infoHashCount;
    const hasMore = stored !== undefined && stored > answer.samples.length;
    if (hasMore && node.samplesAsked < this.spec.rounds) this.#wait(node);
    const from = { id, host: node.host, port: node.port };
    return { type: 'samples', from, infoHashes: this.#take(answer.samples), stored };
  }

  stale(_family: AddressFamily, candidate: Candidate): void {
    if (candidate.state === 'asked') candidate.state = 'stale';
  }

  /** `isThere`: it answered, with an error. It may not know the query, and knows nodes all the same. */
  failed(_family: AddressFamily, candidate: Candidate, isThere = false): void {
    const node = this.#leave(candidate, 'failed');
    if (node === undefined || !isThere || !node.knowsSamples) return;
    node.knowsSamples = false;
    this.#new.push(node);
  }

  /** Nothing is written in a crawl. */
  written(): void {}

  #leave(candidate: Candidate, state: 'answered' | 'failed'): CrawlNode | undefined {
    const node = this.#nodes.get(endpointKey(candidate));
    if (node === undefined || !this.#underWay.delete(node)) return undefined;
    node.state = state;
    return node;
  }

  #take(samples: readonly InfoHash[]): InfoHash[] {
    const room = this.spec.infoHashesMax - this.#found.size;
    const fresh = [...new Set(samples)].filter((each) => !this.#found.has(each)).slice(0, room);
    for (const infoHash of fresh) this.#found.add(infoHash);
    return fresh;
  }

  #pick(now: Millis): CrawlNode | undefined {
    const node = this.#new.pop();
    if (node !== undefined) return node;
    if (now < this.#dueAt) return undefined;
    const waiting = this.#waiting;
    const due = waiting.find(({ dueAt }) => dueAt <= now);
    this.#waiting = [];
    this.#dueAt = Infinity;
    for (const each of waiting) if (each !== due) this.#wait(each);
    return due;
  }

  #wait(node: CrawlNode): void {
    this.#waiting.push(node);
    this.#dueAt = Math.min(this.#dueAt, node.dueAt);
  }

  /**
   * The target has no effect on the sample; it brings other nodes (BEP 51): those of one of the node's buckets,
   * chosen by lot. With its own id as the target a walk would stay among the few that are near each other.
   */
  #queryTo(node: CrawlNode, now: Millis): KrpcQuery {
    const { times, randomBytes, randomNumber, own } = this.#options;
    const want = own.length > 1 ? { want: own.map(({ family }) => family) } : {};
    const depth = Math.ceil(Math.log2(this.#nodes.size + 1));
    const bits = Math.floor(randomNumber() * depth);
    const target = randomKeyAt(node.id, bits, randomBytes(NODE_ID_LENGTH));
    if (!node.knowsSamples || !times.mayAsk(node, now))
      return { method: 'find_node', target, ...want };
    times.asked(node, now);
    node.samplesAsked += 1;
    return { method: 'sample_infohashes', target, ...want };
  }

  #add(contact: NodeContact, family: AddressFamily, round: number): void {
    const { id, host, port } = contact;
    if (this.#nodes.size >= this.spec.nodesMax || this.#ownIds.has(id)) return;
    const key = endpointKey(contact);
    if (this.#nodes.has(key) || !isUsable(contact, this.#options.acceptsPrivate)) return;
    if (!this.#isWelcome(contact)) return;
    const node: CrawlNode = {
      id,
      host,
      port,
      family,
      round,
      state: 'new',
      samplesAsked: 0,
      knowsSamples: true,
      dueAt: 0,
    };
    this.#nodes.set(key, node);
    this.#new.push(node);
  }

  #isWelcome({ host }: Endpoint): boolean {
    if (isPrivate(host)) return true;
    const hosts = this.#neighbours.get(host) ?? 0;
    const neighbourhood = neighbourhoodOf(host);
    const neighbours = this.#neighbours.get(neighbourhood) ?? 0;
    if (hosts > 0 || neighbours >= CRAWL_NEIGHBOURS_MAX) return false;
    this.#neighbours.set(host, 1);
    this.#neighbours.set(neighbourhood, neighbours + 1);
    return true;
  }
}
