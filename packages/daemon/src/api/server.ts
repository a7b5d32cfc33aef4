/** The HTTP server of API and page, on loopback. Each request passes the guard, then who calls, then the schema. */
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { LocalFault } from '@coequal/base';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errnoOf } from '../errno.ts';
import { addRoutes } from './api-routes.ts';
import type { ApiParts } from './api-routes.ts';
import { faultOfFramework, refusalOf, refuseBrokenRequest } from './api-faults.ts';
import { checkRequestHead } from './guard.ts';
import { servePage } from './page.ts';

/** How long and how many: constants of the server, which tests make small. */
export interface ServerLimits {
  /** From the first byte to the last of a request: who is slower than this on a loopback holds a place. */
  readonly requestMs: number;
  readonly headersMs: number;
  /** Between two requests. */
  readonly idleMs: number;
  /** How often the times are looked at. */
  readonly checkMs: number;
  readonly connections: number;
  /** What still runs when the server closes may take so long. */
  readonly closeMs: number;
}

export const SERVER_LIMITS: ServerLimits = {
  requestMs: 30_000,
  headersMs: 10_000,
  idleMs: 60_000,
  checkMs: 2_000,
  connections: 256,
  closeMs: 2_000,
};

/** What a route that says nothing else takes: settings, labels, paths. */
const BODY_LENGTH_MAX = 1_000_000;
/** A label of a hundred letters in percent-encoded UTF-8. */
const PARAM_LENGTH_MAX = 1_200;
/** An unread body that is longer is not waited for: the connection ends. */
const DRAINED_LENGTH_MAX = 25_000_000;
/** Between comments in a stream of events. */
const EVENTS_ALIVE_MS = 15_000;

export interface AppOptions {
  /** The built page; without it the API is served alone. */
  readonly pageDirectory: string | undefined;
  readonly version: string;
  readonly limits?: ServerLimits;
}

export interface ApiOptions extends AppOptions {
  /** Any free one if it is taken, or 0. */
  readonly port: number;
}

/** Where requests come in. */
export interface Doorway {
  /** What the Host header may be. */
  hosts(): ReadonlySet<string>;
  /** Of its page, when it has one alone. */
  readonly scheme?: 'http' | 'https';
  /** More headers of each answer to who asked for this host. */
  headersFor?(host: string): Readonly<Record<string, string>>;
  /** Node's plain one if absent. */
  readonly createServer?: (options: ServerOptions, listener: RequestListener) => Server;
}

export interface App {
  readonly app: FastifyInstance;
  /** Method and path of each route but the page's files, as the document of the API has them. */
  readonly routes: readonly string[];
}

export interface ApiServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Method and path of each route but the page's files, as the document of the API has them. */
  readonly routes: readonly string[];
}

export async function openApiServer(options: ApiOptions, parts: ApiParts): Promise<ApiServer> {
  const hosts = new Set<string>();
  const { app, routes } = await assembleApp({ hosts: () => hosts }, options, parts);
  const port = await listenSomewhere(app, options.port);
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) hosts.add(`${name}:${port}`);
  const stopBeating = keepAlive(parts);
  return {
    url: `http://127.0.0.1:${port}`,
    routes,
    async [Symbol.asyncDispose]() {
      stopBeating();
      parts.hub.close();
      // answers under way are finished; who takes too long is cut off
      const { closeMs } = options.limits ?? SERVER_LIMITS;
      const cutOff = setTimeout(() => app.server.closeAllConnections(), closeMs);
      await app.close();
      clearTimeout(cutOff);
    },
  };
}

/** All that answers requests; nothing listens yet. */
export async function assembleApp(
  door: Doorway,
  options: AppOptions,
  parts: ApiParts,
): Promise<App> {
  const setHeaders = (request: FastifyRequest, reply: FastifyReply): void => {
    setSafeHeaders(request, reply);
    void reply.headers(door.headersFor?.(request.headers.host ?? '') ?? {});
  };
  const app = createApp(door, options.limits ?? SERVER_LIMITS, (error, request, reply) => {
    setHeaders(request, reply);
    void refuse(error, request, reply, parts);
  });
  app.addHook('onRequest', async (request, reply) => {
    setHeaders(request, reply);
    checkRequestHead(request, door.hosts(), isData(request), door.scheme);
  });
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, parts));
  app.setNotFoundHandler((request, reply) => {
    const error = new LocalFault('NO_SUCH_ROUTE', { path: request.url.slice(0, 200) });
    return refuse(error, request, reply, parts);
  });
  const routes: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    routes.push(`${String(method)} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  });
  addRoutes(app, options.version, parts);
  const known = [...routes];
  parts.addInterfaces(app);
  await servePage(app, options.pageDirectory);
  return { app, routes: known };
}

function createApp(
  { createServer }: Doorway,
  limits: ServerLimits,
  onRefused: (error: Error, request: FastifyRequest, reply: FastifyReply) => void,
): FastifyInstance {
  const http = { headersTimeout: limits.headersMs, connectionsCheckingInterval: limits.checkMs };
  const times = { requestTimeout: limits.requestMs, keepAliveTimeout: limits.idleMs };
  const app = fastify({
    bodyLimit: BODY_LENGTH_MAX,
    ...times,
    forceCloseConnections: 'idle',
    logger: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    // requests are checked by request-reader.ts; else two compilers of schemas are loaded that nobody calls
    schemaController: {
      compilersFactory: { buildValidator: noCompiler, buildSerializer: noCompiler },
    },
    frameworkErrors: onRefused,
    clientErrorHandler: refuseBrokenRequest,
    http,
    ...(createServer !== undefined && {
      serverFactory: (listener: RequestListener) => createServer({ ...http, ...times }, listener),
    }),
  });
  app.server.maxConnections = limits.connections;
  // a form of a foreign page may be plain text; nobody else sends it
  app.removeContentTypeParser('text/plain');
  return app;
}

function noCompiler(): never {
  throw new Error('a route has a schema for the framework');
}

/** A link on another site may lead to the page, and to nothing that answers with data. */
function isData({ routeOptions }: FastifyRequest): boolean {
  const { url = '' } = routeOptions;
  return url.startsWith('/api/') || url === '/metrics';
}

function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  parts: ApiParts,
): FastifyReply {
  const { status, explanation } = refusalOf(faultOfFramework(error));
  if (status === 500) parts.onBug(error);
  if (status === 429) void reply.header('retry-after', '60');
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
  if (encoding !== undefined || Number(length) > DRAINED_LENGTH_MAX)
    void reply.header('connection', 'close');
  return reply.status(status).send({ error: explanation });
}

function setSafeHeaders(request: FastifyRequest, reply: FastifyReply): void {
  void reply.headers({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': CONTENT_SECURITY_POLICY,
    ...(!request.url.startsWith('/assets/') && { 'cache-control': 'no-store' }),
  });
}

/** Everything from here, and nothing inline. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

function keepAlive({ clock, hub }: ApiParts): () => void {
  let cancel = clock.at(clock.now() + EVENTS_ALIVE_MS, beat);
  function beat(): void {
    hub.keepAlive();
    cancel = clock.at(clock.now() + EVENTS_ALIVE_MS, beat);
  }
  return () => cancel();
}

/** On the port that is asked for, or any. */
async function listenSomewhere(app: FastifyInstance, port: number): Promise<number> {
  try {
    await app.listen({ host: '127.0.0.1', port });
  } catch (error) {
    const isTaken = errnoOf(error) === 'EADDRINUSE';
    if (!isTaken || port === 0) throw error;
    await app.listen({ host: '127.0.0.1', port: 0 });
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new LocalFault('LISTEN_FAILED');
  return address.port;
}
