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

/** One of our addresses of IPv6, and who is on that side. */
export interface Side6 {
  /** Undefined: there is one, but the system does not tell which. */
  readonly router: string | undefined;
  readonly local: string;
  /** As the system names the interface in an address. */
  readonly zone: string;
}

/** Each of our addresses of IPv6 on the side of a router; on systems other than Linux, each there is. */
export async function findSides6(): Promise<readonly Side6[]> {
  const gateways = await findGateways6();
  return Object.entries(networkInterfaces()).flatMap(([device, found = []]) => {
    const own = found.filter((each) => each.family === 'IPv6' && !each.internal);
    const scopeId = own.find(({ scopeid }) => scopeid !== 0)?.scopeid;
    const zone = process.platform === 'win32' ? String(scopeId ?? '') : device;
    const locals = own.filter(({ scopeid }) => scopeid === 0).map(({ address }) => address);
    const here = gateways?.filter((each) => each.device === device);
    const routers = here?.map(({ gateway }) =>
      gateway.startsWith('fe80:') ? `${gateway}%${device}` : gateway,
    ) ?? [undefined];
    return routers.flatMap((router) => locals.map((local) => ({ router, local, zone })));
  });
}

/** As Linux lists them; undefined on other systems. */
async function findGateways6(): Promise<ReturnType<typeof parseRouteTable6> | undefined> {
  try {
    return parseRouteTable6(await readFile('/proc/net/ipv6_route', 'latin1')).slice(0, ROUTERS_MAX);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** Gateways of default routes, each once. */
export function parseRouteTable6(
  table: string,
): readonly { readonly gateway: string; readonly device: string }[] {
  const found = new Map<string, { readonly gateway: string; readonly device: string }>();
  for (const line of table.split('\n')) {
    const [to, length, , , via = '', , , , flags = '', device = ''] = line.split(/\s+/);
    const isDefault = /^0{32}$/.test(to ?? '') && length === '00';
    if (!isDefault || (parseInt(flags, 16) & FLAG_GATEWAY) === 0 || !/^[0-9a-f]{32}$/.test(via))
      continue;
    const gateway = new URL(`http://[${via.match(/.{4}/g)?.join(':')}]`).hostname.slice(1, -1);
    found.set(`${gateway} ${device}`, { gateway, device });
  }
  return [...found.values()];
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
