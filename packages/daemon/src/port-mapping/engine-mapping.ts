/** Has routers let peers in to an engine, over IPv4 and IPv6, and tells the engine at which port they do. */
import type { Engine, Transport } from '@coequal/bittorrent';
import type { PortsWithin } from '../reach.ts';
import { PortMapper } from './port-mapper.ts';
import type { MappingStatus } from './port-mapper.ts';
import { mappingWays, pinholeWays } from './ways.ts';

export type MappedFamily = 4 | 6;

export interface EngineMapping extends AsyncDisposable {
  /** To be called when this computer has got an address. */
  networkChanged(): void;
}

/** As long as it is not disposed of. `onStatus` is told each time a router was asked, also when nothing changed. */
export function openEngineMapping(
  engine: Pick<Engine, 'setExternalPort'>,
  { port, transport }: { readonly port: number; readonly transport: Transport },
  ports: PortsWithin,
  onStatus: (family: MappedFamily, status: MappingStatus) => void,
): EngineMapping {
  const mayUse = (local: string): boolean =>
    ports.binding === undefined || ports.binding.isThere(local);
  const open = (family: MappedFamily): PortMapper =>
    new PortMapper(
      {
        port,
        protocols: transport === 'utp' ? ['udp'] : ['tcp', 'udp'],
        ways: family === 4 ? mappingWays(mayUse, ports) : pinholeWays(mayUse, ports),
        takesAll: family === 6,
        onStatus(status) {
          engine.setExternalPort(family, externalPortOf(status));
          onStatus(family, status);
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
    networkChanged() {
      for (const mapper of mappers) mapper.networkChanged();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(mappers.map((mapper) => mapper[Symbol.asyncDispose]()));
    },
  };
}

/** Where most dial: over TCP, if that is used. */
function externalPortOf(status: MappingStatus): number | undefined {
  return status.type === 'mapped' ? status.mappings[0]?.externalPort : undefined;
}
