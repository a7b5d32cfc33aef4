/** What a route is: from one description come its validation, its document and its typed client. */
import type { Static, TSchema } from 'typebox';
import type { ApiCode } from './errors.ts';
import type { Scope } from './peer-status.ts';

export interface Route {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** With `{name}` for each parameter, as OpenAPI has it. */
  readonly path: string;
  readonly summary: string;
  /** What a caller must hold. */
  readonly scope: Scope;
  readonly params?: TSchema;
  readonly query?: TSchema;
  readonly body?: TSchema;
  /** The body is bytes (`application/octet-stream`), which are read as they come. */
  readonly takesBytes?: true;
  /** Bytes that the body may have; a million if absent. */
  readonly bodyLengthMax?: number;
  /** JSON; a route without it answers as `mediaType` says. */
  readonly response?: TSchema;
  readonly mediaType?: string;
  /** Besides those that every route has: not signed in, wrong host, bad request, too many. */
  readonly errors: readonly ApiCode[];
  /** A request that works, for the document; a test sends each of them. */
  readonly example: RouteExample;
}

export interface RouteExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
}

/** For inference: `as const`, checked. */
export function route<const R extends Route>(description: R): R {
  return description;
}

type Part<R, Name extends string> = R extends { readonly [K in Name]: infer S extends TSchema }
  ? Static<S>
  : undefined;

/** What a caller gives: only the parts that the route has. */
export type RequestOf<R extends Route> = {
  [
    Name in 'params' | 'query' | 'body' as R extends { readonly [K in Name]: TSchema }
      ? Name
      : never
  ]: Part<R, Name>;
};

export type ResponseOf<R extends Route> = Part<R, 'response'>;
