/**
 * Fetches runs of hash trees from peers (BEP 52), each proven by a node that is known before it counts. An
 * answer that proves nothing is a lie that only its sender can have told.
 */
import { LeanMap, PeerFault } from '@coequal/base';
import type { Machine, Millis } from '@coequal/base';
import type { HashFunction } from '../metainfo/hash-tree.ts';
import type { HashRange } from '../wire/peer-wire.ts';
import { keyOfRange, provenNodes } from './hash-range.ts';
import type { HashJob } from './hash-range.ts';

/** `Peer` is the caller's key: a new one for every connection, of v2 by its handshake. */
export type HashFetchInput<Peer> =
  | { readonly type: 'peer-added' | 'peer-gone'; readonly peer: Peer }
  /**
   * Jobs by their ids. `isPatient`: they are asked for until somebody answers; otherwise a job fails when
   * all who are there were asked.
   */
  | {
      readonly type: 'want';
      readonly jobs: ReadonlyMap<number, HashJob>;
      readonly isPatient: boolean;
    }
  | { readonly type: 'drop'; readonly id: number }
  | {
      readonly type: 'hashes';
      readonly peer: Peer;
      readonly range: HashRange;
      readonly hashes: Uint8Array;
    }
  | { readonly type: 'reject'; readonly peer: Peer; readonly range: HashRange };

export type HashFetchOutput<Peer> =
  | { readonly type: 'request'; readonly peer: Peer; readonly range: HashRange }
  /** The run's nodes, proven. They borrow from the message. */
  | { readonly type: 'got'; readonly id: number; readonly nodes: Uint8Array }
  | { readonly type: 'failed'; readonly id: number }
  /** `UNASKED_HASHES` or `WRONG_HASHES`: it is forgotten here. */
  | { readonly type: 'fault'; readonly peer: Peer; readonly fault: PeerFault };

/** Requests open at one peer: 128 KiB of hashes on their way. */
const OUTSTANDING_MAX = 8;
/** A request; a later answer is still taken. */
const REQUEST_TIMEOUT_MS = 8_000;
/** Requests of one peer that timed out and are still owed; one that owes more is asked no further. */
const OVERDUE_MAX = 16;
/** How long a run that all have refused waits until all are asked again: one of them may have it then. */
const RETRY_MS = 5_000;

interface Wanted<Peer> {
  readonly id: number;
  readonly job: HashJob;
  readonly key: string;
  readonly isPatient: boolean;
  readonly askedOf: Set<Peer>;
  /** Somebody was asked, and has time left to answer. */
  isAsked: boolean;
  retryAt: Millis;
}

interface Request {
  readonly id: number;
  readonly sentAt: Millis;
  isOverdue: boolean;
}

/** What a peer was asked, by the range. */
type Requests = Map<string, Request>;

export class HashFetch<Peer> implements Machine<HashFetchInput<Peer>, HashFetchOutput<Peer>> {
  readonly #hash: HashFunction;
  readonly #wanted = new LeanMap<number, Wanted<Peer>>();
  readonly #peers = new LeanMap<Peer, Requests>();
  #outputs: HashFetchOutput<Peer>[] = [];
  #deadline: Millis | undefined;

  constructor(hash: HashFunction) {
    this.#hash = hash;
  }

  get deadline(): Millis | undefined {
    return this.#deadline;
  }

  step(
    input: HashFetchInput<Peer> | { readonly type: 'timeout' },
    now: Millis,
  ): readonly HashFetchOutput<Peer>[] {
    this.#outputs = [];
    this.#take(input, now);
    this.#expire(now);
    this.#assign(now);
    this.#deadline = this.#nextDeadline(now);
    return this.#outputs;
  }

  #take(input: HashFetchInput<Peer> | { readonly type: 'timeout' }, now: Millis): void {
    switch (input.type) {
      case 'timeout':
        return;
      case 'peer-added':
        this.#peers.set(input.peer, new Map());
        return;
      case 'peer-gone':
        return this.#forget(input.peer);
      case 'want':
        for (const [id, job] of input.jobs) this.#want(id, job, input.isPatient, now);
        return;
      case 'drop':
        this.#wanted.delete(input.id);
        return;
      case 'hashes':
        return this.#receive(input.peer, input.range, input.hashes);
      case 'reject':
        return this.#rejected(input.peer, input.range);
    }
  }

  #want(id: number, job: HashJob, isPatient: boolean, now: Millis): void {
    const key = keyOfRange(job.range);
    const askedOf = new Set<Peer>();
    this.#wanted.set(id, { id, job, key, isPatient, askedOf, isAsked: false, retryAt: now });
  }

  #receive(peer: Peer, range: HashRange, hashes: Uint8Array): void {
    const request = this.#answered(peer, range, 'UNASKED_HASHES');
    const wanted = request && this.#wanted.get(request.id);
    if (wanted === undefined) return; // another was faster, or it is not wanted any more
    const nodes = provenNodes(wanted.job, hashes, this.#hash);
    if (nodes === undefined) {
      wanted.isAsked &&= request?.isOverdue === true;
      return this.#fault(peer, 'WRONG_HASHES', range);
    }
    this.#wanted.delete(wanted.id);
    this.#outputs.push({ type: 'got', id: wanted.id, nodes });
  }

  #rejected(peer: Peer, range: HashRange): void {
    const request = this.#answered(peer, range, 'UNASKED_HASHES');
    const wanted = request && this.#wanted.get(request.id);
    if (wanted !== undefined && request?.isOverdue === false) wanted.isAsked = false;
  }

  /** The request that this answers; the peer owes it no more. */
  #answered(peer: Peer, range: HashRange, code: string): Request | undefined {
    const requests = this.#peers.get(peer);
    const key = keyOfRange(range);
    const request = requests?.get(key);
    if (request === undefined) this.#fault(peer, code, range);
    requests?.delete(key);
    return request;
  }

  #fault(peer: Peer, code: string, { baseLayer, index, length }: HashRange): void {
    if (!this.#peers.has(peer)) return; // it was left already
    this.#forget(peer);
    const fault = new PeerFault(code, { baseLayer, index, length });
    this.#outputs.push({ type: 'fault', peer, fault });
  }

  #forget(peer: Peer): void {
    for (const { id, isOverdue } of this.#peers.get(peer)?.values() ?? []) {
      const wanted = this.#wanted.get(id);
      if (wanted !== undefined && !isOverdue) wanted.isAsked = false;
    }
    this.#peers.delete(peer);
    for (const { askedOf } of this.#wanted.values()) askedOf.delete(peer);
  }

  #expire(now: Millis): void {
    for (const requests of this.#peers.values()) {
      for (const request of requests.values()) {
        if (request.isOverdue || now < request.sentAt + REQUEST_TIMEOUT_MS) continue;
        request.isOverdue = true;
        const wanted = this.#wanted.get(request.id);
        if (wanted !== undefined) wanted.isAsked = false;
      }
    }
  }

  /** Asks for what nobody is asked for now, of those who owe us least. */
  #assign(now: Millis): void {
    const free = [...this.#peers].filter(([, requests]) => hasRoom(requests));
    for (const wanted of this.#wanted.values()) {
      if (free.length === 0 && this.#peers.size > 0) return; // they will answer, or be overdue
      if (wanted.isAsked || now < wanted.retryAt) continue;
      const isAnyLeft = [...this.#peers].some(([peer, requests]) =>
        isAskable(wanted, peer, requests),
      );
      if (isAnyLeft) this.#ask(wanted, free, now);
      else this.#giveUp(wanted, now);
    }
  }

  #ask(wanted: Wanted<Peer>, free: [Peer, Requests][], now: Millis): void {
    free.sort(([, a], [, b]) => a.size - b.size);
    const at = free.findIndex(([peer, requests]) => isAskable(wanted, peer, requests));
    const [peer, requests] = free[at] ?? [];
    if (peer === undefined || requests === undefined) return; // who could be asked is busy
    requests.set(wanted.key, { id: wanted.id, sentAt: now, isOverdue: false });
    wanted.askedOf.add(peer);
    wanted.isAsked = true;
    this.#outputs.push({ type: 'request', peer, range: wanted.job.range });
    if (!hasRoom(requests)) free.splice(at, 1);
  }

  #giveUp(wanted: Wanted<Peer>, now: Millis): void {
    if (wanted.isPatient) {
      if (this.#peers.size > 0) wanted.retryAt = now + RETRY_MS;
      wanted.askedOf.clear();
      return;
    }
    this.#wanted.delete(wanted.id);
    this.#outputs.push({ type: 'failed', id: wanted.id });
  }

  #nextDeadline(now: Millis): Millis | undefined {
    let next = Infinity;
    for (const requests of this.#peers.values()) {
      for (const { sentAt, isOverdue } of requests.values()) {
        if (!isOverdue) next = Math.min(next, sentAt + REQUEST_TIMEOUT_MS);
      }
    }
    if (this.#peers.size > 0) {
      for (const { isAsked, retryAt } of this.#wanted.values()) {
        if (!isAsked && retryAt > now) next = Math.min(next, retryAt);
      }
    }
    return next === Infinity ? undefined : next;
  }
}

/** Not while it owes an earlier answer to the same: two would look like one that nobody asked for. */
function isAskable<Peer>(wanted: Wanted<Peer>, peer: Peer, requests: Requests): boolean {
  return !wanted.askedOf.has(peer) && !requests.has(wanted.key);
}

function hasRoom(requests: Requests): boolean {
  let overdue = 0;
  for (const { isOverdue } of requests.values()) if (isOverdue) overdue += 1;
  return overdue < OVERDUE_MAX && requests.size - overdue < OUTSTANDING_MAX;
}
