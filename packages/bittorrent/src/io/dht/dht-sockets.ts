/** At which of our addresses the DHT has a node (BEP 32, 45). */
import { assert } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { addressFamily } from '../../core/compact-peers.ts';
import type { AddressFamily } from '../../core/compact-peers.ts';
import { isPrivate, neighbourhoodOf } from '../../core/dht/address-rules.ts';

/** Nodes of ours in one family: each has a table to keep, and announces of its own. */
const ADDRESSES_MAX = 8;

/** What the DHT needs of a UDP socket. One that is bound to `::` serves both families. */
export interface DhtSocket {
  readonly local: Endpoint;
  /** As that of UdpSocket. */
  send(bytes: Uint8Array, to: Endpoint, from?: string): void;
}

export type DhtSockets = ReadonlyMap<AddressFamily, readonly DhtSocket[]>;

/**
 * Of each family the sockets at global addresses, of IPv6 one in each /64, or else the first. In a private network
 * private addresses are as good.
 */
export function chooseSockets(sockets: readonly DhtSocket[], acceptsPrivate: boolean): DhtSockets {
  const chosen = new Map<AddressFamily, readonly DhtSocket[]>();
  for (const family of [4, 6] as const) {
    const own = sockets.filter((socket) => familyOf(socket) === family);
    const any = family === 4 ? sockets.find(({ local }) => local.host === '::') : undefined;
    const [first = any] = own;
    if (first === undefined) continue;
    const wanted = own.filter(({ local }) => acceptsPrivate || !isPrivate(local.host));
    const apart = family === 4 ? wanted : onePerNetwork(wanted);
    chosen.set(family, apart.length > 1 ? apart.slice(0, ADDRESSES_MAX) : [apart[0] ?? first]);
  }
  return chosen;
}

/** The addresses that they are at. */
export function hostsOf(sockets: DhtSockets): ReadonlyMap<AddressFamily, readonly string[]> {
  return new Map(
    Array.from(sockets, ([family, each]) => [family, each.map(({ local }) => local.host)]),
  );
}

function onePerNetwork(sockets: readonly DhtSocket[]): readonly DhtSocket[] {
  const byNetwork = Map.groupBy(sockets, ({ local }) => neighbourhoodOf(local.host));
  return Array.from(byNetwork.values()).flatMap(([first]) => first ?? []);
}

function familyOf({ local }: DhtSocket): AddressFamily {
  const family = addressFamily(local.host);
  assert(family, 'a socket is bound to an address');
  return family;
}
