/**
 * Our node at one address: its id, its table, and what keeps that fresh. There is one in each family (BEP 32), and
 * in one family several where we have several addresses (BEP 45).
 */
import type { Endpoint, Millis } from '@coequal/base';
import type { AddressFamily } from '../compact-peers.ts';
import type { NodeContact } from './krpc-messages.ts';
import { isIdOfAddress, nodeIdFor, NODE_ID_LENGTH, nodeIdOf, randomKeyAt } from './node-id.ts';
import type { DhtKey, NodeId } from './node-id.ts';
import { AddressVotes, Reachability } from './own-address.ts';
import { RoutingTable } from './routing-table.ts';

/** How often the table is looked at. */
export const MAINTAIN_MS = 5_000;

/** Nodes that are checked in one go when nothing was heard of them for long. */
const CHECKS_PER_LOOK_MAX = 3;

/**
 * Looking up our own id tells those around us of us, and us of them. Soon again after the first time, for
 * others may have come when we did; each time after twice as long,
 */
const SELF_LOOKUP_MS = 10_000;

/** up to this, */
const SELF_LOOKUP_MAX_MS = 15 * 60_000;

/** or, as long as we know fewer nodes than this, */
const NODES_FEW = 8;

/** up to this. */
const LONELY_LOOKUP_MAX_MS = 60_000;

/** So many may be all who came by one node that knew nobody yet: an island, which contacts join to the rest. */
const ISLAND_NODES = 32;

/** Queries in a row that nobody answers: where a third of all nodes is gone, that is no accident. */
const UNANSWERED_MAX = 8;

/** How often contacts are asked for while we know no more, doubled each time, */
const CONTACTS_RETRY_MS = 10_000;

/** up to this. */
const CONTACTS_RETRY_MAX_MS = 10 * 60_000;

export type Upkeep =
  | { readonly type: 'check'; readonly node: NodeContact }
  /** Look up this key, of our own id or in a bucket in which nothing has happened. */
  | { readonly type: 'look-up'; readonly target: DhtKey }
  /** We know nobody, or few. */
  | { readonly type: 'need-contacts' };

export class DhtHome {
  readonly family: AddressFamily;
  /** The address of its socket; undefined when it is the only one of its family. */
  readonly at: string | undefined;
  /** Whether strangers reach it. */
  readonly reachability: Reachability;
  #table: RoutingTable;
  readonly #votes = new AddressVotes();
  readonly #randomBytes: (length: number) => Uint8Array;
  #selfLookupAt: Millis;
  #selfLookupMs = SELF_LOOKUP_MS;
  #contactsAt: Millis;
  #contactsRetryMs = CONTACTS_RETRY_MS;
  /** Queries since the last answer. */
  #unanswered = 0;

  constructor(
    { family, at, id }: { family: AddressFamily; at: string | undefined; id: NodeId | undefined },
    randomBytes: (length: number) => Uint8Array,
    now: Millis,
  ) {
    this.family = family;
    this.at = at;
    this.reachability = new Reachability(now);
    this.#randomBytes = randomBytes;
    this.#table = new RoutingTable(id ?? nodeIdOf(randomBytes(NODE_ID_LENGTH)), now);
    this.#selfLookupAt = now;
    this.#contactsAt = now;
  }

  get id(): NodeId {
    return this.#table.id;
  }

  get table(): RoutingTable {
    return this.#table;
  }

  /** What others see as our address, once enough of them agree. */
  get address(): string | undefined {
    return this.#votes.address;
  }

  /** Whether somebody answered lately, as far as anybody was asked: its link may be down (BEP 45). */
  get isWorking(): boolean {
    return this.#unanswered < UNANSWERED_MAX;
  }

  /** A node answered us, and may have told how it sees us. */
  answered(contact: NodeContact, seenAs: Endpoint | undefined, now: Millis): void {
    this.#unanswered = 0;
    const wasEmpty = this.#table.size === 0;
    this.#table.answered(contact, now);
    if (wasEmpty) this.#lookAround(now);
    if (seenAs === undefined) return;
    this.#votes.add(contact.host, seenAs.host);
    const { address } = this.#votes;
    if (address !== undefined && !isIdOfAddress(this.id, address)) this.#rename(address, now);
  }

  /** A node did not answer us, which is no fault of its own where our link is known to be down. */
  failed(node: Endpoint, isLinkDown: boolean, now: Millis): void {
    this.#unanswered += 1;
    if (!isLinkDown) this.#table.failed(node, now);
  }

  /** What is to be done now; called every MAINTAIN_MS. */
  maintain(now: Millis): Upkeep[] {
    const table = this.#table;
    const upkeep: Upkeep[] = table
      .questionable(now, CHECKS_PER_LOOK_MAX)
      .map((node) => ({ type: 'check', node }));
    // Few that know only each other would never find the rest, and all that are known may be gone.
    if (table.size >= ISLAND_NODES && this.isWorking) this.#contactsRetryMs = CONTACTS_RETRY_MS;
    else if (now >= this.#contactsAt) {
      this.#contactsAt = now + this.#contactsRetryMs;
      this.#contactsRetryMs = Math.min(this.#contactsRetryMs * 2, CONTACTS_RETRY_MAX_MS);
      upkeep.push({ type: 'need-contacts' });
    }
    if (table.size === 0) return upkeep;
    if (now >= this.#selfLookupAt) {
      const longest = table.size < NODES_FEW ? LONELY_LOOKUP_MAX_MS : SELF_LOOKUP_MAX_MS;
      this.#selfLookupMs = Math.min(this.#selfLookupMs, longest);
      this.#selfLookupAt = now + this.#selfLookupMs;
      this.#selfLookupMs *= 2;
      table.lookedUp(this.id, now);
      upkeep.push({ type: 'look-up', target: this.id });
      return upkeep;
    }
    const bits = table.staleBucket(now);
    if (bits === undefined) return upkeep;
    const target = randomKeyAt(this.id, bits, this.#randomBytes(NODE_ID_LENGTH));
    table.lookedUp(target, now);
    return [...upkeep, { type: 'look-up', target }];
  }

  /** BEP 42: an id of our address. Who knows us by the old one finds us again by our own look-up. */
  #rename(address: string, now: Millis): void {
    const known = [...this.#table.nodes()];
    this.#table = new RoutingTable(nodeIdFor(address, this.#randomBytes(NODE_ID_LENGTH)), now);
    for (const node of known) this.#table.answered(node, node.answeredAt);
    this.#lookAround(now);
  }

  #lookAround(now: Millis): void {
    this.#selfLookupAt = now;
    this.#selfLookupMs = SELF_LOOKUP_MS;
  }
}
