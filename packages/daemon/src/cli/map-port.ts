/** Asks routers to let peers in, while a transfer runs, and tells the engine and the person how that goes. */
import type { Engine } from '@coequal/bittorrent';
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import type { PortsWithin } from '../reach.ts';
import type { Shell } from './shell.ts';
import type { NetworkOptions } from './transfer.ts';

/** Undefined when no router is to be asked. */
export async function openPortMapping(
  network: NetworkOptions,
  engine: Pick<Engine, 'port' | 'setExternalPort'>,
  ports: PortsWithin,
  shell: Shell,
): Promise<AsyncDisposable | undefined> {
  const { port } = engine;
  // a router is asked to let in the internet: nobody within a narrower reach wants that
  if (!network.portMapping || network.reach !== 'anywhere' || port === undefined) return undefined;
  const { PortMapper } = await import('../port-mapping/port-mapper.ts');
  const { mappingWays, pinholeWays } = await import('../port-mapping/ways.ts');
  const mayUse = (local: string): boolean =>
    ports.binding === undefined || ports.binding.isThere(local);
  const told = new Map<4 | 6, string>();
  const open = (family: 4 | 6): AsyncDisposable =>
    new PortMapper(
      {
        port,
        protocols: network.transport === 'utp' ? ['udp'] : ['tcp', 'udp'],
        ways: family === 4 ? mappingWays(mayUse, ports) : pinholeWays(mayUse, ports),
        takesAll: family === 6,
        onStatus(status) {
          engine.setExternalPort(family, externalPortOf(status));
          const text = statusText(status, port, family);
          if (text === undefined || text === told.get(family)) return; // renewed: no news
          told.set(family, text);
          shell.note(text);
          shell.emit({ event: 'port-mapping', ...status, text });
        },
      },
      ports,
      (bug) =>
        queueMicrotask(() => {
          throw bug; // as any other
        }),
    );
  const mappers = [open(4), open(6)];
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(mappers.map((mapper) => mapper[Symbol.asyncDispose]()));
    },
  };
}

/** Where most dial: over TCP, if that is used. */
function externalPortOf(status: MappingStatus): number | undefined {
  return status.type === 'mapped' ? status.mappings[0]?.externalPort : undefined;
}

/** Undefined: nothing worth saying. Routers of IPv6 that do as they are asked are few. */
function statusText(status: MappingStatus, port: number, family: 4 | 6): string | undefined {
  if (status.type === 'mapped') {
    const { way, router, mappings } = status;
    const given = mappings.map(({ externalPort }) => externalPort);
    const over = family === 6 ? ', over IPv6' : '';
    if (given.every((each) => each === port))
      return `The router ${router} lets peers in at port ${port} (${way}${over}).`;
    const others = [...new Set(given)];
    const told = others.length > 1 ? `; others are told ${others[0]}` : '';
    return `The router ${router} lets peers in at port ${others.join(' and ')} instead of ${port} (${way}${over})${told}.`;
  }
  if (family === 6) return undefined;
  const why =
    status.reason === 'silent' ? 'no router answered' : `the router ${status.router} refuses it`;
  return `Peers may not be able to connect to this computer: ${why}. It fetches and gives all the same.`;
}
