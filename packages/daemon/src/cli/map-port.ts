/** Asks the router to let peers in, while a transfer runs, and tells how that goes. */
import type { MappingStatus } from '../port-mapping/port-mapper.ts';
import type { PortsWithin } from '../reach.ts';
import type { Shell } from './shell.ts';
import type { NetworkOptions } from './transfer.ts';

/** Undefined when no router is to be asked. */
export async function openPortMapping(
  network: NetworkOptions,
  port: number | undefined,
  ports: PortsWithin,
  shell: Shell,
): Promise<AsyncDisposable | undefined> {
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

function statusText(status: MappingStatus, port: number): string {
  if (status.type === 'mapped') {
    const { way, router, mappings } = status;
    const other = mappings.find(({ externalPort }) => externalPort !== port);
    if (other === undefined) return `The router ${router} lets peers in at port ${port} (${way}).`;
    return (
      `The router ${router} lets peers in at port ${other.externalPort} instead of ${port} (${way}); ` +
      'trackers are told the latter: choose a port with --listen that is free there.'
    );
  }
  const why =
    status.reason === 'silent' ? 'no router answered' : `the router ${status.router} refuses it`;
  return `Peers may not be able to connect to this computer: ${why}. It fetches and gives all the same.`;
}
