/** Asks routers to let peers in, while a transfer runs, and tells the engine and the person how that goes. */
import type { Engine } from '@coequal/bittorrent';
import type { EngineMapping, MappedFamily } from '../port-mapping/engine-mapping.ts';
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
): Promise<EngineMapping | undefined> {
  const { port } = engine;
  // a router is asked to let in the internet: nobody within a narrower reach wants that
  if (!network.portMapping || network.reach !== 'anywhere' || port === undefined) return undefined;
  const { openEngineMapping } = await import('../port-mapping/engine-mapping.ts');
  const told = new Map<MappedFamily, string>();
  const { transport } = network;
  return openEngineMapping(engine, { port, transport }, ports, (family, status) => {
    const text = statusText(status, port, family);
    if (text === undefined || text === told.get(family)) return; // renewed: no news
    told.set(family, text);
    shell.note(text);
    shell.emit({ event: 'port-mapping', ...status, text });
  });
}

/** Undefined: nothing worth saying. Routers of IPv6 that do as they are asked are few. */
function statusText(status: MappingStatus, port: number, family: MappedFamily): string | undefined {
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
