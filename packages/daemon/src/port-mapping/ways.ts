/** Which routers there are to be asked, and how. */
import { LocalFault, PeerFault } from '@coequal/base';
import { scopeOf } from '@coequal/base/node';
import { PinholeWay, UpnpPinholes } from './pinhole-way.ts';
import { findRouters, findSides6, localAddresses } from './router.ts';
import type { Router, Side6 } from './router.ts';
import { RouterWay } from './router-way.ts';
import { findUpnpWay } from './upnp-way.ts';
import type { Way, WayPorts } from './way.ts';

/** Networks that this computer is in and that are searched for a router. */
const NETWORKS_MAX = 4;

/** Addresses of IPv6 at which peers may be let in: a lasting one, and those that are changed every day for privacy. */
const PINHOLES_MAX = 4;

/** All that can be found now, in the order in which they are to be tried. */
export type FindWays = (signal: AbortSignal) => AsyncIterable<Way>;

/** Of our addresses, those that may be sent from. */
export type MayUse = (local: string) => boolean;

/** Whoever has an address of the internet has no router that maps it. */
function isHome(host: string): boolean {
  return scopeOf(host) === 'around';
}

/** For IPv4: one is enough. From the plainest. `routers`: as found if absent. */
export function mappingWays(
  mayUse: MayUse,
  ports: WayPorts,
  routers?: readonly Router[],
): FindWays {
  return async function* find(signal) {
    for (const router of routers ?? (await findRouters())) {
      const { host, local } = router;
      if (isHome(host) && isHome(local) && mayUse(local)) yield new RouterWay(router, ports);
    }
    const locals = localAddresses().map(({ address }) => address);
    const usable = locals.filter((local) => isHome(local) && mayUse(local));
    for (const local of usable.slice(0, NETWORKS_MAX)) {
      const way = await search(local, ports, signal);
      if (way !== undefined) yield way;
    }
  };
}

async function search(
  local: string,
  ports: WayPorts,
  signal: AbortSignal,
): Promise<Way | undefined> {
  try {
    return await findUpnpWay(local, ports, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof LocalFault || error instanceof PeerFault) return undefined;
    throw error;
  }
}

/**
 * For IPv6: one for each address of the internet that we have, and the same one for the same address. Where the router
 * is not known, as on other systems than Linux, it is looked for by multicast alone.
 */
export function pinholeWays(
  mayUse: MayUse,
  ports: WayPorts,
  findThem: () => Promise<readonly Side6[]> = findSides6,
): FindWays {
  const known = new Map<string, Way>();
  return async function* find() {
    const sides = await findThem();
    const usable = sides.filter(({ local }) => scopeOf(local) === 'everyone' && mayUse(local));
    const before = new Map(known);
    known.clear();
    for (const side of usable.slice(0, PINHOLES_MAX)) {
      const key = `${side.router} ${side.local}`;
      known.set(key, before.get(key) ?? openPinholeWay(side, ports));
    }
    yield* known.values();
  };
}

function openPinholeWay({ router, local, zone }: Side6, ports: WayPorts): Way {
  const byUpnp = new UpnpPinholes({ local, zone }, ports);
  if (router === undefined) return byUpnp;
  return new PinholeWay(new RouterWay({ host: router, local }, ports), byUpnp);
}
