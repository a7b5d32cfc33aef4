/** Serves the page and the API over a World, holding requests and answers against the contract's schemas. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PeerEvent, RequestRefused, ROUTES } from '@coequal/contract';
import type { Route, RouteName } from '@coequal/contract';
import { Check, Errors } from 'typebox/value';
import { HANDLERS, refuse } from './handlers.ts';
import { World } from './world.ts';
import type { WorldOptions } from './world.ts';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};
/** As strict as the daemon's. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const COMMENT_MS = 10_000;

interface Matched {
  readonly name: RouteName;
  readonly params: Readonly<Record<string, string>>;
}

export class FakePeer {
  readonly world: World;
  readonly #server: Server;
  readonly #streams = new Set<ServerResponse>();
  /** Each request so far, such as `actOnTransfers`. */
  readonly calls: { name: RouteName; body: unknown }[] = [];
  isSignedIn = true;
  /** Breaks every connection at once, and refuses new ones with no answer at all. */
  isSilent = false;
  /** An answer that is made waits until this resolves. */
  beforeAnswer: (name: RouteName) => Promise<void> | undefined = () => undefined;
  readonly #awaited = new Map<RouteName, PromiseWithResolvers<unknown>>();

  private constructor(world: World, server: Server) {
    this.world = world;
    this.#server = server;
  }

  static async open(options: WorldOptions & { readonly port?: number } = {}): Promise<FakePeer> {
    const server = createServer();
    const peer = new FakePeer(new World(options), server);
    server.on('request', (request, response) => void peer.#serve(request, response));
    server.listen(options.port ?? 0, '127.0.0.1');
    await once(server, 'listening');
    return peer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  get streamCount(): number {
    return this.#streams.size;
  }

  /** The body of the next request of that name, once what it asks for is done: the page may show that before it is asked. */
  next(name: RouteName): Promise<unknown> {
    const awaited = this.#awaited.get(name) ?? Promise.withResolvers<unknown>();
    this.#awaited.set(name, awaited);
    return awaited.promise;
  }

  fallSilent(): void {
    this.isSilent = true;
    this.#server.closeAllConnections();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.isSilent) return void request.socket.destroy();
    try {
      const url = new URL(request.url ?? '/', this.url);
      if (url.pathname.startsWith('/api/')) await this.#answer(request, response, url);
      else await serveFile(response, url.pathname);
    } catch (error) {
      if (!(error instanceof RequestRefused)) console.error(error);
      const refusal =
        error instanceof RequestRefused ? error : refuse(500, 'INTERNAL', String(error));
      response.writeHead(refusal.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: refusal.explanation }));
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (!this.isSignedIn) throw refuse(401, 'NOT_SIGNED_IN', 'this browser is not signed in');
    const matched = match(request.method ?? 'GET', url.pathname);
    if (matched === undefined) throw refuse(404, 'NO_SUCH_ROUTE', `no route ${url.pathname}`);
    const { name, params } = matched;
    const bytes = await readBytes(request);
    const { takesBytes }: Route = ROUTES[name];
    const body = takesBytes ? undefined : parseBody(bytes);
    this.calls.push({ name, body });
    if (name === 'readEvents') return this.#stream(request, response);
    if (name === 'exportTorrent' || name === 'exportCreation') {
      response.writeHead(200, { 'content-type': 'application/x-bittorrent' });
      return void response.end('d4:infod4:name4:fakeee');
    }
    const query = Object.fromEntries(
      [...url.searchParams].map(([key, text]) => [key, /^\d+$/.test(text) ? Number(text) : text]),
    );
    checkRequest(name, { params, query, body });
    const handler = HANDLERS[name] as (world: World, request: unknown) => unknown;
    const answer = handler(this.world, { params, query, body, bytes });
    checkAnswer(name, answer);
    this.#awaited.get(name)?.resolve(body);
    this.#awaited.delete(name);
    const text = JSON.stringify(answer);
    await this.beforeAnswer(name);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(text);
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (number: number, event: PeerEvent): void => {
      if (!Check(PeerEvent, event))
        throw new Error(`not of the contract: ${JSON.stringify(event)}`);
      response.write(`id: ${number}\ndata: ${JSON.stringify(event)}\n\n`);
    };
    response.write(': welcome\n\n');
    const last = request.headers['last-event-id'];
    if (typeof last === 'string') this.#resume(Number(last), send);
    const unsubscribe = this.world.subscribe(send);
    const timer = setInterval(() => response.write(': still here\n\n'), COMMENT_MS);
    this.#streams.add(response);
    response.on('close', () => {
      clearInterval(timer);
      unsubscribe();
      this.#streams.delete(response);
    });
  }

  #resume(last: number, send: (number: number, event: PeerEvent) => void): void {
    const { events } = this.world;
    const newest = events.at(-1)?.number ?? 0;
    const missed = events.filter(({ number }) => number > last);
    const dropped = newest - last - missed.length;
    if (dropped !== 0) send(newest, { type: 'lagged', dropped: Math.max(dropped, 0) });
    else for (const { number, event } of missed) send(number, event);
  }
}

function match(method: string, pathname: string): Matched | undefined {
  const given = pathname.split('/');
  for (const [name, route] of Object.entries(ROUTES)) {
    const wanted = route.path.split('/');
    if (route.method !== method || wanted.length !== given.length) continue;
    const params: Record<string, string> = {};
    const fits = wanted.every((part, at) => {
      const text = given[at] ?? '';
      if (!part.startsWith('{')) return part === text;
      params[part.slice(1, -1)] = decodeURIComponent(text);
      return true;
    });
    if (fits) return { name: name as RouteName, params };
  }
  return undefined;
}

type Parts = Readonly<Record<'params' | 'query' | 'body', unknown>>;

function checkRequest(name: RouteName, parts: Parts): void {
  const route: Route = ROUTES[name];
  for (const part of ['params', 'query', 'body'] as const) {
    const schema = route[part];
    if (schema !== undefined && !Check(schema, parts[part])) {
      const [first] = Errors(schema, parts[part]);
      throw refuse(400, 'BAD_REQUEST', `${name} ${part}: ${JSON.stringify(first)}`);
    }
  }
}

function checkAnswer(name: RouteName, answer: unknown): void {
  const route: Route = ROUTES[name];
  if (route.response === undefined || Check(route.response, answer)) return;
  const [first] = Errors(route.response, answer);
  throw new Error(`${name} answers what the contract does not allow: ${JSON.stringify(first)}`);
}

async function readBytes(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function parseBody(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

async function serveFile(response: ServerResponse, pathname: string): Promise<void> {
  const path = pathname === '/' ? 'index.html' : pathname.slice(1);
  if (path.includes('..')) throw refuse(404, 'NO_SUCH_ROUTE', path);
  const bytes = await readFile(`${DIST}${path}`).catch(() => undefined);
  if (bytes === undefined) throw refuse(404, 'NO_SUCH_ROUTE', path);
  response.writeHead(200, {
    'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
    'content-security-policy': POLICY,
  });
  response.end(bytes);
}
