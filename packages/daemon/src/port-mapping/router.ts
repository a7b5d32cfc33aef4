/** Which router this computer sends through, and which of our addresses it sees. */
import { readFile } from 'node:fs/promises';
import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

export interface Router {
  readonly host: string;
  /** Our own address in its network. */
  readonly local: string;
}

/** A computer has a few. */
const ROUTERS_MAX = 4;

const FLAG_GATEWAY = 2;

/**
 * Routers of IPv4, as Linux lists them (proc_net_route); other systems tell nobody but their own tools, and there
 * a router is found by multicast alone.
 */
export async function findRouters(): Promise<readonly Router[]> {
  try {
    const table = await readFile('/proc/net/route', 'latin1');
    const hosts = new Set(parseRouteTable(table));
    return [...hosts].slice(0, ROUTERS_MAX).flatMap((host) => {
      const local = localAddresses().find((each) => each.network.check(host))?.address;
      return local === undefined ? [] : [{ host, local }];
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

/** Gateways of default routes. */
export function parseRouteTable(table: string): readonly string[] {
  return table.split('\n').flatMap((line) => {
    const [, destination, gateway = '', flags = ''] = line.split('\t');
    const isDefault = destination === '00000000' && (parseInt(flags, 16) & FLAG_GATEWAY) !== 0;
    if (!isDefault || !/^[0-9A-F]{8}$/i.test(gateway)) return [];
    const bytes = gateway.match(/../g)?.toReversed() ?? []; // as little-endian machines have it
    return [bytes.map((byte) => parseInt(byte, 16)).join('.')];
  });
}

interface LocalAddress {
  readonly address: string;
  readonly network: BlockList;
}

/** Of IPv4, beyond this computer. */
export function localAddresses(): readonly LocalAddress[] {
  return Object.values(networkInterfaces()).flatMap((found = []) =>
    found.flatMap(({ address, cidr, internal }) => {
      if (internal || !isIPv4(address) || cidr === null) return [];
      const network = new BlockList();
      network.addSubnet(address, Number(cidr.split('/')[1]), 'ipv4');
      return [{ address, network }];
    }),
  );
}
