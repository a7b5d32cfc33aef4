/** What an engine has open to the world: a TCP listener and a UDP socket on each address, all on one port. */
import { LocalFault } from '@coequal/base';
import type { Conn, Endpoint, Listener, Ports } from '@coequal/base';
import type { Transport } from './utp/dial-race.ts';
import { SharedUdp } from './utp/shared-udp.ts';

/** All of IPv6 and IPv4; all of IPv4 on a system that has no IPv6. The first that can be had is enough. */
const ANY_ADDRESSES: readonly string[] = ['::', '0.0.0.0'];

/** Any free port will do, but it must be free for UDP as well: so many are tried. */
const PORT_TRIES = 20;

export interface SocketsWanted {
  /** 0 takes any free one. `false`: nobody is let in. */
  readonly port: number | false;
  /** Undefined: all. */
  readonly addresses: readonly string[] | undefined;
  readonly transport: Transport;
  readonly usesDht: boolean;
}

export interface EngineSockets {
  /** Where peers can dial us. */
  readonly locals: readonly Endpoint[];
  /** Undefined when neither uTP nor the DHT is used. */
  readonly udp: SharedUdp | undefined;
}

/**
 * `resources` own them. Rejects with LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED` when no address can be
 * listened on, or a port that was asked for is taken.
 */
export async function openSockets(
  wanted: SocketsWanted,
  ports: Ports,
  onConn: (conn: Conn) => void,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<EngineSockets> {
  for (let tries = 1; ; tries++) {
    await using own = new AsyncDisposableStack();
    try {
      const sockets = await openOnce(wanted, ports, onConn, own, signal);
      resources.use(own.move());
      return sockets;
    } catch (error) {
      const isTaken = error instanceof LocalFault && error.code === 'ADDRESS_IN_USE';
      if (!isTaken || wanted.port !== 0 || tries >= PORT_TRIES) throw error;
    }
  }
}

async function openOnce(
  wanted: SocketsWanted,
  ports: Ports,
  onConn: (conn: Conn) => void,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<EngineSockets> {
  const { transport, usesDht, port } = wanted;
  const usesUtp = transport !== 'tcp';
  const listeners =
    transport === 'utp' || port === false
      ? []
      : await listen(port, wanted, ports, onConn, resources, signal);
  const tcp = listeners.map(({ local }) => local);
  if (!usesUtp && !usesDht) return { locals: tcp, udp: undefined };
  const at = tcp.length > 0 ? tcp : placesFor(wanted);
  const udp = resources.use(await SharedUdp.open({ at, usesUtp }, ports, signal));
  if (usesUtp && port !== false) udp.listen(onConn);
  const isDialable = tcp.length > 0 || (usesUtp && port !== false);
  return { locals: isDialable ? udp.sockets.map(({ local }) => local) : [], udp };
}

/** For UDP alone. */
function placesFor({ addresses, port }: SocketsWanted): readonly Endpoint[] {
  const hosts = addresses ?? ANY_ADDRESSES.slice(0, 1);
  return hosts.map((host) => ({ host, port: port === false ? 0 : port }));
}

/** One listener for each address given, all on one port. Those that the system has not are left out. */
async function listen(
  wantedPort: number,
  { addresses }: SocketsWanted,
  ports: Ports,
  onConn: (conn: Conn) => void,
  resources: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<readonly Listener[]> {
  const listeners: Listener[] = [];
  let problem: unknown;
  for (const host of addresses ?? ANY_ADDRESSES) {
    const port: number = listeners[0]?.local.port ?? wantedPort;
    try {
      listeners.push(resources.use(await ports.net.listen({ host, port }, onConn, signal)));
      if (addresses === undefined) break;
    } catch (error) {
      if (!(error instanceof LocalFault)) throw error;
      // a port that was asked for and is taken: listening on half of it would go unnoticed
      if (error.code === 'ADDRESS_IN_USE' && wantedPort === port && port !== 0) throw error;
      problem ??= error;
    }
  }
  if (listeners.length === 0 && problem !== undefined) throw problem;
  return listeners;
}
