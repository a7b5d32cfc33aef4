/** The routes of the server: those of the contract, and the few that are no part of it. */
import { LocalFault } from '@coequal/base';
import type { Clock } from '@coequal/base';
import { ROUTES } from '@coequal/contract';
import type { Route, Service } from '@coequal/contract';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Access, Caller } from './access.ts';
import type { CallLimits } from './call-limits.ts';
import type { EventHub } from './event-hub.ts';
import { streamEvents } from './event-answer.ts';
import type { BytesAnswer, Handlers } from './handler.ts';
import { openApiDocument } from './openapi.ts';
import { BYTES_TYPE, requestReader } from './request-reader.ts';

export interface ApiParts {
  /** Those of other programs. */
  addInterfaces(app: FastifyInstance): void;
  readonly access: Access;
  readonly limits: CallLimits;
  readonly hub: EventHub;
  readonly handlers: Handlers;
  readonly clock: Clock;
  /** Before a route is answered: what answers it may be about to begin. */
  ready(route: Route, signal: AbortSignal): Promise<void>;
  services(): readonly Service[];
  /** In the text format of Prometheus. */
  metrics(): string;
  /** A request was accepted. */
  onCall(route: string): void;
  onBug(error: unknown): void;
}

type AnyHandler = (request: unknown, caller: Caller, signal: AbortSignal) => unknown;

const callers = new WeakMap<FastifyRequest, Caller>();

export function addRoutes(app: FastifyInstance, version: string, parts: ApiParts): void {
  takeBytes(app);
  for (const [name, route] of Object.entries<Route>(ROUTES)) addRoute(app, name, route, parts);
  addSignIn(app, parts);
  addCare(app, version, parts);
}

/** Bytes are handed on as they come, on the routes that take them; elsewhere they are of the wrong type. */
function takeBytes(app: FastifyInstance): void {
  const routes = Object.values<Route>(ROUTES).filter(({ takesBytes }) => takesBytes);
  const known = new Set(routes.map(({ method, path }) => `${method} ${routerPath(path)}`));
  app.addContentTypeParser(BYTES_TYPE, (request, payload, done) => {
    const isWanted = known.has(`${request.method} ${request.routeOptions.url}`);
    if (isWanted) done(null, payload);
    else done(new LocalFault('WRONG_TYPE', { wanted: 'application/json' }));
  });
}

/** As the framework writes parameters. */
function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

function addRoute(app: FastifyInstance, name: string, route: Route, parts: ApiParts): void {
  const read = requestReader(route);
  const answer = (parts.handlers as Readonly<Record<string, AnyHandler>>)[name];
  app.route({
    method: route.method,
    url: routerPath(route.path),
    ...(route.bodyLengthMax !== undefined && { bodyLimit: route.bodyLengthMax }),
    // before the body is read: who may not call is not listened to
    onRequest: (request, _reply, done) => {
      const caller = identify(request, parts);
      parts.access.requireScope(caller, route.scope);
      callers.set(request, caller);
      parts.onCall(name);
      done();
    },
    async handler(request, reply) {
      const caller = callerOf(request);
      if (answer === undefined) return streamEvents(request, reply, caller.name, parts.hub);
      const asked = read(request);
      const signal = goneSignal(reply);
      await parts.ready(route, signal);
      const result = await answer(asked, caller, signal);
      return route.response === undefined ? sendBytes(reply, route, result) : reply.send(result);
    },
  });
}

function addSignIn(app: FastifyInstance, { access }: ApiParts): void {
  app.get<{ Querystring: { code?: unknown } }>('/login', async (request, reply) => {
    const { code } = request.query;
    const agent = request.headers['user-agent'];
    const secret = access.signIn(typeof code === 'string' ? code : '', request.ip, agent);
    // the page itself needs no cookie: if the link was on another site, this request has none
    return reply.header('set-cookie', access.cookieOf(secret)).redirect('/', 303);
  });
}

function addCare(app: FastifyInstance, version: string, parts: ApiParts): void {
  let document: string | undefined;
  app.get('/api/v1/openapi.json', async (_request, reply) => {
    document ??= JSON.stringify(openApiDocument(version, parts.access.cookieName));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  app.get('/healthz', async (_request, reply) => {
    const failed = parts.services().filter(({ state }) => state === 'failed');
    const names = failed.map(({ name }) => name);
    return names.length === 0
      ? reply.send({ status: 'ok' })
      : reply.status(503).send({ status: 'failed', services: names });
  });
  app.get('/metrics', async (request, reply) => {
    parts.access.requireScope(identify(request, parts), 'read');
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(parts.metrics());
  });
}

function identify(request: FastifyRequest, { access, limits }: ApiParts): Caller {
  const caller = access.identify(request, request.ip);
  limits.spend(caller.name);
  return caller;
}

function callerOf(request: FastifyRequest): Caller {
  const caller = callers.get(request);
  if (caller === undefined) throw new LocalFault('NOT_SIGNED_IN');
  return caller;
}

/** Aborted when whoever asked goes away before the answer. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort(new DOMException('nobody waits', 'AbortError'));
  });
  return gone.signal;
}

function sendBytes(reply: FastifyReply, { mediaType }: Route, result: unknown): FastifyReply {
  const { fileName, bytes } = result as BytesAnswer;
  return reply
    .type(mediaType ?? 'application/octet-stream')
    .header('content-disposition', `attachment; filename*=UTF-8''${encodeFileName(fileName)}`)
    .send(Buffer.from(bytes));
}

/** As RFC 8187 has it, which reserves more than URLs do. */
function encodeFileName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
