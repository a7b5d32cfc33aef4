/** How far this peer may reach: `--offline` keeps it on this computer, `--lan-only` in private networks. */
import { getServers } from 'node:dns';
import { isIP } from 'node:net';
import { LocalFault } from '@coequal/base';
import type { Endpoint, Net, Ports } from '@coequal/base';
import { openHttp, openPorts, scopeOf } from '@coequal/base/node';
import type { PortsOptions } from '@coequal/base/node';
import { Binding, findBindHosts, httpBoundTo, netBoundTo } from './bind.ts';
import { loadSocketCalls } from './system-calls.ts';

export type Reach = 'anywhere' | 'private' | 'loopback';

/** Addresses to listen on when only this computer may come. */
const LOOPBACK_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];

export interface PortsWithin extends Ports, AsyncDisposable {
  /** Undefined: everything may leave from any address. */
  readonly binding: Binding | undefined;
}

interface PortsWithinOptions extends Pick<PortsOptions, 'startsHasher' | 'hasher'> {
  /** The address, or the interface, that everything is to leave from. */
  readonly bind?: string | undefined;
}

/** The real ports, held to `reach`. Throws LocalFault `BIND_NOT_HERE` or `OUTSIDE_REACH`. */
export function openPortsWithin(
  reach: Reach,
  { bind, ...options }: PortsWithinOptions = {},
): PortsWithin {
  const bindHosts = bind === undefined ? undefined : bindHostsWithin(bind, reach);
  const ports = openPorts({ ...options, bindHosts, loadSocketCalls });
  const binding = bindHosts && new Binding(bindHosts, ports.clock);
  const boundNet = binding === undefined ? ports.net : netBoundTo(ports.net, binding);
  const net = reach === 'anywhere' ? boundNet : netWithin(boundNet, reach);
  const http =
    reach === 'anywhere'
      ? ports.http
      : openHttp({ bindHosts, resolve: (host, signal) => net.resolve(host, signal) });
  return {
    ...ports,
    net,
    http: binding === undefined ? http : httpBoundTo(http, binding),
    binding,
    async [Symbol.asyncDispose]() {
      binding?.[Symbol.dispose]();
      await ports[Symbol.asyncDispose]();
    },
  };
}

function bindHostsWithin(bind: string, reach: Reach): readonly string[] {
  const hosts = findBindHosts(bind);
  const outer = hosts.find((host) => !isWithin(host, reach));
  if (outer !== undefined) throw outside(outer);
  return hosts;
}

/** Undefined: all addresses. */
export function listenAddresses(
  reach: Reach,
  binding: Binding | undefined,
): readonly string[] | undefined {
  if (binding !== undefined) return binding.hosts;
  return reach === 'loopback' ? LOOPBACK_ADDRESSES : undefined;
}

/** Whether an address literal is within reach. */
export function isWithin(host: string, reach: Reach): boolean {
  if (reach === 'anywhere') return true;
  if (isIP(host) === 0) return false;
  const scope = scopeOf(host);
  return scope === 'computer' || (reach === 'private' && scope === 'around');
}

/** Hosts of which it is remembered whether they are within: uTP asks for each datagram, and looking takes longer than it. */
const ANSWERS_MAX = 1_024;

/** A Net that neither dials, hears nor answers what is beyond `reach`. */
export function netWithin(net: Net, reach: Exclude<Reach, 'anywhere'>): Net {
  const answers = new Map<string, boolean>();
  const admits = ({ host }: Endpoint): boolean => {
    const known = answers.get(host);
    if (known !== undefined) return known;
    if (answers.size >= ANSWERS_MAX) answers.clear();
    const answer = isWithin(host, reach);
    answers.set(host, answer);
    return answer;
  };
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
        get problem() {
          return socket.problem;
        },
        send(bytes, to, own) {
          if (admits(to) || to.host === group) socket.send(bytes, to, own);
        },
        [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
      };
    },
    async resolve(host, signal) {
      const isNamed = isIP(host) === 0 && host !== 'localhost';
      if (isNamed && !mayLookUp(reach)) throw outside(host);
      const found = await net.resolve(host, signal);
      const within = found.filter((address) => admits({ host: address, port: 0 }));
      if (within.length === 0) throw outside(host);
      return within;
    },
  };
}

/** Offline no name server is asked, not even one here; otherwise only where all are within reach. */
function mayLookUp(reach: Exclude<Reach, 'anywhere'>): boolean {
  if (reach === 'loopback') return false;
  return getServers().every((server) => {
    const [, bracketed] = /^\[(.+)\]/.exec(server) ?? [];
    const host = bracketed ?? (isIP(server) === 0 ? server.replace(/:\d+$/, '') : server);
    return isWithin(host.replace(/%.*$/, ''), reach);
  });
}

function outside(host: string): LocalFault {
  return new LocalFault('OUTSIDE_REACH', { host });
}
