/** How far this peer may reach: `--offline` keeps it on this computer, `--lan-only` in private networks. */
import { isIP } from 'node:net';
import { LocalFault } from '@coequal/base';
import type { Endpoint, Net, Ports } from '@coequal/base';
import { openHttp, openPorts, scopeOf } from '@coequal/base/node';
import type { PortsOptions } from '@coequal/base/node';

export type Reach = 'anywhere' | 'private' | 'loopback';

/** Addresses to listen on when only this computer may come. */
const LOOPBACK_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];

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
  if (isIP(host) === 0) return false;
  const scope = scopeOf(host);
  return scope === 'computer' || (reach === 'private' && scope === 'around');
}

/** A Net that neither dials, hears nor answers what is beyond `reach`. */
export function netWithin(net: Net, reach: Exclude<Reach, 'anywhere'>): Net {
  const admits = ({ host }: Endpoint): boolean => isWithin(host, reach);
  return {
    async dial(to, signal) {
      if (!admits(to)) throw outside(to.host);
      return await net.dial(to, signal);
    },
    listen: (at, onConn, signal) =>
      net.listen(at, (conn) => (admits(conn.remote) ? onConn(conn) : conn.close()), signal),
    async udp(at, onDatagrams, signal) {
      const { group, via } = at;
      // what is sent to a group stays in the local network; offline, not even there
      const isFar = reach === 'loopback' && (via === undefined || !isWithin(via, reach));
      if (group !== undefined && isFar) throw outside(group);
      const socket = await net.udp(
        at,
        (batch) => onDatagrams(batch.filter(({ from }) => admits(from))),
        signal,
      );
      return {
        local: socket.local,
        send: (bytes, to) => void ((admits(to) || to.host === group) && socket.send(bytes, to)),
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
