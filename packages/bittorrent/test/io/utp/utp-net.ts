/** A Net whose connections are uTP: each listener has its socket, and all dials of a family share one. */
import type { Conn, Endpoint, Listener, Net, Ports } from '@coequal/base';
import { addressFamily } from '../../../src/core/compact-peers.ts';
import { UtpHost } from '../../../src/io/utp/utp-host.ts';

const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

export interface UtpNet extends Net, AsyncDisposable {
  /** Of all listeners and dials there were. */
  readonly hosts: readonly UtpHost[];
}

export function openUtpNet(
  ports: Pick<Ports, 'clock' | 'random' | 'net'>,
  dialFrom: Readonly<Record<4 | 6, string>> = LOOPBACK,
): UtpNet {
  const resources = new AsyncDisposableStack();
  const hosts: UtpHost[] = [];
  const open = async (
    at: Endpoint,
    signal: AbortSignal,
  ): Promise<{ host: UtpHost; local: Endpoint; close: () => Promise<void> }> => {
    const receiver: { host: UtpHost | undefined } = { host: undefined };
    const socket = await ports.net.udp(
      at,
      (batch) => {
        for (const datagram of batch) receiver.host?.receive(datagram);
      },
      signal,
    );
    const host = new UtpHost(socket, ports);
    receiver.host = host;
    hosts.push(host);
    const close = async (): Promise<void> => {
      await host[Symbol.asyncDispose]();
      await socket[Symbol.asyncDispose]();
    };
    return { host, local: socket.local, close };
  };
  const dialers = new Map<4 | 6, ReturnType<typeof open>>();
  return {
    hosts,
    async dial(to: Endpoint, signal: AbortSignal): Promise<Conn> {
      signal.throwIfAborted();
      const family = addressFamily(to.host) ?? 4;
      let dialer = dialers.get(family);
      if (dialer === undefined) {
        dialer = open({ host: dialFrom[family], port: 0 }, new AbortController().signal);
        dialers.set(family, dialer);
      }
      return (await dialer).host.dial(to, signal);
    },
    async listen(
      at: Endpoint,
      onConn: (conn: Conn) => void,
      signal: AbortSignal,
    ): Promise<Listener> {
      const { host, local, close } = await open(at, signal);
      host.onConn = onConn;
      resources.defer(close);
      return {
        local,
        async [Symbol.asyncDispose]() {
          host.onConn = undefined;
          if (host.size === 0) await close();
        },
      };
    },
    udp: (at, onDatagrams, signal) => ports.net.udp(at, onDatagrams, signal),
    resolve: (host, signal) => ports.net.resolve(host, signal),
    async [Symbol.asyncDispose]() {
      for (const dialer of dialers.values()) await (await dialer).close();
      await resources.disposeAsync();
    },
  };
}
