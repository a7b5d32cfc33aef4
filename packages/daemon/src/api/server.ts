/** The HTTP server of API and page, on loopback. Each request passes the guard, then who calls, then the schema. */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import { ROUTES } from '@coequal/contract';
import type { Route } from '@coequal/contract';
import fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Caller } from './access.ts';
import { SESSION_COOKIE } from './access.ts';
import { refusalOf } from './api-faults.ts';
import type { CallLimits } from './call-limits.ts';
import type { EventHub } from './event-hub.ts';
import { checkRequestHead } from './guard.ts';
import type { BytesAnswer, Handlers } from './handler.ts';
import { openApiDocument } from './openapi.ts';
import { servePage } from './page.ts';
import { requestReader } from './request-reader.ts';

/** A .torrent file of 16 MiB in base64, and what surrounds it. */
const BODY_LENGTH_MAX = 23_000_000;
/** From the first byte to the last of a request: who is slower than this on a loopback holds a place. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 60_000;
const CONNECTIONS_MAX = 256;
/** Between comments in a stream of events. */
const EVENTS_ALIVE_MS = 15_000;

export interface ApiOptions {
  /** Any free one if it is taken, or 0. */
  readonly port: number;
  /** The built page; without it the API is served alone. */
  readonly pageDirectory: string | undefined;
  readonly version: string;
}

export interface ApiParts {
  readonly access: Access;
  readonly limits: CallLimits;
  readonly hub: EventHub;
  readonly handlers: Handlers;
  readonly clock: Clock;
  metrics(): string;
  onBug(error: unknown): void;
}

export interface ApiServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
}

export async function openApiServer(options: ApiOptions, parts: ApiParts): Promise<ApiServer> {
  const app = fastify({
    bodyLimit: BODY_LENGTH_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: true,
    logger: false,
    exposeHeadRoutes: false,
    http: { headersTimeout: HEADERS_TIMEOUT_MS },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  const hosts = new Set<string>();
  app.addHook('onRequest', async (request, reply) => {
    await setSafeHeaders(request, reply);
    checkRequestHead(request, hosts, request.url.startsWith('/api/'));
  });
  app.setErrorHandler((error, _request, reply) => refuse(error, reply, parts));
  app.setNotFoundHandler((request, reply) => {
    const error = new LocalFault('NO_SUCH_ROUTE', { path: request.url.slice(0, 200) });
    return refuse(error, reply, parts);
  });
  addRoutes(app, options, parts);
  await servePage(app, options.pageDirectory);
  const port = await listenSomewhere(app, options.port);
  for (const name of ['127.0.0.1', 'localhost', '[::1]']) hosts.add(`${name}:${port}`);
  const alive = keepAlive(parts);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      alive();
      parts.hub.close();
      await app.close();
    },
  };
}

function addRoutes(app: FastifyInstance, options: ApiOptions, parts: ApiParts): void {
  const { access, limits, handlers } = parts;
  const identify = (request: FastifyRequest): Caller => {
    const caller = access.identify(request, request.ip);
    limits.spend(caller.name);
    return caller;
  };
  for (const [name, route] of Object.entries<Route>(ROUTES)) {
    const read = requestReader(route);
    const answer = (handlers as Readonly<Record<string, AnyHandler>>)[name];
    app.route({
      method: route.method,
      url: route.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      // before the body is read: who may not call is not listened to
      onRequest: (request, _reply, done) => {
        const caller = identify(request);
        access.requireScope(caller, route.scope);
        callers.set(request, caller);
        done();
      },
      async handler(request, reply) {
        const caller = callerOf(request);
        if (answer === undefined) return streamEvents(request, reply, caller, parts);
        const gone = goneSignal(reply);
        const result = await answer(read(request), caller, gone);
        return route.response === undefined ? sendBytes(reply, route, result) : reply.send(result);
      },
    });
  }
  const document = openApiDocument(options.version);
  app.get('/api/v1/openapi.json', async (_request, reply) => reply.send(document));
  app.get('/healthz', async (_request, reply) => reply.send({ status: 'ok' }));
  app.get('/metrics', async (request, reply) => {
    access.requireScope(identify(request), 'read');
    return reply.type('text/plain; version=0.0.4').send(parts.metrics());
  });
  app.get<{ Querystring: { code?: unknown } }>('/login', async (request, reply) => {
    const { code } = request.query;
    const secret = access.signIn(typeof code === 'string' ? code : '', request.ip);
    const cookie = `${SESSION_COOKIE}=${secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_SECONDS}`;
    // a page of our own: a redirect would be the one of the site that the link was on, and carry no strict cookie
    return reply.header('set-cookie', cookie).redirect('/', 303);
  });
}

/** As long as browsers keep one. */
const COOKIE_SECONDS = 400 * 86_400;

type AnyHandler = (request: unknown, caller: Caller, signal: AbortSignal) => unknown;

const callers = new WeakMap<FastifyRequest, Caller>();

function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new LocalFault('NOT_SIGNED_IN');
  return caller;
}

/** Aborted when whoever asked goes away before the answer. */
function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new DOMException('nobody waits', 'AbortError'));
  });
  return gone.signal;
}

function sendBytes(reply: FastifyReply, { mediaType }: Route, result: unknown): FastifyReply {
  const { fileName, bytes } = result as BytesAnswer;
  const name = encodeURIComponent(fileName);
  return reply
    .type(mediaType ?? 'application/octet-stream')
    .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
    .send(Buffer.from(bytes));
}

function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  caller: Caller,
  { hub }: ApiParts,
): FastifyReply {
  const lastId = request.headers['last-event-id'];
  const { raw } = reply;
  const sink = {
    get waitingBytes() {
      return raw.writableLength;
    },
    write: (text: string) => void raw.write(text),
    end: () => void raw.end(),
  };
  // a stream too many is answered as any request is
  const headers = reply.getHeaders() as Record<string, string>;
  let close = (): void => undefined;
  const begin = (): void => {
    raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
    });
  };
  let hasBegun = false;
  const lazily = {
    ...sink,
    get waitingBytes() {
      return sink.waitingBytes;
    },
    write(text: string) {
      if (!hasBegun) begin();
      hasBegun = true;
      sink.write(text);
    },
  };
  close = hub.open(caller.name, typeof lastId === 'string' ? lastId : undefined, lazily);
  raw.once('close', () => close());
  raw.on('error', () => close());
  return reply.hijack();
}

function refuse(error: unknown, reply: FastifyReply, parts: ApiParts): FastifyReply {
  const { status, explanation } = refusalOf(ownFault(error));
  if (status === 500) parts.onBug(error);
  if (status === 429) void reply.header('retry-after', '60');
  return reply.status(status).send({ error: explanation });
}

/** What the framework refuses by itself, under our codes. */
function ownFault(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new LocalFault('TOO_LARGE', { max: BODY_LENGTH_MAX }, { cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new LocalFault('WRONG_TYPE', { wanted: 'application/json' }, { cause: error });
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
      return new LocalFault('BAD_REQUEST', { problem: error.message }, { cause: error });
    default:
      return error;
  }
}

async function setSafeHeaders(request: FastifyRequest, reply: FastifyReply): Promise<void> {
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

/** Everything from here, and nothing inline but what React Aria sets as style. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
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
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!isTaken || port === 0) throw error;
    await app.listen({ host: '127.0.0.1', port: 0 });
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new LocalFault('LISTEN_FAILED');
  return address.port;
}
