/** The device in the mesh of a running peer: what settings, and how far it may reach, make of it. */
import { isIP } from 'node:net';
import type { Endpoint } from '@coequal/base';
import { scopeOf } from '@coequal/base/node';
import type { Settings } from '@coequal/contract';
import type { DhtPlace, Mesh } from '@coequal/mesh';
import { parseHostPort } from '../cli/values.ts';
import { isWithin, listenAddresses } from '../reach.ts';
import type { PortsWithin, Reach } from '../reach.ts';
import { DEFAULT_PEOPLE_BOOTSTRAP } from './bootstrap.ts';
import type * as Parts from './people-parts.ts';
import type { WayBook } from './way-book.ts';

export interface MeshPlan {
  readonly loaded: typeof Parts;
  readonly reach: Reach;
  readonly settings: Settings;
  readonly ports: PortsWithin;
  readonly late: WayBook;
  readonly lastPort: () => number | undefined;
  readonly lastNodes: () => readonly Endpoint[];
  readonly onBug: (error: unknown) => void;
}

/** At the port of last time, if it can be had and no other is set. Rejects as `openMesh`. */
export async function openMeshAtPort(
  plan: MeshPlan,
  secret: Uint8Array,
  signal: AbortSignal,
): Promise<Mesh> {
  const { peoplePort } = plan.settings;
  const last = peoplePort === 0 ? plan.lastPort() : undefined;
  try {
    return await openMesh({ ...plan, port: last ?? peoplePort }, secret, signal);
  } catch (error) {
    if (last === undefined || signal.aborted) throw error;
    return await openMesh({ ...plan, port: 0 }, secret, signal); // somebody else has it now
  }
}

/** Rejects as `Mesh.open`. */
export async function openMesh(
  plan: MeshPlan & { readonly port: number },
  secret: Uint8Array,
  signal: AbortSignal,
): Promise<Mesh> {
  const { loaded, reach, settings, ports, late, port } = plan;
  const options = {
    keys: loaded.ownKeysOf(secret, ports.ed25519),
    admission: { levelOf: late.levelOf },
    book: late.book,
    helpers: late.helpers,
    awaited: () => late.awaited(),
    relayHost: settings.helpsContacts ? late.relayHost : undefined,
    hosts: listenAddresses(reach, ports.binding) ?? ['::'],
    dht: dhtPlaceOf(plan),
    isNear: (host: string) => scopeOf(host) !== 'everyone',
    mayReach: (host: string) => isWithin(host, reach),
  };
  return await loaded.Mesh.open({ ...options, port }, ports, plan.onBug, signal);
}

function dhtPlaceOf({ reach, settings, ports, lastNodes }: MeshPlan): DhtPlace | undefined {
  const { binding } = ports;
  const { usesPeopleDht, peopleBootstrap, peoplePublicAddress } = settings;
  const bound = binding === undefined ? '0.0.0.0' : binding.hosts.find((host) => isIP(host) === 4);
  const bindHost = reach === 'loopback' ? '127.0.0.1' : bound;
  // its sockets are its own: it would answer, and ask, whoever others name
  if (!usesPeopleDht || reach === 'private' || bindHost === undefined) return undefined;
  const named = peopleBootstrap?.map(parseHostPort);
  const makers = reach === 'anywhere' ? DEFAULT_PEOPLE_BOOTSTRAP : [];
  const publicHost = peoplePublicAddress ?? undefined;
  return { bindHost, publicHost, bootstrap: named ?? makers, nodes: lastNodes() };
}
