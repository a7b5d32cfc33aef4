/** The OpenAPI 3.1 document, made of the routes. */
import { API_CODES, ApiError, ROUTES } from '@coequal/contract';
import type { ApiCode, Route } from '@coequal/contract';
import { BYTES_TYPE } from './request-reader.ts';

/** What any route may answer. */
const COMMON_ERRORS: readonly ApiCode[] = [
  'BAD_REQUEST',
  'NOT_SIGNED_IN',
  'BAD_LOGIN',
  'SCOPE_MISSING',
  'FORBIDDEN_HOST',
  'FORBIDDEN_ORIGIN',
  'REQUEST_TIMEOUT',
  'TOO_LARGE',
  'WRONG_TYPE',
  'TOO_MANY_REQUESTS',
  'LOCKED_OUT',
  'INTERNAL',
];

export function openApiDocument(version: string, cookieName: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, route] of Object.entries<Route>(ROUTES))
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(name, route);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Coequal',
      version,
      description: 'The API of a running peer. On loopback, for its owner and programs with a key.',
    },
    paths: { ...paths, ...OTHER_PATHS },
    components: {
      schemas: { ApiError },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'the owner’s secret, or a key' },
        session: { type: 'apiKey', in: 'cookie', name: cookieName },
      },
    },
    security: [{ bearer: [] }, { session: [] }],
  };
}

/** What is no part of the contract: for browsers, probes and collectors. */
const OTHER_PATHS = {
  '/login': {
    get: {
      operationId: 'signIn',
      summary: 'Sign a browser in with the code of a login link, and go on to the page',
      security: [],
      parameters: [{ name: 'code', in: 'query', required: true, schema: { type: 'string' } }],
      responses: {
        303: { description: 'Signed in.' },
        401: { description: 'BAD_LOGIN', content: refusalContent() },
        429: { description: 'LOCKED_OUT', content: refusalContent() },
      },
    },
  },
  '/api/v1/openapi.json': {
    get: {
      operationId: 'describe',
      summary: 'This document',
      security: [],
      responses: { 200: { description: 'Done.', content: { 'application/json': {} } } },
    },
  },
  '/healthz': {
    get: {
      operationId: 'checkHealth',
      summary: 'Whether all services are well',
      security: [],
      responses: {
        200: { description: 'They are.', content: { 'application/json': {} } },
        503: { description: 'Some have failed.', content: { 'application/json': {} } },
      },
    },
  },
  '/metrics': {
    get: {
      operationId: 'readMetrics',
      summary: 'Numbers in the text format of Prometheus',
      description: 'Scope: read.',
      responses: { 200: { description: 'Done.', content: { 'text/plain': {} } } },
    },
  },
} as const;

function refusalContent(): object {
  return { 'application/json': { schema: { $ref: '#/components/schemas/ApiError' } } };
}

function operationOf(name: string, route: Route): object {
  const { summary, scope, body, takesBytes, example } = route;
  return {
    operationId: name,
    summary,
    description: `Scope: ${scope}.`,
    parameters: [...parametersOf(route, 'path'), ...parametersOf(route, 'query')],
    ...(body !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: body, example: example.body } },
      },
    }),
    ...(takesBytes && {
      requestBody: { required: true, content: { [BYTES_TYPE]: {} } },
    }),
    responses: responsesOf(route),
  };
}

function parametersOf({ params, query, example }: Route, place: 'path' | 'query'): object[] {
  const schema = place === 'path' ? params : query;
  const { properties = {}, required = [] } = (schema ?? {}) as {
    properties?: Readonly<Record<string, object>>;
    required?: readonly string[];
  };
  const examples: Readonly<Record<string, unknown>> =
    (place === 'path' ? example.params : example.query) ?? {};
  return Object.entries(properties).map(([name, each]) => ({
    name,
    in: place,
    required: required.includes(name),
    schema: each,
    ...(name in examples && { example: examples[name] }),
  }));
}

function responsesOf({ response, mediaType = 'application/json', errors }: Route): object {
  const codes = new Set([...errors, ...COMMON_ERRORS]);
  const byStatus = Map.groupBy(codes, (code) => API_CODES[code]);
  const refusals = [...byStatus].map(([status, codesOfIt]) => [
    String(status),
    {
      description: codesOfIt.join(', '),
      content: refusalContent(),
    },
  ]);
  return {
    200: {
      description: 'Done.',
      content: { [mediaType]: response === undefined ? {} : { schema: response } },
    },
    ...(Object.fromEntries(refusals) as Record<string, object>),
  };
}
