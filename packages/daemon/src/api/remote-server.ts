/** The server of API and page for other devices: a second one, by https or, if that is wished, without encryption. */
import { createServer as createPlainServer } from 'node:http';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { ApiParts } from './api-routes.ts';
import { networkOf, plainAddress } from './caller-address.ts';
import { listenAtFirst } from './listen.ts';
import type { ListenPlace } from './listen.ts';
import { assembleApp } from './server.ts';
import type { AppOptions, Doorway, ServerLimits } from './server.ts';

/** Where anyone of a network may knock. A TLS handshake has as long as headers have: who is slower holds a place. */
export const REMOTE_SERVER_LIMITS: ServerLimits = {
  requestMs: 30_000,
  headersMs: 10_000,
  idleMs: 60_000,
  checkMs: 2_000,
  connections: 128,
  closeMs: 1_000,
};
/** Of one IPv4 address or IPv6 /64: some devices behind one router, six connections each; others find a place. */
const CONNECTIONS_OF_NETWORK_MAX = 32;
/** How long browsers insist on https for a name. */
const HSTS_SECONDS = 30 * 86_400;

/** In PEM. */
export interface TlsPair {
  readonly key: string;
  readonly chain: string;
}

export interface RemoteDoor extends ListenPlace {
  /** Undefined: without encryption. */
  readonly tls: TlsPair | undefined;
  /** Of whom requests are taken. */
  admits(address: string): boolean;
  hosts(): ReadonlySet<string>;
  /** Whether browsers may be told to use https alone for this host, at whatever port. */
  isHttpsAlone(host: string): boolean;
}

export interface RemoteServer extends AsyncDisposable {
  readonly port: number;
  /** From the next connection on. */
  renew(pair: TlsPair): void;
}

/** Throws LocalFault `PAGE_LISTEN_FAILED` or `PAGE_PORT_TAKEN`. */
export async function openRemoteServer(
  door: RemoteDoor,
  options: AppOptions,
  parts: ApiParts,
): Promise<RemoteServer> {
  const limits = options.limits ?? REMOTE_SERVER_LIMITS;
  const sockets = new Set<Socket>();
  let tlsServer: TlsServer | undefined;
  const doorway: Doorway = {
    hosts: () => door.hosts(),
    scheme: door.tls === undefined ? 'http' : 'https',
    headersFor: (host) =>
      door.tls !== undefined && door.isHttpsAlone(host)
        ? { 'strict-transport-security': `max-age=${HSTS_SECONDS}` }
        : {},
    createServer: (serverOptions, listener) => {
      const server = createDoorServer(door, limits.headersMs, serverOptions, listener);
      if (door.tls !== undefined) tlsServer = server as TlsServer; // it was made so
      // before TLS: who may not come is not listened to
      server.prependListener('connection', (socket: Socket) => admitSocket(socket, door, sockets));
      return server;
    },
  };
  const { app } = await assembleApp(doorway, { ...options, limits }, parts);
  await using opened = new AsyncDisposableStack();
  opened.defer(() => close(app));
  const port = await listenAtFirst(door, (host, at) => bind(app, host, at), codeOf);
  opened.move(); // closed from now on by who owns the server
  return {
    port,
    renew: ({ key, chain }) => tlsServer?.setSecureContext({ ...TLS_OPTIONS, key, cert: chain }),
    async [Symbol.asyncDispose]() {
      // answers under way are finished; all else, handshakes and streams of events, is cut off
      const cutOff = setTimeout(
        () => sockets.forEach((socket) => socket.destroy()),
        limits.closeMs,
      );
      await close(app);
      clearTimeout(cutOff);
    },
  };
}

export const TLS_OPTIONS = { minVersion: 'TLSv1.2', honorCipherOrder: true } as const;

/** Node's, with or without TLS; whoever does not speak it is not answered. */
export function createDoorServer(
  { tls }: Pick<RemoteDoor, 'tls'>,
  handshakeMs: number,
  options: ServerOptions,
  listener: RequestListener,
): Server {
  if (tls === undefined) return createPlainServer(options, listener);
  const { key, chain } = tls;
  const secure = { ...options, ...TLS_OPTIONS, key, cert: chain, handshakeTimeout: handshakeMs };
  const server = createTlsServer(secure, listener);
  // what is no TLS, or takes too long to become it, is not answered
  server.prependListener('tlsClientError', (_error, socket) => socket.destroy());
  return server;
}

/** Closes it at once when its address may not come, or has come too often. */
export function admitSocket(
  socket: Socket,
  door: Pick<RemoteDoor, 'admits'>,
  sockets: Set<Socket>,
): void {
  const address = plainAddress(socket.remoteAddress ?? '');
  const network = networkOf(address);
  const own = [...sockets].filter((each) => networkOf(each.remoteAddress ?? '') === network);
  if (!door.admits(address) || own.length >= CONNECTIONS_OF_NETWORK_MAX) {
    socket.on('error', () => undefined); // it has gone, whatever becomes of it
    socket.destroy();
    return;
  }
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
}

/** A server of one's own making stays open when the library does not take it for one that listens. */
async function close(app: FastifyInstance): Promise<void> {
  await app.close();
  if (app.server.listening) app.server.close();
}

async function bind(app: FastifyInstance, host: string, port: number): Promise<number> {
  await app.listen({ host, port });
  const bound = app.server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}

function codeOf(errno: string | undefined): string {
  return errno === 'EADDRINUSE' ? 'PAGE_PORT_TAKEN' : 'PAGE_LISTEN_FAILED';
}
