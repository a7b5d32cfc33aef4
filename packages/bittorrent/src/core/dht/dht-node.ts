/**
 * A node of the Mainline DHT (BEP 5, 32, 33, 42, 43, 44, 51), of one address family or both: datagrams and
 * searches go in, datagrams and what was found come out.
 */
import { PeerFault } from '@coequal/base';
import type { Endpoint, Machine, Millis } from '@coequal/base';
import { addressFamily } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import { isUsable } from './address-rules.ts';
import { DhtFamily, MAINTAIN_MS } from './dht-family.ts';
import type { DhtCounters, DhtInput, DhtNodeOptions, DhtOutput } from './dht-types.ts';
import { copyItem } from './item-store.ts';
import { encodeKrpc } from './krpc-encode.ts';
import { krpcErrorText } from './krpc-messages.ts';
import type { KrpcMessage, KrpcQuery, NodeContact } from './krpc-messages.ts';
import { decodeKrpc } from './krpc.ts';
import type { Candidate } from './lookup.ts';
import { openSearch } from './open-search.ts';
import type { AnySearch } from './open-search.ts';
import { Reachability } from './own-address.ts';
import { QueryLimiter } from './query-limiter.ts';
import { Responder } from './responder.ts';
import type { SearchSpec } from './search.ts';
import type { SampleSpec } from './sample-crawl.ts';
import { SampleTimes } from './sample-times.ts';
import { Transactions } from './transactions.ts';
import type { Pending } from './transactions.ts';

/** Searches that are under way; the others wait. */
const SEARCHES_AT_ONCE = 24;

/** Searches that wait: two for each of a thousand torrents. Beyond it a new one fails. */
const SEARCHES_WAITING_MAX = 2_000;

/** Nodes that we were told of and have not asked yet; beyond it further ones are not taken. */
const CONTACTS_MAX = 500;

/** Nodes that are asked at a time only to see whether they are there. */
const CHECKS_MAX = 32;

type Purpose =
  | { readonly type: 'check' }
  | { readonly type: 'ask'; readonly search: AnySearch; readonly candidate: Candidate }
  | { readonly type: 'write'; readonly search: AnySearch };

interface Waiting {
  readonly searchId: number;
  readonly spec: SearchSpec | SampleSpec;
}

export class DhtNode implements Machine<DhtInput, DhtOutput> {
  readonly counters: DhtCounters = {
    datagramsIn: 0,
    datagramsOut: 0,
    queriesIn: 0,
    queriesOut: 0,
    queriesDropped: 0,
    answersIn: 0,
    timeouts: 0,
    rejected: 0,
    searches: 0,
  };
  readonly #options: DhtNodeOptions;
  readonly #families: ReadonlyMap<AddressFamily, DhtFamily>;
  readonly #responder: Responder;
  readonly #limiter: QueryLimiter;
  readonly #reachability: Reachability;
  readonly #transactions: Transactions<Purpose>;
  /** Undefined stands for a search of our own, to keep the table fresh. */
  readonly #searches = new Map<AnySearch, number | undefined>();
  readonly #sampleTimes = new SampleTimes();
  #waiting: Waiting[] = [];
  readonly #contacts: Endpoint[] = [];
  #checks = 0;
  /** Searches wait for the first look around, so that they do not end before they could begin. */
  #hasJoined = false;
  #maintainAt: Millis;
  #outputs: DhtOutput[] = [];

  constructor(options: DhtNodeOptions, now: Millis) {
    this.#options = options;
    const { randomBytes, randomNumber, crypto, acceptsPrivate } = options;
    this.#families = new Map(
      Array.from(options.families, ([family, id]) => [
        family,
        new DhtFamily(family, id, randomBytes, now),
      ]),
    );
    const view = {
      closest: (family: AddressFamily, target: string, count: number): readonly NodeContact[] =>
        this.#families.get(family)?.table.closest(target, count) ?? [],
    };
    this.#responder = new Responder(
      { view, crypto, randomBytes, randomNumber, acceptsPrivate },
      now,
    );
    this.#limiter = new QueryLimiter(now);
    this.#reachability = new Reachability(now);
    this.#transactions = new Transactions(randomBytes);
    this.#maintainAt = now;
  }

  get families(): Iterable<DhtFamily> {
    return this.#families.values();
  }

  get stored(): Pick<Responder, 'peers' | 'items'> {
    return this.#responder;
  }

  /** Those under way and those that wait. */
  get searchCount(): number {
    return this.#searches.size + this.#waiting.length;
  }

  get deadline(): Millis {
    return Math.min(this.#maintainAt, this.#transactions.deadline ?? Infinity);
  }

  isReadOnly(now: Millis): boolean {
    return this.#options.isReadOnly ?? this.#reachability.isReadOnly(now);
  }

  step(input: DhtInput | { readonly type: 'timeout' }, now: Millis): readonly DhtOutput[] {
    switch (input.type) {
      case 'datagram':
        this.#receive(input.bytes, input.from, now);
        break;
      case 'add-node':
        if (this.#contacts.length < CONTACTS_MAX) this.#contacts.push(input.node);
        break;
      case 'search':
        this.#enqueue(input);
        break;
      case 'cancel':
        this.#cancel(input.searchId);
        break;
      case 'timeout':
        break;
    }
    this.#expire(now);
    if (now >= this.#maintainAt) this.#maintain(now);
    this.#advance(now);
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #receive(bytes: Uint8Array, from: Endpoint, now: Millis): void {
    this.counters.datagramsIn += 1;
    const family = this.#familyOf(from);
    const message =
      family && isUsable(from, this.#options.acceptsPrivate) ? decode(bytes) : undefined;
    if (family === undefined || message === undefined) {
      this.counters.rejected += 1;
      return;
    }
    switch (message.type) {
      case 'bad-query':
      case 'query':
        this.#answer(message, family, from, now);
        return;
      case 'response':
      case 'error':
        this.#receiveAnswer(message, family, from, now);
        return;
    }
  }

  #answer(
    message: Extract<ReturnType<typeof decodeKrpc>, { type: 'query' | 'bad-query' }>,
    family: DhtFamily,
    from: Endpoint,
    now: Millis,
  ): void {
    this.counters.queriesIn += 1;
    if (this.#options.isReadOnly === true) return;
    if (!this.#limiter.allows(from.host, now)) {
      this.counters.queriesDropped += 1;
      return;
    }
    const { transactionId } = message;
    if (message.type === 'bad-query') {
      this.#sendError(transactionId, message.code, from);
      return;
    }
    this.#reachability.reached(from.host, now);
    const answer = this.#responder.answer(message.query, from, now);
    if (typeof answer === 'number') this.#sendError(transactionId, answer, from);
    else {
      this.#send({ type: 'response', transactionId, id: family.id, answer, seenAs: from }, from);
    }
    const contact = { id: message.id, host: from.host, port: from.port };
    family.table.asked(contact, now);
    // What asks may be forged, so it gets in only when it answers.
    if (!message.isReadOnly && family.table.hasRoomFor(contact)) this.#check(contact, now);
  }

  #receiveAnswer(
    message: Extract<KrpcMessage, { type: 'response' | 'error' }>,
    family: DhtFamily,
    from: Endpoint,
    now: Millis,
  ): void {
    const pending = this.#transactions.take(message.transactionId, from, now);
    if (pending === undefined) {
      this.counters.rejected += 1;
      return;
    }
    const { purpose } = pending;
    if (purpose.type === 'check') this.#checks -= 1;
    if (message.type === 'error') {
      if (purpose.type === 'write') purpose.search.written(false, message.code);
      if (purpose.type === 'ask') purpose.search.failed(family.family, purpose.candidate, true);
      return;
    }
    this.counters.answersIn += 1;
    if (family.table.size === 0) this.#maintainAt = now; // so that it is looked around at once
    family.answered({ id: message.id, host: from.host, port: from.port }, message.seenAs, now);
    if (purpose.type === 'write') purpose.search.written(true);
    if (purpose.type === 'ask') this.#askAnswered(purpose, message, family.family, now);
  }

  #askAnswered(
    { search, candidate }: Extract<Purpose, { type: 'ask' }>,
    { id, answer }: Extract<KrpcMessage, { type: 'response' }>,
    family: AddressFamily,
    now: Millis,
  ): void {
    const found = search.answered(family, candidate, id, answer, now);
    const searchId = this.#searches.get(search);
    if (found === undefined || searchId === undefined) return;
    this.#outputs.push({ searchId, ...found });
  }

  /** Asks whether a node is there; if it answers it may get into the table. */
  #check(node: Endpoint, now: Millis): void {
    const family = this.#familyOf(node);
    if (family === undefined || this.#checks >= CHECKS_MAX) return;
    if (!isUsable(node, this.#options.acceptsPrivate)) return;
    if (this.#query(family, node, { method: 'ping' }, { type: 'check' }, now)) this.#checks += 1;
  }

  #expire(now: Millis): void {
    for (const { purpose, to } of this.#transactions.takeStale(now)) {
      const family = this.#familyOf(to);
      if (purpose.type === 'ask' && family !== undefined) {
        purpose.search.stale(family.family, purpose.candidate);
      }
    }
    for (const pending of this.#transactions.takeExpired(now)) this.#timedOut(pending, now);
  }

  #timedOut({ purpose, to }: Pending<Purpose>, now: Millis): void {
    this.counters.timeouts += 1;
    const family = this.#familyOf(to);
    family?.table.failed(to, now);
    if (purpose.type === 'check') this.#checks -= 1;
    else if (purpose.type === 'write') purpose.search.written(false);
    else if (family !== undefined) purpose.search.failed(family.family, purpose.candidate);
  }

  #maintain(now: Millis): void {
    this.#maintainAt = now + MAINTAIN_MS;
    this.#responder.expire(now);
    for (const family of this.#families.values()) {
      for (const upkeep of family.maintain(now)) {
        if (upkeep.type === 'check') this.#check(upkeep.node, now);
        else if (upkeep.type === 'need-contacts') {
          this.#outputs.push({ type: 'need-contacts', family: family.family });
        } else {
          this.#start({ type: 'find-node', target: upkeep.target }, undefined, [family], now);
        }
      }
    }
  }

  #enqueue({ searchId, spec }: Waiting): void {
    if (this.#waiting.length >= SEARCHES_WAITING_MAX) {
      this.#outputs.push({ type: 'refused', searchId });
      return;
    }
    const isPut = spec.type === 'put-item';
    const kept = isPut ? { ...spec, item: copyItem(spec.item) } : spec;
    this.#waiting.push({ searchId, spec: kept });
  }

  #start(
    spec: SearchSpec | SampleSpec,
    searchId: number | undefined,
    families: Iterable<DhtFamily>,
    now: Millis,
  ): void {
    this.counters.searches += 1;
    const search = openSearch(spec, [...families], this.#options, this.#sampleTimes, now);
    this.#searches.set(search, searchId);
  }

  /** Sends what searches want to ask, starts those that wait, and tells of those that are over. */
  #advance(now: Millis): void {
    while (this.#contacts.length > 0 && this.#checks < CHECKS_MAX) {
      const contact = this.#contacts.shift();
      if (contact !== undefined) this.#check(contact, now);
    }
    this.#hasJoined ||=
      this.#waiting.length > 0 &&
      this.#checks === 0 &&
      this.#contacts.length === 0 &&
      !this.#isLookingAround;
    while (this.#hasJoined && this.#waiting.length > 0 && this.#searches.size < SEARCHES_AT_ONCE) {
      const next = this.#waiting.shift();
      if (next !== undefined) this.#start(next.spec, next.searchId, this.#families.values(), now);
    }
    for (const [search, searchId] of this.#searches) {
      for (const { to, family, query, candidate } of search.next(now)) {
        const home = this.#families.get(family);
        const purpose: Purpose =
          candidate === undefined ? { type: 'write', search } : { type: 'ask', search, candidate };
        if (home !== undefined && this.#query(home, to, query, purpose, now)) continue;
        if (candidate === undefined) search.written(false);
        else search.failed(family, candidate);
      }
      if (!search.isOver) continue;
      this.#searches.delete(search);
      if (searchId !== undefined) {
        this.#outputs.push({ type: 'done', searchId, summary: search.summary });
      }
    }
  }

  /** Whether a search of our own is under way, or due. */
  get #isLookingAround(): boolean {
    for (const searchId of this.#searches.values()) if (searchId === undefined) return true;
    return false;
  }

  #cancel(searchId: number): void {
    this.#waiting = this.#waiting.filter((waiting) => waiting.searchId !== searchId);
    for (const [search, id] of this.#searches) if (id === searchId) this.#searches.delete(search);
  }

  /** False when there are too many already. */
  #query(
    family: DhtFamily,
    to: Endpoint,
    query: KrpcQuery,
    purpose: Purpose,
    now: Millis,
  ): boolean {
    if (this.#transactions.isFull) return false;
    const { host, port } = to;
    const transactionId = this.#transactions.open({ host, port }, purpose, now);
    this.#reachability.contacted(host);
    this.counters.queriesOut += 1;
    const isReadOnly = this.isReadOnly(now);
    this.#send({ type: 'query', transactionId, id: family.id, isReadOnly, query }, to);
    return true;
  }

  #sendError(transactionId: Uint8Array, code: number, to: Endpoint): void {
    this.#send({ type: 'error', transactionId, code, text: krpcErrorText(code) }, to);
  }

  #send(message: KrpcMessage, { host, port }: Endpoint): void {
    this.counters.datagramsOut += 1;
    this.#outputs.push({ type: 'send', bytes: encodeKrpc(message), to: { host, port } });
  }

  #familyOf(endpoint: Endpoint): DhtFamily | undefined {
    const family = addressFamily(endpoint.host);
    return family && this.#families.get(family);
  }
}

/** Undefined for what is no message. */
function decode(bytes: Uint8Array): ReturnType<typeof decodeKrpc> | undefined {
  try {
    return decodeKrpc(bytes);
  } catch (error) {
    if (error instanceof PeerFault) return undefined;
    throw error;
  }
}
