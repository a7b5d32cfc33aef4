/**
 * A node of the Mainline DHT (BEP 5, 32, 33, 42, 43, 44, 45, 51), of one address family or both, at one address of
 * each or at several: datagrams and searches go in, datagrams and what was found come out.
 */
import { PeerFault } from '@coequal/base';
import type { Endpoint, Machine, Millis } from '@coequal/base';
import { addressFamily } from '../compact-peers.ts';
import { isUsable } from './address-rules.ts';
import { Answering } from './answering.ts';
import { MAINTAIN_MS } from './dht-home.ts';
import type { DhtHome } from './dht-home.ts';
import { DhtHomes } from './dht-homes.ts';
import type { DhtCounters, DhtInput, DhtNodeOptions, DhtOutput } from './dht-types.ts';
import { encodeKrpc } from './krpc-encode.ts';
import type { BadQuery, KrpcMessage, KrpcQuery } from './krpc-messages.ts';
import { decodeKrpc } from './krpc.ts';
import type { Candidate } from './lookup.ts';
import type { AnySearch } from './open-search.ts';
import { RunningSearches } from './running-searches.ts';
import type { SendQuery } from './running-searches.ts';
import { Transactions } from './transactions.ts';
import type { Pending } from './transactions.ts';

/** Nodes that we were told of and have not asked yet; beyond it further ones are not taken. */
const CONTACTS_MAX = 500;

/** Nodes that are asked at a time only to see whether they are there. */
const CHECKS_MAX = 32;

type Purpose = { readonly home: DhtHome } & (
  | { readonly type: 'check' }
  | { readonly type: 'ask'; readonly search: AnySearch; readonly candidate: Candidate }
  | { readonly type: 'write'; readonly search: AnySearch }
);

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
  readonly #homes: DhtHomes;
  readonly #answering: Answering;
  readonly #searches: RunningSearches;
  readonly #transactions: Transactions<Purpose>;
  readonly #contacts: Endpoint[] = [];
  #checks = 0;
  /** Searches wait for the first look around, so that they do not end before they could begin. */
  #hasJoined = false;
  #maintainAt: Millis;
  #outputs: DhtOutput[] = [];

  constructor(options: DhtNodeOptions, now: Millis) {
    this.#options = options;
    const { randomBytes, randomNumber, crypto, acceptsPrivate } = options;
    this.#homes = new DhtHomes(options, now);
    this.#answering = new Answering(
      { view: this.#homes, crypto, randomBytes, randomNumber, acceptsPrivate },
      options.isReadOnly === true,
      this.counters,
      now,
    );
    this.#searches = new RunningSearches(this.#homes, options, this.counters);
    this.#transactions = new Transactions(randomBytes);
    this.#maintainAt = now;
  }

  /** Ours, one at each address. */
  get homes(): Iterable<DhtHome> {
    return this.#homes;
  }

  get stored(): Answering['stored'] {
    return this.#answering.stored;
  }

  /** Those under way and those that wait. */
  get searchCount(): number {
    return this.#searches.count;
  }

  get deadline(): Millis {
    const { deadline = Infinity } = this.#transactions;
    return Math.min(this.#maintainAt, this.#searches.deadline, deadline);
  }

  /** Whether strangers reach us nowhere. */
  isReadOnly(now: Millis): boolean {
    return [...this.#homes].every((home) => this.#isReadOnlyAt(home, now));
  }

  #isReadOnlyAt({ reachability }: DhtHome, now: Millis): boolean {
    return this.#options.isReadOnly ?? reachability.isReadOnly(now);
  }

  step(input: DhtInput | { readonly type: 'timeout' }, now: Millis): readonly DhtOutput[] {
    switch (input.type) {
      case 'datagram':
        this.#receive(input, now);
        break;
      case 'add-node':
        if (this.#contacts.length < CONTACTS_MAX) this.#contacts.push(input.node);
        break;
      case 'search':
        if (!this.#searches.add(input.searchId, input.spec)) {
          this.#outputs.push({ type: 'refused', searchId: input.searchId });
        }
        break;
      case 'cancel':
        this.#searches.cancel(input.searchId);
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

  #receive({ bytes, from, at }: Extract<DhtInput, { type: 'datagram' }>, now: Millis): void {
    this.counters.datagramsIn += 1;
    const family = addressFamily(from.host);
    const home = family && this.#homes.find(family, at);
    const message =
      home && isUsable(from, this.#options.acceptsPrivate) ? decode(bytes) : undefined;
    if (home === undefined || message === undefined) {
      this.counters.rejected += 1;
      return;
    }
    switch (message.type) {
      case 'bad-query':
      case 'query':
        this.#answer(message, home, { from, at }, now);
        return;
      case 'response':
      case 'error':
        this.#receiveAnswer(message, home, from, now);
        return;
    }
  }

  #answer(
    message: Extract<KrpcMessage, { type: 'query' }> | BadQuery,
    home: DhtHome,
    { from, at }: { readonly from: Endpoint; readonly at: string | undefined },
    now: Millis,
  ): void {
    const answer = this.#answering.answer(message, home, from, now);
    if (answer === undefined) return;
    this.#send(answer, from, at); // whoever asked takes an answer from there alone (BEP 45)
    if (message.type === 'bad-query') return;
    const contact = { id: message.id, host: from.host, port: from.port };
    home.table.asked(contact, now);
    // What asks may be forged, so it gets in only when it answers.
    if (!message.isReadOnly && home.table.hasRoomFor(contact)) this.#check(contact, home, now);
  }

  #receiveAnswer(
    message: Extract<KrpcMessage, { type: 'response' | 'error' }>,
    home: DhtHome,
    from: Endpoint,
    now: Millis,
  ): void {
    const isFor = (purpose: Purpose): boolean => purpose.home === home;
    const pending = this.#transactions.take(message.transactionId, from, isFor, now);
    if (pending === undefined) {
      this.counters.rejected += 1;
      return;
    }
    const { purpose } = pending;
    if (purpose.type === 'check') this.#checks -= 1;
    if (message.type === 'error') {
      if (purpose.type === 'write') purpose.search.written(false, message.code);
      if (purpose.type === 'ask') purpose.search.failed(home.family, purpose.candidate, true);
      return;
    }
    this.counters.answersIn += 1;
    if (home.table.size === 0) this.#maintainAt = now; // so that it is looked around at once
    home.answered({ id: message.id, host: from.host, port: from.port }, message.seenAs, now);
    if (purpose.type === 'write') purpose.search.written(true);
    if (purpose.type === 'ask') this.#askAnswered(purpose, message, now);
  }

  #askAnswered(
    { home, search, candidate }: Extract<Purpose, { type: 'ask' }>,
    { id, answer }: Extract<KrpcMessage, { type: 'response' }>,
    now: Millis,
  ): void {
    const found = search.answered(home.family, candidate, id, answer, now);
    const searchId = this.#searches.searchIdOf(search);
    if (found === undefined || searchId === undefined) return;
    this.#outputs.push({ searchId, ...found });
  }

  /** Asks whether a node is there; if it answers it may get into the table. */
  #check(node: Endpoint, home: DhtHome, now: Millis): void {
    if (this.#checks >= CHECKS_MAX || !isUsable(node, this.#options.acceptsPrivate)) return;
    if (this.#query(node, { method: 'ping' }, { home, type: 'check' }, now)) this.#checks += 1;
  }

  #expire(now: Millis): void {
    for (const { purpose } of this.#transactions.takeStale(now)) {
      if (purpose.type === 'ask') purpose.search.stale(purpose.home.family, purpose.candidate);
    }
    for (const pending of this.#transactions.takeExpired(now)) this.#timedOut(pending, now);
  }

  #timedOut({ purpose, to }: Pending<Purpose>, now: Millis): void {
    this.counters.timeouts += 1;
    const { home } = purpose;
    home.failed(to, this.#homes.isDown(home), now);
    if (purpose.type === 'check') this.#checks -= 1;
    else if (purpose.type === 'write') purpose.search.written(false);
    else purpose.search.failed(home.family, purpose.candidate);
  }

  #maintain(now: Millis): void {
    this.#maintainAt = now + MAINTAIN_MS;
    this.#answering.expire(now);
    for (const home of this.#homes) {
      for (const upkeep of home.maintain(now)) {
        if (upkeep.type === 'check') this.#check(upkeep.node, home, now);
        else if (upkeep.type === 'need-contacts') {
          for (const node of this.#homes.lentTo(home)) this.#check(node, home, now);
          this.#outputs.push({ type: 'need-contacts', family: home.family });
        } else this.#searches.look({ type: 'find-node', target: upkeep.target }, home, now);
      }
    }
  }

  /** Sends what searches want to ask, starts those that wait, and tells of those that are over. */
  #advance(now: Millis): void {
    while (this.#contacts.length > 0 && this.#checks < CHECKS_MAX) {
      const contact = this.#contacts.shift();
      const family = contact && addressFamily(contact.host);
      const home = family && this.#homes.next(family);
      if (contact !== undefined && home !== undefined) this.#check(contact, home, now);
    }
    this.#hasJoined ||=
      this.#searches.isAnyWaiting &&
      this.#checks === 0 &&
      this.#contacts.length === 0 &&
      !this.#searches.isLookingAround;
    if (this.#hasJoined) this.#searches.startWaiting(now);
    const send: SendQuery = (search, home, { to, query, candidate }) =>
      this.#query(to, query, purposeOf(home, search, candidate), now);
    this.#outputs.push(...this.#searches.advance(send, now));
  }

  /** False when there are too many already. */
  #query(to: Endpoint, query: KrpcQuery, purpose: Purpose, now: Millis): boolean {
    if (this.#transactions.isFull) return false;
    const { host, port } = to;
    const { home } = purpose;
    const transactionId = this.#transactions.open({ host, port }, purpose, now);
    home.reachability.contacted(host);
    this.counters.queriesOut += 1;
    const isReadOnly = this.#isReadOnlyAt(home, now);
    this.#send({ type: 'query', transactionId, id: home.id, isReadOnly, query }, to, home.at);
    return true;
  }

  #send(message: KrpcMessage, { host, port }: Endpoint, at: string | undefined): void {
    this.counters.datagramsOut += 1;
    this.#outputs.push({ type: 'send', bytes: encodeKrpc(message), to: { host, port }, at });
  }
}

function purposeOf(home: DhtHome, search: AnySearch, candidate: Candidate | undefined): Purpose {
  return candidate === undefined
    ? { home, type: 'write', search }
    : { home, type: 'ask', search, candidate };
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
