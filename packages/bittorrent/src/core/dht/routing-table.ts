/**
 * The nodes that we know of one address family, many near us and few far away (BEP 5): buckets of `K`,
 * of which the one that our own id is in splits when it is full. Only nodes that have answered us get in,
 * and of neighbouring addresses only a few, so that who has a thousand ids at one address has one place.
 *
 * Invariant: an id, and an endpoint, is in at most one bucket, once, and not in a cache as well.
 */
import type { Endpoint, Millis } from '@coequal/base';
import { endpointKey, isPrivate, neighbourhoodOf } from './address-rules.ts';
import { K } from './krpc-messages.ts';
import type { NodeContact } from './krpc-messages.ts';
import { compareDistance, isIdOfAddress, NODE_ID_BITS, sharedPrefixBits } from './node-id.ts';
import type { NodeId } from './node-id.ts';

/** BEP 5: a node that was heard of within this time is good. */
const GOOD_MS = 15 * 60_000;

/** BEP 5: a node that fails "multiple" queries in a row is bad. */
const FAILURES_MAX = 2;

/** Nor is a bad one forgotten before this, if no other waits for its place: it may be us who were away. */
const FORGET_FAILURES_MAX = 12;

/** How soon a node that did not answer is asked again. */
const RECHECK_MS = 60_000;

/** Nodes that wait for a place in a bucket. */
const CACHE_MAX = 8;

/** Nodes of one bucket in one neighbourhood (a /24, or a /64 of IPv6). */
const NEIGHBOURS_IN_BUCKET_MAX = 1;

/** And in the whole table. */
const NEIGHBOURS_MAX = 4;

export interface RoutingNode extends NodeContact {
  readonly isOfAddress: boolean;
  /** Undefined on a private network, where one address may have many nodes. */
  readonly neighbourhood: string | undefined;
  /** When it last answered us. */
  answeredAt: Millis;
  /** When it last asked or answered us. */
  heardAt: Millis;
  /** Unanswered queries in a row, */
  failures: number;
  /** and when the last of them was given up. */
  failedAt: Millis;
}

interface Bucket {
  nodes: RoutingNode[];
  cache: RoutingNode[];
  /** When it last changed, or was looked up (BEP 5: refreshed after 15 minutes). */
  changedAt: Millis;
}

export class RoutingTable {
  readonly id: NodeId;
  /** Bucket `n` has the nodes that share `n` bits with us; the last one those that share more as well. */
  readonly #buckets: Bucket[];
  readonly #byEndpoint = new Map<string, RoutingNode>();
  readonly #neighbours = new Map<string, number>();

  constructor(id: NodeId, now: Millis) {
    this.id = id;
    this.#buckets = [{ nodes: [], cache: [], changedAt: now }];
  }

  get size(): number {
    return this.#byEndpoint.size;
  }

  get bucketCount(): number {
    return this.#buckets.length;
  }

  /** Whether it is worth asking a node if it is there: it may get in, or it has another id than before. */
  hasRoomFor(contact: NodeContact): boolean {
    if (contact.id === this.id) return false;
    const known = this.#byEndpoint.get(endpointKey(contact));
    if (known !== undefined) return known.id !== contact.id;
    const index = this.#indexOf(contact.id);
    const bucket = this.#buckets[index];
    if (bucket === undefined) return false;
    return (
      (bucket.nodes.length < K || this.#canSplit(index) || bucket.cache.length < CACHE_MAX) &&
      !bucket.nodes.some((node) => node.id === contact.id)
    );
  }

  /** A node has answered us. */
  answered(contact: NodeContact, now: Millis): void {
    if (contact.id === this.id) return;
    const known = this.#byEndpoint.get(endpointKey(contact));
    if (known?.id === contact.id) {
      known.answeredAt = known.heardAt = now;
      known.failures = 0;
      return;
    }
    if (known !== undefined) this.#remove(known); // it has another id now
    const { id, host, port } = contact;
    const node: RoutingNode = {
      id,
      host,
      port,
      isOfAddress: isIdOfAddress(id, host),
      neighbourhood: isPrivate(host) ? undefined : neighbourhoodOf(host),
      answeredAt: now,
      heardAt: now,
      failures: 0,
      failedAt: now,
    };
    this.#add(node, now);
  }

  /** A node has asked us something, which is as good as an answer if it ever gave one (BEP 5). */
  asked(contact: NodeContact, now: Millis): void {
    const known = this.#byEndpoint.get(endpointKey(contact));
    if (known?.id === contact.id) known.heardAt = now;
  }

  /** A node has not answered: when it is bad, and another waits, it is replaced. */
  failed(endpoint: Endpoint, now: Millis): void {
    const node = this.#byEndpoint.get(endpointKey(endpoint));
    if (node === undefined) return;
    node.failures += 1;
    node.failedAt = now;
    if (node.failures < FAILURES_MAX) return;
    const bucket = this.#buckets[this.#indexOf(node.id)];
    const next = bucket?.cache.pop(); // the youngest: the likeliest to be there
    if (next !== undefined || node.failures >= FORGET_FAILURES_MAX) this.#remove(node);
    if (next !== undefined) this.#add(next, next.answeredAt);
  }

  /** The nearest that are not failing, in order. */
  closest(target: string, count: number): RoutingNode[] {
    return this.#nearest(target, count, isAlive);
  }

  /** Whom a look-up asks first: those that fail as well, when there are few others. */
  seeds(target: string, count: number): RoutingNode[] {
    const alive = this.closest(target, count);
    return alive.length >= K ? alive : this.#nearest(target, count, () => true);
  }

  /** Those that were heard of least lately, if that is too long ago to call them good. */
  questionable(now: Millis, countMax: number): RoutingNode[] {
    return [...this.#byEndpoint.values()]
      .filter((node) =>
        node.failures > 0 ? now - node.failedAt >= RECHECK_MS : now - node.heardAt >= GOOD_MS,
      )
      .toSorted((a, b) => a.heardAt - b.heardAt)
      .slice(0, countMax);
  }

  /** How many bits a key shares with us that is in a bucket in which nothing happened for long. */
  staleBucket(now: Millis): number | undefined {
    const index = this.#buckets.findIndex((bucket) => now - bucket.changedAt >= GOOD_MS);
    return index === -1 ? undefined : Math.min(index, NODE_ID_BITS - 1);
  }

  /** A look-up goes to this place, so its bucket needs no other for a while. */
  lookedUp(target: string, now: Millis): void {
    const bucket = this.#buckets[this.#indexOf(target)];
    if (bucket !== undefined) bucket.changedAt = now;
  }

  /** Those heard of lately, at most `countMax`, nearest first. */
  good(now: Millis, countMax: number): RoutingNode[] {
    return this.closest(this.id, this.size)
      .filter((node) => node.failures === 0 && now - node.heardAt < GOOD_MS)
      .slice(0, countMax);
  }

  nodes(): Iterable<RoutingNode> {
    return this.#byEndpoint.values();
  }

  #nearest(target: string, count: number, isWanted: (node: RoutingNode) => boolean): RoutingNode[] {
    const byDistance = (a: RoutingNode, b: RoutingNode): number =>
      compareDistance(target, a.id, b.id);
    // The bucket that the target is in and those nearer to us come before all further ones.
    const first = this.#indexOf(target);
    const own = this.#buckets.slice(first).flatMap((bucket) => bucket.nodes);
    const found = own.filter(isWanted).toSorted(byDistance);
    for (let index = first - 1; index >= 0 && found.length < count; index--) {
      found.push(...(this.#buckets[index]?.nodes ?? []).filter(isWanted).toSorted(byDistance));
    }
    return found.slice(0, count);
  }

  #indexOf(id: string): number {
    return Math.min(sharedPrefixBits(this.id, id), this.#buckets.length - 1);
  }

  #canSplit(index: number): boolean {
    return index === this.#buckets.length - 1 && this.#buckets.length < NODE_ID_BITS;
  }

  #add(node: RoutingNode, now: Millis): void {
    const index = this.#indexOf(node.id);
    const bucket = this.#buckets[index];
    // An id that is here already stays where it answered first: another may claim it.
    if (bucket === undefined || bucket.nodes.some(({ id }) => id === node.id)) return;
    bucket.cache = bucket.cache.filter((each) => !isSame(each, node));
    if (!this.#isWelcome(node, bucket)) return;
    if (bucket.nodes.length >= K && this.#canSplit(index)) {
      this.#split(now);
      this.#add(node, now);
      return;
    }
    const leaving = bucket.nodes.length < K ? undefined : worseThan(node, bucket.nodes);
    if (bucket.nodes.length >= K && leaving === undefined) {
      bucket.cache.push(node);
      if (bucket.cache.length > CACHE_MAX) bucket.cache.shift();
      return;
    }
    if (leaving !== undefined) this.#remove(leaving);
    bucket.nodes.push(node);
    bucket.changedAt = now;
    this.#byEndpoint.set(endpointKey(node), node);
    this.#countNeighbour(node, 1);
  }

  /** One node an address, and few of a neighbourhood. On private networks nodes are told apart by port. */
  #isWelcome(node: RoutingNode, bucket: Bucket): boolean {
    const { host, neighbourhood } = node;
    if (neighbourhood === undefined) return true;
    const neighbours = this.#neighbours.get(neighbourhood) ?? 0;
    if (neighbours === 0) return true;
    const isNeighbour = (each: RoutingNode): boolean => each.neighbourhood === neighbourhood;
    return (
      neighbours < NEIGHBOURS_MAX &&
      bucket.nodes.filter(isNeighbour).length < NEIGHBOURS_IN_BUCKET_MAX &&
      !this.#buckets.some(({ nodes }) => nodes.some((each) => each.host === host))
    );
  }

  #split(now: Millis): void {
    const bits = this.#buckets.length - 1;
    const last = this.#buckets.pop();
    if (last === undefined) return;
    const near: Bucket = { nodes: [], cache: [], changedAt: now };
    const far: Bucket = { nodes: [], cache: [], changedAt: last.changedAt };
    const home = (node: RoutingNode): Bucket =>
      sharedPrefixBits(this.id, node.id) > bits ? near : far;
    for (const node of last.nodes) home(node).nodes.push(node);
    for (const node of last.cache) home(node).cache.push(node);
    this.#buckets.push(far, near);
  }

  #remove(node: RoutingNode): void {
    const bucket = this.#buckets[this.#indexOf(node.id)];
    if (bucket !== undefined) bucket.nodes = bucket.nodes.filter((each) => each !== node);
    this.#byEndpoint.delete(endpointKey(node));
    this.#countNeighbour(node, -1);
  }

  #countNeighbour(node: RoutingNode, change: number): void {
    const { neighbourhood } = node;
    if (neighbourhood === undefined) return;
    const count = (this.#neighbours.get(neighbourhood) ?? 0) + change;
    if (count > 0) this.#neighbours.set(neighbourhood, count);
    else this.#neighbours.delete(neighbourhood);
  }
}

function isAlive(node: RoutingNode): boolean {
  return node.failures === 0;
}

function isSame(a: NodeContact, b: NodeContact): boolean {
  return a.id === b.id || (a.host === b.host && a.port === b.port);
}

/** Who gives way to a node that answers: who does not, else whose id is not of its address (BEP 42). */
function worseThan(node: RoutingNode, nodes: readonly RoutingNode[]): RoutingNode | undefined {
  const failing = nodes.find((each) => each.failures > 0);
  if (failing !== undefined || !node.isOfAddress) return failing;
  return nodes.find((each) => !each.isOfAddress);
}
