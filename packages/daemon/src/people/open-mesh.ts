/** Opens links, and what looks in the local network, as far as settings and `--offline`, `--lan-only`, `--bind` let it. */
import { isIP } from 'node:net';
import type { Endpoint, LocalFault } from '@coequal/base';
import { scopeOf } from '@coequal/base/node';
import type { Settings } from '@coequal/contract';
import type { DhtPlace, LanGroup, Mesh } from '@coequal/mesh';
import { parseHostPort } from '../cli/values.ts';
import { lanInterfaces } from '../peer/lan-check.ts';
import { isWithin, listenAddresses } from '../reach.ts';
import type { PortsWithin, Reach } from '../reach.ts';
import { DEFAULT_PEOPLE_BOOTSTRAP } from './bootstrap.ts';
import type * as Parts from './people-parts.ts';
import type { WayBook } from './way-book.ts';

/** Of the plan of the service. */
export interface MeshPlan {
  readonly reach: Reach;
  readonly settings: () => Settings;
  readonly lastPort: () => number | undefined;
  readonly lastNodes: () => readonly Endpoint[];
  readonly onProblem: (error: unknown) => void;
  readonly onBug: (error: unknown) => void;
}

export interface MeshPlace {
  /** Of the device. */
  readonly secret: Uint8Array;
  /** 0: any free one. */
  readonly port: number;
  readonly late: WayBook;
  readonly near: LanGroup | undefined;
}

type Loaded = typeof Parts;

/** At the port of last time, if it can be had and no other is set. Rejects as `Mesh.open`. */
export async function openMeshAtPort(
  plan: MeshPlan,
  parts: Loaded,
  place: Omit<MeshPlace, 'port'>,
  ports: PortsWithin,
  signal: AbortSignal,
): Promise<Mesh> {
  const { peoplePort } = plan.settings();
  const last = peoplePort === 0 ? plan.lastPort() : undefined;
  const open = (port: number): Promise<Mesh> =>
    openMesh(plan, parts, { ...place, port }, ports, signal);
  try {
    return await open(last ?? peoplePort);
  } catch (error) {
    if (last === undefined || signal.aborted) throw error;
    return await open(0); // somebody else has it now
  }
}

/** Rejects as `Mesh.open`. */
export async function openMesh(
  plan: MeshPlan,
  parts: Loaded,
  { secret, port, late, near }: MeshPlace,
  ports: PortsWithin,
  signal: AbortSignal,
): Promise<Mesh> {
  const { reach, settings } = plan;
  const options = {
    keys: parts.ownKeysOf(secret, ports.ed25519),
    admission: { levelOf: late.levelOf },
    book: late.book,
    helpers: late.helpers,
    awaited: () => late.awaited(),
    relayHost: settings().helpsContacts ? late.relayHost : undefined,
    hosts: listenAddresses(reach, ports.binding) ?? ['::'],
    port,
    dht: dhtPlaceOf(plan, ports),
    near,
    isNear: (host: string) => scopeOf(host) !== 'everyone',
    mayReach: (host: string) => isWithin(host, reach),
  };
  return await parts.Mesh.open(options, ports, (error) => plan.onBug(error), signal);
}

/** Undefined when nobody is to be looked for in the local network. */
export function openNear(
  { reach, settings, onProblem }: MeshPlan,
  parts: Loaded,
  { clock }: PortsWithin,
): LanGroup | undefined {
  if (reach === 'loopback' || !settings().findsPeopleNearby) return undefined;
  const options = {
    hosts: () => lanInterfaces(reach, settings().bind).map(({ host }) => host),
    onProblem: (error: LocalFault) => onProblem(error),
  };
  return new parts.LanGroup(options, clock);
}

function dhtPlaceOf(
  { reach, settings, lastNodes }: MeshPlan,
  { binding }: PortsWithin,
): DhtPlace | undefined {
  const { usesPeopleDht, peopleBootstrap, peoplePublicAddress } = settings();
  const bound = binding === undefined ? '0.0.0.0' : binding.hosts.find((host) => isIP(host) === 4);
  const bindHost = reach === 'loopback' ? '127.0.0.1' : bound;
  // its sockets are its own: it would answer, and ask, whoever others name
  if (!usesPeopleDht || reach === 'private' || bindHost === undefined) return undefined;
  const named = peopleBootstrap?.map(parseHostPort);
  const makers = reach === 'anywhere' ? DEFAULT_PEOPLE_BOOTSTRAP : [];
  const publicHost = peoplePublicAddress ?? undefined;
  return { bindHost, publicHost, bootstrap: named ?? makers, nodes: lastNodes() };
}
