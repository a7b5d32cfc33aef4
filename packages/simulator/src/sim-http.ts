/** Http to handlers that the world knows by origin: trackers and web seeds. */
import { gunzipSync } from 'node:zlib';
import { LocalFault, PeerFault } from '@coequal/base';
import type { Http, HttpRequest, HttpResponse, Millis } from '@coequal/base';
import type { Life } from './life.ts';
import type { SimRandom } from './sim-random.ts';

/** What a handler is told. */
export interface ServedRequest {
  readonly url: URL;
  /** Path and query byte for byte as they were sent, which `url` does not keep. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Address of the host that asks. */
  readonly from: string;
  /** That it was to go over, if one was named: a host of the world has one. */
  readonly family: 4 | 6 | undefined;
}

export interface ServedResponse {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Time the server takes, besides the network's. */
  readonly delayMs?: Millis;
  /** The connection ends before the body does. */
  readonly isCut?: boolean;
}

/** Answers a request; undefined means never. */
export type HttpHandler = (request: ServedRequest) => ServedResponse | undefined;

/** As the port promises. */
const REDIRECTS_MAX = 5;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** Not sent on to another origin. */
const SECRET_HEADERS = new Set(['authorization', 'cookie', 'proxy-authorization']);

export class HttpServers {
  readonly #handlers = new Map<string, HttpHandler>();

  /** Returns how to shut it down again. */
  serve(origin: string, handler: HttpHandler): () => void {
    const key = new URL(origin).origin;
    this.#handlers.set(key, handler);
    return () => {
      if (this.#handlers.get(key) === handler) this.#handlers.delete(key);
    };
  }

  find(origin: string): HttpHandler | undefined {
    return this.#handlers.get(origin);
  }
}

interface Target {
  readonly url: URL;
  readonly path: string;
}

export class SimHttp implements Http {
  readonly #servers: HttpServers;
  readonly #life: Life;
  readonly #random: SimRandom;
  readonly #latencyMs: readonly [number, number];
  readonly #address: string;

  constructor(
    servers: HttpServers,
    life: Life,
    random: SimRandom,
    latencyMs: readonly [number, number],
    address: string,
  ) {
    this.#servers = servers;
    this.#life = life;
    this.#random = random;
    this.#latencyMs = latencyMs;
    this.#address = address;
  }

  async fetch(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    signal.throwIfAborted();
    const abort = new AbortController();
    const onAbort = (): void => abort.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    const cancelTimeout = this.#life.after(request.timeoutMs, 'http-timeout', () => {
      abort.abort(new LocalFault('HTTP_TIMEOUT'));
    });
    try {
      return await this.#follow(request, abort.signal);
    } finally {
      cancelTimeout();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #follow(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse> {
    let target = parseTarget(request.url, 'HTTP_BAD_URL');
    let headers = lowerNames(request.headers ?? {});
    for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects++) {
      const response = await this.#exchange(target, headers, request, signal);
      const { location } = response.headers;
      if (!REDIRECT_STATUSES.has(response.status) || location === undefined) return response;
      const next = redirectTarget(location, target);
      if (next.url.origin !== target.url.origin) headers = withoutSecrets(headers);
      target = next;
    }
    throw new PeerFault('HTTP_TOO_MANY_REDIRECTS');
  }

  async #exchange(
    { url, path }: Target,
    headers: Readonly<Record<string, string>>,
    request: HttpRequest,
    signal: AbortSignal,
  ): Promise<HttpResponse> {
    const there = 2 * this.#random.between(...this.#latencyMs); // connection, then request
    const served = await this.#life.laterUnless(there, 'http-request', signal, () => {
      const handler = this.#servers.find(url.origin);
      if (handler === undefined) throw new LocalFault('HTTP_FAILED', { errno: 'ECONNREFUSED' });
      return handler({ url, path, headers, from: this.#address, family: request.family });
    });
    if (served === undefined) {
      // Not reached: the timeout of the whole exchange comes first.
      return this.#life.laterUnless(request.timeoutMs, 'http-silence', signal, () => failed());
    }
    const back = (served.delayMs ?? 0) + this.#random.between(...this.#latencyMs);
    return this.#life.laterUnless(back, 'http-response', signal, () =>
      served.isCut === true ? failed() : receive(served, request.bodyLengthMax),
    );
  }
}

function failed(): never {
  throw new LocalFault('HTTP_FAILED', { errno: 'ECONNRESET' });
}

function receive(served: ServedResponse, bodyLengthMax: number): HttpResponse {
  const headers = lowerNames(served.headers ?? {});
  const packed = served.body?.slice() ?? new Uint8Array(0);
  const body = unpack(packed, headers['content-encoding'], bodyLengthMax);
  if (body.length > bodyLengthMax)
    throw new PeerFault('HTTP_BODY_TOO_LONG', { max: bodyLengthMax });
  return { status: served.status ?? 200, headers, body };
}

function unpack(body: Uint8Array, encoding: string | undefined, lengthMax: number): Uint8Array {
  if (encoding === undefined || encoding === 'identity') return body;
  if (encoding !== 'gzip' && encoding !== 'x-gzip') throw new PeerFault('HTTP_BAD_ENCODING');
  try {
    return Uint8Array.from(gunzipSync(body, { maxOutputLength: lengthMax }));
  } catch (cause) {
    const isTooLong = cause instanceof RangeError;
    throw new PeerFault(isTooLong ? 'HTTP_BODY_TOO_LONG' : 'HTTP_BAD_ENCODING', {}, { cause });
  }
}

/** Path and query stay as written, but for what no request line may hold. */
function parseTarget(text: string, code: string): Target {
  const [, origin = '', rest = ''] = /^(https?:\/\/[^/?#\s]+)([/?][^#]*)?(?:#|$)/i.exec(text) ?? [];
  if (!URL.canParse(origin)) throw new PeerFault(code);
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { url: new URL(origin + path), path: path.replace(/[^\x21-\x7e]/gu, encodeURIComponent) };
}

function redirectTarget(location: string, from: Target): Target {
  if (/^https?:\/\//i.test(location)) return parseTarget(location, 'HTTP_BAD_REDIRECT');
  return parseTarget(URL.parse(location, from.url.href)?.href ?? '', 'HTTP_BAD_REDIRECT');
}

function lowerNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.has(name)));
}
