/** What a DHT node remembers from one run to the next: its ids, and nodes to begin with. */
import { concatBytes, PeerFault } from '@coequal/base';
import type { Endpoint } from '@coequal/base';
import { BencodeDictionary, decodeBencode, encodeBencode } from '../bencode.ts';
import { decodeCompactPeers, encodeCompactPeers } from '../compact-peers.ts';
import type { AddressFamily } from '../compact-peers.ts';
import { keyBytes, NODE_ID_LENGTH, nodeIdOf } from './node-id.ts';
import type { NodeId } from './node-id.ts';

const VERSION = 1;

/** Nodes kept of a family: enough that some are there after weeks. */
export const STATE_NODES_MAX = 200;

/** Two families of so many nodes, their ids and keys. */
const STATE_LIMITS = { lengthMax: 8_192, depthMax: 3, countMax: 32 };

export interface DhtFamilyState {
  readonly id: NodeId;
  readonly nodes: readonly Endpoint[];
}

export type DhtState = ReadonlyMap<AddressFamily, DhtFamilyState>;

export function encodeDhtState(state: DhtState): Uint8Array {
  const family = (which: AddressFamily): { id: Uint8Array; nodes: Uint8Array } | undefined => {
    const found = state.get(which);
    if (found === undefined) return undefined;
    const nodes = found.nodes.slice(0, STATE_NODES_MAX);
    return { id: keyBytes(found.id), nodes: concatBytes([encodeCompactPeers(nodes, which)]) };
  };
  return encodeBencode({ version: VERSION, ipv4: family(4), ipv6: family(6) });
}

/** Empty for what is damaged, or of another version: the node then starts as a new one. */
export function decodeDhtState(bytes: Uint8Array): DhtState {
  try {
    return readState(bytes);
  } catch (error) {
    if (error instanceof PeerFault) return new Map();
    throw error;
  }
}

function readState(bytes: Uint8Array): DhtState {
  const state = new Map<AddressFamily, DhtFamilyState>();
  const dictionary = decodeBencode(bytes, STATE_LIMITS);
  if (!(dictionary instanceof BencodeDictionary)) return state;
  if (dictionary.integer('version') !== VERSION) return state;
  for (const family of [4, 6] as const) {
    const part = dictionary.dictionary(`ipv${family}`);
    const id = part?.bytes('id');
    const nodes = part?.bytes('nodes');
    if (id?.length !== NODE_ID_LENGTH || nodes === undefined) continue;
    state.set(family, {
      id: nodeIdOf(id),
      nodes: decodeCompactPeers(nodes, family, STATE_NODES_MAX),
    });
  }
  return state;
}
