/** Asks the router to let peers in, while a transfer runs, and tells the engine and the person how that goes. */
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
  let told = '';
  return new PortMapper(
    {
      port,
      protocols: network.transport === 'utp' ? ['udp'] : ['tcp', 'udp'],
      mayUse: (local) => ports.binding === undefined || ports.binding.isThere(local),
      onStatus(status) {
        engine.setExternalPort(4, externalPortOf(status));
        const text = statusText(status, port);
        if (text === told) return; // renewed: no news
        told = text;
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
}

/** Where most dial: over TCP, if that is used. */
function externalPortOf(status: MappingStatus): number | undefined {
  return status.type === 'mapped' ? status.mappings[0]?.externalPort : undefined;
}

function statusText(status: MappingStatus, port: number): string {
  if (status.type === 'mapped') {
    const { way, router, mappings } = status;
    const given = mappings.map(({ externalPort }) => externalPort);
    if (given.every((each) => each === port))
      return `The router ${router} lets peers in at port ${port} (${way}).`;
    const others = [...new Set(given)];
    const told = others.length > 1 ? `; others are told ${others[0]}` : '';
    return `The router ${router} lets peers in at port ${others.join(' and ')} instead of ${port} (${way})${told}.`;
  }
  const why =
    status.reason === 'silent' ? 'no router answered' : `the router ${status.router} refuses it`;
  return `Peers may not be able to connect to this computer: ${why}. It fetches and gives all the same.`;
}
