/**
 * An iterative look-up (BEP 5): asks the nearest nodes known for nearer ones until the `K` nearest
 * that live have all answered. Dead nodes are most of what takes time, so a query that takes longer than
 * usual no longer counts as one under way: another is sent beside it, and its answer is still welcome.
 */
import { isPrivate, neighbourhoodOf } from './address-rules.ts';
import { K } from './krpc-messages.ts';
import type { KrpcAnswer, NodeContact } from './krpc-messages.ts';
import { compareDistance } from './node-id.ts';
import type { NodeId } from './node-id.ts';

/** Queries under way at a time: the `alpha` of Kademlia. */
const ALPHA = 4;

/** Nodes that are known and near enough to be asked. */
const CANDIDATES_MAX = 64;

/** Nodes of one neighbourhood among them: who has a network can make ids near any target in it. */
const NEIGHBOURS_MAX = 2;

/** Queries of one look-up: ten times what it takes when a third of the nodes is gone. */
const QUERIES_MAX = 300;

type CandidateState = 'new' | 'asked' | 'stale' | 'answered' | 'failed';

export interface Candidate extends NodeContact {
  state: CandidateState;
  /** How many answers led here: 1 for those that were known. */
  readonly round: number;
  /** What it gave us to announce or put with. */
  token?: Uint8Array;
  /** Of the mutable item that it has there, as it says. */
  sequence?: number;
}

export class Lookup {
  readonly target: string;
  readonly #ownId: NodeId;
  /** Nearest first. */
  #candidates: Candidate[] = [];
  readonly #seenIds = new Set<string>();
  readonly #seenAddresses = new Set<string>();
  readonly #neighbours = new Map<string, number>();
  #queries = 0;
  #answers = 0;
  #rounds = 0;

  constructor(target: string, ownId: NodeId, known: readonly NodeContact[]) {
    this.target = target;
    this.#ownId = ownId;
    for (const contact of known) this.#add(contact, 1);
  }

  get queries(): number {
    return this.#queries;
  }

  get answers(): number {
    return this.#answers;
  }

  /** The longest chain of answers that led to a node that answered. */
  get rounds(): number {
    return this.#rounds;
  }

  get isOver(): boolean {
    return this.#next() === undefined && !this.#closest().some(isPending);
  }

  /** Whom to ask now; they count as asked. */
  next(): Candidate[] {
    const asked: Candidate[] = [];
    let underWay = this.#candidates.filter((each) => each.state === 'asked').length;
    while (underWay < ALPHA) {
      const candidate = this.#next();
      if (candidate === undefined) break;
      candidate.state = 'asked';
      this.#queries += 1;
      underWay += 1;
      asked.push(candidate);
    }
    return asked;
  }

  /** `id` is what it calls itself, which may be another name than it was told by. */
  answered(
    candidate: Candidate,
    id: NodeId,
    nodes: readonly NodeContact[],
    { token, sequence }: Pick<KrpcAnswer, 'token' | 'sequence'>,
  ): void {
    if (!isPending(candidate)) return;
    candidate.state = 'failed'; // under the name that it was told by, unless that is its own
    const answering = id === candidate.id ? candidate : this.#renamed(candidate, id);
    if (answering === undefined) return;
    answering.state = 'answered';
    if (token !== undefined) answering.token = token.slice();
    if (sequence !== undefined) answering.sequence = sequence;
    this.#answers += 1;
    this.#rounds = Math.max(this.#rounds, answering.round);
    for (const node of nodes) this.#add(node, answering.round + 1);
  }

  /** It takes longer than usual. */
  stale(candidate: Candidate): void {
    if (candidate.state === 'asked') candidate.state = 'stale';
  }

  failed(candidate: Candidate): void {
    if (isPending(candidate)) candidate.state = 'failed';
  }

  /** Nodes heard of elsewhere, such as in a look-up of the other family. */
  learn(nodes: readonly NodeContact[]): void {
    for (const node of nodes) this.#add(node, 1);
  }

  /** The nearest that answered and gave a token. */
  writable(): Candidate[] {
    return this.#candidates
      .filter((each) => each.state === 'answered' && each.token !== undefined)
      .slice(0, K);
  }

  /** The nearest that answered. */
  found(): Candidate[] {
    return this.#candidates.filter((each) => each.state === 'answered').slice(0, K);
  }

  /** The first that was not asked among the `K` nearest that have not failed or keep us waiting. */
  #next(): Candidate | undefined {
    if (this.#queries >= QUERIES_MAX) return undefined;
    let counted = 0;
    for (const candidate of this.#candidates) {
      if (candidate.state === 'new') return candidate;
      if (candidate.state === 'answered' || candidate.state === 'asked') counted += 1;
      if (counted >= K) return undefined;
    }
    return undefined;
  }

  #closest(): Candidate[] {
    return this.#candidates.filter((each) => each.state !== 'failed').slice(0, K);
  }

  /** Undefined when that name is taken: it may be a lie. */
  #renamed(candidate: Candidate, id: NodeId): Candidate | undefined {
    if (id === this.#ownId || this.#seenIds.has(id)) return undefined;
    this.#seenIds.add(id);
    const { host, port, round } = candidate;
    const renamed: Candidate = { id, host, port, state: 'asked', round };
    this.#candidates.splice(this.#candidates.indexOf(candidate), 1);
    const at = this.#candidates.findIndex((each) => compareDistance(this.target, id, each.id) < 0);
    this.#candidates.splice(at === -1 ? this.#candidates.length : at, 0, renamed);
    return renamed;
  }

  #add(contact: NodeContact, round: number): void {
    const { id, host, port } = contact;
    if (id === this.#ownId || this.#seenIds.has(id)) return;
    const at = this.#candidates.findIndex((each) => compareDistance(this.target, id, each.id) < 0);
    if (at === -1 && this.#candidates.length >= CANDIDATES_MAX) return;
    const isNeighbourly = isPrivate(host);
    const address = isNeighbourly ? `${host} ${port}` : host;
    if (this.#seenAddresses.has(address)) return;
    const neighbourhood = neighbourhoodOf(host);
    const neighbours = this.#neighbours.get(neighbourhood) ?? 0;
    if (!isNeighbourly && neighbours >= NEIGHBOURS_MAX) return;
    this.#seenIds.add(id);
    this.#seenAddresses.add(address);
    this.#neighbours.set(neighbourhood, neighbours + 1);
    const candidate: Candidate = { id, host, port, state: 'new', round };
    this.#candidates.splice(at === -1 ? this.#candidates.length : at, 0, candidate);
    this.#trim();
  }

  /** The furthest that nobody waits for gives way; its address is open to another node again. */
  #trim(): void {
    if (this.#candidates.length <= CANDIDATES_MAX) return;
    const gone = this.#candidates.findLast((each) => !isPending(each));
    if (gone === undefined) return;
    this.#candidates.splice(this.#candidates.indexOf(gone), 1);
    this.#seenIds.delete(gone.id);
    this.#seenAddresses.delete(isPrivate(gone.host) ? `${gone.host} ${gone.port}` : gone.host);
    const neighbourhood = neighbourhoodOf(gone.host);
    this.#neighbours.set(neighbourhood, (this.#neighbours.get(neighbourhood) ?? 1) - 1);
  }
}

function isPending(candidate: Candidate): boolean {
  return candidate.state === 'asked' || candidate.state === 'stale';
}
