/**
 * One UDP socket beside each TCP listener, on the same port: for the DHT and uTP, which BEP 29 tells apart
 * by their first byte. One at any address is one at each, so that both answer from where they were asked.
 */
import { LocalFault } from '@coequal/base';
import type { Conn, Datagram, Endpoint, Ports, UdpSocket } from '@coequal/base';
import { isKrpc } from '../../core/dht/krpc.ts';
import { UtpHost } from './utp-host.ts';

type UdpPorts = Pick<Ports, 'clock' | 'random' | 'net'>;

export interface SharedUdpOptions {
  readonly at: readonly Endpoint[];
  readonly usesUtp: boolean;
}

export class SharedUdp implements AsyncDisposable {
  readonly sockets: readonly UdpSocket[];
  /** One for each socket; none without uTP. */
  readonly #hosts: readonly UtpHost[];
  readonly #resources: AsyncDisposableStack;
  /** Gets what belongs to the DHT, and where it came to. */
  onKrpc: ((datagram: Datagram, local: Endpoint) => void) | undefined;

  private constructor(
    sockets: readonly UdpSocket[],
    hosts: readonly UtpHost[],
    resources: AsyncDisposableStack,
  ) {
    this.sockets = sockets;
    this.#hosts = hosts;
    this.#resources = resources;
  }

  /** Rejects with a LocalFault `ADDRESS_IN_USE` or `LISTEN_FAILED`, or the signal's reason. */
  static async open(
    { at, usesUtp }: SharedUdpOptions,
    ports: UdpPorts,
    signal: AbortSignal,
  ): Promise<SharedUdp> {
    await using resources = new AsyncDisposableStack();
    const sockets: UdpSocket[] = [];
    const hosts: UtpHost[] = [];
    const opened: { udp: SharedUdp | undefined } = { udp: undefined };
    for (const place of at) {
      let host: UtpHost | undefined;
      const onDatagrams = (batch: readonly Datagram[]): void => {
        for (const datagram of batch) {
          if (isKrpc(datagram.bytes)) opened.udp?.onKrpc?.(datagram, socket.local);
          else host?.receive(datagram);
        }
      };
      const each = { ...place, isEachAddress: true };
      const socket = resources.use(await ports.net.udp(each, onDatagrams, signal));
      sockets.push(socket);
      if (!usesUtp) continue;
      host = resources.use(new UtpHost(socket, ports)); // ends before its socket does
      hosts.push(host);
    }
    opened.udp = new SharedUdp(sockets, hosts, resources.move());
    return opened.udp;
  }

  /** UDP port of the first socket. */
  get port(): number | undefined {
    return this.sockets[0]?.local.port;
  }

  /** Connections over uTP that come in. */
  listen(onConn: (conn: Conn) => void): void {
    for (const host of this.#hosts) host.onConn = onConn;
  }

  /** Over uTP. Rejects with a LocalFault `DIAL_FAILED`, with the problem of its sockets, or the signal's reason. */
  async dial(to: Endpoint, signal: AbortSignal): Promise<Conn> {
    const able = this.#hosts.filter((each) => each.canReach(to));
    const host = able.find(({ isWorking }) => isWorking) ?? able[0];
    if (host === undefined) throw new LocalFault('DIAL_FAILED', { ...to, reason: 'no uTP to it' });
    return await host.dial(to, signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }
}
