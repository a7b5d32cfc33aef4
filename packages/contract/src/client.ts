/** A client of the API with the types of its routes. Runs in a browser and in Node. */
import type { Static } from 'typebox';
import type { ApiError } from './errors.ts';
import type { Explanation } from './fields.ts';
import type { RequestOf, ResponseOf, Route } from './route.ts';
import { ROUTES } from './routes.ts';
import type { RouteName } from './routes.ts';

export interface ClientOptions {
  /** Such as `http://127.0.0.1:8080`; of the page itself when empty. */
  readonly base: string;
  /** Of an API key, or the owner's. A page has its cookie instead. */
  readonly secret?: string;
  /** The system's, when absent. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The peer refused, and says why; `code` is one of `API_CODES` or of an engine. */
export class RequestRefused extends Error {
  readonly status: number;
  readonly explanation: Static<typeof Explanation>;

  constructor(status: number, explanation: Static<typeof Explanation>) {
    super(explanation.text);
    this.name = 'RequestRefused';
    this.status = status;
    this.explanation = explanation;
  }

  get code(): string {
    return this.explanation.code;
  }
}

type RouteOf<Name extends RouteName> = (typeof ROUTES)[Name];
/** Bytes come from a file, or from memory. */
type Given<Name extends RouteName> = RequestOf<RouteOf<Name>> &
  (RouteOf<Name> extends { readonly takesBytes: true } ? { readonly bytes: Blob } : unknown);

export class Client {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Throws RequestRefused, or what `fetch` throws when nobody answers. */
  async call<Name extends RouteName>(
    name: Name,
    request: Given<Name>,
    signal?: AbortSignal,
  ): Promise<ResponseOf<RouteOf<Name>>> {
    const response = await this.fetch(name, request, signal);
    return (await response.json()) as ResponseOf<RouteOf<Name>>;
  }

  /** As `call`, for routes that answer something else than JSON. */
  async fetch<Name extends RouteName>(
    name: Name,
    request: Given<Name>,
    signal?: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    const route: Route = ROUTES[name];
    const { params, query, body, bytes } = request as AnyRequest;
    const { base, secret, fetch = globalThis.fetch } = this.#options;
    const response = await fetch(`${base}${pathOf(route, params)}${queryOf(query)}`, {
      method: route.method,
      headers: {
        ...headers,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(bytes !== undefined && { 'content-type': 'application/octet-stream' }),
        ...(secret !== undefined && { authorization: `Bearer ${secret}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(bytes !== undefined && { body: bytes }),
      ...(signal !== undefined && { signal }),
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}

interface AnyRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  readonly bytes?: Blob;
}

function pathOf({ path }: Route, params: AnyRequest['params'] = {}): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
}

function queryOf(query: AnyRequest['query'] = {}): string {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) given.set(name, String(value));
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}

async function refusalOf(response: Response): Promise<RequestRefused> {
  const text = await response.text();
  try {
    return new RequestRefused(response.status, (JSON.parse(text) as ApiError).error);
  } catch {
    // not ours: something stands between us and the peer
    const { status } = response;
    return new RequestRefused(status, {
      code: 'NO_PEER',
      details: { status },
      text: `something that is no Coequal peer answered (HTTP ${status})`,
    });
  }
}
