/** All our nodes in the DHT: one in each address family, or one at each address of ours in it (BEP 45). */
import type { Millis } from '@coequal/base';
import type { AddressFamily } from '../compact-peers.ts';
import { endpointKey } from './address-rules.ts';
import { DhtHome } from './dht-home.ts';
import type { DhtNodeOptions } from './dht-types.ts';
import type { NodeContact } from './krpc-messages.ts';
import {
  compareDistance,
  isIdOfAddress,
  keyBytes,
  NODE_ID_LENGTH,
  nodeIdFor,
  nodeIdOf,
} from './node-id.ts';
import type { DhtKey, NodeId } from './node-id.ts';

/** Nodes that one of ours lends to another one, which then asks them itself. */
const LENT_MAX = 8;

type HomesOptions = Pick<DhtNodeOptions, 'families' | 'addresses' | 'randomBytes' | 'randomNumber'>;

export class DhtHomes {
  readonly #homes: readonly DhtHome[];
  readonly #randomNumber: () => number;
  readonly #turns = new Map<AddressFamily, number>();

  constructor({ families, addresses, randomBytes, randomNumber }: HomesOptions, now: Millis) {
    this.#randomNumber = randomNumber;
    this.#homes = Array.from(families).flatMap(([family, kept]) => {
      const places = addresses?.get(family) ?? [];
      if (places.length < 2)
        return new DhtHome({ family, at: undefined, id: kept }, randomBytes, now);
      const base = kept ?? nodeIdOf(randomBytes(NODE_ID_LENGTH));
      return places.map((at, index) => {
        return new DhtHome({ family, at, id: idAt(at, index, base) }, randomBytes, now);
      });
    });
  }

  [Symbol.iterator](): Iterator<DhtHome> {
    return this.#homes[Symbol.iterator]();
  }

  /** Of what came to that address. */
  find(family: AddressFamily, at: string | undefined): DhtHome | undefined {
    return this.#of(family).find((home) => home.at === undefined || home.at === at);
  }

  /** For what any of them may ask: each in its turn. */
  next(family: AddressFamily): DhtHome | undefined {
    const homes = this.#of(family);
    const turn = this.#turns.get(family) ?? 0;
    this.#turns.set(family, turn + 1);
    return homes[turn % homes.length];
  }

  /** One of each family, by lot among those that work: a second one would ask the same nodes again. */
  forSearch(among: Iterable<DhtHome> = this.#homes): DhtHome[] {
    const chosen: DhtHome[] = [];
    for (const homes of Map.groupBy(among, ({ family }) => family).values()) {
      const working = homes.filter(isJoined);
      const eligible = working.length > 0 ? working : homes;
      const lot = eligible.length > 1 ? this.#randomNumber() : 0;
      const home = eligible[Math.floor(lot * eligible.length)];
      if (home !== undefined) chosen.push(home);
    }
    return chosen;
  }

  /** All others. */
  beside(done: readonly DhtHome[]): DhtHome[] {
    return this.#homes.filter((home) => !done.includes(home));
  }

  /** Nobody answers there, where others of ours in that family get answers. */
  isDown(home: DhtHome): boolean {
    return !home.isWorking && this.#of(home.family).some(isJoined);
  }

  /** What others of ours know near to it. */
  lentTo(home: DhtHome): readonly NodeContact[] {
    return this.#nearest(
      this.#of(home.family).filter((other) => other !== home),
      home.id,
      LENT_MAX,
    );
  }

  /** Of all tables of that family, nearest first. */
  closest(family: AddressFamily, target: DhtKey, count: number): readonly NodeContact[] {
    return this.#nearest(this.#of(family), target, count);
  }

  #nearest(homes: readonly DhtHome[], target: string, count: number): readonly NodeContact[] {
    const lists = homes.map(({ table }) => table.closest(target, count));
    if (lists.length < 2) return lists[0] ?? [];
    const nodes = new Map(lists.flat().map((node) => [endpointKey(node), node]));
    return [...nodes.values()]
      .toSorted((a, b) => compareDistance(target, a.id, b.id))
      .slice(0, count);
  }

  #of(family: AddressFamily): readonly DhtHome[] {
    return this.#homes.filter((home) => home.family === family);
  }
}

function isJoined({ isWorking, table }: DhtHome): boolean {
  return isWorking && table.size > 0;
}

/**
 * Ids are to be far apart (BEP 45), and of their addresses (BEP 42), whose checksum is at their front. What follows
 * is of the one id that is kept over a restart, so that all of them stay the same.
 */
function idAt(address: string, index: number, base: NodeId): NodeId {
  const bytes = keyBytes(base);
  const last = NODE_ID_LENGTH - 1;
  bytes[last] = (bytes[last] ?? 0) + index; // a part of the checksum: addresses may differ in what does not count
  return index === 0 && isIdOfAddress(base, address) ? base : nodeIdFor(address, bytes);
}
