/** How far this peer may reach: `--offline` keeps it on this computer, `--lan-only` in private networks. */
import { BlockList, isIP } from 'node:net';
import { LocalFault } from '@coequal/base';
import type { Endpoint, Net, Ports } from '@coequal/base';
import { openHttp, openPorts } from '@coequal/base/node';
import type { PortsOptions } from '@coequal/base/node';

export type Reach = 'anywhere' | 'private' | 'loopback';

/** Addresses to listen on when only this computer may come. */
const LOOPBACK_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];

const LOOPBACK_RANGES = [
  ['127.0.0.0', 8, 'ipv4'],
  ['::1', 128, 'ipv6'],
] as const;

/** RFC 1918, RFC 3927, RFC 6598; RFC 4193 and RFC 4291. */
const PRIVATE_RANGES = [
  ...LOOPBACK_RANGES,
  ['10.0.0.0', 8, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
] as const;

/** The real ports, held to `reach`. */
export function openPortsWithin(
  reach: Reach,
  options: Pick<PortsOptions, 'startsHasher'> = {},
): Ports & AsyncDisposable {
  const ports = openPorts(options);
  if (reach === 'anywhere') return ports;
  const net = netWithin(ports.net, reach);
  return {
    ...ports,
    net,
    http: openHttp({ resolve: (host, signal) => net.resolve(host, signal) }),
  };
}

/** Undefined: all addresses. */
export function listenAddresses(reach: Reach): readonly string[] | undefined {
  return reach === 'loopback' ? LOOPBACK_ADDRESSES : undefined;
}

/** Whether an address literal is within reach. */
export function isWithin(host: string, reach: Reach): boolean {
  if (reach === 'anywhere') return true;
  const family = isIP(host);
  return family !== 0 && ranges(reach).check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function ranges(reach: Exclude<Reach, 'anywhere'>): BlockList {
  const list = new BlockList();
  const wanted = reach === 'loopback' ? LOOPBACK_RANGES : PRIVATE_RANGES;
  for (const [network, prefix, family] of wanted) list.addSubnet(network, prefix, family);
  return list;
}

/** A Net that neither dials, hears nor answers what is beyond `reach`. */
export function netWithin(net: Net, reach: Exclude<Reach, 'anywhere'>): Net {
  const list = ranges(reach);
  const admits = ({ host }: Endpoint): boolean => {
    return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
  };
  return {
    async dial(to, signal) {
      if (!admits(to)) throw outside(to.host);
      return await net.dial(to, signal);
    },
    listen: (at, onConn, signal) =>
      net.listen(at, (conn) => (admits(conn.remote) ? onConn(conn) : conn.close()), signal),
    async udp(at, onDatagrams, signal) {
      const socket = await net.udp(
        at,
        (batch) => onDatagrams(batch.filter(({ from }) => admits(from))),
        signal,
      );
      return {
        local: socket.local,
        send: (bytes, to) => void (admits(to) && socket.send(bytes, to)),
        [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
      };
    },
    async resolve(host, signal) {
      // offline, not even a name server is asked
      const isNamed = isIP(host) === 0 && host !== 'localhost';
      if (reach === 'loopback' && isNamed) throw outside(host);
      const found = await net.resolve(host, signal);
      const within = found.filter((address) => admits({ host: address, port: 0 }));
      if (within.length === 0) throw outside(host);
      return within;
    },
  };
}

function outside(host: string): LocalFault {
  return new LocalFault('OUTSIDE_REACH', { host });
}
