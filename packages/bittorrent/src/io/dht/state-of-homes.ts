/** What is kept of our nodes for the next run: their ids, and who is known and good. */
import type { Endpoint, Millis } from '@coequal/base';
import type { AddressFamily } from '../../core/compact-peers.ts';
import { endpointKey } from '../../core/dht/address-rules.ts';
import type { DhtHome } from '../../core/dht/dht-home.ts';
import { encodeDhtState, STATE_NODES_MAX } from '../../core/dht/dht-state.ts';
import type { DhtFamilyState } from '../../core/dht/dht-state.ts';

export function stateOfHomes(homes: Iterable<DhtHome>, now: Millis): Uint8Array {
  const state = new Map<AddressFamily, DhtFamilyState>();
  for (const { family, id, table } of homes) {
    const nodes = table.good(now, STATE_NODES_MAX);
    // that of further addresses follows from the first
    const { id: first = id, nodes: others = [] } = state.get(family) ?? {};
    state.set(family, { id: first, nodes: mix(others, nodes).slice(0, STATE_NODES_MAX) });
  }
  return encodeDhtState(state);
}

/** Each of them, by turns: what is cut off at the end is of both. */
function mix(a: readonly Endpoint[], b: readonly Endpoint[]): readonly Endpoint[] {
  const longer = a.length > b.length ? a : b;
  const mixed = longer.flatMap((_, index) => [a[index] ?? [], b[index] ?? []].flat());
  return [...new Map(mixed.map((node) => [endpointKey(node), node])).values()];
}
