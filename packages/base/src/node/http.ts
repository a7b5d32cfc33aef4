/** Http over node:http and node:https: GET for trackers and web seeds, with every length bounded. */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { isIP } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { concatBytes } from '../bytes.ts';
import { LocalFault, PeerFault } from '../fault.ts';
import type { Http, HttpRequest, HttpResponse, Net } from '../ports.ts';
import { maySendTo } from './address-scope.ts';
import { errnoOf } from './disk-fault.ts';
import { sourceFor } from './endpoint.ts';
import { parseHttpTarget, redirectTarget } from './http-target.ts';
import type { HttpTarget } from './http-target.ts';
import { resolveHost } from './net.ts';

/** As many as any tracker or mirror that works has. */
const REDIRECTS_MAX = 5;

/** All headers of an answer: what Node takes by itself, said so that it stays. */
const HEADERS_LENGTH_MAX = 16_384;

const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308];

/** Meant for the site that was asked, not for where it sends us. */
const PRIVATE_HEADERS: readonly string[] = ['authorization', 'cookie'];

type Headers = Readonly<Record<string, string>>;

export interface HttpOptions {
  /** The addresses that connections leave from, and no others. */
  readonly bindHosts?: readonly string[] | undefined;
  /** Finds the addresses of each host, redirects included, or refuses it; the system's by default. */
  readonly resolve?: Net['resolve'] | undefined;
  /** Whether a server at that address may send us on to the other; by default no nearer than it is. */
  readonly mayRedirect?: ((from: string, to: string) => boolean) | undefined;
}

/** Each exchange has connections of its own; no cookies, no cache. */
export function openHttp(options: HttpOptions = {}): Http {
  return {
    async fetch(request, signal) {
      signal.throwIfAborted();
      const abort = new AbortController();
      const onAbort = (): void => abort.abort(signal.reason);
      const timer = setTimeout(
        () => abort.abort(new LocalFault('HTTP_TIMEOUT')),
        request.timeoutMs,
      );
      signal.addEventListener('abort', onAbort);
      try {
        return await follow(request, options, abort.signal);
      } catch (error) {
        if (abort.signal.aborted) throw abort.signal.reason;
        if (error instanceof PeerFault || error instanceof LocalFault) throw error;
        throw new LocalFault('HTTP_FAILED', { errno: errnoOf(error) }, { cause: error });
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

async function follow(
  request: HttpRequest,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<HttpResponse> {
  let target = parseHttpTarget(request.url);
  let headers = requestHeaders(request.headers ?? {});
  let from: string | undefined;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
    // on use, for not every run asks a tracker; `import()` would load all of undici with it (30 ms)
    const client = process.getBuiltinModule(target.isSecure ? 'node:https' : 'node:http');
    const found = await addressesOf(target.host, { from, family: request.family }, options, signal);
    const { addresses, localAddress } = routeOf(found, options.bindHosts);
    let outgoing: ClientRequest | undefined;
    // before the request's own way to end, upon which the system would go on sending what it holds
    const onGone = (): void => resetIfGone(outgoing?.socket, signal.reason);
    signal.addEventListener('abort', onGone);
    outgoing = client.request({
      ...requestOptions(target, headers, localAddress, signal),
      ...(addresses !== undefined && { lookup: lookupOf(addresses) }),
    });
    try {
      const response = await responseTo(outgoing);
      const location = redirectOf(response);
      if (location === undefined) return await receive(response, request.bodyLengthMax);
      const next = redirectTarget(location, target);
      if (next.host !== target.host || next.port !== target.port) headers = publicOnly(headers);
      target = next;
      from = response.socket.remoteAddress;
      if (from === undefined) throw new LocalFault('HTTP_FAILED'); // it has gone, and we cannot say who it was
    } finally {
      signal.removeEventListener('abort', onGone);
      outgoing.destroy(); // no connection outlives its one exchange
    }
  }
  throw new PeerFault('HTTP_TOO_MANY_REDIRECTS');
}

/** The address that all is to leave from is not there any more: the system would send it another way. */
function resetIfGone(socket: Socket | null | undefined, reason: unknown): void {
  const isGone = reason instanceof LocalFault && reason.code === 'ADDRESS_GONE';
  // Node resets none of TLS: of those the system may still send a request again, encrypted
  if (isGone && socket !== undefined && socket !== null && !('encrypted' in socket))
    socket.resetAndDestroy();
}

/** Undefined: whatever the system finds. Those of `family`, if one is named; of where a server sends us, only what it may. */
async function addressesOf(
  host: string,
  { from, family }: { readonly from: string | undefined; readonly family: 4 | 6 | undefined },
  { resolve, mayRedirect = maySendTo, bindHosts }: HttpOptions,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  if (from === undefined && bindHosts === undefined && family === undefined)
    return resolve?.(host, signal);
  const all = await (resolve ?? resolveHost)(host, signal);
  const found = family === undefined ? all : all.filter((address) => isIP(address) === family);
  if (found.length === 0) throw new LocalFault('HTTP_FAILED', { errno: 'ENETUNREACH' });
  if (from === undefined) return found;
  const allowed = found.filter((address) => mayRedirect(from, address));
  if (allowed.length === 0) throw new PeerFault('HTTP_BAD_REDIRECT', { from });
  return allowed;
}

interface Route {
  readonly addresses: readonly string[] | undefined;
  readonly localAddress: string | undefined;
}

/** Of what was found, what can be reached from one of `bindHosts`, if they are given. */
function routeOf(
  found: readonly string[] | undefined,
  bindHosts: readonly string[] | undefined,
): Route {
  if (found === undefined || bindHosts === undefined)
    return { addresses: found, localAddress: undefined };
  const families = new Set(bindHosts.map(isIP));
  const first = found.find((address) => families.has(isIP(address))) ?? '';
  const localAddress = sourceFor(first, bindHosts);
  return { addresses: found.filter((address) => isIP(address) === isIP(first)), localAddress };
}

/** Connects to the addresses that were found before, and to no others. */
function lookupOf(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, done) => {
    if (options.all === true) done(null, found);
    else done(null, found[0]?.address ?? '', found[0]?.family);
  };
}

function requestHeaders(wanted: Headers): Headers {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(wanted)) headers[name.toLowerCase()] = value;
  // a range counts bytes of the file itself, so its answer is not to be packed
  headers['accept-encoding'] ??= 'range' in headers ? 'identity' : 'gzip';
  return headers;
}

function publicOnly(headers: Headers): Headers {
  const kept = Object.entries(headers).filter(([name]) => !PRIVATE_HEADERS.includes(name));
  return Object.fromEntries(kept);
}

function requestOptions(
  target: HttpTarget,
  headers: Headers,
  localAddress: string | undefined,
  signal: AbortSignal,
): RequestOptions {
  const options: RequestOptions = {
    agent: false,
    host: target.host,
    port: target.port,
    path: target.path,
    headers,
    maxHeaderSize: HEADERS_LENGTH_MAX,
    signal,
  };
  if (target.auth !== undefined) options.auth = target.auth;
  if (localAddress !== undefined) {
    options.localAddress = localAddress;
    options.family = isIP(localAddress);
  }
  return options;
}

function responseTo(outgoing: ClientRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve);
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

function redirectOf(response: IncomingMessage): string | undefined {
  const isRedirect = REDIRECT_STATUSES.includes(response.statusCode ?? 0);
  return isRedirect ? response.headers.location : undefined;
}

async function receive(response: IncomingMessage, bodyLengthMax: number): Promise<HttpResponse> {
  if (Number(response.headers['content-length'] ?? 0) > bodyLengthMax) {
    throw new PeerFault('HTTP_BODY_TOO_LONG', { max: bodyLengthMax });
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const body = await readBody(await decoded(response), bodyLengthMax);
  return { status: response.statusCode ?? 0, headers, body };
}

/** The body with its gzip, if any, undone. Throws PeerFault `HTTP_BAD_ENCODING` for other packings. */
async function decoded(response: IncomingMessage): Promise<Readable> {
  const encoding = response.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return response;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new PeerFault('HTTP_BAD_ENCODING');
  const { createGunzip } = await import('node:zlib');
  const gunzip = createGunzip();
  response.on('error', (error) => gunzip.destroy(error));
  return response.pipe(gunzip);
}

async function readBody(stream: Readable, lengthMax: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of stream) {
      if (!(part instanceof Uint8Array)) continue; // never so: no encoding is set
      length += part.length;
      if (length > lengthMax) throw new PeerFault('HTTP_BODY_TOO_LONG', { max: lengthMax });
      parts.push(part);
    }
  } catch (error) {
    if (!errnoOf(error)?.startsWith('Z_')) throw error;
    throw new PeerFault('HTTP_BAD_ENCODING', {}, { cause: error });
  }
  return concatBytes(parts);
}
