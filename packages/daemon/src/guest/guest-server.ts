/**
 * The listener for guests, which is there only as long as a link is. It is Node's own server, and not the framework's:
 * it has four kinds of answers, of which two are files of any length, and times that the framework does not know. No
 * route of the API can come to be on it by mistake.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { listenAtFirst } from '../api/listen.ts';
import { TLS_OPTIONS, admitSocket, createDoorServer } from '../api/remote-server.ts';
import type { TlsPair } from '../api/remote-server.ts';

export interface GuestLimits {
  /** From the first byte of a request to the end of its headers; a TLS handshake has as long. */
  readonly headersMs: number;
  /** Between two requests. */
  readonly idleMs: number;
  /** How often the times are looked at. */
  readonly checkMs: number;
  readonly connections: number;
  /** 256 KiB must be taken in it by who downloads, 64 KiB must come from who uploads: 4 and 1 KiB a second. */
  readonly stallMs: number;
}

/** As many guests as a computer at home can serve; whoever is slower than a bad phone network gives up the place. */
export const GUEST_LIMITS: GuestLimits = {
  headersMs: 10_000,
  idleMs: 15_000,
  checkMs: 2_000,
  connections: 128,
  stallMs: 60_000,
};

export interface GuestDoor {
  readonly tls: TlsPair | undefined;
  /** Undefined: all addresses of this computer. */
  readonly addresses: readonly string[] | undefined;
  /** Tried one after the other; 0 is any. */
  readonly ports: readonly number[];
  admits(address: string): boolean;
}

export type GuestListener = (
  request: IncomingMessage,
  response: ServerResponse,
  /** The guest waits to be told that the body is welcome. */
  isWaiting: boolean,
) => void;

export interface GuestServer extends AsyncDisposable {
  readonly port: number;
  /** From the next connection on. */
  renew(pair: TlsPair): void;
}

/** Throws LocalFault `GUEST_LISTEN_FAILED`. */
export async function openGuestServer(
  door: GuestDoor,
  listener: GuestListener,
  limits: GuestLimits,
): Promise<GuestServer> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  await using opened = new AsyncDisposableStack();
  opened.defer(async () => {
    const closed = servers.map(closeServer);
    for (const socket of sockets) socket.destroy(); // a guest can go on later
    await Promise.all(closed);
  });
  const create = (): Server => {
    const server = createServer(door, listener, limits, sockets);
    servers.push(server);
    return server;
  };
  let port: number | undefined;
  for (const address of door.addresses ?? [undefined])
    port = await listenAtFirst(
      { address, ports: port === undefined ? door.ports : [port] },
      (host, at) => listening(create(), host, at),
      () => 'GUEST_LISTEN_FAILED',
    );
  const owned = opened.move();
  return {
    port: port ?? 0,
    renew({ key, chain }) {
      for (const server of servers)
        (server as TlsServer).setSecureContext({ ...TLS_OPTIONS, key, cert: chain });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function createServer(
  door: GuestDoor,
  listener: GuestListener,
  limits: GuestLimits,
  sockets: Set<Socket>,
): Server {
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: 0, // a file may take hours; whoever stalls is found by who reads or writes it
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
  };
  const server = createDoorServer(door, limits.headersMs, options, (request, response) =>
    listener(request, response, false),
  );
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) =>
    listener(request, response, true),
  );
  server.maxConnections = limits.connections;
  server.prependListener('connection', (socket: Socket) => admitSocket(socket, door, sockets));
  return server;
}

async function listening(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ host, port }, resolve);
  await promise;
  server.off('error', reject);
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
}
